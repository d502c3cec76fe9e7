import BigInt
import Diagnostics
import OrderedCollections
import YAML

extension Value {
  /// The tags that mean something here, as users write them.
  package static let knownTags = [
    "!unsafe", "!vault", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!seq", "!!map",
  ]

  /// What a node says by the `.ansible` type policy; a problem is passed over in silence.
  ///
  /// With `trusted`, templates in it may be rendered: texts with `{{`, `{%` or `{#` get the
  /// template mark, unless tagged `!unsafe`. Keys never get it.
  package init(_ node: Node, trusted: Bool) {
    var bag = DiagnosticBag()
    self.init(node, trusted: trusted, into: &bag)
  }

  /// What a node says by the `.ansible` type policy; unknown tags, values that do not fit their tag
  /// and keys that are collections go into `bag`, each with its place.
  ///
  /// Scalars of a file that was encrypted are secret; those tagged `!vault` stay envelopes. Keys
  /// are names, and no secrets.
  package init(_ node: Node, trusted: Bool, into bag: inout DiagnosticBag) {
    let tag = node.tag
    if tag != nil, let problem = node.tagProblem { bag.add(problem) }
    let isTrusted = trusted && tag != "!unsafe"
    switch node.kind {
    case .scalar:
      var marks: Text.Marks = isTrusted && node.hasTemplate ? .template : []
      if node.isSecret { marks.insert(.secret) }
      if tag == "!vault" {
        self = .text(Text(node.text, marks: [.secret, .encrypted]))
      } else {
        self.init(node.resolved(.ansible), marks: marks)
        if node.isSecret { SecretNumbers.remember(self) }
      }
    case .sequence:
      self = .list(node.elements.map { Value($0, trusted: isTrusted, into: &bag) })
    case .mapping:
      var map: OrderedDictionary<Value, Value> = [:]
      map.reserveCapacity(node.count)
      for (key, value) in node.pairs {
        if key.kind == .scalar {
          map[Value(key, trusted: false, into: &bag).unmarked] = Value(
            value, trusted: isTrusted, into: &bag)
        } else {
          bag.add(key.complexKeyProblem)
        }
      }
      self = .dict(ValueMap(map))
    }
  }

  private init(_ scalar: PlainScalar, marks: Text.Marks) {
    switch scalar {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .bigInt(let digits): self = BigInt(digits).map(Value.integer) ?? .string(digits)
    case .float(let value): self = .float(value)
    case .string(let string): self = .text(Text(string, marks: marks))
    }
  }

  /// A key, which is a name and no secret.
  private var unmarked: Value {
    guard case .text(let text) = self, !text.marks.contains(.encrypted) else { return self }
    return .string(text.string)
  }
}

extension Node {
  /// Whether it stands in a file that was encrypted.
  package var isSecret: Bool { tree.file.isSecret }

  /// Whether it is one encrypted value.
  package var isEncrypted: Bool { kind == .scalar && tag == "!vault" }
}

extension Node {
  /// The tag as users write it: `!!str` for `tag:yaml.org,2002:str`.
  private var shortTag: String? {
    guard let tag else { return nil }
    let standard = "tag:yaml.org,2002:"
    return tag.hasPrefix(standard) ? "!!" + tag.dropFirst(standard.count) : tag
  }

  /// What is wrong with the tag of this node; nil when nothing is.
  fileprivate var tagProblem: Diagnostic? {
    guard let shortTag, shortTag != "!" else { return nil }
    let place = tagSpan ?? span
    switch shortTag {
    case "!unsafe": return nil
    case "!vault", "!!str": return kind == .scalar ? nil : mismatch(shortTag, place)
    case "!!seq": return kind == .sequence ? nil : mismatch(shortTag, place)
    case "!!map": return kind == .mapping ? nil : mismatch(shortTag, place)
    case "!!int", "!!float", "!!bool", "!!null":
      guard kind == .scalar, fits(shortTag) else { return mismatch(shortTag, place) }
      return nil
    default:
      let near = suggestion(for: shortTag, among: Value.knownTags)
      return Diagnostic(
        .error, "unknown-tag", "the tag \(shortTag) is not known", at: place,
        underline: near.map { "did you mean `\($0)`?" },
        notes: ["known tags: \(Value.knownTags.joined(separator: ", "))"],
        help: "quote the value, if `!` is a part of it")
    }
  }

  private func fits(_ tag: String) -> Bool {
    switch (tag, resolved(.ansible)) {
    case ("!!int", .int), ("!!int", .bigInt), ("!!float", .float), ("!!bool", .bool),
      ("!!null", .null):
      true
    default: false
    }
  }

  private func mismatch(_ tag: String, _ place: Span) -> Diagnostic {
    Diagnostic(
      .error, "tag-mismatch", "the value is not what its tag \(tag) says", at: place,
      labels: [Diagnostic.Label(span, "the value")], help: "correct the value, or remove the tag")
  }

  /// A list or a mapping as a key.
  fileprivate var complexKeyProblem: Diagnostic {
    Diagnostic(
      .error, "complex-key", "a \(kind == .sequence ? "list" : "mapping") cannot be a key here",
      at: span, help: "use a text as the key, in quotes if it has special characters")
  }
}

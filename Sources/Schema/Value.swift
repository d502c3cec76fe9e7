import BigInt
import OrderedCollections

/// A value of the language: what a variable, an argument, an expression or a result holds.
///
/// Marks (template, secret) live on texts, the only leaves that can carry either. A value that is only
/// known later is `unknown` and says why; whatever is computed from it is unknown too, never a guess.
package enum Value: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int)
  /// An integer outside the range of `Int`; never one inside it (use `Value.integer`).
  case bigInt(BigInt)
  case float(Double)
  case text(Text)
  case list([Value])
  case dict(ValueMap)
  case unknown(Unknown)

  /// A text that is data: no template, no secret.
  package static func string(_ string: String) -> Value { .text(Text(string)) }

  /// An integer of any size, in its one representation.
  package static func integer(_ integer: BigInt) -> Value {
    Int(exactly: integer).map(Value.int) ?? .bigInt(integer)
  }

  /// The characters of a text, marks dropped; nil for every other case.
  package var string: String? {
    guard case .text(let text) = self else { return nil }
    return text.string
  }

  /// The elements of a list; nil for every other case.
  package var list: [Value]? {
    guard case .list(let elements) = self else { return nil }
    return elements
  }

  /// The entries of a dictionary; nil for every other case.
  package var dict: ValueMap? {
    guard case .dict(let map) = self else { return nil }
    return map
  }

  /// The entry of a dictionary under a text key; nil where there is none.
  package subscript(_ key: String) -> Value? { dict?[key] }

  /// The field's name of the value's type, as error messages use it.
  package var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .int, .bigInt: "integer"
    case .float: "float"
    case .text: "string"
    case .list: "list"
    case .dict: "dictionary"
    case .unknown: "not yet known"
    }
  }
}

/// Characters and what is known about where they came from.
package struct Text: Sendable, Hashable, ExpressibleByStringLiteral {
  /// What is known about a text besides its characters.
  package struct Marks: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Written by the author of a playbook or inventory and containing template syntax: it may be
    /// rendered.
    ///
    /// Facts, results and lookups never carry it.
    package static let template = Marks(rawValue: 1)
    /// Must not appear in any output, argument vector, diff or record.
    ///
    /// Whatever a template computes from a secret is secret again, whatever it is compared with is
    /// not. For numbers see `SecretNumbers`; booleans are never secret.
    package static let secret = Marks(rawValue: 2)
    /// The characters are an envelope of `ansible-vault`, to be opened when the text is used; goes
    /// with `secret`.
    ///
    /// What is in it is never a template, as in ansible-core 2.19 (`EncryptedString`).
    package static let encrypted = Marks(rawValue: 4)
    /// Those of texts that are not yet what they mean.
    package static let deferred: Marks = [.template, .encrypted]
  }

  package var string: String
  package var marks: Marks

  package init(_ string: String, marks: Marks = []) {
    self.string = string
    self.marks = marks
  }

  package init(stringLiteral value: String) { self.init(value) }

  /// Two texts are the same value when their characters are: marks say where they came from.
  package static func == (left: Text, right: Text) -> Bool { left.string == right.string }

  package func hash(into hasher: inout Hasher) { hasher.combine(string) }
}

/// Why something is not known yet: reasons in plain words, such as "the result of task `x`".
package struct Unknown: Sendable, Hashable {
  /// Without duplicates, in the order met.
  package private(set) var reasons: [String]

  package init(_ reason: String) { reasons = [reason] }

  /// Not known for either reason.
  package func merging(_ other: Unknown) -> Unknown {
    var merged = self
    for reason in other.reasons where !merged.reasons.contains(reason) {
      merged.reasons.append(reason)
    }
    return merged
  }

  /// The reasons as one phrase.
  package var summary: String { reasons.joined(separator: "; ") }
}

/// A dictionary that keeps the order in which keys were first set; keys may be any value but unknown ones.
package struct ValueMap: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  package var entries: OrderedDictionary<Value, Value>

  package init() { entries = [:] }

  package init(_ entries: OrderedDictionary<Value, Value>) { self.entries = entries }

  package init(dictionaryLiteral elements: (String, Value)...) {
    entries = [:]
    for (key, value) in elements { entries[.string(key)] = value }
  }

  package subscript(_ key: String) -> Value? {
    get { entries[.string(key)] }
    set { entries[.string(key)] = newValue }
  }

  package subscript(_ key: Value) -> Value? {
    get { entries[key] }
    set { entries[key] = newValue }
  }

  package var count: Int { entries.count }
  package var isEmpty: Bool { entries.isEmpty }
  package var keys: [Value] { Array(entries.keys) }
  package var values: [Value] { Array(entries.values) }

  /// Equal when they hold the same entries, in whatever order (as in Python).
  package static func == (left: ValueMap, right: ValueMap) -> Bool {
    left.entries.count == right.entries.count
      && left.entries.allSatisfy { right.entries[$0.key] == $0.value }
  }

  package func hash(into hasher: inout Hasher) {
    var combined = 0
    for (key, value) in entries {
      var entry = Hasher()
      entry.combine(key)
      entry.combine(value)
      combined ^= entry.finalize()
    }
    hasher.combine(combined)
  }
}

extension Value {
  /// The marks of every text inside, together; `secret` here means "holds a secret somewhere",
  /// numbers that came out of one included.
  package var deepMarks: Text.Marks {
    switch self {
    case .text(let text): text.marks
    case .list(let elements): elements.reduce(into: []) { $0.formUnion($1.deepMarks) }
    case .dict(let map):
      map.entries.reduce(into: []) {
        $0.formUnion($1.key.deepMarks)
        $0.formUnion($1.value.deepMarks)
      }
    case .int, .bigInt, .float: SecretNumbers.contains(self) ? .secret : []
    case .null, .bool, .unknown: []
    }
  }

  /// The first reasons found inside for not being known; nil when everything inside is known.
  package var deepUnknown: Unknown? {
    switch self {
    case .unknown(let unknown): unknown
    case .list(let elements): Unknown.merged(elements.lazy.compactMap(\.deepUnknown))
    case .dict(let map): Unknown.merged(map.entries.values.lazy.compactMap(\.deepUnknown))
    case .null, .bool, .int, .bigInt, .float, .text: nil
    }
  }

  /// The same value with every text inside marked.
  package func marked(_ marks: Text.Marks) -> Value {
    guard !marks.isEmpty else { return self }
    switch self {
    case .text(let text): return .text(Text(text.string, marks: text.marks.union(marks)))
    case .list(let elements): return .list(elements.map { $0.marked(marks) })
    case .dict(let map):
      return .dict(ValueMap(map.entries.mapValues { $0.marked(marks) }))
    case .null, .bool, .int, .bigInt, .float, .unknown: return self
    }
  }
}

extension Unknown {
  /// All reasons of several unknowns; nil of none.
  package static func merged(_ unknowns: some Sequence<Unknown>) -> Unknown? {
    var result: Unknown?
    for unknown in unknowns { result = result.map { $0.merging(unknown) } ?? unknown }
    return result
  }
}

extension ValueMap {
  /// Keys and values in order: for those who do not want to know what keeps the order.
  package var pairs: [(key: Value, value: Value)] { entries.map { ($0.key, $0.value) } }
}

extension ValueMap {
  /// A dictionary of pairs; of equal keys the last wins.
  package init(_ pairs: some Sequence<(Value, Value)>) {
    self.init()
    for (key, value) in pairs { entries[key] = value }
  }
}

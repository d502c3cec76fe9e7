import Diagnostics
import PatternMatching
import Schema

/// Which hosts are meant: `web:db:!old`, `web,&prod`, `node*`, `~web\d+`, `etcd[0]`, `workers[1:3]`.
///
/// The meaning is Ansible's ("Patterns: targeting hosts and groups"): plain parts first, then `&`, then `!`, whatever
/// the order in the text; both ends of a range count.
package struct HostPattern: Sendable {
  /// As written.
  package let text: String
  package let span: Span?
  private let parts: [Part]

  /// Throws where a part cannot be read.
  package init(_ text: String, at span: Span? = nil) throws(Diagnostic) {
    self.text = text
    self.span = span
    var parts: [Part] = []
    for piece in HostPattern.pieces(of: text) { parts.append(try Part(piece, at: span)) }
    self.parts = parts
  }

  /// Nothing but commas, colons and blanks.
  package var isEmpty: Bool { parts.isEmpty }

  /// The hosts meant, each once, in the order in which the parts name them.
  package func hosts(in inventory: Inventory) -> [Host] {
    guard !parts.isEmpty else { return [] }
    var names: [String] = []
    var chosen: Set<String> = []
    let plain = parts.filter { $0.operation == .add }
    for part in plain.isEmpty ? [.everything] : plain {
      for name in part.names(in: inventory) where chosen.insert(name).inserted {
        names.append(name)
      }
    }
    for part in parts where part.operation == .intersect {
      let kept = Set(part.names(in: inventory))
      names.removeAll { !kept.contains($0) }
    }
    for part in parts where part.operation == .exclude {
      let gone = Set(part.names(in: inventory))
      names.removeAll { gone.contains($0) }
    }
    return names.compactMap { inventory.host(named: $0) ?? inventory.implicitLocalhost($0) }
  }

  /// The parts that match no host and no group: for warnings.
  package func unmatched(in inventory: Inventory) -> [String] {
    parts.filter { $0.names(in: inventory).isEmpty && !$0.isKnownGroup(in: inventory) }.map(\.text)
  }

  /// Whether hosts could be chosen by the name of something that is not in the inventory: a typing mistake.
  package func suggestion(for part: String, in inventory: Inventory) -> String? {
    Diagnostics.suggestion(
      for: part, among: inventory.groups.map(\.name) + inventory.hosts.map(\.name))
  }

  /// Cuts at commas; else at colons and blanks outside of brackets, unless the whole is an IPv6 address.
  private static func pieces(of text: String) -> [Substring] {
    let pieces: [Substring]
    if text.contains(",") {
      pieces = text.split(separator: ",")
    } else if isIPv6(text) {
      pieces = [text[...]]
    } else {
      var depth = 0
      pieces = text.split { character in
        if character == "[" { depth += 1 }
        if character == "]" { depth -= 1 }
        return depth <= 0 && (character == ":" || character.isWhitespace)
      }
    }
    return pieces.map(trimmed).filter { !$0.isEmpty }
  }

  private static func isIPv6(_ text: String) -> Bool {
    text.count { $0 == ":" } >= 2 && text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
  }
}

extension Inventory {
  /// The hosts that a pattern means.
  package func hosts(matching pattern: HostPattern) -> [Host] { pattern.hosts(in: self) }

  /// `localhost`, which is there without being written, and reached without a connection.
  package func implicitLocalhost(_ name: String) -> Host? {
    guard ["localhost", "127.0.0.1", "::1"].contains(name) else { return nil }
    let origin = Origin(.inventoryFileHost, owner: "implicit localhost")
    return Host(
      name: name, directGroups: [], groups: ["all"],
      layers: [
        VariableLayer(
          .inventoryFileHost, ["ansible_connection": Variable(.string("local"), origin)])
      ], isImplicit: true)
  }
}

/// One part of a pattern.
private struct Part: Sendable {
  enum Operation: Sendable { case add, intersect, exclude }

  enum Matcher: Sendable {
    case glob(String)
    case regex(Pattern)
  }

  /// Which of the hosts matched: one, or a range with both ends.
  enum Choice: Sendable {
    case one(Int)
    case range(Int, Int?)
  }

  let text: String
  let operation: Operation
  let matcher: Matcher
  let choice: Choice?

  static let everything = Part(text: "all", operation: .add, matcher: .glob("all"), choice: nil)

  private init(text: String, operation: Operation, matcher: Matcher, choice: Choice?) {
    self.text = text
    self.operation = operation
    self.matcher = matcher
    self.choice = choice
  }

  init(_ piece: Substring, at span: Span?) throws(Diagnostic) {
    var body = piece
    switch body.first {
    case "!": operation = .exclude
    case "&": operation = .intersect
    default: operation = .add
    }
    if operation != .add { body = trimmed(body.dropFirst()) }
    guard !body.isEmpty else {
      throw Diagnostic(
        .error, "host-pattern", "`\(piece)` names no host or group", at: span,
        help: "write a name right after it, such as `!old`")
    }
    text = String(body)
    if body.hasPrefix("~") {
      do {
        matcher = .regex(try Pattern(String(body.dropFirst())))
      } catch {
        let reason = (error as? PatternError)?.message ?? "\(error)"
        throw Diagnostic(
          .error, "host-pattern", "`\(body)` is not a regular expression: \(reason)", at: span)
      }
      choice = nil
    } else if let (name, choice) = Part.subscripted(body) {
      matcher = .glob(String(name))
      self.choice = choice
    } else {
      matcher = .glob(text)
      choice = nil
    }
  }

  func isKnownGroup(in inventory: Inventory) -> Bool {
    guard case .glob(let name) = matcher else { return false }
    return inventory.group(named: name) != nil
  }

  func names(in inventory: Inventory) -> [String] {
    if choice == nil, inventory.host(named: text) != nil { return [text] }
    let names = matches(in: inventory)
    switch choice {
    case nil: return names
    case .one(let index):
      let place = index < 0 ? names.count + index : index
      return names.indices.contains(place) ? [names[place]] : []
    case .range(let start, let end):
      let last = min(end ?? names.count - 1, names.count - 1)
      return start <= last ? Array(names[start...last]) : []
    }
  }

  private func matches(in inventory: Inventory) -> [String] {
    let groups = inventory.groups.filter { isMatch($0.name) }
    var names: [String] = []
    var seen: Set<String> = []
    for group in groups {
      for name in group.hosts where seen.insert(name).inserted { names.append(name) }
    }
    if groups.isEmpty || looksBeyondGroups {
      for host in inventory.hosts where isMatch(host.name) && seen.insert(host.name).inserted {
        names.append(host.name)
      }
    }
    if names.isEmpty, inventory.implicitLocalhost(text) != nil { return [text] }
    return names
  }

  private var looksBeyondGroups: Bool {
    switch matcher {
    case .regex: true
    case .glob(let pattern): pattern.contains { ".?*[".contains($0) }
    }
  }

  private func isMatch(_ name: String) -> Bool {
    switch matcher {
    case .glob(let pattern): globMatches(pattern, name)
    case .regex(let regex): (try? regex.match(in: name)) != nil
    }
  }

  /// `name[3]`, `name[-1]`, `name[1:]`, `name[1:3]`, `name[1-3]`; nil for anything else.
  private static func subscripted(_ text: Substring) -> (Substring, Choice)? {
    guard text.hasSuffix("]"), let open = text.lastIndex(of: "["), open > text.startIndex else {
      return nil
    }
    let inside = text[text.index(after: open)...].dropLast()
    let name = text[..<open]
    if let index = Int(inside), inside.first != "+" { return (name, .one(index)) }
    guard let mark = inside.firstIndex(where: { $0 == ":" || $0 == "-" }),
      let start = Int(inside[..<mark])
    else { return nil }
    let rest = inside[inside.index(after: mark)...]
    if rest.isEmpty { return (name, .range(start, nil)) }
    return Int(rest).map { (name, .range(start, $0)) }
  }
}

/// Without blanks at either end.
func trimmed(_ text: Substring) -> Substring {
  var result = text
  while result.first?.isWhitespace == true { result.removeFirst() }
  while result.last?.isWhitespace == true { result.removeLast() }
  return result
}

import Diagnostics
import Schema

/// A wished file mode: octal, or symbolic as chmod(1) takes it (`u=rw,g=r,o=`, `g+X`), which counts from what is there.
struct ModeWish: ParameterType, Hashable {
  static let typeDescription = "file mode"

  private enum Form: Hashable {
    case fixed(FileMode)
    case symbolic([Clause], text: String)
  }

  /// One operation on the bits of some of user, group and others.
  private struct Clause: Hashable {
    let users: Set<Character>
    /// Whether nobody was named: then what a umask of 022 takes away is left alone.
    let isMasked: Bool
    let operation: Character
    let permissions: [Character]
  }

  private let form: Form

  init(_ mode: FileMode) { form = .fixed(mode) }

  init(_ argument: Argument) throws(Diagnostic) {
    guard let text = argument.sourceText, text.contains(where: { "+-=".contains($0) }) else {
      form = .fixed(try FileMode(argument))
      return
    }
    guard let clauses = ModeWish.clauses(text) else {
      throw argument.wrong(
        "file-mode", "must be a file mode, not \(argument.shown)",
        help: "write it as \"0644\" or \"u=rw,go=r\"")
    }
    form = .symbolic(clauses, text: text)
  }

  /// The mode that does not depend on what is there; nil for a symbolic one.
  var fixed: FileMode? {
    guard case .fixed(let mode) = form else { return nil }
    return mode
  }

  /// As it was written.
  var text: String {
    switch form {
    case .fixed(let mode): mode.description
    case .symbolic(_, let text): text
    }
  }

  /// The bits that come of it.
  func applied(to current: FileMode, isFolder: Bool) -> FileMode {
    switch form {
    case .fixed(let mode): return mode
    case .symbolic(let clauses, _):
      var bits = current.bits
      for clause in clauses { bits = ModeWish.apply(clause, to: bits, isFolder: isFolder) }
      return FileMode(bits: bits)
    }
  }

  // MARK: - Applying

  private static func apply(_ clause: Clause, to bits: UInt16, isFolder: Bool) -> UInt16 {
    var result = bits
    for user in clause.users {
      let shift: UInt16 = user == "u" ? 6 : user == "g" ? 3 : 0
      let special: UInt16 = user == "u" ? 0o4000 : user == "g" ? 0o2000 : 0o1000
      var wanted: UInt16 = 0
      for permission in clause.permissions {
        switch permission {
        case "r": wanted |= 4 << shift
        case "w": wanted |= 2 << shift
        case "x": wanted |= 1 << shift
        case "X": if isFolder || bits & 0o111 != 0 { wanted |= 1 << shift }
        case "s": if user != "o" { wanted |= special }
        case "t": if user == "o" { wanted |= special }
        case "u": wanted |= (bits >> 6 & 7) << shift
        case "g": wanted |= (bits >> 3 & 7) << shift
        default: wanted |= (bits & 7) << shift
        }
      }
      if clause.isMasked { wanted &= ~0o022 }
      switch clause.operation {
      case "+": result |= wanted
      case "-": result &= ~wanted
      default: result = result & ~(7 << shift | special) | wanted
      }
    }
    return result
  }

  // MARK: - Reading

  private static func clauses(_ text: String) -> [Clause]? {
    var clauses: [Clause] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      var rest = part.drop { "ugoa".contains($0) }
      let named = part[..<rest.startIndex]
      let users: Set<Character> =
        named.isEmpty || named.contains("a") ? ["u", "g", "o"] : Set(named)
      guard !rest.isEmpty else { return nil }
      while let operation = rest.popFirst() {
        guard "+-=".contains(operation) else { return nil }
        let permissions = rest.prefix { !"+-=".contains($0) }
        rest = rest.dropFirst(permissions.count)
        let isCopy = permissions.count == 1 && permissions.allSatisfy { "ugo".contains($0) }
        guard isCopy || permissions.allSatisfy({ "rwxXst".contains($0) }) else { return nil }
        clauses.append(
          Clause(
            users: users, isMasked: named.isEmpty, operation: operation,
            permissions: Array(permissions)))
      }
    }
    return clauses
  }
}

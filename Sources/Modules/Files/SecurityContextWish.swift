import Diagnostics
import ModuleKit
import Schema

/// `setype` and its like: parts of the SELinux context that a file must have; nil parts are left alone.
struct SecurityContextWish: Sendable {
  private var wished: [(part: SecurityContextFact.Part, text: String)] = []

  static let user = Parameter<String?>.optional(
    "seuser", "The user of the SELinux context; on hosts without SELinux without effect.")
  static let role = Parameter<String?>.optional(
    "serole", "The role of the SELinux context; on hosts without SELinux without effect.")
  static let type = Parameter<String?>.optional(
    "setype", "The type of the SELinux context; on hosts without SELinux without effect.")
  static let level = Parameter<String?>.optional(
    "selevel", "The level of the SELinux context; on hosts without SELinux without effect.")

  static let parameters = [user.manual, role.manual, type.manual, level.manual]

  init(_ arguments: Arguments) throws(Diagnostic) {
    for (parameter, part) in [
      (Self.user, .user), (Self.role, .role), (Self.type, .type), (Self.level, .level),
    ] as [(Parameter<String?>, SecurityContextFact.Part)] {
      guard let text = try arguments[parameter] else { continue }
      guard text != "_default" else {
        throw Diagnostic(
          .error, "unsupported-value", "`_default` is not supported",
          at: arguments.span(of: parameter.manual),
          help: "new files get what the policy names by themselves; write the part that is wished")
      }
      wished.append((part, text))
    }
  }

  var isEmpty: Bool { wished.isEmpty }

  func reads(of path: HostPath) -> [FactRequest] {
    isEmpty ? [] : [FactRequest(SecurityContextFact.self, path.string)]
  }

  /// What differs of a file, which may only be there after other changes of the task.
  func changes(of path: HostPath, from facts: FactView) throws(Obstacle) -> [Change] {
    guard !isEmpty else { return [] }
    let current = try facts.fact(SecurityContextFact.self, path.string)
    if current == SecurityContextFact.none { return [] }
    let differing = wished.filter { current?[$0.part] != $0.text }
    guard !differing.isEmpty else { return [] }
    let words = differing.flatMap { [$0.part.option, $0.text] }
    let step = Step(
      "set the SELinux context of \(path)", "chcon -h \(words: words) -- \(path.string)",
      footprint: .keys(FactKey(SecurityContextFact.self, path.string)))
    var after = current
    for (part, text) in differing { after?[part] = text }
    let reading: Reading<SecurityContextFact> =
      after.map { .present($0) } ?? .unknown(.init("the context of a new file"))
    return differing.enumerated().map { index, row in
      Change(
        path.string, row.part.rawValue, current == nil ? .create : .update,
        from: current.map { .text($0[row.part]) } ?? .absent, to: .text(row.text),
        steps: index == 0 ? [step] : [],
        predicts: index == 0
          ? [Prediction(SecurityContextFact.self, path.string, reading)] : [])
    }
  }
}

extension SecurityContextFact {
  /// One part of a context, by the name of its parameter.
  enum Part: String {
    case user = "seuser"
    case role = "serole"
    case type = "setype"
    case level = "selevel"

    /// The option of chcon(1).
    var option: String {
      switch self {
      case .user: "-u"
      case .role: "-r"
      case .type: "-t"
      case .level: "-l"
      }
    }
  }

  subscript(part: Part) -> String {
    get {
      switch part {
      case .user: user
      case .role: role
      case .type: type
      case .level: level
      }
    }
    set {
      switch part {
      case .user: user = newValue
      case .role: role = newValue
      case .type: type = newValue
      case .level: level = newValue
      }
    }
  }
}

import Diagnostics
import ModuleKit
import Schema

/// `pam_limits`: one line of a limits.conf(5).
struct PamLimitsModule: StateModule {
  enum Kind: String, ParameterChoice {
    case hard, soft
    case both = "-"
  }

  private let edit: FileEdit
  private let domain: String
  private let kind: Kind
  private let item: LimitItem
  private let value: String
  private let keepsMore: Bool
  private let keepsLess: Bool
  private let comment: String

  init(_ arguments: Arguments) throws(Diagnostic) {
    let given = arguments.argument(Self.path.manual)
    var arguments = arguments
    arguments.given["dest"] = nil
    arguments.given["path"] =
      given ?? Argument(.string("/etc/security/limits.conf"), path: "path")
    edit = try FileEdit(arguments, creates: true)
    domain = try arguments[Self.domain]
    kind = try arguments[Self.kind]
    item = try arguments[Self.item]
    value = try arguments[Self.value]
    keepsMore = try arguments[Self.keepsMore]
    keepsLess = try arguments[Self.keepsLess]
    comment = try arguments[Self.comment]
    let isNumber = Int(value) != nil
    guard isNumber || ["unlimited", "infinity", "-1"].contains(value) else {
      throw Diagnostic(
        .error, "limit-value",
        "`value` must be a number, `unlimited` or `infinity`, not `\(value)`",
        at: arguments.span(of: Self.value.manual))
    }
    for (text, parameter) in [(domain, Self.domain), (comment, Self.comment)]
    where text.contains("\n") || text.isEmpty && parameter.manual.name == "domain" {
      throw Diagnostic(
        .error, "limit-line", "`\(parameter.manual.name)` must be one line of text",
        at: arguments.span(of: parameter.manual))
    }
  }

  func reads(given facts: FactView) -> [FactRequest] { edit.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try edit.changes(from: facts) { bytes throws(Obstacle) in edited(bytes ?? []) }
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    edit.result(from: facts, replies: replies)
  }

  /// The first line about it is written anew, others about it go; else a line is added.
  private func edited(_ bytes: [UInt8]) -> [UInt8] {
    var isWritten = false
    var result: [[UInt8]] = []
    for line in fileLines(bytes) {
      let text = String(decoding: line.withoutLineEnd, as: UTF8.self)
      let words = text.prefix { $0 != "#" }.words.map(String.init)
      guard words.count == 4, words[0] == domain, words[1] == kind.rawValue,
        words[2] == item.rawValue
      else {
        result.append(line)
        continue
      }
      if isWritten { continue }
      isWritten = true
      let wished = chosen(words[3])
      result.append(wished == words[3] ? line : Array(newLine(wished).utf8))
    }
    if !isWritten {
      if let last = result.last, !last.endsWithNewline {
        result[result.count - 1].append(UInt8(ascii: "\n"))
      }
      result.append(Array(newLine(value).utf8))
    }
    return result.flatMap(\.self)
  }

  private func newLine(_ value: String) -> String {
    let line = "\(domain)\t\(kind.rawValue)\t\(item.rawValue)\t\(value)"
    return comment.isEmpty ? line + "\n" : line + "\t#\(comment)\n"
  }

  /// The larger or smaller of what is there and what is wished, where that is asked for.
  private func chosen(_ current: String) -> String {
    func amount(_ text: String) -> Int? { Int(text).map { $0 == -1 ? .max : $0 } ?? .max }
    guard keepsMore || keepsLess, let old = amount(current), let new = amount(value) else {
      return value
    }
    return keepsMore ? (old >= new ? current : value) : (old <= new ? current : value)
  }
}

/// What can be limited; see limits.conf(5).
enum LimitItem: String, ParameterChoice {
  case core, data, fsize, memlock, nofile, rss, stack, cpu, nproc, `as`, maxlogins, maxsyslogins,
    priority, locks, sigpending, msgqueue, nice, rtprio, chroot
}

extension PamLimitsModule {
  static let domain = Parameter<String>.required(
    "domain", "A user, `@group`, or `*`.", isSubject: true)
  static let kind = Parameter<Kind>.required(
    "limit_type", "Which limit: `hard`, `soft`, or `-` for both in one line.")
  static let item = Parameter<LimitItem>.required("limit_item", "What is limited.")
  static let value = Parameter<String>.required(
    "value", "The limit: a number in the unit of limits.conf(5), `unlimited` or `infinity`.")
  static let keepsMore = Parameter<Bool>.optional(
    "use_max", "Keeps what is there if it is more.", default: false, shown: "false")
  static let keepsLess = Parameter<Bool>.optional(
    "use_min", "Keeps what is there if it is less.", default: false, shown: "false")
  static let comment = Parameter<String>.optional(
    "comment", "What stands behind a new line as a comment.", default: "", shown: "\"\"")
  static let path = Parameter<HostPath>.optional(
    "dest", "The file.", default: HostPath("/etc/security/limits.conf") ?? .root,
    shown: "/etc/security/limits.conf")

  static let manual = Manual(
    "pam_limits", .state, "One line of limits.conf, as Ansible's module writes it.",
    notes: [
      """
      A limit counts for logins from then on. `limits` keeps a file of its own and covers services too; this module is \
      for playbooks that name the line.
      """
    ],
    parameters: [
      domain.manual, kind.manual, item.manual, value.manual, keepsMore.manual, keepsLess.manual,
      comment.manual, path.manual, FileEdit.backup.manual,
    ],
    exclusive: [["use_max", "use_min"]], results: FileEdit.results,
    examples: [
      """
      - name: more open files
        community.general.pam_limits:
          domain: "*"
          limit_type: hard
          limit_item: nofile
          value: "1048576"
          use_max: true
      """
    ])
}

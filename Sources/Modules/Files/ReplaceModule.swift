import Diagnostics
import ModuleKit
import PatternMatching
import Schema

/// `replace`: every place of a file that a pattern finds.
struct ReplaceModule: StateModule {
  private let edit: FileEdit
  private let pattern: PatternText
  private let replacement: String
  /// Finds the part of the file to work on, as its group `subsection`; nil for all of it.
  private let section: String?

  init(_ arguments: Arguments) throws(Diagnostic) {
    edit = try FileEdit(arguments, creates: false)
    pattern = try arguments[Self.pattern]
    replacement = try arguments[Self.replacement]
    let after = try arguments[Self.after]?.text
    let before = try arguments[Self.before]?.text
    section =
      switch (after, before) {
      case (nil, nil): nil
      case (let after?, nil): "\(after)(?P<subsection>.*)"
      case (nil, let before?): "(?P<subsection>.*)\(before)"
      case (let after?, let before?): "\(after)(?P<subsection>.*?)\(before)"
      }
  }

  func reads(given facts: FactView) -> [FactRequest] { edit.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try edit.changes(from: facts) { bytes throws(Obstacle) in try edited(bytes ?? []) }
  }

  func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap {
    var result = edit.result(from: after, replies: replies)
    result["rc"] = .int(0)
    result["msg"] = .string(message(before))
    return result
  }

  private func message(_ facts: FactView) -> String {
    guard let bytes = edit.bytes(facts), let text = String(validating: bytes, as: UTF8.self),
      let parts = try? parts(of: text)
    else {
      return "Pattern for before/after params did not match the given file: \(section ?? "")"
    }
    guard let pattern = try? LinePattern(pattern.text, flags: .multiline),
      let new = try? pattern.replacing(in: parts.middle, with: replacement), new != parts.middle,
      let count = try? pattern.count(in: parts.middle)
    else { return edit.message("", before: facts) }
    return edit.message("\(count) replacements made", before: facts)
  }

  private func edited(_ bytes: [UInt8]) throws(Obstacle) -> [UInt8] {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .refusing(
        "not-utf8", "`\(edit.path)` is not UTF-8 text",
        help: "`lineinfile` works on lines in any encoding")
    }
    guard let parts = try parts(of: text) else { return bytes }
    let pattern = try LinePattern(pattern.text, flags: .multiline)
    let middle = try pattern.replacing(in: parts.middle, with: replacement)
    return Array((parts.head + middle + parts.tail).utf8)
  }

  /// The text before, in and behind what is worked on; nil where `after` or `before` find nothing.
  private func parts(
    of text: String
  ) throws(Obstacle) -> (head: String, middle: String, tail: String)? {
    guard let section else { return ("", text, "") }
    let finder = try LinePattern(section, flags: .dotAll)
    guard let match = try finder.search(text),
      let range = finder.range(of: "subsection", in: match)
    else { return nil }
    func part(_ range: Range<Int>) -> String {
      String(String.UnicodeScalarView(match.source[range]))
    }
    return (
      part(0..<range.lowerBound), part(range), part(range.upperBound..<match.source.count)
    )
  }
}

extension ReplaceModule {
  static let pattern = Parameter<PatternText>.required(
    "regexp",
    "What to replace: a regular expression in which `^` and `$` mean the ends of lines.")
  static let replacement = Parameter<String>.optional(
    "replace", "What to put there; `\\1` and `\\g<name>` refer to groups.", default: "",
    shown: "\"\"")
  static let after = Parameter<PatternText?>.optional(
    "after", "Only what follows this pattern is worked on; in it `.` matches newlines too.")
  static let before = Parameter<PatternText?>.optional(
    "before", "Only what precedes this pattern is worked on; in it `.` matches newlines too.")

  static let manual = Manual(
    "replace", .state, "Every place of a file that a pattern finds.",
    notes: [
      """
      Patterns have the syntax of Python's `re`. An edit that would change its own result again is refused: it could \
      never be in sync.
      """,
      "Where `after` or `before` find nothing, the file is left alone.",
    ],
    parameters: [
      FileEdit.path.manual, pattern.manual, replacement.manual, after.manual, before.manual,
    ] + FileEdit.parameters,
    results: FileEdit.results + [.init("rc", "0, as Ansible has it")],
    examples: [
      """
      - name: swap stays off
        replace:
          path: /etc/fstab
          regexp: '^([^#\\n]\\S*\\s+\\S+\\s+swap\\s.*)$'
          replace: '# \\1'
      """,
      """
      - name: the mirror of one section
        replace:
          path: /etc/yum.repos.d/base.repo
          after: '\\[base\\]'
          before: '\\[updates\\]'
          regexp: '^enabled=0$'
          replace: enabled=1
      """,
    ])
}

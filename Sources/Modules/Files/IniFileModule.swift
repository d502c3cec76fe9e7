import Diagnostics
import ModuleKit
import Schema

/// `ini_file`: sections and options of INI files.
struct IniFileModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private let edit: FileEdit
  private let section: String?
  private let required: [(option: String, values: [String])]
  private let option: String?
  private let values: [String]
  private let state: State
  private let isExclusive: Bool
  private let allowsNone: Bool
  private let style: IniText.Style

  init(_ arguments: Arguments) throws(Diagnostic) {
    state = try arguments[Self.state]
    edit = try FileEdit(
      arguments, creates: try arguments[Self.creates] && state == .present)
    let name = try arguments[Self.section]
    section = name?.isEmpty == true ? nil : name
    option = try arguments[Self.option]
    let value = try arguments[Self.value]
    let given = try arguments[Self.values]?.strings ?? []
    values = (value.map { [$0] } ?? given).reduce(into: []) { values, value in
      if !values.contains(value) { values.append(value) }
    }
    isExclusive = try arguments[Self.isExclusive]
    allowsNone = try arguments[Self.allowsNone]
    style = IniText.Style(
      hasSpaces: try !arguments[Self.hasNoSpaces], ignoresSpaces: try arguments[Self.ignoresSpaces],
      usesInactive: try arguments[Self.usesInactive])
    required = try (arguments[Self.required] ?? []).map { wish throws(Diagnostic) in
      try IniFileModule.required(wish)
    }
    if state == .present, option != nil, values.isEmpty, !allowsNone {
      throw Diagnostic(
        .error, "missing-parameter",
        "`state: present` needs `value` or `values`", at: arguments.span,
        help: "`allow_no_value: true` writes an option without a value")
    }
    if option == nil, section == nil {
      throw Diagnostic(
        .error, "missing-parameter", "module `ini_file` needs one of `section`, `option`",
        at: arguments.span)
    }
    if try !arguments[Self.follows] {
      throw Diagnostic(
        .error, "unsupported-value", "`follow: false` is not supported: a link is always followed",
        at: arguments.span(of: Self.follows.manual), help: "name the file itself")
    }
  }

  private static func required(
    _ wish: ValueMap
  ) throws(Diagnostic) -> (option: String, values: [String]) {
    guard let option = wish["option"]?.string else {
      throw Diagnostic(
        .error, "missing-parameter", "an entry of `section_has_values` needs `option`")
    }
    let values = wish["values"]?.list ?? wish["value"].map { [$0] } ?? []
    return (option, values.compactMap(\.string))
  }

  func reads(given facts: FactView) -> [FactRequest] { edit.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try edit.changes(from: facts) { bytes throws(Obstacle) in
      guard let bytes else { return state == .absent ? nil : edited("") }
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw .refusing("not-text", "`\(edit.path)` is not UTF-8 text")
      }
      return edited(text)
    }
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    edit.result(from: facts, replies: replies)
  }

  private func edited(_ text: String) -> [UInt8] {
    // An empty file begins with an empty line from here on, as Ansible has it.
    var ini = IniText(text.isEmpty && state == .present ? "\n" : text)
    let range = ini.section(section, having: required)
    switch (state, range, option) {
    case (.absent, nil, _): break
    case (.absent, let range?, nil): ini.remove(range)
    case (.absent, let range?, let option?):
      ini.remove(option, values: isExclusive ? nil : values, from: range)
    case (.present, let range?, let option?):
      ini.set(
        option, to: values, in: range, isExclusive: isExclusive, allowsNone: allowsNone, style)
    case (.present, _?, nil): break
    case (.present, nil, _): ini.append(section: section, newOptions)
    }
    return Array(ini.text.utf8)
  }

  /// What a section has that was not there.
  private var newOptions: [String] {
    var lines = required.flatMap { wish in wish.values.map { style.line(wish.option, $0) } }
    guard let option else { return lines }
    lines += values.map { style.line(option, $0) }
    if values.isEmpty, allowsNone { lines.append(option + "\n") }
    return lines
  }
}

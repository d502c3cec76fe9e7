import Diagnostics
import ModuleKit
import Schema

/// A resource limit: of login sessions by PAM, or of services by systemd.
package struct LimitsModule: StateModule {
  enum Wish: String, ParameterChoice { case present, absent }
  enum Kind: String, ParameterChoice {
    case soft, hard
    case both = "-"
  }
  /// The items of limits.conf(5); those that systemd has too carry its name in capitals.
  enum Item: String, ParameterChoice {
    case core, data, fsize, memlock, nofile, rss, stack, cpu, nproc, `as`, maxlogins, maxsyslogins,
      nonewprivs, priority, locks, sigpending, msgqueue, nice, rtprio, chroot
  }

  let domain: String
  let kind: Kind
  let item: Item
  /// nil when the entry has to go.
  let rule: ValueRule?
  let remark: String?
  let file: HostPath
  let unit: String?

  package init(_ arguments: Arguments) throws(Diagnostic) {
    domain = try arguments[LimitsModule.domain]
    kind = try arguments[LimitsModule.type]
    item = try arguments[LimitsModule.item]
    unit = try arguments[LimitsModule.unit]?.description
    remark = try arguments[LimitsModule.comment]
    let isManager = domain == "systemd"
    let folder =
      isManager
      ? unit.map { "systemd/system/\($0).d" } ?? "systemd/system.conf.d" : "security/limits.d"
    file =
      try arguments[LimitsModule.file] ?? HostPath.root.appending("etc/\(folder)/90-spile.conf")
    rule = try LimitsModule.rule(arguments)
    if unit != nil, !isManager {
      throw Diagnostic(
        .error, "exclusive-parameters", "`unit` is for `domain: systemd` only", at: arguments.span)
    }
    if isManager, [.maxlogins, .maxsyslogins, .nonewprivs, .priority, .chroot].contains(item) {
      throw Diagnostic(
        .error, "limit-item", "systemd has no limit `\(item.rawValue)`",
        at: arguments.span(of: LimitsModule.item.manual))
    }
    if domain.isEmpty || domain.contains(where: \.isWhitespace)
      || remark?.contains(where: \.isNewline) == true
    {
      throw Diagnostic(
        .error, "limit-domain", "`domain` must be one word, and `comment` one line",
        at: arguments.span(of: LimitsModule.domain.manual))
    }
  }

  private static func rule(_ arguments: Arguments) throws(Diagnostic) -> ValueRule? {
    guard try arguments[LimitsModule.state] == .present else { return nil }
    guard let rule = try arguments[LimitsModule.value] else {
      throw Diagnostic(
        .error, "missing-parameter", "module `limits` needs the parameter `value`",
        at: arguments.span,
        help: "write `value`, or `state: absent`")
    }
    let useMax = try arguments[LimitsModule.useMax]
    let useMin = try arguments[LimitsModule.useMin]
    guard case .equal(let text) = rule else { return rule }
    let word = text == "-1" ? "unlimited" : text
    guard let bound = ValueRule.Bound(word) else {
      throw Diagnostic(
        .error, "limit-value", "`value` must be a number or `unlimited`, not `\(text)`",
        at: arguments.span(of: LimitsModule.value.manual))
    }
    if useMax { return .bounds(min: [bound], max: nil) }
    if useMin { return .bounds(min: nil, max: [bound]) }
    return .equal(word)
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    guard domain == "systemd" else { return TextFile.reads(file) }
    return TextFile.reads(file) + [managerRequest]
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try domain == "systemd" ? managerChanges(facts) : sessionChanges(facts)
  }

  private func sessionChanges(_ facts: FactView) throws(Obstacle) -> [Change] {
    let file = try TextFile(file, from: facts)
    let before = LimitsLines(file.lines)
    var after = before
    let current = before.value(domain, kind.rawValue, item.rawValue)
    if let rule {
      guard current.map({ !rule.holds(for: $0 == "-1" ? "unlimited" : $0) }) ?? true else {
        return []
      }
      after.set(
        domain, kind.rawValue, item.rawValue, to: rule.value(replacing: current), comment: remark)
    } else {
      after.remove(domain, kind.rawValue, item.rawValue)
    }
    guard after.lines != before.lines else { return [] }
    let write = file.writing(after.lines.fileContent, label: "write \(self.file)")
    return [
      Change(
        domain, "\(kind.rawValue) \(item.rawValue)",
        current == nil ? .create : rule == nil ? .remove : .update,
        from: current.map { .text($0) } ?? .absent,
        to: after.value(domain, kind.rawValue, item.rawValue).map { .text($0) } ?? .absent,
        steps: [write.step], predicts: write.predicts)
    ]
  }
}

/// The lines of a limits.conf(5) file as tasks edit them.
struct LimitsLines {
  private(set) var lines: [String]

  init(_ lines: [String]) { self.lines = lines }

  private static func fields(_ line: String) -> [Substring]? {
    let text = line.prefix { $0 != "#" }
    let words = text.words
    return words.count == 4 ? words : nil
  }

  private static func isEntry(_ domain: String, _ kind: String, _ item: String, _ line: String)
    -> Bool
  {
    fields(line).map { $0[0] == domain && $0[1] == kind && $0[2] == item } ?? false
  }

  /// The value of the last entry.
  func value(_ domain: String, _ kind: String, _ item: String) -> String? {
    lines.last { LimitsLines.isEntry(domain, kind, item, $0) }.flatMap {
      LimitsLines.fields($0)?[3]
    }.map(String.init)
  }

  /// One entry, in the place of the last that was there.
  mutating func set(
    _ domain: String, _ kind: String, _ item: String, to value: String, comment: String?
  ) {
    let line = "\(domain) \(kind) \(item) \(value)" + (comment.map { " # \($0)" } ?? "")
    let places = lines.indices.filter { LimitsLines.isEntry(domain, kind, item, lines[$0]) }
    guard let last = places.last else {
      lines.append(line)
      return
    }
    lines[last] = line
    for place in places.dropLast().reversed() { lines.remove(at: place) }
  }

  mutating func remove(_ domain: String, _ kind: String, _ item: String) {
    lines.removeAll { LimitsLines.isEntry(domain, kind, item, $0) }
  }
}

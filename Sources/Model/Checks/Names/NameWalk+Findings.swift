import Diagnostics
import Schema
import Template

/// What becomes of a gap: it is confirmed by rendering, host by host, and reported.
extension NameWalk {
  /// How many hosts of a sort are looked at one by one.
  private static let mostHosts = 64

  func confirm(
    _ gap: Gap, _ samples: [Host], _ reference: Reference, _ template: WrittenTemplate,
    _ place: Place, _ conditions: [CompiledCondition], isLoop: Bool
  ) {
    var lacking: [Host] = []
    var severity = Diagnostic.Severity.note
    for sample in samples {
      guard let first = verdict(gap, template, place, conditions, sample, isLoop) else { continue }
      lacking.append(sample)
      severity = max(severity, first)
      let others = hosts.filter { $0.groups == sample.groups && $0 != sample }
      for host in others.prefix(Self.mostHosts) where !lacking.contains(host) {
        guard let other = verdict(gap, template, place, conditions, host, isLoop) else { continue }
        lacking.append(host)
        severity = max(severity, other)
      }
    }
    guard !lacking.isEmpty else { return }
    let span = template.place.span(
      of: reference.offset..<reference.offset + reference.name.utf8.count)
    report(gap, severity, lacking, at: span, place)
  }

  /// How sure it is that a host comes to use the name: nil where it does not.
  private func verdict(
    _ gap: Gap, _ template: WrittenTemplate, _ place: Place, _ conditions: [CompiledCondition],
    _ host: Host, _ isLoop: Bool
  ) -> Diagnostic.Severity? {
    var worst: Diagnostic.Severity?
    let passes = isLoop ? [[:]] : passes(of: place, on: host) ?? [[:]]
    for locals in passes.prefix(50) {
      let renderer = renderer(for: host, place, locals: locals)
      var severity = Diagnostic.Severity.error
      do throws(Diagnostic) {
        switch try conditions.all(renderer) {
        case .no: continue
        case .yes: break
        case .unknown: severity = .warning
        }
      } catch {
        if error.id == "undefined-name" { continue }
        severity = .warning
      }
      guard isUsed(gap, template, renderer) else { continue }
      if severity == .error { return .error }
      worst = severity
    }
    return worst
  }

  /// Whether rendering comes to use what is missing.
  private func isUsed(_ gap: Gap, _ template: WrittenTemplate, _ renderer: Renderer) -> Bool {
    do throws(TemplateError) {
      let value = try renderer.render(template.compiled)
      return value.deepUnknown != nil && !gap.isConditional && gap.kind != .cycle
    } catch {
      switch error.kind {
      case .undefined:
        return gap.kind != .cycle && (error.name == gap.name || !gap.isConditional)
      case .recursion: return gap.kind == .cycle
      case .omitted: return false
      default: return !gap.isConditional && gap.kind != .cycle
      }
    }
  }

  // MARK: Reports

  private func report(
    _ gap: Gap, _ severity: Diagnostic.Severity, _ lacking: [Host], at span: Span?, _ place: Place
  ) {
    // Tasks that make groups may make this one.
    var severity = gap.kind == .group && makesGroups ? min(severity, .warning) : severity
    // Nobody knows what an inventory says when it is read again.
    if refreshesInventory, gap.kind != .cycle { severity = min(severity, .warning) }
    let use = span
    var span = span
    if gap.kind == .cycle, let index = gap.viaNames.firstIndex(of: gap.name) {
      span = gap.via[index].origin.span ?? span
    }
    let written = gap.kind == .cycle ? nil : gap.placeInValue
    span = written ?? span
    let key = Finding(kind: gap.kind, name: gap.name, span: span)
    if let index = reported[key] {
      if found[index].severity < severity { found[index].severity = severity }
      return
    }
    var diagnostic: Diagnostic
    switch gap.kind {
    case .name: diagnostic = undefined(gap, lacking, place)
    case .group: diagnostic = unknownGroup(gap)
    case .host: diagnostic = unknownHost(gap)
    case .fact: diagnostic = unknownFact(gap)
    case .cycle: diagnostic = cycle(gap)
    }
    diagnostic.severity = severity
    diagnostic.span = span
    diagnostic.path = place.path
    if gap.kind != .cycle {
      if let written, let use, written != use {
        diagnostic.labels.append(.init(use, "needed here"))
      }
      let way = zip(gap.viaNames, gap.via).dropLast(written == nil ? 0 : 1)
      diagnostic.labels += way.compactMap { name, variable in
        variable.origin.span.map { .init($0, "in the value of `\(name)`") }
      }
    }
    reported[key] = found.count
    found.append(diagnostic)
  }

  private var makesGroups: Bool {
    playbook.plays.contains { $0.allTasks.contains(where: \.extendsInventory) }
  }

  private var refreshesInventory: Bool {
    playbook.plays.contains { $0.allTasks.contains(where: \.refreshesInventory) }
  }

  private func undefined(_ gap: Gap, _ lacking: [Host], _ place: Place) -> Diagnostic {
    var message = "`\(gap.name)` is not defined" + shown(lacking)
    if let first = gap.viaNames.first { message += ", and `\(first)` needs it" }
    if let later = flow.firstPlaces[gap.name] {
      return Diagnostic(
        .error, "undefined-name", message, labels: [.init(later, "it is set here, which is later")],
        help: "set it before, or give it a default: `\(gap.name) | default(...)`")
    }
    let known = store.variables(for: lacking[0], scope: place.keywords.scope).names
    let near = suggestion(
      for: gap.name, among: known + flow.names + Array(place.locals))
    let hint = near.map { "did you mean `\($0)`?" }
    let advice =
      "set it in the inventory or the play, or give it a default: `\(gap.name) | default(...)`"
    return Diagnostic(
      .error, "undefined-name", message, underline: gap.via.isEmpty ? hint : nil,
      help: gap.via.isEmpty ? (near == nil ? advice : nil) : hint ?? advice)
  }

  private func shown(_ lacking: [Host]) -> String {
    guard lacking.count < hosts.count else { return "" }
    let shown = lacking.prefix(3).map(\.name).joined(separator: ", ")
    let rest = lacking.count - 3
    return " for \(shown)" + (rest > 0 ? " and \(rest) more" : "")
  }

  private func unknownGroup(_ gap: Gap) -> Diagnostic {
    let near = suggestion(for: gap.name, among: inventory.groups.map(\.name))
    return Diagnostic(
      .error, "unknown-group", "the inventory has no group `\(gap.name)`",
      underline: near.map { "did you mean `\($0)`?" },
      help: "add the group, or write `groups['\(gap.name)'] | default([])`")
  }

  private func unknownHost(_ gap: Gap) -> Diagnostic {
    let near = suggestion(for: gap.name, among: inventory.hosts.map(\.name))
    return Diagnostic(
      .error, "unknown-host", "the inventory has no host `\(gap.name)`",
      underline: near.map { "did you mean `\($0)`?" })
  }

  private func unknownFact(_ gap: Gap) -> Diagnostic {
    let near = FactNames.suggestion(for: gap.name) ?? FactNames.suggestion(forVariable: gap.name)
    return Diagnostic(
      .error, "unknown-fact", "there is no fact `\(gap.name)`",
      underline: near.map { "did you mean `\($0)`?" },
      help: "`spile facts` shows those of a host")
  }

  private func cycle(_ gap: Gap) -> Diagnostic {
    let start = gap.viaNames.firstIndex(of: gap.name) ?? 0
    let way = gap.viaNames[start...] + [gap.name]
    return Diagnostic(
      .error, "variable-cycle", "the value of `\(gap.name)` needs `\(gap.name)` itself",
      labels: zip(gap.viaNames, gap.via).dropFirst(start + 1).compactMap { name, variable in
        variable.origin.span.map { .init($0, "in the value of `\(name)`") }
      },
      notes: way.count > 2 ? [way.map { "`\($0)`" }.joined(separator: " needs ")] : [],
      help: "give the inner one another name")
  }
}

extension Gap {
  /// Where the value of the last variable on the way names it; nil where that cannot be told.
  fileprivate var placeInValue: Span? {
    guard let span = via.last?.origin.span, !span.file.isSecret else { return nil }
    let bytes = span.file.bytes
    let word: [UInt8]
    let ends: [[UInt8]]
    switch kind {
    case .group, .host:
      word = Array((kind == .group ? MagicName.groups : .hostvars).rawValue.utf8)
      ends = ["['\(name)'", "[\"\(name)\"", ".\(name)"].map { Array($0.utf8) }
    case .name, .fact, .cycle: (word, ends) = (Array(name.utf8), [[]])
    }
    let last = min(span.end, bytes.count) - word.count
    guard span.start <= last else { return nil }
    for start in span.start...last
    where bytes[start..<start + word.count].elementsEqual(word) {
      let end = start + word.count
      let isWhole =
        (start == 0 || !Self.isOfName(bytes[start - 1]))
        && (end == bytes.count || !Self.isOfName(bytes[end]))
      if isWhole, ends.contains(where: { bytes[end...].starts(with: $0) }) {
        return Span(span.file, start..<end)
      }
    }
    return nil
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

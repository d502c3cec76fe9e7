import ModuleKit

/// A soft and a hard limit, as systemd takes them: `65536:524288`, or one number for both (systemd.exec(5)).
struct LimitPair: Hashable {
  var soft: String
  var hard: String

  init(soft: String, hard: String) {
    self.soft = soft
    self.hard = hard
  }

  init(_ text: some StringProtocol) {
    if let (soft, hard) = text.halves(at: ":") {
      self.init(soft: String(soft.trimmed), hard: String(hard.trimmed))
    } else {
      self.init(soft: String(text.trimmed), hard: String(text.trimmed))
    }
  }

  var text: String { soft == hard ? soft : "\(soft):\(hard)" }
}

extension LimitsModule {
  /// `DefaultLimitNOFILE`, of a unit `LimitNOFILE`.
  private var property: String {
    (unit == nil ? "DefaultLimit" : "Limit") + item.rawValue.uppercased()
  }

  private var wants: Set<String> { ["property:\(property)", "property:\(property)Soft"] }

  var managerRequest: FactRequest {
    unit.map { FactRequest(UnitFact.self, $0, wants: wants) }
      ?? FactRequest(SystemdFact.self, wants: wants)
  }

  func managerChanges(_ facts: FactView) throws(Obstacle) -> [Change] {
    let text = try TextFile(file, from: facts)
    let section = unit == nil ? "Manager" : "Service"
    var lines = SectionLines(text.lines)
    let written = lines.value(property, in: section).map { LimitPair($0) }
    let running = try running(facts)
    guard let rule else {
      guard let written else { return [] }
      lines.set(property, to: nil, in: section)
      return [edit(text, lines, from: written, to: nil, running: nil)]
    }
    var changes: [Change] = []
    let wanted = pair(rule, written ?? running ?? LimitPair(""))
    if written.map({ !holds(rule, $0) }) ?? true {
      lines.set(property, to: wanted.text, in: section)
      changes.append(edit(text, lines, from: written, to: wanted, running: running))
    }
    if let running, !holds(rule, running) { changes.append(reload(running, wanted)) }
    return changes
  }

  /// nil where the unit does not exist.
  private func running(_ facts: FactView) throws(Obstacle) -> LimitPair? {
    let properties: [String: String]?
    if let unit {
      properties = try facts.fact(UnitFact.self, unit)?.properties
    } else {
      properties = try facts.fact(SystemdFact.self)?.properties
    }
    guard let hard = properties?[property] else { return nil }
    return LimitPair(soft: properties?[property + "Soft"] ?? hard, hard: hard)
  }

  private func holds(_ rule: ValueRule, _ pair: LimitPair) -> Bool {
    (kind == .hard || rule.holds(for: pair.soft)) && (kind == .soft || rule.holds(for: pair.hard))
  }

  /// The pair to write: what the rule does not touch stays, a soft limit never above the hard one.
  private func pair(_ rule: ValueRule, _ present: LimitPair) -> LimitPair {
    func value(_ side: String) -> String {
      rule.holds(for: side) ? side : rule.value(replacing: side.isEmpty ? nil : side)
    }
    var pair = present
    if kind != .soft || present.hard.isEmpty { pair.hard = value(present.hard) }
    if kind != .hard || present.soft.isEmpty { pair.soft = value(present.soft) }
    if let soft = ValueRule.Bound(pair.soft), let hard = ValueRule.Bound(pair.hard), soft > hard {
      if kind == .hard { pair.soft = pair.hard } else { pair.hard = pair.soft }
    }
    return pair
  }

  private func edit(
    _ text: TextFile, _ lines: SectionLines, from before: LimitPair?, to after: LimitPair?,
    running: LimitPair?
  ) -> Change {
    let write = text.writing(
      lines.lines.fileContent, label: "write \(file)", touching: [.key(managerRequest.key)])
    return Change(
      unit ?? "systemd", "\(property), persisted",
      before == nil ? .create : after == nil ? .remove : .update,
      from: before.map { .text($0.text) } ?? .absent, to: after.map { .text($0.text) } ?? .absent,
      steps: [write.step], predicts: write.predicts)
  }

  private func reload(_ running: LimitPair, _ wanted: LimitPair) -> Change {
    Change(
      unit ?? "systemd", property, from: .text(running.text), to: .text(wanted.text),
      steps: [
        Step(
          "systemctl daemon-reload", "systemctl daemon-reload",
          footprint: .keys(FactKey(SystemdFact.self), managerRequest.key))
      ],
      predicts: unit == nil
        ? [
          Prediction(
            SystemdFact.self, "",
            .present(
              SystemdFact(
                needsReload: false,
                properties: [property: wanted.hard, property + "Soft": wanted.soft])),
            wants: wants)
        ] : [], blast: .reload)
  }
}

/// The lines of a configuration file with sections, as systemd reads them (systemd.syntax(7)).
struct SectionLines {
  private(set) var lines: [String]

  init(_ lines: [String]) { self.lines = lines }

  /// The index of each line of a section that sets the key.
  private func places(_ key: String, in section: String) -> [Int] {
    var current = ""
    var places: [Int] = []
    for (index, line) in lines.enumerated() {
      let text = line.trimmed
      if text.hasPrefix("["), text.hasSuffix("]") {
        current = String(text.dropFirst().dropLast())
      } else if current == section, let (name, _) = text.halves(at: "="), name.trimmed == key {
        places.append(index)
      }
    }
    return places
  }

  /// The value of the last assignment.
  func value(_ key: String, in section: String) -> String? {
    places(key, in: section).last.flatMap { lines[$0].halves(at: "=") }.map {
      String($0.after.trimmed)
    }
  }

  /// One assignment in the place of the last that was there, else at the end of the section; nil removes all.
  mutating func set(_ key: String, to value: String?, in section: String) {
    let places = places(key, in: section)
    let line = value.map { "\(key)=\($0)" }
    if let last = places.last, let line {
      lines[last] = line
      for place in places.dropLast().reversed() { lines.remove(at: place) }
    } else if let line {
      if let header = lines.firstIndex(where: { $0.trimmed == "[\(section)]" }) {
        lines.insert(line, at: header + 1)
      } else {
        lines += ["[\(section)]", line]
      }
    } else {
      for place in places.reversed() { lines.remove(at: place) }
    }
  }
}

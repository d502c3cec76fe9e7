import Bundle
import Report
import Schema

/// What was found about needs, for people and for machines.
struct CoverageReport {
  let survey: CoverageSurvey

  var missingCount: Int {
    survey.needs.count { if case .missing = $0.answer { true } else { false } }
  }

  var unknownCount: Int {
    survey.gaps.count + survey.needs.count { if case .unclear = $0.answer { true } else { false } }
  }

  var lines: [String] {
    let style = Style(isColoured: Process.wantsColour(.output))
    var table = TextTable(["STATE", "NEED", "HOSTS", "WHERE", "NOTE"])
    for need in sorted {
      table.add([
        state(need) + (need.isDoubtful ? "?" : ""), need.title, HostList.text(need.hosts),
        places(need.places), note(need),
      ])
    }
    var lines = survey.needs.isEmpty ? [] : table.lines(style) + [""]
    if survey.needs.contains(where: \.isDoubtful) {
      lines += ["?: the task has a condition that is not known yet", ""]
    }
    if !survey.gaps.isEmpty {
      lines.append(style.paint("not known before:", .doubt))
      for gap in survey.gaps {
        let hosts = gap.hosts.isEmpty ? "" : " (\(HostList.text(gap.hosts)))"
        lines.append("  \(gap.place)\(hosts): \(Terminal.printable(gap.reason))")
      }
      lines.append("")
    }
    return lines + [summary]
  }

  private var summary: String {
    let needed = survey.needs.count
    var parts = ["\(needed) \(needed == 1 ? "thing" : "things") needed"]
    parts.append(missingCount == 0 ? "nothing known is missing" : "\(missingCount) missing")
    if unknownCount > 0 { parts.append("\(unknownCount) not known") }
    if survey.commandCount > 0 {
      let tasks = survey.commandCount == 1 ? "1 task" : "\(survey.commandCount) tasks"
      parts.append("commands of \(tasks) were not looked into")
    }
    return parts.joined(separator: ", ")
  }

  /// What is missing first, then what is not known.
  private var sorted: [CoverageSurvey.Need] {
    let order = ["missing", "unclear", "present"]
    return survey.needs.enumerated().sorted {
      let (left, right) = (
        order.firstIndex(of: state($0.element)) ?? 0, order.firstIndex(of: state($1.element)) ?? 0
      )
      return (left, $0.offset) < (right, $1.offset)
    }.map(\.element)
  }

  private func state(_ need: CoverageSurvey.Need) -> String {
    switch need.answer {
    case .present: "present"
    case .missing: "missing"
    case .unclear: "unclear"
    }
  }

  private func note(_ need: CoverageSurvey.Need) -> String {
    switch need.answer {
    case .present: ""
    case .missing(let hint): hint
    case .unclear(let reason): reason
    }
  }

  private func places(_ places: [String]) -> String {
    let more = places.count > 2 ? " and \(places.count - 2) more" : ""
    return places.prefix(2).joined(separator: ", ") + more
  }

  var json: Value {
    let needs = sorted.map { need -> Value in
      .dict([
        "state": .string(state(need)), "need": .string(need.title),
        "hosts": .list(need.hosts.map(Value.string)),
        "where": .list(need.places.map(Value.string)), "note": .string(note(need)),
        "conditional": .bool(need.isDoubtful),
      ])
    }
    let gaps = survey.gaps.map { gap -> Value in
      .dict([
        "where": .string(gap.place), "hosts": .list(gap.hosts.map(Value.string)),
        "reason": .string(gap.reason),
      ])
    }
    return .dict([
      "needs": .list(needs), "not_known": .list(gaps), "missing": .int(missingCount),
      "commands_not_looked_into": .int(survey.commandCount),
    ])
  }
}

import Diagnostics
import Schema

/// What a check found, for people and for machines.
package struct CheckReport: Sendable {
  /// The playbook as it was given.
  package let playbook: String
  /// In the order in which they are shown.
  package let diagnostics: [Diagnostic]

  package init(playbook: String, diagnostics: [Diagnostic]) {
    self.playbook = playbook
    self.diagnostics = diagnostics
  }

  /// How many of them are errors.
  package var errorCount: Int { count(.error) }

  private func count(_ severity: Diagnostic.Severity) -> Int {
    diagnostics.count { $0.severity == severity }
  }

  /// One line: `site.yml: 2 errors, 1 warning`.
  package var summary: String {
    let counts = [Diagnostic.Severity.error, .warning, .note].compactMap { severity -> String? in
      let number = count(severity)
      return number == 0 ? nil : "\(number) \(severity.rawValue)\(number == 1 ? "" : "s")"
    }
    let isClean = count(.error) + count(.warning) == 0
    let rest = counts.joined(separator: ", ")
    guard isClean else { return "\(playbook): \(rest)" }
    return "\(playbook): nothing wrong" + (rest.isEmpty ? "" : " (\(rest))")
  }

  /// A line of JSON for each finding, and one with the counts.
  package var json: String {
    let summary: Value = [
      "event": .string("checked"), "playbook": .string(playbook), "errors": .int(count(.error)),
      "warnings": .int(count(.warning)), "notes": .int(count(.note)),
    ]
    return (diagnostics.map(Self.value) + [summary]).map { JSON.text($0) + "\n" }.joined()
  }

  private static func value(_ diagnostic: Diagnostic) -> Value {
    var map: ValueMap = [
      "event": .string("finding"), "severity": .string(diagnostic.severity.rawValue),
      "id": .string(diagnostic.id), "message": .string(diagnostic.message),
    ]
    if let span = diagnostic.span {
      let position = span.position
      map["file"] = .string(span.file.name)
      map["line"] = .int(position.line)
      map["column"] = .int(position.column)
      map["source"] = .string(span.file.text(ofLine: position.line))
    }
    let texts = [
      ("hint", diagnostic.underline), ("help", diagnostic.help), ("path", diagnostic.path),
    ]
    for (key, text) in texts { if let text { map[.string(key)] = .string(text) } }
    if !diagnostic.notes.isEmpty { map["notes"] = .list(diagnostic.notes.map { .string($0) }) }
    if !diagnostic.labels.isEmpty {
      map["labels"] = .list(
        diagnostic.labels.map {
          ["at": .string($0.span.location), "text": .string($0.text)]
        })
    }
    return .dict(map)
  }
}

import Diagnostics

/// Warns about parts of a play's `hosts` that match nothing, and about plays without hosts.
struct HostsCheck {
  let play: Play
  let inventory: Inventory

  func run() -> [Diagnostic] {
    guard case .pattern(let pattern) = play.hosts else { return [] }
    var found = pattern.unmatched(in: inventory).map { part in
      Diagnostic(
        .warning, "pattern-matches-nothing", "no host or group matches `\(part)`",
        at: pattern.span,
        underline: pattern.suggestion(for: part, in: inventory).map { "did you mean `\($0)`?" })
    }
    if found.isEmpty, pattern.hosts(in: inventory).isEmpty {
      found.append(
        Diagnostic(
          .warning, "pattern-matches-nothing", "`\(pattern.text)` leaves no host", at: pattern.span)
      )
    }
    return found
  }
}

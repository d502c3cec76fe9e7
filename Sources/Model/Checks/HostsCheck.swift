import Diagnostics

/// Warns about parts of a play's `hosts` that match nothing, and about plays without hosts.
struct HostsCheck {
  let play: Play
  let inventory: Inventory
  /// What tasks before this play may have made.
  var groups = DynamicGroups()

  func run() -> [Diagnostic] {
    guard case .pattern(let pattern) = play.hosts else { return [] }
    guard !groups.mayBeMade("*") else { return [] }
    let unmatched = pattern.unmatched(in: inventory).filter { part in
      !groups.mayBeMade(String(part.drop { $0 == "!" || $0 == "&" }.prefix { $0 != "[" }))
    }
    var found = unmatched.map { part in
      let near = pattern.suggestion(for: part, in: inventory)
      return Diagnostic(
        near == nil ? .note : .warning, "pattern-matches-nothing",
        "no host or group matches `\(part)`", at: pattern.span,
        underline: near.map { "did you mean `\($0)`?" })
    }
    if found.isEmpty, pattern.hosts(in: inventory).isEmpty, pattern.unmatched(in: inventory).isEmpty
    {
      found.append(
        Diagnostic(
          .note, "pattern-matches-nothing", "`\(pattern.text)` leaves no host", at: pattern.span))
    }
    return found
  }
}

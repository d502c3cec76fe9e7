import Diagnostics
import ModuleKit
import Schema

/// The time zone of the host.
package struct TimezoneModule: StateModule {
  private enum Clock: String, ParameterChoice { case UTC, local }

  private static let name = Parameter<String>.required(
    "name", "The zone as below /usr/share/zoneinfo: `Etc/UTC`, `Asia/Shanghai`.", isSubject: true)
  private static let hardwareClock = Parameter<Clock?>.optional(
    "hwclock", "Only `UTC` is supported: a hardware clock in local time breaks twice a year.")

  package static let manual = Manual(
    "timezone", .state, "Sets the time zone of the host.",
    notes: [
      "/etc/localtime becomes a link into /usr/share/zoneinfo (localtime(5)), and /etc/timezone is kept in step where it "
        + "exists (Debian). The zone has to be there: package `tzdata`.",
      "Running services keep the zone they started with; journald and cron take the new one.",
    ],
    parameters: [name.manual, hardwareClock.manual],
    results: [],
    examples: [
      """
      - name: every host keeps UTC
        timezone:
          name: Etc/UTC
      """
    ])

  private let zone: String

  package init(_ arguments: Arguments) throws(Diagnostic) {
    zone = try arguments[TimezoneModule.name]
    let parts = zone.split(separator: "/", omittingEmptySubsequences: false)
    guard
      parts.allSatisfy({ part in
        !part.isEmpty && !part.hasPrefix(".")
          && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-+".contains($0)) }
      })
    else {
      throw Diagnostic(
        .error, "time-zone", "`name` must be a time zone, not `\(zone)`",
        at: arguments.span(of: TimezoneModule.name.manual),
        help: "as `timedatectl list-timezones` lists them")
    }
    if try arguments[TimezoneModule.hardwareClock] == .local {
      throw Diagnostic(
        .error, "time-zone", "a hardware clock in local time is not supported",
        at: arguments.span(of: TimezoneModule.hardwareClock.manual))
    }
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(TimezoneFact.self, wants: ["zone:\(zone)"])]
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(TimezoneFact.self) else { return [] }
    var changes: [Change] = []
    var after = fact
    if fact.name != zone {
      guard fact.knownZones.contains(zone) else {
        throw .refusing(
          "time-zone", "the host has no time zone \(zone)",
          help: "check the spelling, and that the package `tzdata` is installed")
      }
      after.name = zone
      after.hasLocaltime = true
      changes.append(
        change(
          "zone", fact.name ?? (fact.hasLocaltime ? "no link" : nil), after,
          "link /etc/localtime to \(zone)",
          """
          new_temp /etc/localtime && ln -sf -- \("../usr/share/zoneinfo/" + zone) "$temp" && place_link /etc/localtime
          """, "/etc/localtime"))
    }
    if let debianName = fact.debianName, debianName != zone {
      after.debianName = zone
      changes.append(
        change(
          "/etc/timezone", debianName, after, "write /etc/timezone",
          """
          new_temp /etc/timezone && printf '%s\\n' \(zone) >"$temp" && place /etc/timezone 0644 ''
          """, "/etc/timezone"))
    }
    return changes
  }

  private func change(
    _ attribute: String, _ before: String?, _ after: TimezoneFact, _ label: String,
    _ script: Script, _ path: String
  ) -> Change {
    Change(
      "timezone", attribute, before == nil ? .create : .update,
      from: before.map { .text($0) } ?? .absent,
      to: .text(zone),
      steps: [
        Step(label, script, footprint: Footprint([.key(FactKey(TimezoneFact.self)), .path(path)]))
      ],
      predicts: [Prediction(TimezoneFact.self, "", .present(after), wants: ["zone:\(zone)"])])
  }
}

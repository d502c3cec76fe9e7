import ModuleKit

/// The main process of a unit: what it was started with, and when.
///
/// The key is `key(unit:program:)`: a program that is written anew makes it another answer; absent when nothing runs.
/// /proc/PID/cmdline and /proc/PID/exe: proc(5).
package struct ServiceProcessFact: Fact {
  package static let kind = "service process"

  /// Its words, the program's own name left out.
  package var arguments: [String]
  /// Whether the program was replaced since it was started.
  package var isOutdated: Bool
  /// What a program that was replaced says to `--version`; empty for all others.
  package var version: String
  /// When it was started: seconds since 1970 by the host's clock; nil in a prediction.
  package var start: Int?

  package init(
    arguments: [String], isOutdated: Bool = false, version: String = "", start: Int? = nil
  ) {
    self.arguments = arguments
    self.isOutdated = isOutdated
    self.version = version
    self.start = start
  }

  /// The same words and program, whenever it was started.
  package static func == (left: ServiceProcessFact, right: ServiceProcessFact) -> Bool {
    left.arguments == right.arguments && left.isOutdated == right.isOutdated
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(arguments) }

  /// The name of the fact about the process of a unit that runs a program.
  package static func key(unit: String, program: String) -> String { "\(unit):\(program)" }

  package static func sources(of name: String) -> [String] {
    guard let (unit, program) = name.halves(at: ":") else { return [] }
    return UnitFact.sources(of: String(unit)) + [String(program)]
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    read -r up _ </proc/uptime
    boot=$(($(date +%s) - ${up%%.*}))
    for key in \(words: requests.map(\.key.name)); do
      unit=${key%%:*}
      started=$(systemctl show --property=ExecMainStartTimestampMonotonic --value -- "$unit" 2>/dev/null)
      pid=$(systemctl show --property=MainPID --value -- "$unit" 2>/dev/null)
      if [ "${pid:-0}" != 0 ]; then
        exe=$(readlink "/proc/$pid/exe") version=
        case $exe in *' (deleted)') version=$("/proc/$pid/exe" --version 2>/dev/null) ;; esac
        put "$key" "$exe" "$version" "$((boot + ${started:-0} / 1000000))" "$(tr '\\0' '\\n' <"/proc/$pid/cmdline")"
      else put "$key" '' '' '' ''; fi
    done
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<ServiceProcessFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<ServiceProcessFact>] = [:]
    while records.count >= 5 {
      let fields = Array(records.prefix(5))
      records = records.dropFirst(5)
      let (name, program) = (fields[0], fields[1])
      readings[name] =
        program.isEmpty
        ? .absent
        : .present(
          ServiceProcessFact(
            arguments: fields[4].fileLines.dropFirst().map { String($0) },
            isOutdated: program.hasSuffix(" (deleted)"), version: fields[2],
            start: Int(fields[3])))
    }
    return readings
  }
}

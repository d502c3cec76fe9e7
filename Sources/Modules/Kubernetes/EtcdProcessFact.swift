import ModuleKit

/// The settings that the main process of a unit runs with: its environment variables `ETCD_...`.
///
/// What counts only when a member starts for the first time (`ETCD_INITIAL_CLUSTER...`) is left out. The key is the
/// unit's name; absent when nothing runs. /proc/PID/environ and /proc/PID/exe: proc(5).
package struct EtcdProcessFact: Fact {
  package static let kind = "etcd process"

  package var settings: [String: String]
  /// Whether the program was replaced since it was started.
  package var isOutdated: Bool
  /// When it was started: seconds since 1970 by the host's clock; nil in a prediction.
  package var start: Int?

  package init(settings: [String: String], isOutdated: Bool = false, start: Int? = nil) {
    self.settings = settings
    self.isOutdated = isOutdated
    self.start = start
  }

  /// The same settings and program, whenever it was started.
  package static func == (left: EtcdProcessFact, right: EtcdProcessFact) -> Bool {
    left.settings == right.settings && left.isOutdated == right.isOutdated
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(settings) }

  package static func sources(of name: String) -> [String] { UnitFact.sources(of: name) }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    read -r up _ </proc/uptime
    boot=$(($(date +%s) - ${up%%.*}))
    for unit in \(words: requests.map(\.key.name)); do
      started=$(systemctl show --property=ExecMainStartTimestampMonotonic --value -- "$unit" 2>/dev/null)
      pid=$(systemctl show --property=MainPID --value -- "$unit" 2>/dev/null)
      if [ "${pid:-0}" != 0 ]; then
        put "$unit" "$(readlink "/proc/$pid/exe")" "$((boot + ${started:-0} / 1000000))" "$(tr '\\0' '\\n' <"/proc/$pid/environ" | grep '^ETCD_')"
      else put "$unit" '' '' ''; fi
    done
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<EtcdProcessFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<EtcdProcessFact>] = [:]
    while records.count >= 4 {
      let fields = Array(records.prefix(4))
      records = records.dropFirst(4)
      let (name, program, text) = (fields[0], fields[1], fields[3])
      var settings: [String: String] = [:]
      for line in text.fileLines {
        guard let halves = line.halves(at: "="), !halves.before.hasPrefix("ETCD_INITIAL_CLUSTER")
        else { continue }
        settings[String(halves.before)] = String(halves.after)
      }
      readings[name] =
        program.isEmpty
        ? .absent
        : .present(
          EtcdProcessFact(
            settings: settings, isOutdated: program.hasSuffix(" (deleted)"), start: Int(fields[2])))
    }
    return readings
  }
}

import ModuleKit

/// What systemd knows about a unit.
///
/// Keys are full names (`sshd.service`); absent when systemd knows no such unit. With the want
/// `property:NAME` further properties are read (systemctl(1), `show`).
package struct UnitFact: Fact {
  package static let kind = "unit"

  /// `loaded`, `masked`, `error`, `bad-setting`.
  package var loadState: String
  /// `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`.
  package var activeState: String
  package var subState: String
  /// `enabled`, `disabled`, `static`, `masked`, `generated`, `alias`, `indirect`, ...; empty for units without a file,
  /// and in a prediction where it is not known.
  package var fileState: String
  /// 0 when no process runs.
  package var mainPID: Int
  /// Microseconds of the monotonic clock when the main process was started; 0 when it never was.
  package var mainStart: UInt64
  /// Microseconds of the monotonic clock when the unit last became active; 0 when it never did.
  package var activeStart: UInt64
  /// Microseconds of the monotonic clock of the last change of state (a reload included).
  package var stateChange: UInt64
  /// Restarts by `Restart=`.
  package var restarts: Int
  /// Whether files of the unit changed since systemd read them.
  package var needsReload: Bool
  /// Whether the unit can be reloaded.
  package var canReload: Bool
  package var fragment: String
  package var dropIns: [String]
  /// `simple`, `notify`, `oneshot`, ...; empty for units that are no services.
  package var type: String
  /// How the last run ended: `success`, `exit-code`, `signal`, ...
  package var result: String
  /// Further properties that were asked for.
  package var properties: [String: String]

  /// A unit whose files systemd has just read for the first time.
  package init(fresh name: String) {
    self.init(["LoadState": "loaded", "ActiveState": "inactive", "UnitFileState": "disabled"], [])
  }

  package static func == (left: UnitFact, right: UnitFact) -> Bool {
    left.loadState == right.loadState && left.isActive == right.isActive
      && (left.fileState == right.fileState || left.fileState.isEmpty || right.fileState.isEmpty)
      && left.needsReload == right.needsReload
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(loadState)
  }

  package var isActive: Bool { activeState == "active" || activeState == "reloading" }
  /// Whether it is a oneshot unit that ended with success since boot.
  package var hasSucceeded: Bool {
    type == "oneshot" && activeState == "inactive" && mainStart > 0 && result == "success"
  }
  /// Whether it is started at boot, or cannot be told to be.
  package var isEnabled: Bool {
    ["enabled", "enabled-runtime", "alias", "static", "indirect", "generated"].contains(fileState)
  }
  /// Whether something of it is linked, so that `systemctl disable` has something to do.
  package var canBeDisabled: Bool { ["enabled", "enabled-runtime", "alias"].contains(fileState) }
  package var isMasked: Bool { loadState == "masked" || fileState == "masked" }

  private static let standard = [
    "LoadState", "ActiveState", "SubState", "UnitFileState", "MainPID",
    "ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic",
    "StateChangeTimestampMonotonic", "NRestarts", "NeedDaemonReload", "CanReload", "FragmentPath",
    "DropInPaths", "Type", "Result",
  ]

  private static func further(_ requests: [FactRequest]) -> [String] {
    Set(requests.flatMap(\.wants)).filter { $0.hasPrefix("property:") }
      .map { String($0.dropFirst("property:".count)) }.filter { !standard.contains($0) }.sorted()
  }

  package static func sources(of name: String) -> [String] {
    let template = name.halves(at: "@").map { halves in
      let ending = halves.after.lastIndex(of: ".").map { halves.after[$0...] } ?? ""
      return "\(halves.before)@\(ending)"
    }
    let names = [name] + (template.map { $0 == name ? [] : [$0] } ?? [])
    return ["/etc", "/usr/lib", "/lib"].flatMap { root in
      names.flatMap { ["\(root)/systemd/system/\($0)", "\(root)/systemd/system/\($0).d"] }
    }
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    let properties = (standard + further(requests)).joined(separator: ",")
    return """
      command -v systemctl >/dev/null || { echo 'systemd is not installed' >&2; exit 127; }
      systemctl show --property=\(properties) -- \(words: requests.map(\.key.name))
      """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<UnitFact>] {
    let blocks = blocks(reply.output)
    guard reply.status == 0, blocks.count == requests.count else {
      let said = String(String(decoding: reply.errors, as: UTF8.self).trimmed)
      let reason = said.isEmpty ? "systemctl answered for \(blocks.count) units" : said
      return Dictionary(requests.map { ($0.key.name, .unreadable(reason)) }) { first, _ in first }
    }
    let further = further(requests)
    var readings: [String: Reading<UnitFact>] = [:]
    for (request, fields) in zip(requests, blocks) {
      readings[request.key.name] =
        fields["LoadState"] == "not-found" ? .absent : .present(UnitFact(fields, further))
    }
    return readings
  }

  /// The properties of each unit; empty lines are between units.
  private static func blocks(_ output: [UInt8]) -> [[String: String]] {
    var blocks: [[String: String]] = [[:]]
    for line in output[...].pieces(at: UInt8(ascii: "\n")) {
      if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
        let name = String(decoding: line[..<equals], as: UTF8.self)
        let value = String(decoding: line[(equals + 1)...], as: UTF8.self)
        if blocks[blocks.count - 1][name] == nil { blocks[blocks.count - 1][name] = value }
      } else if line.isEmpty {
        blocks.append([:])
      }
    }
    return blocks.filter { !$0.isEmpty }
  }

  private init(_ fields: [String: String], _ further: [String]) {
    loadState = fields["LoadState"] ?? ""
    activeState = fields["ActiveState"] ?? ""
    subState = fields["SubState"] ?? ""
    fileState = fields["UnitFileState"] ?? ""
    mainPID = fields["MainPID"].flatMap { Int($0) } ?? 0
    mainStart = fields["ExecMainStartTimestampMonotonic"].flatMap { UInt64($0) } ?? 0
    activeStart = fields["ActiveEnterTimestampMonotonic"].flatMap { UInt64($0) } ?? 0
    stateChange = fields["StateChangeTimestampMonotonic"].flatMap { UInt64($0) } ?? 0
    restarts = fields["NRestarts"].flatMap { Int($0) } ?? 0
    needsReload = fields["NeedDaemonReload"] == "yes"
    canReload = fields["CanReload"] == "yes"
    fragment = fields["FragmentPath"] ?? ""
    dropIns = (fields["DropInPaths"] ?? "").split(separator: " ").map(String.init)
    type = fields["Type"] ?? ""
    result = fields["Result"] ?? ""
    properties = fields.filter { further.contains($0.key) }
  }
}

import ModuleKit
import Schema

/// A containerd: its version, what its configuration comes to, and what changed since it was started.
///
/// The key is `ContainerdFiles.name`; absent where the program is not there.
package struct ContainerdFact: Fact {
  package static let kind = "containerd"

  /// nil when the line of `containerd --version` cannot be read.
  package var version: ContainerdVersion?
  /// What `containerd config dump` says of the file with everything it imports and every default, by `TOMLText.name`.
  package var settings: [String: String]
  /// What it says where it refuses the file; empty where it does not.
  package var complaint: String
  /// Files that were written since the running containerd was started, its program among them; empty when none runs.
  package var newer: [String]

  package init(
    version: ContainerdVersion?, settings: [String: String], complaint: String = "",
    newer: [String] = []
  ) {
    self.version = version
    self.settings = settings
    self.complaint = complaint
    self.newer = newer
  }

  /// Defaults, which nobody foresees, are among the settings.
  package static func == (left: ContainerdFact, right: ContainerdFact) -> Bool {
    left.version == right.version && left.complaint == right.complaint
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(version) }

  package static func sources(of name: String) -> [String] {
    let files = ContainerdFiles(name: name)
    return [files.program, files.configuration] + files.imports.map(\.folder)
      + UnitFact.sources(of: ContainerdFiles.unit)
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: requests.map { request in
        let files = ContainerdFiles(name: request.key.name)
        let unit = ContainerdFiles.unit
        let imports = Script(
          lines: files.imports.map { folder, pattern in
            """
            find \(folder) -maxdepth 1 -newermt "$start" '(' -name \(pattern) -o -type d ')' 2>/dev/null
            """
          })
        return """
          if [ -x \(files.program) ]; then
            version=$(\(files.program) --version)
            code=0
            dump=$(\(files.program) --config \(files.configuration) config dump 2>&1) || code=$?
            pid=$(systemctl show --property=MainPID --value -- \(unit) 2>/dev/null)
            newer=
            if [ "${pid:-0}" != 0 ]; then
              start=$(systemctl show --timestamp=us --property=ExecMainStartTimestamp --value -- \(unit))
              newer=$(
                exe=$(readlink "/proc/$pid/exe")
                case $exe in *' (deleted)') printf '%s\\n' \(files.program) ;; esac
                find \(files.configuration) \(words: ContainerdFiles.unitPaths) -maxdepth 1 ! -type d \\
                  -newermt "$start" 2>/dev/null
                \(imports)
              )
            fi
            put \(request.key.name) there "$version" "$code" "$dump" "$newer"
          else put \(request.key.name) absent '' '' '' ''; fi
          """
      })
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<ContainerdFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<ContainerdFact>] = [:]
    while records.count >= 6 {
      let fields = Array(records.prefix(6))
      records = records.dropFirst(6)
      let isAccepted = fields[3] == "0"
      readings[fields[0]] =
        fields[1] == "there"
        ? .present(
          ContainerdFact(
            version: ContainerdVersion(line: fields[2]),
            settings: isAccepted ? TOMLText.scalars(fields[4]) : [:],
            complaint: isAccepted ? "" : String(fields[4].trimmed),
            newer: fields[5].fileLines.filter { !$0.isEmpty }.map { String($0) })) : .absent
    }
    return readings
  }
}

/// The files of a containerd, which together are the key of its fact.
struct ContainerdFiles: Sendable {
  static let unit = "containerd.service"
  /// The administrator's own unit, and drop-ins of it.
  static let unitPaths = [
    "/etc/systemd/system/\(unit)", "/etc/systemd/system/\(unit).d",
  ]

  let program: String
  let configuration: String
  /// Patterns, of which only the last part may have stars.
  let patterns: [String]

  init(program: String, configuration: String, patterns: [String]) {
    self.program = program
    self.configuration = configuration
    self.patterns = patterns
  }

  init(name: String) {
    let lines = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    program = lines.first ?? ""
    configuration = lines.count > 1 ? lines[1] : ""
    patterns = Array(lines.dropFirst(2))
  }

  var name: String { ([program, configuration] + patterns).joined(separator: ":") }

  var imports: [(folder: String, pattern: String)] {
    patterns.compactMap { path in
      guard let slash = path.lastIndex(of: "/") else { return nil }
      return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
  }
}

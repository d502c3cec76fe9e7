import ModuleKit

/// The running value of a kernel parameter.
///
/// Keys in the spelling of `SysctlKey.description`; absent when the kernel has no such key (a
/// module may have to be loaded first).
///
/// One `grep` reads all: `read` of dash and busybox takes one byte at a time, and the kernel ends a number after the
/// first read (`proc_dointvec` answers at offset 0 only), so `60` would be read as `6`.
package struct SysctlFact: Fact {
  package static let kind = "sysctl"

  /// Words joined by single blanks; several lines joined by line ends.
  package var value: String
  /// Whether the account that reads may write it: in network namespaces the kernel keeps some for the machine.
  package var isWritable: Bool

  package static func == (left: SysctlFact, right: SysctlFact) -> Bool { left.value == right.value }

  package func hash(into hasher: inout Hasher) { hasher.combine(value) }

  package init(value: String, isWritable: Bool = true) {
    self.isWritable = isWritable
    self.value = value.split(separator: "\n").map(\.singleSpaced).joined(separator: "\n")
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    let paths = requests.compactMap { SysctlKey($0.key.name)?.path }
    guard !paths.isEmpty else { return "true" }
    return """
      cd /proc/sys || exit 2
      for f in \(words: paths); do [ -w "$f" ] || printf '!%s\\n' "$f"; done
      grep -H '' -- \(words: paths)
      """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<SysctlFact>] {
    var values: [String: [Substring]] = [:]
    var locked: Set<Substring> = []
    for line in reply.lines {
      if line.hasPrefix("!") {
        locked.insert(line.dropFirst())
        continue
      }
      guard let (path, value) = line.halves(at: ":") else { continue }
      values[String(path), default: []].append(value)
    }
    let complaints = Complaints(reply.errors, of: "grep")
    var readings: [String: Reading<SysctlFact>] = [:]
    for request in requests {
      guard let path = SysctlKey(request.key.name)?.path else { continue }
      if let lines = values[path] {
        readings[request.key.name] = .present(
          SysctlFact(value: lines.joined(separator: "\n"), isWritable: !locked.contains(path[...])))
      } else if complaints.saysMissing(path) {
        readings[request.key.name] = .absent
      } else if let complaint = complaints[path] {
        readings[request.key.name] = .unreadable(complaint)
      } else if reply.status <= 1 {
        readings[request.key.name] = .present(SysctlFact(value: ""))
      }
    }
    return readings
  }
}

import ModuleKit

extension HostFacts {
  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    section() { printf '\\001%s\\n' "$1"; }
    section system
    \(OSFact.probe([]))
    section hardware
    \(HardwareFact.probe([]))
    section names
    n=$(uname -n); echo "$n"
    f=; if command -v getent >/dev/null; then f=$(getent -s files hosts "$n" 2>/dev/null); fi
    echo "${f:-- $n}"
    cat /etc/machine-id 2>/dev/null || echo
    if [ -f /etc/debian_version ]; then cat /etc/debian_version; else echo; fi
    section memory
    grep -E '^(MemFree|SwapFree):' /proc/meminfo
    cat /proc/uptime
    section links
    for i in /sys/class/net/*; do
      [ -e "$i/address" ] || continue
      a=; m=; s=
      read -r a <"$i/address"; read -r m <"$i/mtu"; read -r s <"$i/operstate"
      echo "${i##*/} ${m:-0} ${s:-unknown} $a"
    done 2>/dev/null
    section addresses
    ip -o addr show 2>/dev/null
    section route4
    ip -4 route get 192.0.2.1 2>/dev/null
    section route6
    ip -6 route get 2001:db8::1 2>/dev/null
    section mounts
    grep -E ' - [^ ]+ /' /proc/self/mountinfo | while read -r a b c d m o; do
      printf '%s ' "$m" "$o"; stat -f -c '%S %b %a' -- "$(printf '%b' "$m")" 2>/dev/null || echo '0 0 0'
    done
    section clock
    date '+%s'; date '+%Y %m %d %H %M %S %z %Z %w %W'; date -u '+%Y %m %d %H %M %S'
    section user
    id -un; id -u; id -g
    u=$(id -un)
    while IFS= read -r l; do case $l in "$u":*) echo "$l"; break ;; esac; done </etc/passwd
    section selinux
    if [ -r /sys/fs/selinux/enforce ]; then cat /sys/fs/selinux/enforce; fi
    section resolver
    grep -E '^(nameserver|search|domain)' /etc/resolv.conf 2>/dev/null
    section environment
    for v in HOME PATH LANG SHELL USER LOGNAME TERM TZ; do eval "x=\\${$v-}"; printf '%s=%s\\n' "$v" "$x"; done
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<HostFacts>] {
    var sections: [String: String] = [:]
    for part in reply.text.split(separator: "\u{1}") {
      guard let (name, body) = part.halves(at: "\n") else { continue }
      sections[String(name)] = String(body)
    }
    func lines(_ name: String) -> [Substring] {
      sections[name, default: ""].split(separator: "\n", omittingEmptySubsequences: false)
    }
    func nested<F: Fact>(_ kind: F.Type, _ name: String) -> F? {
      let part = ProbeReply(status: 0, output: Array(sections[name, default: ""].utf8))
      guard case .present(let fact)? = kind.parse(part, for: [])[""] else { return nil }
      return fact
    }
    guard let system = nested(OSFact.self, "system"),
      let hardware = nested(HardwareFact.self, "hardware")
    else { return ["": .unreadable(String(decoding: reply.errors, as: UTF8.self))] }
    let names = lines("names")
    let memory = lines("memory")
    func kibibytes(_ name: String) -> UInt64 {
      let line = memory.first { $0.hasPrefix(name + ":") }
      return (line?.words.dropFirst().first.flatMap { UInt64($0) } ?? 0) * 1024
    }
    let uptime = memory.lazy.compactMap { $0.words.first?.prefix { $0 != "." } }.compactMap {
      Int($0)
    }.last
    let node = String(names.first ?? "")
    return [
      "": .present(
        HostFacts(
          system: system, hardware: hardware,
          debianVersion: names.count > 3 ? String(names[3].trimmed) : "", nodeName: node,
          fullName: names.count > 1 ? fullName(names[1], node) : node,
          machineID: names.count > 2 ? String(names[2].trimmed) : "",
          freeMemory: kibibytes("MemFree"),
          freeSwap: kibibytes("SwapFree"), uptimeSeconds: uptime ?? 0,
          interfaces: interfaces(lines("links"), lines("addresses")),
          routeV4: route(lines("route4")), routeV6: route(lines("route6")),
          mounts: lines("mounts").compactMap(mount), clock: clock(lines("clock")),
          user: user(lines("user")), selinux: selinux(lines("selinux").first ?? ""),
          nameServers: resolver(lines("resolver"), "nameserver"),
          searchDomains: resolver(lines("resolver"), "search"),
          environment: Dictionary(
            lines("environment").compactMap { $0.halves(at: "=") }.filter { !$0.after.isEmpty }.map
            {
              (String($0.before), String($0.after))
            }
          ) { first, _ in first }))
    ]
  }

  /// Of `address full short`: the first name with a dot, else the first.
  private static func fullName(_ line: Substring, _ node: String) -> String {
    let names = line.words.dropFirst()
    return String(names.first { $0.contains(".") } ?? names.first ?? node[...])
  }

  private static func interfaces(_ links: [Substring], _ addresses: [Substring]) -> [Interface] {
    var byName: [Substring: [Address]] = [:]
    for line in addresses {
      let words = line.words
      guard words.count > 3, words[2] == "inet" || words[2] == "inet6" else { continue }
      let parts = words[3].split(separator: "/")
      let scope = words.firstIndex(of: "scope").flatMap {
        $0 + 1 < words.count ? words[$0 + 1] : nil
      }
      byName[words[1], default: []].append(
        Address(
          address: String(parts[0]),
          prefix: parts.count > 1 ? Int(parts[1]) ?? 0 : words[2] == "inet" ? 32 : 128,
          isIPv6: words[2] == "inet6", scope: String(scope ?? "global")))
    }
    return links.compactMap { line in
      let words = line.words
      guard words.count >= 3 else { return nil }
      return Interface(
        name: String(words[0]), mac: words.count > 3 ? String(words[3]) : "",
        mtu: Int(words[1]) ?? 0,
        isUp: words[2] == "up" || words[2] == "unknown", addresses: byName[words[0]] ?? [])
    }
  }

  private static func route(_ lines: [Substring]) -> Route? {
    guard let words = lines.first?.words, !words.isEmpty else { return nil }
    func after(_ word: String) -> String {
      words.firstIndex(of: word[...]).flatMap { $0 + 1 < words.count ? String(words[$0 + 1]) : nil }
        ?? ""
    }
    guard !after("dev").isEmpty, !after("src").isEmpty else { return nil }
    return Route(interface: after("dev"), gateway: after("via"), address: after("src"))
  }

  private static func mount(_ line: Substring) -> Mount? {
    let words = line.words
    guard let dash = words.firstIndex(of: "-"), words.count >= dash + 7 else { return nil }
    let numbers = words.suffix(3).compactMap { UInt64($0) }
    guard numbers.count == 3 else { return nil }
    return Mount(
      path: MountTable.unescaped(words[0]), device: MountTable.unescaped(words[dash + 2]),
      fileSystem: String(words[dash + 1]), options: String(words[1]),
      totalBytes: numbers[0] * numbers[1], availableBytes: numbers[0] * numbers[2])
  }

  private static func clock(_ lines: [Substring]) -> Clock {
    func words(_ index: Int) -> [String] {
      index < lines.count ? lines[index].words.map { String($0) } : []
    }
    return Clock(epoch: Int(words(0).first ?? "") ?? 0, local: words(1), utc: words(2))
  }

  private static func user(_ lines: [Substring]) -> User {
    func line(_ index: Int) -> Substring { index < lines.count ? lines[index] : "" }
    let fields = line(3).split(separator: ":", omittingEmptySubsequences: false)
    return User(
      name: String(line(0)), uid: Int(line(1)) ?? 0, gid: Int(line(2)) ?? 0,
      home: fields.count > 5 ? String(fields[5]) : "",
      shell: fields.count > 6 ? String(fields[6]) : "",
      fullName: fields.count > 4 ? String(fields[4]) : "")
  }

  private static func selinux(_ flag: Substring) -> String {
    switch flag {
    case "1": "enforcing"
    case "0": "permissive"
    default: ""
    }
  }

  private static func resolver(_ lines: [Substring], _ word: String) -> [String] {
    lines.map(\.words).filter { $0.first == word[...] }.flatMap {
      $0.dropFirst().map { String($0) }
    }
  }
}

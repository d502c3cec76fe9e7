import ModuleKit

/// Whether the kernel has a module.
///
/// Keys as in `KernelModuleName`; absent when it is neither there nor loadable.
package struct KernelModuleFact: Fact {
  package static let kind = "kernel_module"

  package enum State: String, Sendable, Hashable { case loaded, builtIn, loadable }

  package var state: State
  /// `/sys/module/NAME/parameters`; empty when it is not there.
  package var parameters: [String: String]

  /// Whether the kernel has it now.
  package var isThere: Bool { state != .loadable }

  /// What shows that a kernel without a list of its modules has one built in: a path, or `fs:` and a file system.
  private static let traces: [(module: String, trace: String)] = [
    ("br_netfilter", "/proc/sys/net/bridge/bridge-nf-call-iptables"),
    ("nf_conntrack", "/proc/sys/net/netfilter/nf_conntrack_max"),
    ("ip_vs", "/proc/net/ip_vs"), ("overlay", "fs:overlay"), ("xfs", "fs:xfs"), ("nfs", "fs:nfs"),
    ("fuse", "fs:fuse"), ("ext4", "fs:ext4"), ("btrfs", "fs:btrfs"),
    ("tun", "/dev/net/tun"), ("zram", "/sys/class/zram-control"),
    ("ip_tables", "/proc/net/ip_tables_names"), ("ip6_tables", "/proc/net/ip6_tables_names"),
  ]

  package static func probe(_ requests: [FactRequest]) -> Script {
    let names = requests.map(\.key.name)
    let traces = KernelModuleFact.traces.filter { names.contains($0.module) }
    return """
      r=$(uname -r)
      for m in \(words: names); do
        s=
        if [ -e "/sys/module/$m/initstate" ]; then s=loaded
        elif [ -d "/sys/module/$m" ]; then s=builtIn
        elif [ -r "/lib/modules/$r/modules.builtin" ]; then
          p=
          IFS=_; for w in $m; do p="$p${p:+[-_]}$w"; done; unset IFS
          grep -q "/$p\\.ko" "/lib/modules/$r/modules.builtin" && s=builtIn
        fi
        [ -n "$s" ] || for t in \(words: traces.map { "\($0.module)=\($0.trace)" }); do
          case $t in
            "$m=fs:"*) grep -q "[[:blank:]]${t#*=fs:}\\$" /proc/filesystems && s=builtIn ;;
            "$m="*) [ -e "${t#*=}" ] && s=builtIn ;;
          esac
        done
        [ -n "$s" ] || modprobe -n -q -- "$m" 2>/dev/null && s=${s:-loadable}
        put "m $m $s"
        [ -z "$s" ] || for f in "/sys/module/$m/parameters/"*; do
          v=
          [ -r "$f" ] && IFS= read -r v 2>/dev/null <"$f"
          [ -f "$f" ] && put "p ${f##*/} $v"
        done
      done
      """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<KernelModuleFact>] {
    var readings: [String: Reading<KernelModuleFact>] = [:]
    var current: (name: String, fact: KernelModuleFact)?
    for record in reply.records.map({ String(decoding: $0, as: UTF8.self) }) {
      let fields = record.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      if fields[0] == "m" {
        let name = String(fields[1])
        current = State(rawValue: String(fields[2])).map {
          (name, .init(state: $0, parameters: [:]))
        }
        readings[name] = current.map { .present($0.fact) } ?? .absent
      } else if var open = current {
        open.fact.parameters[String(fields[1])] = String(fields[2])
        current = open
        readings[open.name] = .present(open.fact)
      }
    }
    return readings
  }
}

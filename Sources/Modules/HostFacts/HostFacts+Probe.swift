import ModuleKit

extension HostFacts {
  /// Where a host's own facts lie, as Ansible has it.
  static let ownFolder = "/etc/ansible/facts.d"

  private static func folder(_ requests: [FactRequest]) -> String {
    let folders = requests.flatMap(\.wants).filter { $0.hasPrefix("facts:") }.sorted()
    return folders.last.map { String($0.dropFirst("facts:".count)) } ?? ownFolder
  }

  /// Few processes for many facts: one grep(1) for all small files, one ls(1) for all links.
  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    section() { printf '\\001%s\\n' "$1"; }
    section system
    \(OSFact.probe([]))
    \(names)
    \(files)
    \(network)
    \(mounts)
    \(accounts)
    section local
    for f in \(folder(requests))/*.fact; do
      [ -e "$f" ] || continue
      s=0
      if [ -x "$f" ]; then o=$(native "$f" 2>/dev/null) || s=$?; else o=$(cat -- "$f"); fi
      printf '\\002%s\\003%s\\003%s' "$f" "$s" "$o"
    done
    """
  }

  private static let names: Script = """
    section names
    n=$(uname -n); echo "$n"
    uname -v
    f=; if command -v getent >/dev/null; then f=$(getent -s files hosts "$n" 2>/dev/null | head -n 1); fi
    echo "${f:-- $n}"
    getconf LONG_BIT 2>/dev/null || echo 64
    nproc
    section systemd
    if [ -d /run/systemd/system ]; then systemctl --version; fi
    section release
    if [ ! -f /etc/lsb-release ] && command -v lsb_release >/dev/null; then lsb_release -a 2>/dev/null; fi
    section container
    tr '\\000' '\\n' 2>/dev/null </proc/1/environ | grep '^container='
    section processors
    grep -E '^(processor|model name|Processor|vendor_id|Vendor|cpu|physical id|core id|cpu cores|siblings|machine)[[:space:]]*:' /proc/cpuinfo
    grep -m 1 '^flags[[:space:]]*:' /proc/cpuinfo
    section modules
    grep -E '^(kvm|vboxdrv|virtio) ' /proc/modules 2>/dev/null
    """

  private static let files: Script = """
    section files
    set -- /proc/uptime /proc/loadavg /proc/cmdline /proc/sys/crypto/fips_enabled /proc/1/cgroup \\
      /proc/xen/capabilities /run/systemd/container /etc/debian_version /etc/machine-id \\
      /var/lib/dbus/machine-id /etc/lsb-release /etc/redhat-release /etc/resolv.conf /etc/nvme/hostnqn \\
      /etc/iscsi/initiatorname.iscsi /sys/fs/selinux/enforce /sys/fs/selinux/policyvers \\
      /etc/selinux/config /etc/ssh/ssh_host_*_key.pub /sys/class/fc_host/*/port_name
    d=/sys/devices/virtual/dmi/id
    for f in bios_date bios_vendor bios_version board_asset_tag board_name board_serial board_vendor \\
      board_version chassis_asset_tag chassis_serial chassis_vendor chassis_version chassis_type \\
      product_name product_serial product_uuid product_version product_family sys_vendor; do
      set -- "$@" "$d/$f"
    done
    for i in /sys/class/net/*; do
      for f in address mtu operstate type flags speed bridge/bridge_id bridge/stp_state bonding/slaves \\
        bonding/mode bonding/miimon bonding/lacp_rate bonding/primary bonding_slave/perm_hwaddr; do
        set -- "$@" "$i/$f"
      done
    done
    b=/sys/block
    grep -sH '' "$@" $b/*/removable $b/*/size $b/*/queue/rotational $b/*/queue/scheduler \\
      $b/*/queue/logical_block_size $b/*/queue/discard_granularity $b/*/queue/discard_max_hw_bytes \\
      $b/*/device/vendor $b/*/device/model $b/*/device/sas_address $b/*/device/sas_device_handle \\
      $b/*/device/serial $b/*/dm/name $b/*/*/start $b/*/*/size $b/*/*/partition
    grep -E '^(MemTotal|MemFree|Cached|Buffers|SwapTotal|SwapFree|SwapCached):' /proc/meminfo |
      sed 's,^,/proc/meminfo:,'
    section links
    ls -ld /sys/class/net/*/device /sys/class/net/*/device/driver/module 2>/dev/null
    for d in id uuid label; do
      if [ -d "/dev/disk/by-$d" ]; then (cd "/dev/disk/by-$d" && ls -ld -- * 2>/dev/null | sed "s,\\$, $d,"); fi
    done
    section paths
    for f in /proc/vz /proc/lve /proc/bc /.dockerenv /.dockerinit /proc/xen /dev/kvm \\
      /sys/kernel/security/apparmor $b/*/holders/* $b/*/*/holders/* $b/*/slaves/* /sys/class/net/*/brif/* \\
      /sys/class/net/*/bridge /sys/class/net/*/bonding /sys/devices/virtual/dmi/id/product_name; do
      if [ -e "$f" ]; then echo "$f"; fi
    done
    if [ -e /proc/1/root/. ]; then [ / -ef /proc/1/root/. ] || echo chroot; fi 2>/dev/null
    """

  /// The addresses are asked for routes only; nothing is sent there.
  private static let network: Script = """
    section addresses
    ip -o addr show 2>/dev/null
    section route4
    ip -4 route get 8.8.8.8 2>/dev/null
    section route6
    ip -6 route get 2404:6800:400a:800::1012 2>/dev/null
    section local_routes
    ip -4 route show table local 2>/dev/null
    ip -6 route show table local 2>/dev/null
    """

  private static let mounts: Script = """
    section parts
    sed -n 's/^[0-9]* [0-9]* [0-9:]* \\/[^ ][^ ]* \\([^ ]*\\) .*/\\1/p' /proc/self/mountinfo
    section mounts
    m=$(grep -E '^(/|[^ ]*:/)' /proc/self/mounts)
    printf '%s\\n' "$m"
    section usage
    set --
    while read -r d p r; do
      case $d in /*) ;; *) continue ;; esac
      case $p in *\\\\*) p=$(printf '%b.' "$p"); p=${p%.} ;; esac
      set -- "$@" "$p"
    done <<END
    $m
    END
    if [ $# -gt 0 ]; then stat -f -c '%S %s %b %a %c %d %n' -- "$@" 2>/dev/null; fi
    """

  private static let accounts: Script = """
    section clock
    date '+%s %N'
    date '+%Y %m %d %H %M %S %z %Z %w %W'
    date -u '+%Y %m %d %H %M %S'
    y=$(date +%Y)
    date -d "$y-01-01 12:00" '+%z %Z' 2>/dev/null
    date -d "$y-07-01 12:00" '+%z %Z' 2>/dev/null
    section user
    id -un; id -u; id -g
    u=$(id -un)
    l=$(grep "^$u:" /etc/passwd) || l=$(getent passwd "$u" 2>/dev/null)
    echo "$l"
    section environment
    (cd "${HOME:-/}" 2>/dev/null; unset OLDPWD; native cat /proc/self/environ)
    """

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<HostFacts>] {
    let sections = FactSections(reply.text)
    let part = ProbeReply(status: 0, output: Array(sections.text("system").utf8))
    guard case .present(let system)? = OSFact.parse(part, for: [])[""],
      sections.lines("names").count >= 5
    else { return ["": .unreadable(String(decoding: reply.errors, as: UTF8.self))] }
    return ["": .present(HostFacts(system, sections))]
  }
}

/// The parts of a reply that begin with a control character and a name.
struct FactSections {
  private var byName: [String: Substring] = [:]

  init(_ text: String) {
    for part in text.split(separator: "\u{1}") {
      guard let (name, body) = part.halves(at: "\n") else { continue }
      byName[String(name)] = body
    }
  }

  func text(_ name: String) -> String { String(byName[name] ?? "") }

  /// Without an empty last one.
  func lines(_ name: String) -> [String] { text(name).fileLines }

  func line(_ name: String, _ index: Int) -> String {
    let lines = lines(name)
    return index < lines.count ? String(lines[index].trimmed) : ""
  }
}

import ModuleKit

/// Which other parameters the kernel changes along with one (kernel documentation, `networking/ip-sysctl` and
/// `admin-guide/sysctl/vm`).
enum SysctlSideEffects {
  static func of(_ key: SysctlKey) -> Set<Footprint.Part> {
    switch key.description {
    case "net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding":
      return Set(
        keys(
          "net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding", "net.ipv4.conf.default.forwarding",
          "net.ipv4.conf.all.accept_redirects", "net.ipv4.conf.default.accept_redirects"))
    case "net.netfilter.nf_conntrack_max", "net.nf_conntrack_max":
      return Set(keys("net.netfilter.nf_conntrack_max", "net.nf_conntrack_max"))
    case "vm.dirty_bytes", "vm.dirty_ratio":
      return Set(keys("vm.dirty_bytes", "vm.dirty_ratio"))
    case "vm.dirty_background_bytes", "vm.dirty_background_ratio":
      return Set(keys("vm.dirty_background_bytes", "vm.dirty_background_ratio"))
    case "vm.overcommit_ratio", "vm.overcommit_kbytes":
      return Set(keys("vm.overcommit_ratio", "vm.overcommit_kbytes"))
    case "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.all.forwarding":
      return [.named(kind: SysctlFact.kind, prefix: "net.ipv6.conf.")]
    default:
      return []
    }
  }

  private static func keys(_ names: String...) -> [Footprint.Part] {
    names.map { .key(FactKey(SysctlFact.self, $0)) }
  }
}

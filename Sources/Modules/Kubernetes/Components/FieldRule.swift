import Schema

/// A field's value in circulation that hurts, with what is right instead.
struct FieldRule: Sendable {
  /// What `accept` names it by.
  let name: String
  let component: KubernetesComponent
  let field: String
  /// Why it is wrong, and what to write; nil when it is right.
  ///
  /// It sees the whole configuration.
  let objection:
    @Sendable (Value, ComponentConfiguration, KubernetesVersion) -> (
      message: String, help: String
    )?

  /// Fields that are in circulation and that no version here has.
  static let gone: [KubernetesComponent: [String: String]] = [
    .kubelet: [
      "dynamicConfigDir": "settings come from the file (1.24)",
      "containerRuntime": "there is only the interface of runtimes: `containerRuntimeEndpoint`",
      "podInfraContainerImage": "the sandbox image is containerd's: `sandbox_image` there",
      "networkPluginName": "the network is the container runtime's (1.24)",
      "cniConfDir": "the network is the container runtime's (1.24)",
    ],
    .kubeProxy: [
      "udpIdleTimeout": "write `conntrack.udpTimeout`",
      "resourceContainer": "it is a unit of systemd",
    ],
  ]

  static let all: [FieldRule] = kubelet + kubeProxy

  private static let kubelet: [FieldRule] = [
    rule("cgroupfs", "cgroupDriver") { value, _, _ in
      value.string == "cgroupfs"
        ? (
          "is cgroupfs, and hosts that run systemd would have two managers of the same cgroups",
          "write systemd, as containerd has it"
        ) : nil
    },
    rule("read-only-port", "readOnlyPort") { value, _, _ in
      value == .int(0) ? nil : ("opens what pods run to everybody who can reach it", "write 0")
    },
    rule("anonymous", "authentication") { value, _, _ in
      value["anonymous"]?["enabled"] == .bool(true)
        ? ("lets everybody in who can reach it", "write {anonymous: {enabled: false}}") : nil
    },
    rule("always-allow", "authorization") { value, _, _ in
      value["mode"]?.string == "AlwaysAllow"
        ? ("lets everybody do everything who can log in", "write {mode: Webhook}") : nil
    },
    rule("max-pods", "maxPods") { value, _, _ in
      guard case .int(let count) = value, count > 110 else { return nil }
      return (
        "is \(count): nodes are tried out with up to 110 pods",
        "write 110 or less; the range of addresses of a node has to hold them"
      )
    },
    rule("status-frequency", "nodeStatusUpdateFrequency") { _, configuration, _ in
      configuration["nodeStatusReportFrequency"] == nil
        ? (
          "sets nodeStatusReportFrequency along, from 5 minutes down to itself: each node then writes its whole status that often",
          "write nodeStatusReportFrequency: 5m besides"
        ) : nil
    },
    rule("static-without-reserve", "cpuManagerPolicy") { value, configuration, _ in
      guard value.string == "static", configuration["reservedSystemCPUs"] == nil else { return nil }
      let reserved = ["kubeReserved", "systemReserved"].map {
        configuration[$0]?["cpu"]?.string.flatMap(KubernetesValue.amount) ?? 0
      }.reduce(0, +)
      return reserved > 0
        ? nil
        : (
          "is static, and no processor is reserved: the kubelet does not start",
          "reserve some: `reservedSystemCPUs`, or cpu of `kubeReserved`"
        )
    },
    rule("memory-without-reserve", "memoryManagerPolicy") { value, configuration, _ in
      value.string == "Static" && configuration["reservedMemory"] == nil
        ? (
          "is Static, and there is no reservedMemory: the kubelet does not start",
          "write reservedMemory for each NUMA node; its sum is that of what is reserved and evictionHard"
        ) : nil
    },
    rule("image-thresholds", "imageGCHighThresholdPercent") { value, configuration, _ in
      guard case .int(let high) = value,
        case .int(let low) = configuration["imageGCLowThresholdPercent"] ?? .int(80), high <= low
      else { return nil }
      return (
        "is \(high), not above imageGCLowThresholdPercent, \(low)", "85 and 80 are the defaults"
      )
    },
    rule("enforced-without-group", "enforceNodeAllocatable") { value, configuration, _ in
      let names = value.list?.compactMap(\.string) ?? []
      for (name, field) in [
        ("kube-reserved", "kubeReservedCgroup"), ("system-reserved", "systemReservedCgroup"),
      ] where names.contains(name) && configuration[field] == nil {
        return (
          "has \(name), and there is no \(field): the kubelet does not start",
          "name a cgroup that exists, or enforce [pods] alone"
        )
      }
      return nil
    },
    rule("shutdown-order", "shutdownGracePeriodCriticalPods") { value, configuration, _ in
      let critical = value.string.flatMap(KubernetesValue.seconds) ?? 0
      let all = configuration["shutdownGracePeriod"]?.string.flatMap(KubernetesValue.seconds) ?? 0
      return critical > all
        ? ("is longer than shutdownGracePeriod, of which it is a part", "make that one longer")
        : nil
    },
    rule("old-tls", "tlsMinVersion") { value, _, _ in
      ["VersionTLS10", "VersionTLS11"].contains(value.string)
        ? ("is \(value.string ?? "")", "write VersionTLS12 or VersionTLS13") : nil
    },
    rule("eviction-keys", "evictionHard") { value, _, _ in
      let known = [
        "memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available",
        "imagefs.inodesFree", "containerfs.available", "containerfs.inodesFree", "pid.available",
        "allocatableMemory.available",
      ]
      guard let wrong = value.dict?.keys.compactMap(\.string).first(where: { !known.contains($0) })
      else { return nil }
      return ("has `\(wrong)`, which is no signal", "signals are \(known.joined(separator: ", "))")
    },
  ]

  private static let kubeProxy: [FieldRule] = [
    FieldRule(name: "ipvs", component: .kubeProxy, field: "mode") { value, _, version in
      switch value.string {
      case "ipvs" where version.minor >= 35:
        ("is ipvs, which is deprecated from 1.35 on", "write nftables (kernel 5.13 and later)")
      case "nftables" where version.minor < 33:
        ("is nftables, which is not finished before 1.33", "write iptables")
      case "iptables", "ipvs", "nftables", "", nil: nil
      default: ("is \(value.string ?? "")", "write nftables, iptables or ipvs")
      }
    }
  ]

  private static func rule(
    _ name: String, _ field: String,
    _ objection:
      @escaping @Sendable (Value, ComponentConfiguration, KubernetesVersion) -> (
        message: String, help: String
      )?
  ) -> FieldRule {
    FieldRule(name: name, component: .kubelet, field: field, objection: objection)
  }

  /// What is wrong with a configuration.
  static func check(
    _ configuration: ComponentConfiguration, _ version: KubernetesVersion, accepted: Set<String>,
    at argument: Argument, into mistakes: inout Mistakes
  ) {
    for rule in all
    where rule.component == configuration.component && !accepted.contains(rule.name) {
      guard let value = configuration[rule.field], value != .null,
        let reason = rule.objection(value, configuration, version)
      else { continue }
      let entry = argument.entries?.first { $0.name == rule.field }?.argument ?? argument
      mistakes.add(
        entry.wrong(
          "kubernetes-advice", reason.message,
          help: "\(reason.help); or, knowing that, `accept: [\(rule.name)]`"))
    }
  }
}

/// A value in circulation that hurts, with what is right instead.
struct FlagRule: Sendable {
  /// What `accept` names it by.
  let name: String
  let components: Set<KubernetesComponent>
  let flag: String
  /// Why a value is wrong, and what to write; nil when it is right.
  let objection: @Sendable (String, KubernetesVersion) -> (message: String, help: String)?

  /// Flags that are in circulation and that no version here has.
  static let gone: [String: String] = [
    "insecure-port": "the API server has no port without TLS any more (1.24)",
    "insecure-bind-address": "the API server has no port without TLS any more (1.24)",
    "cloud-provider": "cloud providers are programs of their own (1.33; deprecated in 1.29)",
    "cloud-config": "cloud providers are programs of their own (1.33; deprecated in 1.29)",
    "pod-eviction-timeout":
      "evictions follow taints: `default-not-ready-toleration-seconds` and `default-unreachable-toleration-seconds` "
      + "of the API server (1.27)",
    "enable-taint-manager": "taints always evict (1.27)",
    "concurrent-syncs":
      "there is one for each kind: concurrent-deployment-syncs, concurrent-replicaset-syncs, concurrent-gc-syncs, "
      + "concurrent-namespace-syncs",
    "container-runtime":
      "there is only the interface of runtimes: `containerRuntimeEndpoint` of `config` (1.27)",
    "pod-infra-container-image": "the sandbox image is containerd's: `sandbox_image` there (1.35)",
    "network-plugin": "the network is the container runtime's (1.24)",
    "apiserver-count": "the API servers count themselves by leases",
    "kubelet-https": "kubelets always speak TLS",
  ]

  static let all: [FlagRule] = [
    FlagRule(name: "short-watches", components: [.kubeAPIServer], flag: "min-request-timeout") {
      value, _ in
      guard let seconds = Int(value), seconds < 1800 else { return nil }
      return (
        "is \(seconds) s: watches are cut that early, and each begins anew by listing everything",
        "leave it at 1800, or raise it"
      )
    },
    FlagRule(name: "no-anonymous-probes", components: [.kubeAPIServer], flag: "anonymous-auth") {
      value, version in
      guard value == "false" else { return nil }
      return (
        "is false: load balancers cannot ask for /readyz any more",
        version.minor >= 32
          ? "limit it instead: `authentication-config` with `anonymous.conditions` for /livez, /readyz and /healthz"
          : "RBAC gives anonymous clients /livez, /readyz and /version only"
      )
    },
    FlagRule(
      name: "always-pull", components: [.kubeAPIServer], flag: "enable-admission-plugins"
    ) { value, _ in
      let plugins = value.split(separator: ",")
      if plugins.contains("PodSecurityPolicy") || plugins.contains("SecurityContextDeny") {
        return (
          "has an admission plugin that is gone: PodSecurityPolicy (1.25), SecurityContextDeny (1.30)",
          "use PodSecurity, which is on, with labels of namespaces"
        )
      }
      guard plugins.contains("AlwaysPullImages") else { return nil }
      return (
        "has AlwaysPullImages: images that were imported beforehand are not used, and no pod starts while the registry "
          + "is away", "leave it out"
      )
    },
    FlagRule(
      name: "no-node-authorization", components: [.kubeAPIServer], flag: "authorization-mode"
    ) { value, _ in
      let modes = value.split(separator: ",")
      if modes.contains("AlwaysAllow") {
        return ("lets everybody do everything", "write [Node, RBAC]")
      }
      guard !modes.contains("Node") || !modes.contains("RBAC") else { return nil }
      return ("lacks Node or RBAC", "write [Node, RBAC]")
    },
    FlagRule(name: "token-file", components: [.kubeAPIServer], flag: "token-auth-file") { _, _ in
      ("holds passwords in plain that never expire", "use certificates or service accounts")
    },
    FlagRule(
      name: "profiling", components: [.kubeAPIServer, .kubeControllerManager, .kubeScheduler],
      flag: "profiling"
    ) { value, _ in
      value == "true"
        ? ("is true: profiles show what is in memory", "write false (CIS benchmark 1.2, 1.3, 1.4)")
        : nil
    },
    FlagRule(
      name: "no-leader", components: [.kubeControllerManager, .kubeScheduler], flag: "leader-elect"
    ) { value, _ in
      value == "false"
        ? (
          "is false: two that work at the same time undo each other's work",
          "write true: one of them works, the others wait"
        ) : nil
    },
    FlagRule(
      name: "service-syncs", components: [.kubeControllerManager], flag: "concurrent-service-syncs"
    ) { _, _ in
      ("has had no effect since 1.31, and is removed in 1.37", "leave it out")
    },
    FlagRule(
      name: "open-port", components: [.kubeControllerManager, .kubeScheduler], flag: "bind-address"
    ) { value, _ in
      value == "0.0.0.0" || value == "::"
        ? (
          "is open to the network",
          "write 127.0.0.1; where metrics are fetched from afar, the host's own address"
        ) : nil
    },
  ]
}

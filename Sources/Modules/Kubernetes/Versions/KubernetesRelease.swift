/// What is different from one minor version of Kubernetes to the next, as a table.
struct KubernetesRelease: Sendable {
  /// 36 of 1.36.
  let minor: Int
  /// The sandbox of every pod, as kubeadm of this version has it.
  let pauseImage: String
  /// By component: flags with the kinds of their values.
  let flags: [KubernetesComponent: KubernetesNames]
  /// By component: paths of its configuration (`authentication.x509.clientCAFile`, `profiles[].schedulerName`).
  let fields: [KubernetesComponent: KubernetesNames]
  /// Feature gates: `free`, `locked-true`, `locked-false`.
  let gates: KubernetesNames

  /// One for each minor version that is known, the oldest first.
  static let all = [v1_31, v1_32, v1_33, v1_34, v1_35, v1_36]
}

/// Names that come and go with a version.
struct KubernetesNames: Sendable {
  /// By name: the kind.
  let added: [String: String]
  let removed: [String]

  /// `added`: words, of which one with a colon at its end says the kind of those that follow.
  init(added: String, removed: String = "") {
    var kind = ""
    var names: [String: String] = [:]
    for word in added.split(whereSeparator: \.isWhitespace) {
      if word.last == ":" { kind = String(word.dropLast()) } else { names[String(word)] = kind }
    }
    self.added = names
    self.removed = removed.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// Makes what an older version knows into what this one knows.
  func change(_ known: inout [String: String]) {
    for name in removed { known[name] = nil }
    known.merge(added) { _, new in new }
  }
}

/// The programs of a Kubernetes cluster that run on hosts.
enum KubernetesComponent: String, Sendable, Hashable, CaseIterable {
  case kubeAPIServer = "kube-apiserver"
  case kubeControllerManager = "kube-controller-manager"
  case kubeScheduler = "kube-scheduler"
  case kubeProxy = "kube-proxy"
  case kubelet
}

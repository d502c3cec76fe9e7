/// Versions of Kubernetes' own API that are not served any more, with what takes their place.
///
/// Source: `zz_generated.prerelease-lifecycle.go` of `staging/src/k8s.io/api`, Kubernetes 1.36, and the deprecation guide
/// (website, `reference/using-api/deprecation-guide`) for the groups that are gone from it.
struct RemovedAPI: Sendable {
  let apiVersion: String
  /// Empty for all kinds of the version.
  let kinds: Set<String>
  /// The minor version 1.x that serves it no more.
  let removed: Int
  /// What to write instead; nil where there is nothing of the kind any more.
  let replacement: String?
  /// The minor version 1.x since which the replacement is served.
  let since: Int
  /// What else has to be changed then.
  let advice: String?

  /// The oldest minor version 1.x that clusters are built with.
  static let oldest = 31

  /// What an object is refused for; nil where its version is served.
  ///
  /// `minor`: that of the cluster (1.x); nil where it is not known: then what no cluster serves is refused, and what has a
  /// replacement in every one of them.
  static func of(_ apiVersion: String, _ kind: String, minor: Int?) -> RemovedAPI? {
    table.first { row in
      guard row.apiVersion == apiVersion, row.kinds.isEmpty || row.kinds.contains(kind) else {
        return false
      }
      if let minor { return row.removed <= minor }
      return row.removed <= oldest || row.replacement != nil && row.since <= oldest
    }
  }

  private static func row(
    _ apiVersion: String, kinds: Set<String> = [], _ removed: Int, _ replacement: String?,
    since: Int = 0, _ advice: String? = nil
  ) -> RemovedAPI {
    RemovedAPI(
      apiVersion: apiVersion, kinds: kinds, removed: removed, replacement: replacement,
      since: since, advice: advice)
  }

  private static let policies: Set<String> = [
    "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
  ]

  private static let table: [RemovedAPI] = [
    row(
      "extensions/v1beta1", kinds: ["PodSecurityPolicy"], 16, nil,
      "label namespaces with `pod-security.kubernetes.io/enforce` instead"),
    row(
      "extensions/v1beta1", kinds: ["Ingress"], 22, "networking.k8s.io/v1", "`pathType` is required"
    ),
    row("extensions/v1beta1", kinds: ["NetworkPolicy"], 16, "networking.k8s.io/v1"),
    row("extensions/v1beta1", 16, "apps/v1", "`spec.selector` is required"),
    row("apps/v1beta1", 16, "apps/v1", "`spec.selector` is required"),
    row("apps/v1beta2", 16, "apps/v1"),
    row(
      "policy/v1beta1", kinds: ["PodSecurityPolicy"], 25, nil,
      "label namespaces with `pod-security.kubernetes.io/enforce` instead"),
    row("policy/v1beta1", 25, "policy/v1"),
    row("batch/v1beta1", 25, "batch/v1"),
    row("batch/v2alpha1", 21, "batch/v1"),
    row("autoscaling/v2beta1", 25, "autoscaling/v2", "`targetAverageUtilization` becomes `target`"),
    row("autoscaling/v2beta2", 26, "autoscaling/v2"),
    row(
      "networking.k8s.io/v1beta1", kinds: ["Ingress"], 22, "networking.k8s.io/v1",
      "`pathType` is required"),
    row("networking.k8s.io/v1beta1", kinds: ["IngressClass"], 22, "networking.k8s.io/v1"),
    row(
      "networking.k8s.io/v1beta1", kinds: ["IPAddress", "ServiceCIDR"], 37, "networking.k8s.io/v1",
      since: 33),
    row("rbac.authorization.k8s.io/v1beta1", 22, "rbac.authorization.k8s.io/v1"),
    row("rbac.authorization.k8s.io/v1alpha1", 22, "rbac.authorization.k8s.io/v1"),
    row(
      "apiextensions.k8s.io/v1beta1", 22, "apiextensions.k8s.io/v1",
      "every version needs a schema of its own"),
    row("apiregistration.k8s.io/v1beta1", 22, "apiregistration.k8s.io/v1"),
    row(
      "admissionregistration.k8s.io/v1beta1",
      kinds: ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"], 22,
      "admissionregistration.k8s.io/v1", "`sideEffects` and `admissionReviewVersions` are required"),
    row(
      "admissionregistration.k8s.io/v1alpha1", kinds: policies, 32,
      "admissionregistration.k8s.io/v1", since: 30),
    row(
      "admissionregistration.k8s.io/v1beta1", kinds: policies, 34,
      "admissionregistration.k8s.io/v1", since: 30),
    row(
      "certificates.k8s.io/v1beta1", kinds: ["CertificateSigningRequest"], 22,
      "certificates.k8s.io/v1"),
    row("coordination.k8s.io/v1beta1", kinds: ["Lease"], 22, "coordination.k8s.io/v1"),
    row("discovery.k8s.io/v1beta1", 25, "discovery.k8s.io/v1"),
    row("events.k8s.io/v1beta1", 25, "events.k8s.io/v1"),
    row("node.k8s.io/v1beta1", 25, "node.k8s.io/v1"),
    row("node.k8s.io/v1alpha1", 23, "node.k8s.io/v1"),
    row("scheduling.k8s.io/v1beta1", 22, "scheduling.k8s.io/v1"),
    row("scheduling.k8s.io/v1alpha1", kinds: ["PriorityClass"], 22, "scheduling.k8s.io/v1"),
    row("storage.k8s.io/v1beta1", kinds: ["CSIStorageCapacity"], 27, "storage.k8s.io/v1"),
    row(
      "storage.k8s.io/v1beta1",
      kinds: ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], 22,
      "storage.k8s.io/v1"),
    row(
      "storage.k8s.io/v1beta1", kinds: ["VolumeAttributesClass"], 37, "storage.k8s.io/v1", since: 34
    ),
    row(
      "storage.k8s.io/v1alpha1", kinds: ["CSIStorageCapacity", "VolumeAttachment"], 24,
      "storage.k8s.io/v1"),
    row(
      "storage.k8s.io/v1alpha1", kinds: ["VolumeAttributesClass"], 35, "storage.k8s.io/v1",
      since: 34),
    row("flowcontrol.apiserver.k8s.io/v1alpha1", 21, "flowcontrol.apiserver.k8s.io/v1"),
    row("flowcontrol.apiserver.k8s.io/v1beta1", 26, "flowcontrol.apiserver.k8s.io/v1"),
    row("flowcontrol.apiserver.k8s.io/v1beta2", 29, "flowcontrol.apiserver.k8s.io/v1"),
    row("flowcontrol.apiserver.k8s.io/v1beta3", 32, "flowcontrol.apiserver.k8s.io/v1", since: 29),
    row("resource.k8s.io/v1alpha2", 31, "resource.k8s.io/v1", since: 34),
    row("resource.k8s.io/v1beta1", 38, "resource.k8s.io/v1", since: 34),
    row("resource.k8s.io/v1beta2", 39, "resource.k8s.io/v1", since: 34),
  ]
}

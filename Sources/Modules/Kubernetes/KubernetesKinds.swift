/// What is known of the kinds of Kubernetes' own API: in which order they are made, and which have no namespace.
///
/// Source: `staging/src/k8s.io/api` and `pkg/registry` of Kubernetes 1.36.
enum KubernetesKinds {
  /// What others need comes first: namespaces and policies, then accounts and rights, configuration, storage, and last
  /// what runs and what watches over everything.
  ///
  /// What is not listed comes before the last of these groups.
  private static let early = [
    "PriorityClass", "Namespace", "CustomResourceDefinition", "RuntimeClass", "NetworkPolicy",
    "ResourceQuota", "LimitRange", "PodDisruptionBudget", "ServiceAccount", "Secret", "ConfigMap",
    "StorageClass", "CSIDriver", "PersistentVolume", "PersistentVolumeClaim", "ClusterRole",
    "ClusterRoleBinding", "Role", "RoleBinding", "Service", "DaemonSet", "Pod",
    "ReplicationController", "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet",
    "Job", "CronJob", "IngressClass", "Ingress",
  ]
  /// Refuse or answer the requests of others as soon as they are there.
  private static let late = [
    "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
    "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
  ]

  /// The place of a kind in the order in which objects are made; they are removed in the opposite one.
  static func rank(_ kind: String) -> Int {
    if let index = early.firstIndex(of: kind) { return index }
    if let index = late.firstIndex(of: kind) { return early.count + 1 + index }
    return early.count
  }

  /// Kinds without a namespace, by group.
  private static let clusterWide: [String: Set<String>] = [
    "": ["Namespace", "Node", "PersistentVolume", "ComponentStatus"],
    "admissionregistration.k8s.io": [
      "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy",
      "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy",
      "MutatingAdmissionPolicyBinding",
    ],
    "apiextensions.k8s.io": ["CustomResourceDefinition"],
    "apiregistration.k8s.io": ["APIService"],
    "certificates.k8s.io": ["CertificateSigningRequest", "ClusterTrustBundle"],
    "flowcontrol.apiserver.k8s.io": ["FlowSchema", "PriorityLevelConfiguration"],
    "networking.k8s.io": ["IngressClass", "IPAddress", "ServiceCIDR"],
    "node.k8s.io": ["RuntimeClass"],
    "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding"],
    "resource.k8s.io": ["DeviceClass", "ResourceSlice", "DeviceTaintRule"],
    "scheduling.k8s.io": ["PriorityClass"],
    "storage.k8s.io": [
      "CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass",
    ],
    "storagemigration.k8s.io": ["StorageVersionMigration"],
  ]

  /// Whether objects of a kind are known to have no namespace; false for kinds that somebody has added.
  static func isClusterWide(_ kind: String, group: String) -> Bool {
    clusterWide[group]?.contains(kind) ?? false
  }

  /// Kinds that others need to be there before they are even understood.
  static let foundations: Set<String> = ["Namespace", "CustomResourceDefinition"]
}

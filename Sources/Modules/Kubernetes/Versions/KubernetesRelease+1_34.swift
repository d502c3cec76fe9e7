extension KubernetesRelease {
  /// Kubernetes 1.34: what differs from 1.33.
  ///
  /// Flags as `--help` of 1.34.9 lists them; fields and gates as its source has them (`config/*/types.go`,
  /// `kube_features.go`).
  static let v1_34 = KubernetesRelease(
    minor: 34, pauseImage: "registry.k8s.io/pause:3.10.1",
    flags: [
      .kubeAPIServer: KubernetesNames(
        added: """
          duration:
            coordinated-leadership-lease-duration coordinated-leadership-renew-deadline
            coordinated-leadership-retry-period
          """),
      .kubelet: KubernetesNames(
        added: """

          """,
        removed: """
          cloud-config register-schedulable
          """),
    ],
    fields: [:],
    gates: KubernetesNames(
      added: """
        free:
          ClearingNominatedNodeNameAfterBinding ContainerRestartRules DRAConsumableCapacity
          DRADeviceBindingConditions DRAExtendedResource DRASchedulerFilterTimeout
          DetectCacheInconsistency EnvFiles HostnameOverride
          InPlacePodVerticalScalingExclusiveMemory KubeletPodResourcesListUseActivePods
          MatchLabelKeysInPodTopologySpreadSelectorMerge NominatedNodeNameForExpectation
          PodCertificateRequest PreventStaticPodAPIReferences RelaxedServiceNameValidation
          SchedulerAsyncAPICalls SizeBasedListCostEstimate StatefulSetSemanticRevisionComparison
          StructuredAuthenticationConfigurationEgressSelector
          TokenRequestServiceAccountUIDValidation
        locked-true:
          APIServerTracing AnonymousAuthConfigurableEndpoints AuthorizeNodeWithSelectors
          AuthorizeWithSelectors ConsistentListFromCache JobPodReplacementPolicy
          KubeletCgroupDriverFromCRI KubeletTracing MultiCIDRServiceAllocator NodeSwap
          OrderedNamespaceDeletion PodLifecycleSleepAction PodLifecycleSleepActionAllowZero
          ProbeHostPodSecurityStandards RecoverVolumeExpansionFailure RelaxedDNSSearchValidation
          RelaxedEnvironmentVariableValidation ResilientWatchCacheInitialization
          SchedulerQueueingHints SeparateTaintEvictionController StreamingCollectionEncodingToJSON
          StreamingCollectionEncodingToProtobuf StructuredAuthenticationConfiguration WinDSR
          WinOverlay
        """,
      removed: """
        DevicePluginCDIDevices ElasticIndexedJob LegacySidecarContainers PodDisruptionConditions
        StatefulSetStartOrdinal
        """))
}

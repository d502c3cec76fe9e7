extension KubernetesRelease {
  /// Kubernetes 1.35: what differs from 1.34.
  ///
  /// Flags as `--help` of 1.35.6 lists them; fields and gates as its source has them (`config/*/types.go`,
  /// `kube_features.go`).
  static let v1_35 = KubernetesRelease(
    minor: 35, pauseImage: "registry.k8s.io/pause:3.10.1",
    flags: [
      .kubeAPIServer: KubernetesNames(
        added: """
          list:
            min-compatibility-version
          """),
      .kubeControllerManager: KubernetesNames(
        added: """
          duration:
            controller-shutdown-timeout
          int:
            concurrent-device-taint-eviction-syncs
          list:
            min-compatibility-version
          """),
      .kubeScheduler: KubernetesNames(
        added: """
          list:
            min-compatibility-version
          """),
      .kubelet: KubernetesNames(
        added: """

          """,
        removed: """
          pod-infra-container-image
          """),
    ],
    fields: [:],
    gates: KubernetesNames(
      added: """
        free:
          AuthorizePodWebsocketUpgradeCreatePermission CRDObservedGenerationTracking
          CSIServiceAccountTokenSecrets ChangeContainerStatusOnKubeletRestart
          CloudControllerManagerWatchBasedRoutesReconciliation ConstrainedImpersonation
          DRADeviceTaintRules GangScheduling GenericWorkload InOrderInformersBatchProcess
          InPlacePodLevelResourcesVerticalScaling MutablePVNodeAffinity
          MutablePodResourcesForSuspendedJobs MutableSchedulingDirectivesForSuspendedJobs
          NodeDeclaredFeatures OpportunisticBatching RestartAllContainersOnContainerExits
          StructuredAuthenticationConfigurationJWKSMetrics TaintTolerationComparisonOperators
          UserNamespacesHostNetworkSupport VolumeLimitScaling
        locked-true:
          AggregatedDiscoveryRemoveBetaType AllowOverwriteTerminationGracePeriodSeconds
          DisableAllocatorDualWrite DynamicResourceAllocation ExecProbeTimeout ImageMaximumGCAge
          InPlacePodVerticalScaling JobManagedBy PodObservedGenerationTracking
          PreferSameTrafficDistribution SupplementalGroupsPolicy SystemdWatchdog
        """,
      removed: """
        AllowServiceLBStatusOnNonLB CronJobsScheduledAnnotation LoadBalancerIPMode PodIndexLabel
        ProbeHostPodSecurityStandards SizeMemoryBackedVolumes StatefulSetAutoDeletePVC
        StrictCostEnforcementForVAP StrictCostEnforcementForWebhooks
        UserNamespacesPodSecurityStandards
        """))
}

extension KubernetesRelease {
  /// Kubernetes 1.32: what differs from 1.31.
  ///
  /// Flags as `--help` of 1.32.13 lists them; fields and gates as its source has them (`config/*/types.go`,
  /// `kube_features.go`).
  static let v1_32 = KubernetesRelease(
    minor: 32, pauseImage: "registry.k8s.io/pause:3.10",
    flags: [
      .kubeAPIServer: KubernetesNames(
        added: """
          list:
            requestheader-uid-headers
          string:
            service-account-signing-endpoint
          """),
      .kubeControllerManager: KubernetesNames(
        added: """
          int:
            concurrent-daemonset-syncs
          list:
            requestheader-uid-headers
          """),
      .kubeScheduler: KubernetesNames(
        added: """
          list:
            requestheader-uid-headers
          """),
    ],
    fields: [
      .kubelet: KubernetesNames(
        added: """
          bool:
            singleProcessOOMKill
          duration:
            crashLoopBackOff.maxContainerRestartPeriod
          object:
            crashLoopBackOff
          """)
    ],
    gates: KubernetesNames(
      added: """
        free:
          AllowOverwriteTerminationGracePeriodSeconds AllowUnsafeMalformedObjectDeletion
          BtreeWatchCache CBORServingAndStorage ClientsAllowCBOR ClientsPreferCBOR ComponentFlagz
          ComponentStatusz DRAAdminAccess DRAResourceClaimDeviceStatus
          ExternalServiceAccountTokenSigner InPlacePodVerticalScalingAllocatedStatus
          InPlacePodVerticalScalingExclusiveCPUs KubeletCrashLoopBackOffMax KubeletFineGrainedAuthz
          KubeletRegistrationGetOnExistsOnly PodLevelResources PodLifecycleSleepActionAllowZero
          PodLogsQuerySplitStreams RelaxedDNSSearchValidation RemoteRequestHeaderUID
          SELinuxChangePolicy SchedulerAsyncPreemption ServiceAccountNodeAudienceRestriction
          SystemdWatchdog WindowsCPUAndMemoryAffinity WindowsGracefulNodeShutdown
        locked-true:
          AllowServiceLBStatusOnNonLB CronJobsScheduledAnnotation CustomResourceFieldSelectors
          LoadBalancerIPMode MemoryManager PodIndexLabel RetryGenerateName ServiceAccountTokenJTI
          ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo
          SizeMemoryBackedVolumes StatefulSetAutoDeletePVC StrictCostEnforcementForVAP
          StrictCostEnforcementForWebhooks StructuredAuthorizationConfiguration
        """,
      removed: """
        CloudDualStackNodeIPs DRAControlPlaneController HPAContainerMetrics KMSv2 KMSv2KDF
        LegacyServiceAccountTokenCleanUp MinDomainsInPodTopologySpread NewVolumeManagerReconstruction
        NodeOutOfServiceVolumeDetach PodHostIPs ServerSideApply ServerSideFieldValidation
        StableLoadBalancerNodeSet ValidatingAdmissionPolicy ZeroLimitedNominalConcurrencyShares
        """))
}

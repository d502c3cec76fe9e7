extension KubernetesRelease {
  /// Kubernetes 1.36: what differs from 1.35.
  ///
  /// Flags as `--help` of 1.36.3 lists them; fields and gates as its source has them (`config/*/types.go`,
  /// `kube_features.go`).
  static let v1_36 = KubernetesRelease(
    minor: 36, pauseImage: "registry.k8s.io/pause:3.10.2",
    flags: [
      .kubeAPIServer: KubernetesNames(
        added: """
          list:
            tls-curve-preferences
          """),
      .kubeControllerManager: KubernetesNames(
        added: """
          int:
            concurrent-resourceclaim-syncs
          list:
            tls-curve-preferences
          """),
      .kubeScheduler: KubernetesNames(
        added: """
          list:
            tls-curve-preferences
          """),
    ],
    fields: [
      .kubelet: KubernetesNames(
        added: """
          list-of-int:
            tlsCurvePreferences
          string:
            memoryReservationPolicy
          """),
      .kubeScheduler: KubernetesNames(
        added: """
          pluginset:
            profiles[].plugins.placementGenerate profiles[].plugins.placementScore
          """),
    ],
    gates: KubernetesNames(
      added: """
        free:
          AllowServiceExternalIPs AtomicFIFO CRIListStreaming ClientsAllowCARotation
          ClientsAllowTLSCacheGC ControllerManagerReleaseLeaderElectionLockOnExit
          DRAListTypeAttributes DRANodeAllocatableResources
          DRAResourceClaimGranularStatusAuthorization DRAResourcePoolStatus
          DRAWorkloadResourceClaims DeclarativeValidationBeta ExtendWebSocketsToKubelet
          ImageVolumeWithDigest InPlacePodVerticalScalingInitContainers
          ManifestBasedAdmissionControlConfig NativeHistograms PLEGOnDemandRelist
          PersistentVolumeClaimUnusedSinceTime PodLevelResourceManagers PodsAPI
          ReloadKubeletClientCAFile ResourceHealthStatusMessage ServiceCIDRStatusFieldWiping
          ShardedListAndWatch StaleControllerConsistencyDaemonSet StaleControllerConsistencyJob
          StaleControllerConsistencyReplicaSet StaleControllerConsistencyStatefulSet
          TopologyAwareWorkloadScheduling UnlockWhileProcessingFIFO WorkloadAwarePreemption
          WorkloadWithJob
        locked-true:
          CSIServiceAccountTokenSecrets DRAAdminAccess DeclarativeValidation
          DisableNodeKubeProxyVersion ExternalServiceAccountTokenSigner GitRepoVolumeDriver
          ImageVolume InOrderInformers KubeletFineGrainedAuthz KubeletPSI
          KubeletPodResourcesDynamicResources KubeletPodResourcesGet MutableCSINodeAllocatableCount
          NodeLogQuery ProcMountType SELinuxChangePolicy SELinuxMountReadWriteOncePod
          SeparateCacheWatchRPC TopologyManagerPolicyOptions UserNamespacesSupport
          VolumeAttributesClass
        """,
      removed: """
        CSIMigrationPortworx HonorPVReclaimPolicy InPlacePodVerticalScalingAllocatedStatus
        InTreePluginPortworxUnregister MemoryManager ServiceTrafficDistribution
        StructuredAuthorizationConfiguration TopologyAwareHints WatchFromStorageWithoutResourceVersion
        """))
}

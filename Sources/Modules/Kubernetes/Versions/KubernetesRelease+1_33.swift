extension KubernetesRelease {
  /// Kubernetes 1.33: what differs from 1.32.
  ///
  /// Flags as the source of 1.33.13 defines them; fields and gates as its source has them (`config/*/types.go`,
  /// `kube_features.go`).
  static let v1_33 = KubernetesRelease(
    minor: 33, pauseImage: "registry.k8s.io/pause:3.10",
    flags: [
      .kubeAPIServer: KubernetesNames(
        added: """
          bool:
            emulation-forward-compatible enable-logs-handler
            runtime-config-emulation-forward-compatible
          """)
    ],
    fields: [
      .kubelet: KubernetesNames(
        added: """
          bool:
            mergeDefaultEvictionSettings
          int:
            userNamespaces.idsPerPod
          list-of-string:
            preloadedImagesVerificationAllowlist
          object:
            userNamespaces
          string:
            imagePullCredentialsVerificationPolicy
          """)
    ],
    gates: KubernetesNames(
      added: """
        free:
          AggregatedDiscoveryRemoveBetaType AllowParsingUserUIDFromCertAuth ContainerStopSignals
          DRADeviceTaints DRAPartitionableDevices DRAPrioritizedList DeclarativeValidation
          DeclarativeValidationTakeover DeploymentReplicaSetTerminatingReplicas
          DisableCPUQuotaWithExclusiveCPUs GitRepoVolumeDriver HPAConfigurableTolerance
          InOrderInformers KubeletEnsureSecretPulledImages KubeletPSI
          KubeletServiceAccountTokenForCredentialProviders LegacySidecarContainers
          ListFromCacheSnapshot MutableCSINodeAllocatableCount PodObservedGenerationTracking
          PodTopologyLabelsAdmission PreferSameTrafficDistribution
          ReduceDefaultCrashLoopBackOffDecay SchedulerPopFromBackoffQ StorageCapacityScoring
          StrictIPCIDRValidation
        locked-true:
          AnyVolumeDataSource BtreeWatchCache CPUManagerPolicyOptions CRDValidationRatcheting
          CSIMigrationPortworx HonorPVReclaimPolicy JobBackoffLimitPerIndex JobSuccessPolicy
          MatchLabelKeysInPodAffinity NFTablesProxyMode NodeInclusionPolicyInPodTopologySpread
          RecursiveReadOnlyMounts ServiceAccountTokenNodeBinding ServiceTrafficDistribution
          SidecarContainers TopologyAwareHints WatchFromStorageWithoutResourceVersion
        """,
      removed: """
        APIListChunking AdmissionWebhookMatchConditions AggregatedDiscoveryEndpoint AppArmor
        AppArmorFields CPUManager DisableCloudProviders DisableKubeletCloudCredentialProviders
        EfficientWatchResumption JobPodFailurePolicy KubeProxyDrainingTerminatingNodes
        PDBUnhealthyPodEvictionPolicy PersistentVolumeLastPhaseTransitionTime RemainingItemCount
        VolumeCapacityPriority WatchBookmark
        """))
}

extension KubernetesRelease {
  /// Kubernetes 1.31: everything.
  ///
  /// Flags as `--help` of 1.31.14 lists them; fields and gates as its source has them (`config/*/types.go`,
  /// `kube_features.go`).
  static let v1_31 = KubernetesRelease(
    minor: 31, pauseImage: "registry.k8s.io/pause:3.10",
    flags: [
      .kubeAPIServer: KubernetesNames(
        added: """
          bool:
            aggregator-reject-forwarding-redirect allow-privileged anonymous-auth
            audit-log-batch-throttle-enable audit-log-compress audit-log-truncate-enabled
            audit-webhook-batch-throttle-enable audit-webhook-truncate-enabled
            contention-profiling disable-http2-serving enable-aggregator-routing
            enable-bootstrap-token-auth enable-garbage-collector enable-priority-and-fairness
            encryption-provider-config-automatic-reload log-json-split-stream
            log-text-split-stream permit-address-sharing permit-port-sharing profiling
            send-retry-after-while-not-ready-once service-account-extend-token-expiration
            service-account-lookup shutdown-send-retry-after watch-cache
          duration:
            audit-log-batch-max-wait audit-webhook-batch-max-wait audit-webhook-initial-backoff
            authentication-token-webhook-cache-ttl authorization-webhook-cache-authorized-ttl
            authorization-webhook-cache-unauthorized-ttl etcd-compaction-interval
            etcd-count-metric-poll-period etcd-db-metric-poll-interval etcd-healthcheck-timeout
            etcd-readycheck-timeout event-ttl kubelet-timeout livez-grace-period
            log-flush-frequency request-timeout service-account-max-token-expiration
            shutdown-delay-duration shutdown-watch-termination-grace-period
            storage-initialization-timeout
          int:
            audit-log-batch-buffer-size audit-log-batch-max-size audit-log-batch-throttle-burst
            audit-log-maxage audit-log-maxbackup audit-log-maxsize
            audit-log-truncate-max-batch-size audit-log-truncate-max-event-size
            audit-webhook-batch-buffer-size audit-webhook-batch-max-size
            audit-webhook-batch-throttle-burst audit-webhook-truncate-max-batch-size
            audit-webhook-truncate-max-event-size default-not-ready-toleration-seconds
            default-unreachable-toleration-seconds delete-collection-workers
            http2-max-streams-per-connection kubernetes-service-node-port
            lease-reuse-duration-seconds max-connection-bytes-per-sec
            max-mutating-requests-inflight max-requests-inflight min-request-timeout secure-port v
          ip:
            advertise-address bind-address
          list:
            admission-control api-audiences authorization-mode cors-allowed-origins
            disable-admission-plugins disabled-metrics emulated-version enable-admission-plugins
            etcd-servers etcd-servers-overrides kubelet-preferred-address-types oidc-signing-algs
            requestheader-allowed-names requestheader-extra-headers-prefix
            requestheader-group-headers requestheader-username-headers
            strict-transport-security-directives tls-cipher-suites watch-cache-sizes
          map:
            allow-metric-labels feature-gates oidc-required-claim runtime-config
          number:
            audit-log-batch-throttle-qps audit-webhook-batch-throttle-qps goaway-chance
          quantity:
            log-json-info-buffer-size log-text-info-buffer-size
          repeated:
            service-account-issuer service-account-key-file tls-sni-cert-key
          string:
            admission-control-config-file allow-metric-labels-manifest audit-log-format
            audit-log-mode audit-log-path audit-log-version audit-policy-file
            audit-webhook-config-file audit-webhook-mode audit-webhook-version
            authentication-config authentication-token-webhook-config-file
            authentication-token-webhook-version authorization-config authorization-policy-file
            authorization-webhook-config-file authorization-webhook-version cert-dir
            client-ca-file debug-socket-path egress-selector-config-file
            encryption-provider-config endpoint-reconciler-type etcd-cafile etcd-certfile
            etcd-keyfile etcd-prefix external-hostname kubelet-certificate-authority
            kubelet-client-certificate kubelet-client-key logging-format oidc-ca-file
            oidc-client-id oidc-groups-claim oidc-groups-prefix oidc-issuer-url
            oidc-username-claim oidc-username-prefix peer-advertise-ip peer-advertise-port
            peer-ca-file proxy-client-cert-file proxy-client-key-file requestheader-client-ca-file
            service-account-jwks-uri service-account-signing-key-file service-cluster-ip-range
            service-node-port-range show-hidden-metrics-for-version storage-backend
            storage-media-type tls-cert-file tls-min-version tls-private-key-file token-auth-file
            tracing-config-file vmodule
          """),
      .kubeControllerManager: KubernetesNames(
        added: """
          bool:
            allocate-node-cidrs authentication-skip-lookup authentication-tolerate-lookup-failure
            configure-cloud-routes contention-profiling disable-attach-detach-reconcile-sync
            disable-force-detach-on-timeout disable-http2-serving enable-dynamic-provisioning
            enable-garbage-collector enable-hostpath-provisioner enable-leader-migration
            leader-elect log-json-split-stream log-text-split-stream permit-address-sharing
            permit-port-sharing profiling unsupported-kube-api-over-localhost
            use-service-account-credentials
          duration:
            attach-detach-reconcile-sync-period authentication-token-webhook-cache-ttl
            authorization-webhook-cache-authorized-ttl
            authorization-webhook-cache-unauthorized-ttl cluster-signing-duration
            controller-start-interval endpoint-updates-batch-period
            endpointslice-updates-batch-period horizontal-pod-autoscaler-cpu-initialization-period
            horizontal-pod-autoscaler-downscale-stabilization
            horizontal-pod-autoscaler-initial-readiness-delay
            horizontal-pod-autoscaler-sync-period leader-elect-lease-duration
            leader-elect-renew-deadline leader-elect-retry-period
            legacy-service-account-token-clean-up-period log-flush-frequency min-resync-period
            mirroring-endpointslice-updates-batch-period namespace-sync-period
            node-monitor-grace-period node-monitor-period node-startup-grace-period
            pvclaimbinder-sync-period resource-quota-sync-period route-reconciliation-period
          int:
            concurrent-cron-job-syncs concurrent-deployment-syncs concurrent-endpoint-syncs
            concurrent-ephemeralvolume-syncs concurrent-gc-syncs
            concurrent-horizontal-pod-autoscaler-syncs concurrent-job-syncs
            concurrent-namespace-syncs concurrent-rc-syncs concurrent-replicaset-syncs
            concurrent-resource-quota-syncs concurrent-service-endpoint-syncs
            concurrent-service-syncs concurrent-serviceaccount-token-syncs
            concurrent-statefulset-syncs concurrent-ttl-after-finished-syncs
            concurrent-validating-admission-policy-status-syncs http2-max-streams-per-connection
            kube-api-burst large-cluster-size-threshold max-endpoints-per-slice
            mirroring-concurrent-service-endpoint-syncs mirroring-max-endpoints-per-subset
            node-cidr-mask-size node-cidr-mask-size-ipv4 node-cidr-mask-size-ipv6
            pv-recycler-increment-timeout-nfs pv-recycler-minimum-timeout-hostpath
            pv-recycler-minimum-timeout-nfs pv-recycler-timeout-increment-hostpath secure-port
            terminated-pod-gc-threshold v
          ip:
            bind-address
          list:
            authorization-always-allow-paths controllers disabled-metrics emulated-version
            requestheader-allowed-names requestheader-extra-headers-prefix
            requestheader-group-headers requestheader-username-headers tls-cipher-suites
          map:
            allow-metric-labels feature-gates
          number:
            horizontal-pod-autoscaler-tolerance kube-api-qps node-eviction-rate
            secondary-node-eviction-rate unhealthy-zone-threshold
          quantity:
            log-json-info-buffer-size log-text-info-buffer-size
          repeated:
            tls-sni-cert-key
          string:
            allow-metric-labels-manifest authentication-kubeconfig authorization-kubeconfig
            cert-dir cidr-allocator-type client-ca-file cloud-config cloud-provider cluster-cidr
            cluster-name cluster-signing-cert-file cluster-signing-key-file
            cluster-signing-kube-apiserver-client-cert-file
            cluster-signing-kube-apiserver-client-key-file
            cluster-signing-kubelet-client-cert-file cluster-signing-kubelet-client-key-file
            cluster-signing-kubelet-serving-cert-file cluster-signing-kubelet-serving-key-file
            cluster-signing-legacy-unknown-cert-file cluster-signing-legacy-unknown-key-file
            external-cloud-volume-plugin flex-volume-plugin-dir kube-api-content-type kubeconfig
            leader-elect-resource-lock leader-elect-resource-name leader-elect-resource-namespace
            leader-migration-config logging-format master
            pv-recycler-pod-template-filepath-hostpath pv-recycler-pod-template-filepath-nfs
            requestheader-client-ca-file root-ca-file service-account-private-key-file
            service-cluster-ip-range show-hidden-metrics-for-version tls-cert-file tls-min-version
            tls-private-key-file vmodule
          """),
      .kubeScheduler: KubernetesNames(
        added: """
          bool:
            authentication-skip-lookup authentication-tolerate-lookup-failure contention-profiling
            disable-http2-serving leader-elect log-json-split-stream log-text-split-stream
            permit-address-sharing permit-port-sharing profiling
            unsupported-kube-api-over-localhost
          duration:
            authentication-token-webhook-cache-ttl authorization-webhook-cache-authorized-ttl
            authorization-webhook-cache-unauthorized-ttl leader-elect-lease-duration
            leader-elect-renew-deadline leader-elect-retry-period log-flush-frequency
            pod-max-in-unschedulable-pods-duration
          int:
            http2-max-streams-per-connection kube-api-burst secure-port v
          ip:
            bind-address
          list:
            authorization-always-allow-paths disabled-metrics emulated-version
            requestheader-allowed-names requestheader-extra-headers-prefix
            requestheader-group-headers requestheader-username-headers tls-cipher-suites
          map:
            allow-metric-labels feature-gates
          number:
            kube-api-qps
          quantity:
            log-json-info-buffer-size log-text-info-buffer-size
          repeated:
            tls-sni-cert-key
          string:
            allow-metric-labels-manifest authentication-kubeconfig authorization-kubeconfig
            cert-dir client-ca-file config kube-api-content-type kubeconfig
            leader-elect-resource-lock leader-elect-resource-name leader-elect-resource-namespace
            logging-format master requestheader-client-ca-file show-hidden-metrics-for-version
            tls-cert-file tls-min-version tls-private-key-file vmodule
          """),
      .kubeProxy: KubernetesNames(
        added: """
          bool:
            bind-address-hard-fail conntrack-tcp-be-liberal init-only iptables-localhost-nodeports
            ipvs-strict-arp log-json-split-stream log-text-split-stream masquerade-all profiling
          duration:
            config-sync-period conntrack-tcp-timeout-close-wait conntrack-tcp-timeout-established
            conntrack-udp-timeout conntrack-udp-timeout-stream iptables-min-sync-period
            iptables-sync-period ipvs-min-sync-period ipvs-sync-period ipvs-tcp-timeout
            ipvs-tcpfin-timeout ipvs-udp-timeout log-flush-frequency
          int:
            conntrack-max-per-core conntrack-min iptables-masquerade-bit kube-api-burst
            oom-score-adj v
          ip:
            bind-address
          list:
            ipvs-exclude-cidrs nodeport-addresses
          map:
            feature-gates
          number:
            kube-api-qps
          quantity:
            log-json-info-buffer-size log-text-info-buffer-size
          string:
            boot-id-file cluster-cidr config detect-local-mode healthz-bind-address
            hostname-override ipvs-scheduler kube-api-content-type kubeconfig logging-format
            machine-id-file master metrics-bind-address pod-bridge-interface
            pod-interface-name-prefix proxy-mode show-hidden-metrics-for-version vmodule
          """),
      .kubelet: KubernetesNames(
        added: """
          bool:
            enable-load-reader exit-on-lock-contention experimental-allocatable-ignore-eviction
            fail-cgroupv1 log-cadvisor-usage register-schedulable seccomp-default
            storage-driver-secure
          duration:
            global-housekeeping-interval housekeeping-interval log-flush-frequency
            max-housekeeping-interval minimum-container-ttl-duration
            storage-driver-buffer-duration
          field:
            address allowed-unsafe-sysctls anonymous-auth authentication-token-webhook
            authentication-token-webhook-cache-ttl authorization-mode
            authorization-webhook-cache-authorized-ttl
            authorization-webhook-cache-unauthorized-ttl cgroup-driver cgroup-root cgroups-per-qos
            client-ca-file cloud-config cluster-dns cluster-domain container-log-max-files
            container-log-max-size container-runtime-endpoint contention-profiling cpu-cfs-quota
            cpu-cfs-quota-period cpu-manager-policy cpu-manager-policy-options
            cpu-manager-reconcile-period enable-controller-attach-detach enable-debugging-handlers
            enable-server enforce-node-allocatable event-burst event-qps eviction-hard
            eviction-max-pod-grace-period eviction-minimum-reclaim
            eviction-pressure-transition-period eviction-soft eviction-soft-grace-period
            fail-swap-on file-check-frequency hairpin-mode healthz-bind-address healthz-port
            http-check-frequency image-gc-high-threshold image-gc-low-threshold
            image-service-endpoint kernel-memcg-notification kube-api-burst kube-api-content-type
            kube-api-qps kube-reserved kube-reserved-cgroup kubelet-cgroups
            local-storage-capacity-isolation log-json-info-buffer-size log-json-split-stream
            log-text-info-buffer-size log-text-split-stream logging-format
            make-iptables-util-chains manifest-url manifest-url-header max-open-files max-pods
            memory-manager-policy minimum-image-ttl-duration node-status-max-images
            node-status-update-frequency oom-score-adj pod-cidr pod-infra-container-image
            pod-manifest-path pod-max-pids pods-per-core port protect-kernel-defaults qos-reserved
            read-only-port register-node register-with-taints registry-burst registry-qps
            reserved-cpus reserved-memory resolv-conf rotate-certificates
            rotate-server-certificates runonce runtime-request-timeout serialize-image-pulls
            streaming-connection-idle-timeout sync-frequency system-cgroups system-reserved
            system-reserved-cgroup tls-cert-file tls-min-version tls-private-key-file
            topology-manager-policy topology-manager-policy-options topology-manager-scope
            volume-plugin-dir volume-stats-agg-period
          int:
            application-metrics-count-limit maximum-dead-containers
            maximum-dead-containers-per-container v
          list:
            tls-cipher-suites
          map:
            feature-gates node-labels
          string:
            boot-id-file bootstrap-kubeconfig cert-dir cloud-provider config config-dir
            container-hints containerd containerd-namespace event-storage-age-limit
            event-storage-event-limit experimental-mounter-path hostname-override
            image-credential-provider-bin-dir image-credential-provider-config kubeconfig
            lock-file machine-id-file node-ip provider-id root-dir runtime-cgroups
            storage-driver-db storage-driver-host storage-driver-password storage-driver-table
            storage-driver-user vmodule
          """),
    ],
    fields: [
      .kubelet: KubernetesNames(
        added: """
          bool:
            authentication.anonymous.enabled authentication.webhook.enabled cgroupsPerQOS
            cpuCFSQuota enableContentionProfiling enableControllerAttachDetach
            enableDebugFlagsHandler enableDebuggingHandlers enableProfilingHandler enableServer
            enableSystemLogHandler enableSystemLogQuery failCgroupV1 failSwapOn
            kernelMemcgNotification localStorageCapacityIsolation logging.options.json.splitStream
            logging.options.text.splitStream makeIPTablesUtilChains protectKernelDefaults
            registerNode rotateCertificates runOnce seccompDefault serializeImagePulls
            serverTLSBootstrap
          duration:
            authentication.webhook.cacheTTL authorization.webhook.cacheAuthorizedTTL
            authorization.webhook.cacheUnauthorizedTTL containerLogMonitorInterval
            cpuCFSQuotaPeriod cpuManagerReconcilePeriod evictionPressureTransitionPeriod
            fileCheckFrequency httpCheckFrequency imageMaximumGCAge imageMinimumGCAge
            logging.flushFrequency nodeStatusReportFrequency nodeStatusUpdateFrequency
            runtimeRequestTimeout shutdownGracePeriod shutdownGracePeriodCriticalPods
            streamingConnectionIdleTimeout syncFrequency volumeStatsAggPeriod
          int:
            containerLogMaxFiles containerLogMaxWorkers eventBurst eventRecordQPS
            evictionMaxPodGracePeriod healthzPort imageGCHighThresholdPercent
            imageGCLowThresholdPercent iptablesDropBit iptablesMasqueradeBit kubeAPIBurst
            kubeAPIQPS logging.verbosity logging.vmodule[].verbosity maxOpenFiles
            maxParallelImagePulls maxPods nodeLeaseDurationSeconds nodeStatusMaxImages oomScoreAdj
            podPidsLimit podsPerCore port readOnlyPort registryBurst registryPullQPS
            reservedMemory[].numaNode shutdownGracePeriodByPodPriority[].priority
            shutdownGracePeriodByPodPriority[].shutdownGracePeriodSeconds
            tracing.samplingRatePerMillion
          list-of-string:
            allowedUnsafeSysctls clusterDNS enforceNodeAllocatable staticPodURLHeader{}
            tlsCipherSuites
          map:
            staticPodURLHeader
          map-of-bool:
            featureGates
          map-of-string:
            cpuManagerPolicyOptions evictionHard evictionMinimumReclaim evictionSoft
            evictionSoftGracePeriod kubeReserved qosReserved reservedMemory[].limits
            systemReserved topologyManagerPolicyOptions
          number:
            memoryThrottlingFactor
          object:
            authentication authentication.anonymous authentication.webhook authentication.x509
            authorization authorization.webhook logging logging.options logging.options.json
            logging.options.text logging.vmodule[] memorySwap registerWithTaints[]
            reservedMemory[] shutdownGracePeriodByPodPriority[] tracing
          objects:
            logging.vmodule registerWithTaints reservedMemory shutdownGracePeriodByPodPriority
          quantity:
            logging.options.json.infoBufferSize logging.options.text.infoBufferSize
          string:
            address authentication.x509.clientCAFile authorization.mode cgroupDriver cgroupRoot
            clusterDomain configMapAndSecretChangeDetectionStrategy containerLogMaxSize
            containerRuntimeEndpoint contentType cpuManagerPolicy hairpinMode healthzBindAddress
            imageServiceEndpoint kubeReservedCgroup kubeletCgroups logging.format
            logging.vmodule[].filePattern memoryManagerPolicy memorySwap.swapBehavior podCIDR
            podLogsDir providerID registerWithTaints[].effect registerWithTaints[].key
            registerWithTaints[].timeAdded registerWithTaints[].value reservedSystemCPUs
            resolvConf showHiddenMetricsForVersion staticPodPath staticPodURL systemCgroups
            systemReservedCgroup tlsCertFile tlsMinVersion tlsPrivateKeyFile topologyManagerPolicy
            topologyManagerScope tracing.endpoint volumePluginDir
          """),
      .kubeProxy: KubernetesNames(
        added: """
          bool:
            bindAddressHardFail conntrack.tcpBeLiberal enableProfiling iptables.localhostNodePorts
            iptables.masqueradeAll ipvs.strictARP logging.options.json.splitStream
            logging.options.text.splitStream nftables.masqueradeAll
          duration:
            configSyncPeriod conntrack.tcpCloseWaitTimeout conntrack.tcpEstablishedTimeout
            conntrack.udpStreamTimeout conntrack.udpTimeout iptables.minSyncPeriod
            iptables.syncPeriod ipvs.minSyncPeriod ipvs.syncPeriod ipvs.tcpFinTimeout
            ipvs.tcpTimeout ipvs.udpTimeout logging.flushFrequency nftables.minSyncPeriod
            nftables.syncPeriod
          int:
            clientConnection.burst conntrack.maxPerCore conntrack.min iptables.masqueradeBit
            logging.verbosity logging.vmodule[].verbosity nftables.masqueradeBit oomScoreAdj
          list-of-string:
            ipvs.excludeCIDRs nodePortAddresses
          map-of-bool:
            featureGates
          number:
            clientConnection.qps
          object:
            clientConnection conntrack detectLocal iptables ipvs logging logging.options
            logging.options.json logging.options.text logging.vmodule[] nftables
          objects:
            logging.vmodule
          quantity:
            logging.options.json.infoBufferSize logging.options.text.infoBufferSize
          string:
            bindAddress clientConnection.acceptContentTypes clientConnection.contentType
            clientConnection.kubeconfig clusterCIDR detectLocal.bridgeInterface
            detectLocal.interfaceNamePrefix detectLocalMode healthzBindAddress hostnameOverride
            ipvs.scheduler logging.format logging.vmodule[].filePattern metricsBindAddress mode
            portRange showHiddenMetricsForVersion
          """),
      .kubeScheduler: KubernetesNames(
        added: """
          any:
            profiles[].pluginConfig[].args
          bool:
            delayCacheUntilActive enableContentionProfiling enableProfiling
            extenders[].enableHTTPS extenders[].ignorable
            extenders[].managedResources[].ignoredByScheduler extenders[].nodeCacheCapable
            extenders[].tlsConfig.insecure leaderElection.leaderElect
          duration:
            extenders[].httpTimeout leaderElection.leaseDuration leaderElection.renewDeadline
            leaderElection.retryPeriod
          int:
            clientConnection.burst extenders[].weight parallelism percentageOfNodesToScore
            podInitialBackoffSeconds podMaxBackoffSeconds profiles[].percentageOfNodesToScore
          number:
            clientConnection.qps
          object:
            clientConnection extenders[] extenders[].managedResources[] extenders[].tlsConfig
            leaderElection profiles[] profiles[].pluginConfig[] profiles[].plugins
          objects:
            extenders extenders[].managedResources profiles profiles[].pluginConfig
          pluginset:
            profiles[].plugins.bind profiles[].plugins.filter profiles[].plugins.multiPoint
            profiles[].plugins.permit profiles[].plugins.postBind profiles[].plugins.postFilter
            profiles[].plugins.preBind profiles[].plugins.preEnqueue profiles[].plugins.preFilter
            profiles[].plugins.preScore profiles[].plugins.queueSort profiles[].plugins.reserve
            profiles[].plugins.score
          string:
            clientConnection.acceptContentTypes clientConnection.contentType
            clientConnection.kubeconfig extenders[].bindVerb extenders[].filterVerb
            extenders[].managedResources[].name extenders[].preemptVerb extenders[].prioritizeVerb
            extenders[].tlsConfig.caData extenders[].tlsConfig.caFile
            extenders[].tlsConfig.certData extenders[].tlsConfig.certFile
            extenders[].tlsConfig.keyData extenders[].tlsConfig.keyFile
            extenders[].tlsConfig.serverName extenders[].urlPrefix leaderElection.resourceLock
            leaderElection.resourceName leaderElection.resourceNamespace
            profiles[].pluginConfig[].name profiles[].schedulerName
          """),
    ],
    gates: KubernetesNames(
      added: """
        free:
          APIResponseCompression APIServerIdentity APIServerTracing APIServingWithRoutine AllAlpha
          AllBeta AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests
          AllowServiceLBStatusOnNonLB AnonymousAuthConfigurableEndpoints AnyVolumeDataSource
          AuthorizeNodeWithSelectors AuthorizeWithSelectors CPUManagerPolicyAlphaOptions
          CPUManagerPolicyBetaOptions CPUManagerPolicyOptions CRDValidationRatcheting
          CSIMigrationPortworx CSIVolumeHealth CloudControllerManagerWebhook ClusterTrustBundle
          ClusterTrustBundleProjection ConcurrentWatchObjectDecode ConsistentListFromCache
          ContainerCheckpoint ContextualLogging CoordinatedLeaderElection
          CronJobsScheduledAnnotation CrossNamespaceVolumeDataSource CustomCPUCFSQuotaPeriod
          CustomResourceFieldSelectors DRAControlPlaneController DisableAllocatorDualWrite
          DisableNodeKubeProxyVersion DynamicResourceAllocation EventedPLEG ExecProbeTimeout
          GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority HPAScaleToZero
          HonorPVReclaimPolicy ImageMaximumGCAge ImageVolume InPlacePodVerticalScaling
          InTreePluginPortworxUnregister InformerResourceVersion JobBackoffLimitPerIndex
          JobManagedBy JobPodReplacementPolicy JobSuccessPolicy KMSv1 KubeletCgroupDriverFromCRI
          KubeletInUserNamespace KubeletPodResourcesDynamicResources KubeletPodResourcesGet
          KubeletSeparateDiskGC KubeletTracing LoadBalancerIPMode
          LocalStorageCapacityIsolationFSQuotaMonitoring LoggingAlphaOptions LoggingBetaOptions
          MatchLabelKeysInPodAffinity MatchLabelKeysInPodTopologySpread MaxUnavailableStatefulSet
          MemoryManager MemoryQoS MultiCIDRServiceAllocator MutatingAdmissionPolicy
          NFTablesProxyMode NodeInclusionPolicyInPodTopologySpread NodeLogQuery NodeSwap
          OpenAPIEnums OrderedNamespaceDeletion PodAndContainerStatsFromCRI PodDeletionCost
          PodIndexLabel PodLifecycleSleepAction PodReadyToStartContainersCondition
          PortForwardWebsockets ProcMountType QOSReserved RecoverVolumeExpansionFailure
          RecursiveReadOnlyMounts RelaxedEnvironmentVariableValidation
          ReloadKubeletServerCertificateFile ResilientWatchCacheInitialization ResourceHealthStatus
          RetryGenerateName RotateKubeletServerCertificate RuntimeClassInImageCriApi SELinuxMount
          SELinuxMountReadWriteOncePod SchedulerQueueingHints SeparateCacheWatchRPC
          SeparateTaintEvictionController ServiceAccountTokenJTI ServiceAccountTokenNodeBinding
          ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo
          ServiceTrafficDistribution SidecarContainers SizeMemoryBackedVolumes
          StatefulSetAutoDeletePVC StorageNamespaceIndex StorageVersionAPI StorageVersionHash
          StorageVersionMigrator StreamingCollectionEncodingToJSON
          StreamingCollectionEncodingToProtobuf StrictCostEnforcementForVAP
          StrictCostEnforcementForWebhooks StructuredAuthenticationConfiguration
          StructuredAuthorizationConfiguration SupplementalGroupsPolicy TopologyAwareHints
          TopologyManagerPolicyAlphaOptions TopologyManagerPolicyBetaOptions
          TopologyManagerPolicyOptions TranslateStreamCloseWebsocketRequests
          UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy
          UserNamespacesPodSecurityStandards UserNamespacesSupport VolumeAttributesClass
          VolumeCapacityPriority WatchCacheInitializationPostStartHook
          WatchFromStorageWithoutResourceVersion WatchList WatchListClient WinDSR WinOverlay
          WindowsHostNetwork
        locked-true:
          APIListChunking AdmissionWebhookMatchConditions AggregatedDiscoveryEndpoint AppArmor
          AppArmorFields CPUManager CloudDualStackNodeIPs DevicePluginCDIDevices
          DisableCloudProviders DisableKubeletCloudCredentialProviders EfficientWatchResumption
          ElasticIndexedJob HPAContainerMetrics JobPodFailurePolicy KMSv2 KMSv2KDF
          KubeProxyDrainingTerminatingNodes LegacyServiceAccountTokenCleanUp LogarithmicScaleDown
          MinDomainsInPodTopologySpread NewVolumeManagerReconstruction NodeOutOfServiceVolumeDetach
          PDBUnhealthyPodEvictionPolicy PersistentVolumeLastPhaseTransitionTime
          PodDisruptionConditions PodHostIPs PodSchedulingReadiness RemainingItemCount
          ServerSideApply ServerSideFieldValidation StableLoadBalancerNodeSet
          StatefulSetStartOrdinal ValidatingAdmissionPolicy WatchBookmark
          ZeroLimitedNominalConcurrencyShares
        """))
}

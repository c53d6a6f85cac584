/** The feature gates of Kubernetes 1.36: their stage, what they are by default, and which of them can no longer be changed. */

type Stage = 'ALPHA' | 'BETA' | '' | 'DEPRECATED';
interface Gate { readonly stage: Stage; readonly isOn: boolean; readonly isLocked: boolean }

const of = (stage: Stage, isOn: boolean, isLocked: boolean, names: string): [string, Gate][] => names.split(/\s+/).filter(Boolean).map((name) => [name, { stage, isOn, isLocked }]);

const GATES: ReadonlyMap<string, Gate> = new Map([
  ...of('', true, true, `APIServerTracing AnonymousAuthConfigurableEndpoints AnyVolumeDataSource AuthorizeNodeWithSelectors AuthorizeWithSelectors BtreeWatchCache ConsistentListFromCache CPUManagerPolicyOptions CRDValidationRatcheting CSIMigrationPortworx
    CSIServiceAccountTokenSecrets CustomResourceFieldSelectors DeclarativeValidation DisableAllocatorDualWrite DRAAdminAccess DynamicResourceAllocation ExecProbeTimeout ExternalServiceAccountTokenSigner HonorPVReclaimPolicy ImageMaximumGCAge ImageVolume
    InPlacePodVerticalScaling JobBackoffLimitPerIndex JobManagedBy JobPodReplacementPolicy JobSuccessPolicy KubeletCgroupDriverFromCRI KubeletFineGrainedAuthz KubeletPodResourcesDynamicResources KubeletPodResourcesGet KubeletPSI KubeletTracing
    MatchLabelKeysInPodAffinity MultiCIDRServiceAllocator MutableCSINodeAllocatableCount NFTablesProxyMode NodeInclusionPolicyInPodTopologySpread NodeLogQuery NodeSwap OrderedNamespaceDeletion PodLifecycleSleepAction PodLifecycleSleepActionAllowZero
    PodObservedGenerationTracking PodSchedulingReadiness PreferSameTrafficDistribution ProcMountType RecoverVolumeExpansionFailure RecursiveReadOnlyMounts RelaxedDNSSearchValidation RelaxedEnvironmentVariableValidation ResilientWatchCacheInitialization
    SchedulerQueueingHints SELinuxChangePolicy SELinuxMountReadWriteOncePod SeparateTaintEvictionController ServiceAccountTokenJTI ServiceAccountTokenNodeBinding ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo ServiceTrafficDistribution
    SidecarContainers StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf StructuredAuthenticationConfiguration SupplementalGroupsPolicy SystemdWatchdog TopologyAwareHints TopologyManagerPolicyOptions UserNamespacesSupport
    VolumeAttributesClass WinDSR WinOverlay`),
  ...of('', true, false, 'AllowServiceExternalIPs CustomCPUCFSQuotaPeriod DRAPrioritizedList MutatingAdmissionPolicy'),
  ...of('BETA', true, false, `AllowParsingUserUIDFromCertAuth APIResponseCompression APIServerIdentity AuthorizePodWebsocketUpgradeCreatePermission ClearingNominatedNodeNameAfterBinding ComponentFlagz ComponentStatusz ConstrainedImpersonation ContainerCheckpoint
    ContainerRestartRules ContextualLogging CPUManagerPolicyBetaOptions CRDObservedGenerationTracking DeclarativeValidationBeta DeploymentReplicaSetTerminatingReplicas DetectCacheInconsistency DRAConsumableCapacity DRADeviceBindingConditions DRADeviceTaints
    DRAExtendedResource DRAPartitionableDevices DRAResourceClaimDeviceStatus DRAResourceClaimGranularStatusAuthorization DRASchedulerFilterTimeout EnvFiles ExtendWebSocketsToKubelet GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority HostnameOverride
    HPAConfigurableTolerance InPlacePodLevelResourcesVerticalScaling InPlacePodVerticalScalingInitContainers KubeletCrashLoopBackOffMax KubeletEnsureSecretPulledImages KubeletSeparateDiskGC KubeletServiceAccountTokenForCredentialProviders
    ListFromCacheSnapshot LoggingBetaOptions MatchLabelKeysInPodTopologySpread MatchLabelKeysInPodTopologySpreadSelectorMerge MutablePodResourcesForSuspendedJobs MutableSchedulingDirectivesForSuspendedJobs NodeDeclaredFeatures NominatedNodeNameForExpectation
    OpenAPIEnums OpportunisticBatching PLEGOnDemandRelist PodDeletionCost PodLevelResources PodReadyToStartContainersCondition PodTopologyLabelsAdmission PortForwardWebsockets RelaxedServiceNameValidation ReloadKubeletClientCAFile
    ReloadKubeletServerCertificateFile RemoteRequestHeaderUID ResourceHealthStatus ResourceHealthStatusMessage RestartAllContainersOnContainerExits RotateKubeletServerCertificate SchedulerAsyncPreemption SchedulerPopFromBackoffQ
    ServiceAccountNodeAudienceRestriction SizeBasedListCostEstimate StaleControllerConsistencyDaemonSet StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet StaleControllerConsistencyStatefulSet StatefulSetSemanticRevisionComparison
    StorageVersionHash StrictIPCIDRValidation StructuredAuthenticationConfigurationEgressSelector StructuredAuthenticationConfigurationJWKSMetrics TokenRequestServiceAccountUIDValidation TopologyManagerPolicyBetaOptions TranslateStreamCloseWebsocketRequests
    UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy WatchCacheInitializationPostStartHook WatchList WindowsGracefulNodeShutdown`),
  ...of('BETA', false, false, 'ClusterTrustBundle ClusterTrustBundleProjection ConcurrentWatchObjectDecode CoordinatedLeaderElection DRADeviceTaintRules LocalStorageCapacityIsolationFSQuotaMonitoring MaxUnavailableStatefulSet PodCertificateRequest SchedulerAsyncAPICalls SELinuxMount StorageVersionMigrator'),
  ...of('ALPHA', false, false, `AllowUnsafeMalformedObjectDeletion APIServingWithRoutine CBORServingAndStorage CloudControllerManagerWatchBasedRoutesReconciliation CloudControllerManagerWebhook ContainerStopSignals ControllerManagerReleaseLeaderElectionLockOnExit
    CPUManagerPolicyAlphaOptions CRIListStreaming CrossNamespaceVolumeDataSource CSIVolumeHealth DRAListTypeAttributes DRANodeAllocatableResources DRAResourcePoolStatus DRAWorkloadResourceClaims EventedPLEG GangScheduling GenericWorkload HPAScaleToZero
    ImageVolumeWithDigest InPlacePodVerticalScalingExclusiveCPUs InPlacePodVerticalScalingExclusiveMemory KubeletInUserNamespace LoggingAlphaOptions ManifestBasedAdmissionControlConfig MemoryQoS MutablePVNodeAffinity NativeHistograms
    PersistentVolumeClaimUnusedSinceTime PodAndContainerStatsFromCRI PodLevelResourceManagers PodLogsQuerySplitStreams PodsAPI QOSReserved ReduceDefaultCrashLoopBackOffDecay RuntimeClassInImageCriApi ShardedListAndWatch StorageCapacityScoring StorageVersionAPI
    TaintTolerationComparisonOperators TopologyAwareWorkloadScheduling TopologyManagerPolicyAlphaOptions UserNamespacesHostNetworkSupport VolumeLimitScaling WindowsCPUAndMemoryAffinity WorkloadWithJob`),
  ...of('DEPRECATED', true, false, 'DisableCPUQuotaWithExclusiveCPUs KubeletPodResourcesListUseActivePods ServiceCIDRStatusFieldWiping StorageNamespaceIndex'),
  ...of('DEPRECATED', true, true, 'AggregatedDiscoveryRemoveBetaType DisableNodeKubeProxyVersion'),
  ...of('DEPRECATED', false, false, 'AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests ChangeContainerStatusOnKubeletRestart DeclarativeValidationTakeover InPlacePodVerticalScalingAllocatedStatus KMSv1 KubeletRegistrationGetOnExistsOnly WindowsHostNetwork'),
  ...of('DEPRECATED', false, true, 'AllowOverwriteTerminationGracePeriodSeconds GitRepoVolumeDriver SeparateCacheWatchRPC'),
]);

/** `AllAlpha` and `AllBeta` stand for every gate of that stage that is not named itself. */
const WHOLE_STAGES: Readonly<Record<string, Stage>> = { AllAlpha: 'ALPHA', AllBeta: 'BETA' };

/** Which gates are open: all as Kubernetes has them, but for those that were given. */
export class FeatureGates {
  readonly #given: ReadonlyMap<string, boolean>;
  constructor(given: ReadonlyMap<string, boolean> = new Map()) { this.#given = given; }

  isOn(name: string): boolean {
    const gate = GATES.get(name);
    if (!gate) throw new Error(`no feature gate ${name}`);
    const whole = Object.entries(WHOLE_STAGES).find(([, stage]) => stage === gate.stage)?.[0];
    return this.#given.get(name) ?? (whole === undefined ? undefined : this.#given.get(whole)) ?? gate.isOn;
  }

  /** All of them with their stage, sorted, for metrics. */
  all(): { name: string; stage: Stage; isOn: boolean }[] {
    return [...GATES].map(([name, { stage }]) => ({ name, stage, isOn: this.isOn(name) })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** What a program logs about those that were given and will go away. */
  warnings(): string[] {
    return [...this.#given].flatMap(([name, isOn]) => {
      const stage = GATES.get(name)?.stage;
      const word = stage === '' ? 'GA' : stage === 'DEPRECATED' ? 'deprecated' : undefined;
      return word ? [`Setting ${word} feature gate ${name}=${isOn}. It will be removed in a future release.`] : [];
    });
  }
}

/** Kubernetes as it comes. */
export const DEFAULT_GATES = new FeatureGates();

/** Gates from names and values, or why a program does not start with them (component-base: featureGate.SetFromMap). */
export function featureGates(given: Iterable<readonly [name: string, isOn: boolean]>): FeatureGates | string {
  const map = new Map(given);
  for (const [name, isOn] of map) {
    const gate = GATES.get(name);
    if (!gate && !Object.hasOwn(WHOLE_STAGES, name)) return `unrecognized feature gate: ${name}`;
    if (gate?.isLocked && gate.isOn !== isOn) return `cannot set feature gate ${name} to ${isOn}, feature is locked to ${gate.isOn}`;
  }
  return new FeatureGates(map);
}

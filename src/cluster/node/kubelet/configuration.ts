/** The kubelet's configuration file, read as the kubelet reads it: what it does not know or cannot parse stops it. */
import { parseDocument } from 'yaml';
import { DECLARED_FEATURES } from './node-status.ts';
import { featureGates } from '../../api/feature-gates.ts';
import { formatGoDuration, parseGoDuration } from '../../api/duration.ts';
import { quantityValue } from '../../api/quantity.ts';
import type { FileSystem } from '../file-system.ts';
import { StartError } from '../os/systemd.ts';

export interface KubeletConfiguration {
  staticPodPath?: string;
  clusterDNS: string[];
  clusterDomain: string;
  anonymousAuth: boolean;
  webhookAuth: boolean;
  clientCAFile?: string;
  authorizationMode: 'AlwaysAllow' | 'Webhook';
  readOnlyPort: number;
  /** As many as the machine says unless given. */
  maxPods?: number;
  containerRuntimeEndpoint: string;
  cgroupDriver: string;
  nodeStatusUpdateFrequencyMs: number;
  /** By signal: `memory.available` and the like. */
  evictionHard: Record<string, string>;
  evictionSoft: Record<string, string>;
  evictionSoftGracePeriod: Record<string, string>;
  evictionMinimumReclaim: Record<string, string>;
  evictionPressureTransitionPeriodMs: number;
  evictionMaxPodGracePeriod: number;
  imageGCHighThresholdPercent: number;
  imageGCLowThresholdPercent: number;
  imageMinimumGCAgeMs: number;
  containerLogMaxBytes: number;
  containerLogMaxFiles: number;
  /** How many images are pulled at a time. */
  parallelImagePulls: number;
  maxContainerRestartPeriodMs: number;
  firstContainerRestartPeriodMs: number;
  declaredFeatures: readonly string[];
  shutdownGracePeriodMs: number;
  shutdownGracePeriodCriticalPodsMs: number;
  reserved: readonly Readonly<Record<string, string>>[];
  rotateCertificates: boolean;
  serverTLSBootstrap: boolean;
  tlsCertFile?: string;
  tlsPrivateKeyFile?: string;
}

type Kind = 'string' | 'number' | 'boolean' | 'strings' | 'object' | 'duration';

/** Fields of KubeletConfiguration v1beta1 and what they hold. */
const FIELDS: Readonly<Record<string, Kind>> = {
  apiVersion: 'string', kind: 'string', staticPodPath: 'string', staticPodURL: 'string', syncFrequency: 'duration', fileCheckFrequency: 'duration', httpCheckFrequency: 'duration',
  address: 'string', port: 'number', readOnlyPort: 'number', tlsCertFile: 'string', tlsPrivateKeyFile: 'string', tlsCipherSuites: 'strings', tlsMinVersion: 'string', rotateCertificates: 'boolean', serverTLSBootstrap: 'boolean',
  authentication: 'object', authorization: 'object', registryPullQPS: 'number', registryBurst: 'number', eventRecordQPS: 'number', eventBurst: 'number', enableDebuggingHandlers: 'boolean', healthzPort: 'number', healthzBindAddress: 'string',
  oomScoreAdj: 'number', clusterDomain: 'string', clusterDNS: 'strings', streamingConnectionIdleTimeout: 'duration', nodeStatusUpdateFrequency: 'duration', nodeStatusReportFrequency: 'duration', nodeLeaseDurationSeconds: 'number',
  imageMinimumGCAge: 'duration', imageMaximumGCAge: 'duration', imageGCHighThresholdPercent: 'number', imageGCLowThresholdPercent: 'number', volumeStatsAggPeriod: 'duration', kubeletCgroups: 'string', systemCgroups: 'string', cgroupRoot: 'string',
  cgroupsPerQOS: 'boolean', cgroupDriver: 'string', cpuManagerPolicy: 'string', cpuManagerReconcilePeriod: 'duration', memoryManagerPolicy: 'string', topologyManagerPolicy: 'string', runtimeRequestTimeout: 'duration', hairpinMode: 'string', maxPods: 'number',
  podCIDR: 'string', podPidsLimit: 'number', resolvConf: 'string', runOnce: 'boolean', cpuCFSQuota: 'boolean', nodeStatusMaxImages: 'number', maxOpenFiles: 'number', contentType: 'string', kubeAPIQPS: 'number', kubeAPIBurst: 'number', serializeImagePulls: 'boolean',
  maxParallelImagePulls: 'number', evictionHard: 'object', evictionSoft: 'object', evictionSoftGracePeriod: 'object', evictionPressureTransitionPeriod: 'duration', evictionMaxPodGracePeriod: 'number', evictionMinimumReclaim: 'object', podsPerCore: 'number',
  enableControllerAttachDetach: 'boolean', protectKernelDefaults: 'boolean', makeIPTablesUtilChains: 'boolean', featureGates: 'object', failSwapOn: 'boolean', memorySwap: 'object', containerLogMaxSize: 'string', containerLogMaxFiles: 'number', systemReserved: 'object',
  kubeReserved: 'object', reservedSystemCPUs: 'string', logging: 'object', shutdownGracePeriod: 'duration', shutdownGracePeriodCriticalPods: 'duration', crashLoopBackOff: 'object', enableServer: 'boolean', seccompDefault: 'boolean', containerRuntimeEndpoint: 'string', imageServiceEndpoint: 'string', registerNode: 'boolean', registerWithTaints: 'object',
};

const EVICTION_HARD = { 'memory.available': '100Mi', 'nodefs.available': '10%', 'nodefs.inodesFree': '5%', 'imagefs.available': '15%', 'imagefs.inodesFree': '5%' }; // kubelet: DefaultEvictionHard


/** Reads the file. Throws StartError with the kubelet's log lines. */
export function readConfiguration(files: FileSystem, path: string): KubeletConfiguration {
  if (!files.exists(path)) throw failed(path, `failed to read kubelet config file "${path}", error: open ${path}: no such file or directory`);
  const document = parseDocument(files.read(path));
  if (document.errors[0]) throw failed(path, `error converting YAML to JSON: yaml: ${document.errors[0].message.split('\n')[0]}`);
  const data: unknown = document.toJS();
  if (!isRecord(data)) throw failed(path, 'couldn\'t get version/kind; json parse error: json: cannot unmarshal into Go value');
  if (data.kind !== 'KubeletConfiguration') throw failed(path, `no kind "${String(data.kind)}" is registered for version "${String(data.apiVersion)}" in scheme "pkg/kubelet/apis/config/scheme/scheme.go"`);
  if (data.apiVersion !== 'kubelet.config.k8s.io/v1beta1') throw failed(path, `no kind "KubeletConfiguration" is registered for version "${String(data.apiVersion)}" in scheme "pkg/kubelet/apis/config/scheme/scheme.go"`);
  for (const [name, value] of Object.entries(data)) checkField(path, name, value);
  return configurationOf(path, data);
}

function checkField(path: string, name: string, value: unknown): void {
  const kind = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
  if (!kind) throw failed(path, `strict decoding error: unknown field "${name}"`);
  const fits = kind === 'strings' ? Array.isArray(value) : kind === 'object' ? typeof value === 'object' : kind === 'duration' ? typeof value === 'string' || value === 0 : typeof value === kind;
  if (!fits && value !== null) throw failed(path, `json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value} into Go struct field KubeletConfiguration.${name} of type ${kind === 'strings' ? '[]string' : kind === 'boolean' ? 'bool' : kind === 'number' ? 'int32' : kind}`);
}

function configurationOf(path: string, data: Record<string, unknown>): KubeletConfiguration {
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : undefined);
  const number = (name: string, usual: number) => (typeof data[name] === 'number' ? data[name] : usual);
  const authentication = isRecord(data.authentication) ? data.authentication : {};
  const part = (name: string) => (isRecord(authentication[name]) ? authentication[name] : {});
  const authorization = isRecord(data.authorization) ? data.authorization : {};
  const cgroupDriver = text('cgroupDriver') ?? 'cgroupfs';
  if (cgroupDriver !== 'systemd' && cgroupDriver !== 'cgroupfs') throw failed(path, `invalid configuration: unsupported cgroup driver "${cgroupDriver}"`);
  const clientCAFile = part('x509').clientCAFile;
  const texts = (name: string, usual: Record<string, string> = {}) => (isRecord(data[name]) ? Object.fromEntries(Object.entries(data[name]).map(([key, value]) => [key, String(value)])) : usual);
  const duration = (name: string, usual: string) => parseGoDuration(text(name) ?? usual) ?? 0;
  const gates = featureGates(Object.entries(isRecord(data.featureGates) ? data.featureGates : {}).map(([name, value]) => [name, value === true]));
  if (typeof gates === 'string') throw new StartError([`E kubelet run.go:72] "command failed" err=${JSON.stringify(`failed to set feature gates from initial flags-based config: ${gates}`)}`]);
  const [usualRestart, firstRestart] = gates.isOn('ReduceDefaultCrashLoopBackOffDecay') ? [60_000, 1_000] : [300_000, 10_000];
  const asked = isRecord(data.crashLoopBackOff) && typeof data.crashLoopBackOff.maxContainerRestartPeriod === 'string' ? parseGoDuration(data.crashLoopBackOff.maxContainerRestartPeriod) ?? 0 : undefined;
  if (asked !== undefined && !gates.isOn('KubeletCrashLoopBackOffMax')) throw failed(path, 'invalid configuration: FeatureGate KubeletCrashLoopBackOffMax not enabled, CrashLoopBackOff.MaxContainerRestartPeriod must not be set');
  const maxRestart = asked ?? usualRestart;
  const most = typeof data.maxParallelImagePulls === 'number' ? data.maxParallelImagePulls : undefined;
  const isSerial = typeof data.serializeImagePulls === 'boolean' ? data.serializeImagePulls : most === undefined || most < 2;
  if (most !== undefined && most < 1) throw failed(path, `invalid configuration: maxParallelImagePulls ${most} must be a positive number`);
  if (most !== undefined && most > 1 && isSerial) throw failed(path, 'invalid configuration: maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false');
  const [shutdownGracePeriodMs, shutdownGracePeriodCriticalPodsMs] = [duration('shutdownGracePeriod', '0s'), duration('shutdownGracePeriodCriticalPods', '0s')];
  if (maxRestart < 1000 || maxRestart > 300_000) throw failed(path, 'invalid configuration: CrashLoopBackOff.MaxContainerRestartPeriod must be set between 1s and 5m0s');
  if (shutdownGracePeriodCriticalPodsMs > shutdownGracePeriodMs) throw failed(path, `invalid configuration: shutdownGracePeriodCriticalPods {${formatGoDuration(shutdownGracePeriodCriticalPodsMs)}} must be <= shutdownGracePeriod {${formatGoDuration(shutdownGracePeriodMs)}}`);
  const [high, low] = [number('imageGCHighThresholdPercent', 85), number('imageGCLowThresholdPercent', 80)];
  if (low >= high) throw failed(path, `invalid configuration: imageGCLowThresholdPercent (--image-gc-low-threshold) ${low} must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) ${high}`);
  return {
    evictionHard: texts('evictionHard', EVICTION_HARD), evictionSoft: texts('evictionSoft'), evictionSoftGracePeriod: texts('evictionSoftGracePeriod'), evictionMinimumReclaim: texts('evictionMinimumReclaim'),
    evictionPressureTransitionPeriodMs: duration('evictionPressureTransitionPeriod', '5m'), evictionMaxPodGracePeriod: number('evictionMaxPodGracePeriod', 0),
    imageGCHighThresholdPercent: high, imageGCLowThresholdPercent: low, imageMinimumGCAgeMs: duration('imageMinimumGCAge', '2m'),
    containerLogMaxBytes: quantityValue(text('containerLogMaxSize') ?? '10Mi'), containerLogMaxFiles: number('containerLogMaxFiles', 5),
    declaredFeatures: gates.isOn('NodeDeclaredFeatures') ? DECLARED_FEATURES.filter((name) => gates.isOn(name)) : [],
    parallelImagePulls: isSerial ? 1 : most ?? Infinity, maxContainerRestartPeriodMs: maxRestart, firstContainerRestartPeriodMs: Math.min(firstRestart, maxRestart), shutdownGracePeriodMs, shutdownGracePeriodCriticalPodsMs, reserved: [texts('systemReserved'), texts('kubeReserved')],
    rotateCertificates: data.rotateCertificates === true, serverTLSBootstrap: data.serverTLSBootstrap === true, tlsCertFile: text('tlsCertFile'), tlsPrivateKeyFile: text('tlsPrivateKeyFile'),
    staticPodPath: text('staticPodPath'), clusterDNS: Array.isArray(data.clusterDNS) ? data.clusterDNS.map(String) : [], clusterDomain: text('clusterDomain') ?? '',
    anonymousAuth: part('anonymous').enabled === true, webhookAuth: part('webhook').enabled !== false,
    clientCAFile: typeof clientCAFile === 'string' ? clientCAFile : undefined,
    authorizationMode: authorization.mode === 'AlwaysAllow' ? 'AlwaysAllow' : 'Webhook',
    readOnlyPort: number('readOnlyPort', 0), maxPods: typeof data.maxPods === 'number' ? data.maxPods : undefined,
    containerRuntimeEndpoint: text('containerRuntimeEndpoint') ?? 'unix:///run/containerd/containerd.sock', cgroupDriver,
    nodeStatusUpdateFrequencyMs: 10_000,
  };
}

function failed(path: string, why: string): StartError {
  return new StartError([`E kubelet run.go:72] "command failed" err="failed to load kubelet config file, path: ${path}, error: ${why}"`]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a kubelet does that was told nothing (defaults of v1beta1). */
export const DEFAULT_CONFIGURATION = configurationOf('', {});

/** The kubelet's configuration file, read as the kubelet reads it: what it does not know or cannot parse stops it. */
import { parseDocument } from 'yaml';
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
  maxPods: number;
  containerRuntimeEndpoint: string;
  cgroupDriver: string;
  nodeStatusUpdateFrequencyMs: number;
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
  return {
    staticPodPath: text('staticPodPath'), clusterDNS: Array.isArray(data.clusterDNS) ? data.clusterDNS.map(String) : [], clusterDomain: text('clusterDomain') ?? '',
    anonymousAuth: part('anonymous').enabled === true, webhookAuth: part('webhook').enabled !== false,
    clientCAFile: typeof clientCAFile === 'string' ? clientCAFile : undefined,
    authorizationMode: authorization.mode === 'AlwaysAllow' ? 'AlwaysAllow' : 'Webhook',
    readOnlyPort: number('readOnlyPort', 0), maxPods: number('maxPods', 110),
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

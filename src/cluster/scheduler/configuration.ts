/** KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1): how the scheduler connects, and the profiles it describes. */
import { parseDocument } from 'yaml';

/** What is switched on and off at one extension point. */
export interface PluginSet { enabled?: readonly { name: string; weight?: number }[]; disabled?: readonly { name: string }[] }

export interface ProfileConfiguration {
  schedulerName?: string;
  percentageOfNodesToScore?: number;
  /** By extension point; `multiPoint` stands for all of them. */
  plugins?: Readonly<Record<string, PluginSet>>;
  pluginConfig?: readonly { name: string; args?: object }[];
}

export interface KubeSchedulerConfiguration {
  percentageOfNodesToScore?: number;
  profiles?: readonly ProfileConfiguration[];
  clientConnection?: { kubeconfig?: string };
  leaderElection?: { leaderElect?: boolean };
}

/** What a field holds: a type, fields by name (`*` for any name), or a list of one shape. */
type Shape = 'string' | 'number' | 'boolean' | 'object' | readonly [Shape] | { readonly [field: string]: Shape };
const POINT: Shape = { enabled: [{ name: 'string', weight: 'number' }], disabled: [{ name: 'string', weight: 'number' }] };
const SHAPE: Shape = {
  apiVersion: 'string', kind: 'string', parallelism: 'number', enableProfiling: 'boolean', enableContentionProfiling: 'boolean', percentageOfNodesToScore: 'number',
  podInitialBackoffSeconds: 'number', podMaxBackoffSeconds: 'number', delayCacheUntilActive: 'boolean', extenders: ['object'],
  leaderElection: { leaderElect: 'boolean', leaseDuration: 'string', renewDeadline: 'string', retryPeriod: 'string', resourceLock: 'string', resourceName: 'string', resourceNamespace: 'string' },
  clientConnection: { kubeconfig: 'string', acceptContentTypes: 'string', contentType: 'string', qps: 'number', burst: 'number' },
  profiles: [{ schedulerName: 'string', percentageOfNodesToScore: 'number', plugins: { '*': POINT }, pluginConfig: [{ name: 'string', args: 'object' }] }],
};

/** A configuration that cannot be read, or names what there is not. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Reads the file of `--config`. Throws ConfigurationError in the scheduler's words. */
export function parseConfiguration(text: string): KubeSchedulerConfiguration {
  const document = parseDocument(text);
  if (document.errors[0]) throw new ConfigurationError(`error converting YAML to JSON: yaml: ${document.errors[0].message.split('\n')[0]}`);
  const data: unknown = document.toJS();
  const { kind, apiVersion } = isRecord(data) ? data : {};
  if (typeof kind !== 'string') throw new ConfigurationError(`Object 'Kind' is missing in '${JSON.stringify(data)}'`);
  if (kind !== 'KubeSchedulerConfiguration' || apiVersion !== 'kubescheduler.config.k8s.io/v1') {
    throw new ConfigurationError(`no kind "${kind}" is registered for version "${String(apiVersion)}" in scheme "pkg/scheduler/apis/config/scheme/scheme.go:30"`);
  }
  assertConfiguration(data);
  return data;
}

function assertConfiguration(data: unknown): asserts data is KubeSchedulerConfiguration {
  check(data, SHAPE, '');
}

function check(value: unknown, shape: Shape, path: string): void {
  if (value === undefined || value === null) return;
  const wrong = (type: string) => new ConfigurationError(`json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go struct field KubeSchedulerConfiguration.${path} of type ${type}`);
  if (typeof shape === 'string') {
    if (typeof value !== shape || Array.isArray(value)) throw wrong(shape);
  } else if (isList(shape)) {
    if (!Array.isArray(value)) throw wrong('[]object');
    for (const [i, item] of value.entries()) check(item, shape[0], `${path}[${i}]`);
  } else {
    if (!isRecord(value)) throw wrong('object');
    for (const [name, inner] of Object.entries(value)) {
      const at = path ? `${path}.${name}` : name;
      const expected = shape[name] ?? shape['*'];
      if (!expected) throw new ConfigurationError(`strict decoding error: unknown field "${at}"`);
      check(inner, expected, at);
    }
  }
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1): how the scheduler connects, and the profiles it describes. */
import { parseDocument } from 'yaml';
import type { Plugin } from './framework.ts';
import { defaultProfile, type EnabledPlugin, pluginFactories, type Profile } from './profile.ts';
import { DEFAULT_PREEMPTION } from './preemption.ts';

interface PluginSet { enabled?: readonly { name: string; weight?: number }[]; disabled?: readonly { name: string }[] }

interface ProfileConfiguration {
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

/** The profiles of a configuration; the default one if it has none. Throws ConfigurationError. */
export function profilesOf({ profiles, percentageOfNodesToScore }: KubeSchedulerConfiguration): Profile[] {
  if (!profiles?.length) return [{ ...defaultProfile(), percentageOfNodesToScore }];
  return profiles.map((profile) => profileOf(profile, percentageOfNodesToScore));
}

function profileOf(configuration: ProfileConfiguration, percentage: number | undefined): Profile {
  const { schedulerName = 'default-scheduler', plugins = {}, pluginConfig = [], percentageOfNodesToScore = percentage } = configuration;
  const argsOf = (name: string) => pluginConfig.find((config) => config.name === name)?.args;
  const all = withDefaults(plugins['multiPoint']).map(({ name, weight }) => ({ plugin: create(name, argsOf(name)), weight }));
  const preempts = !isDisabled(plugins['multiPoint'], 'DefaultPreemption') && !isDisabled(plugins['postFilter'], 'DefaultPreemption');
  return {
    schedulerName, percentageOfNodesToScore,
    plugins: all.map((enabled) => atPoints(enabled, plugins)),
    preemption: preempts ? { ...DEFAULT_PREEMPTION, ...argsOf('DefaultPreemption') } : undefined,
  };
}

/** Default plugins in their order, less the disabled ones; those enabled by name come with their weights. */
function withDefaults(multiPoint: PluginSet | undefined): { name: string; weight: number }[] {
  const enabled = multiPoint?.enabled ?? [];
  const defaults = defaultProfile().plugins.map(({ plugin, weight }) => ({ name: plugin.name, weight }));
  const kept = defaults.filter(({ name }) => !isDisabled(multiPoint, name) || enabled.some((each) => each.name === name));
  const weightOf = (name: string) => enabled.find((each) => each.name === name)?.weight;
  const added = enabled.filter(({ name }) => name !== 'DefaultPreemption' && kept.every((each) => each.name !== name));
  return [...kept.map(({ name, weight }) => ({ name, weight: weightOf(name) ?? weight })), ...added.map(({ name, weight = 1 }) => ({ name, weight }))];
}

function isDisabled(set: PluginSet | undefined, name: string): boolean {
  return Boolean(set?.disabled?.some((each) => each.name === name || each.name === '*'));
}

function create(name: string, args: object | undefined): Plugin {
  const factory = pluginFactories[name];
  if (!factory) throw new ConfigurationError(`plugin "${name}" does not exist`);
  return factory(args as never); // decoded by whoever read the configuration
}

/** Single extension points may turn a plugin off, or give its score another weight. */
function atPoints({ plugin, weight }: EnabledPlugin, plugins: Readonly<Record<string, PluginSet>>): EnabledPlugin {
  const isOff = (point: string) => isDisabled(plugins[point], plugin.name) && !plugins[point]?.enabled?.some(({ name }) => name === plugin.name);
  const score = plugins['score']?.enabled?.find(({ name }) => name === plugin.name)?.weight;
  return {
    weight: isOff('score') || isOff('preScore') ? 0 : score ?? weight,
    plugin: isOff('filter') || isOff('preFilter') ? { ...plugin, preFilter: undefined } : plugin,
  };
}

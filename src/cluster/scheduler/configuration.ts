/** KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1), as far as it chooses plugins: the profiles it describes. */
import type { Plugin } from './framework.ts';
import { defaultProfile, type EnabledPlugin, pluginFactories, type Profile } from './profile.ts';
import { DEFAULT_PREEMPTION } from './preemption.ts';

interface PluginSet { enabled?: readonly { name: string; weight?: number }[]; disabled?: readonly { name: string }[] }

export interface ProfileConfiguration {
  schedulerName?: string;
  percentageOfNodesToScore?: number;
  /** By extension point; `multiPoint` stands for all of them. */
  plugins?: Readonly<Record<string, PluginSet>>;
  pluginConfig?: readonly { name: string; args?: object }[];
}

export interface KubeSchedulerConfiguration { percentageOfNodesToScore?: number; profiles?: readonly ProfileConfiguration[] }

/** A configuration that names what there is not. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
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

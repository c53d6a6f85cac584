/** Profiles from a KubeSchedulerConfiguration: its sets of plugins laid over the default ones (framework/runtime: expandMultiPointPlugins). */
import { ConfigurationError, type KubeSchedulerConfiguration, type PluginSet, type ProfileConfiguration } from './configuration.ts';
import type { Plugin } from './framework.ts';
import { DEFAULT_PREEMPTION } from './preemption.ts';
import { defaultProfile, type EnabledPlugin, pluginFactories, type Profile } from './profile.ts';

/** What the scheduler does itself, whether they are named or not; only preemption can be left out. */
const BUILT_IN: readonly string[] = ['PrioritySort', 'DefaultBinder', 'DefaultPreemption'];

type Sets = Readonly<Record<string, PluginSet>>;

/** The profiles of a configuration; the default one if it has none. Throws ConfigurationError. */
export function profilesOf({ profiles, percentageOfNodesToScore }: KubeSchedulerConfiguration): Profile[] {
  if (!profiles?.length) return [{ ...defaultProfile(), percentageOfNodesToScore }];
  return profiles.map((profile) => profileOf(profile, percentageOfNodesToScore));
}

function profileOf(configuration: ProfileConfiguration, percentage: number | undefined): Profile {
  const { schedulerName = 'default-scheduler', plugins = {}, pluginConfig = [], percentageOfNodesToScore = percentage } = configuration;
  const argsOf = (name: string) => pluginConfig.find((config) => config.name === name)?.args;
  const made = (name: string) => create(name, argsOf(name));
  const everywhere = withDefaults(plugins['multiPoint']).map(({ name, weight }) => atPoints({ plugin: made(name), weight }, plugins));
  const names = new Set(everywhere.map(({ plugin }) => plugin.name));
  const somewhere = [...new Set(Object.entries(plugins).flatMap(([point, set]) => (point === 'multiPoint' ? [] : enabledNames(set))))].filter((name) => !names.has(name));
  return {
    schedulerName, percentageOfNodesToScore,
    plugins: [...everywhere, ...somewhere.map((name) => onlyAtPoints(made(name), plugins))],
    preemption: preempts(plugins) ? { ...DEFAULT_PREEMPTION, ...argsOf('DefaultPreemption') } : undefined,
  };
}

/** Default plugins in their order, those named again with the weight given there; then the others, in the order of the configuration. */
function withDefaults(multiPoint: PluginSet | undefined): { name: string; weight: number }[] {
  const enabled = (multiPoint?.enabled ?? []).filter(({ name }) => !BUILT_IN.includes(name)).map(({ name, weight }) => ({ name, weight: weightOf(weight) }));
  const kept = defaultProfile().plugins.map(({ plugin, weight }) => ({ name: plugin.name, weight })).filter(({ name }) => !isDisabled(multiPoint, name));
  const added = enabled.filter(({ name }) => kept.every((each) => each.name !== name));
  return [...kept.map((each) => enabled.find(({ name }) => name === each.name) ?? each), ...added];
}

/** A plugin that is named without a weight counts once. */
const weightOf = (weight = 0): number => weight || 1;

function enabledNames(set: PluginSet | undefined): string[] {
  return (set?.enabled ?? []).map(({ name }) => name).filter((name) => !BUILT_IN.includes(name));
}

function isEnabled(set: PluginSet | undefined, name: string): boolean {
  return Boolean(set?.enabled?.some((each) => each.name === name));
}

function isDisabled(set: PluginSet | undefined, name: string): boolean {
  return Boolean(set?.disabled?.some((each) => each.name === name || each.name === '*'));
}

/** Switched off, and not on again in the same breath. */
function isOff(set: PluginSet | undefined, name: string): boolean {
  return isDisabled(set, name) && !isEnabled(set, name);
}

function preempts({ multiPoint, postFilter }: Sets): boolean {
  const name = 'DefaultPreemption';
  return isEnabled(postFilter, name) || (!isOff(multiPoint, name) && !isOff(postFilter, name));
}

function create(name: string, args: object | undefined): Plugin {
  const factory = pluginFactories[name];
  if (!factory) throw new ConfigurationError(`plugin "${name}" does not exist`);
  return factory(args as never); // decoded by whoever read the configuration
}

/** Single extension points may turn a plugin off, or give its score another weight. */
function atPoints({ plugin, weight }: EnabledPlugin, plugins: Sets): EnabledPlugin {
  const isOffAt = (point: string) => isOff(plugins[point], plugin.name);
  return {
    weight: isOffAt('score') || isOffAt('preScore') ? 0 : scoreWeight(plugin, plugins) ?? weight,
    plugin: isOffAt('filter') || isOffAt('preFilter') ? { ...plugin, preFilter: undefined } : plugin,
  };
}

/** A plugin that is named at single extension points alone. */
function onlyAtPoints(plugin: Plugin, plugins: Sets): EnabledPlugin {
  const isAt = (...points: string[]) => points.some((point) => isEnabled(plugins[point], plugin.name));
  return {
    weight: scoreWeight(plugin, plugins) ?? 0,
    plugin: { ...plugin, ...(isAt('filter', 'preFilter') ? {} : { preFilter: undefined }), ...(isAt('preEnqueue') ? {} : { preEnqueue: undefined }) },
  };
}

function scoreWeight({ name }: Plugin, { score }: Sets): number | undefined {
  const own = score?.enabled?.find((each) => each.name === name);
  return own && weightOf(own.weight);
}

/** What could stand in the place of the last word of a kubectl command line. */
import { verbs } from './commands.ts';
import { Call } from './command.ts';
import { groupResource, pathOf, preferred, type ResourceType } from './discovery.ts';
import type { KubectlEnvironment } from './environment.ts';
import { Flags, type FlagSpec, parseFlags } from './flags.ts';
import { findVerb } from './kubectl.ts';
import { loadConfig } from './kubeconfig.ts';
import { listAt, textAt } from './objects.ts';
import { allFlags } from './surface.ts';

/** What a verb's arguments are. */
type Takes = 'types' | 'pods' | 'nodes' | 'workloads' | 'contexts' | 'nothing';

const TAKES: Readonly<Record<string, Takes>> = {
  logs: 'pods', exec: 'pods', attach: 'pods', 'port-forward': 'pods', debug: 'pods', 'top pod': 'pods',
  cordon: 'nodes', uncordon: 'nodes', drain: 'nodes', 'top node': 'nodes', 'config use-context': 'contexts', 'config delete-context': 'contexts',
  create: 'nothing', run: 'nothing', config: 'nothing', version: 'nothing', 'cluster-info': 'nothing', 'api-resources': 'nothing', 'api-versions': 'nothing', apply: 'nothing', replace: 'nothing', diff: 'nothing',
};

const VALUES: Readonly<Record<string, readonly string[]>> = {
  output: ['json', 'yaml', 'wide', 'name', 'jsonpath=', 'custom-columns=', 'go-template='], 'dry-run': ['client', 'none', 'server'], cascade: ['background', 'foreground', 'orphan'],
  validate: ['ignore', 'strict', 'warn'], restart: ['Always', 'Never', 'OnFailure'], 'image-pull-policy': ['Always', 'IfNotPresent', 'Never'],
};

/** Candidates for the last of `words` (those after `kubectl`); they need not begin with it. Never throws for a cluster that is out of reach. */
export async function complete(words: readonly string[], environment: KubectlEnvironment): Promise<string[]> {
  const before = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  try {
    const quiet: KubectlEnvironment = { ...environment, stdout: () => undefined, stderr: () => undefined };
    return (await candidates(before, word, quiet)).filter((candidate) => candidate.startsWith(word)).sort();
  } catch {
    return []; // a key pressed at the prompt is no place for errors
  }
}

async function candidates(before: readonly string[], word: string, environment: KubectlEnvironment): Promise<string[]> {
  const { verb } = findVerb(before);
  const path = verb?.path ?? '';
  const specs = allFlags(path);
  const pending = pendingFlag(before, specs);
  const call = callFor(before, path, specs, environment, pending !== undefined);
  if (pending) return flagValues(call, pending);
  if (/^--[a-z-]+=/.test(word)) {
    const [name = ''] = word.slice(2).split('=');
    const spec = specs.find((flag) => flag.name === name);
    return spec ? (await flagValues(call, spec)).map((value) => `--${name}=${value}`) : [];
  }
  if (word.startsWith('-')) return flagNames(specs);
  const below = subcommands(path);
  if (below.length > 0 && (path === '' || call.args.length === 0)) return below;
  return path === '' ? [] : argumentsOf(call, word);
}

/** The flag whose value comes next. */
function pendingFlag(before: readonly string[], specs: readonly FlagSpec[]): FlagSpec | undefined {
  const last = before.at(-1) ?? '';
  if (before.includes('--') || !last.startsWith('-') || last.includes('=')) return undefined;
  const spec = last.startsWith('--') ? specs.find(({ name }) => name === last.slice(2)) : specs.find(({ short }) => short === last.slice(1));
  return spec?.withoutValue === undefined ? spec : undefined;
}

function callFor(before: readonly string[], path: string, specs: readonly FlagSpec[], environment: KubectlEnvironment, withoutLast: boolean): Call {
  const flags = new Flags(specs);
  const { rest } = findVerb(withoutLast ? before.slice(0, -1) : before);
  return new Call(environment, path, parseFlags(rest, flags), flags);
}

function flagNames(specs: readonly FlagSpec[]): string[] {
  return specs.filter((spec) => !spec.isDeprecated).map((spec) => (spec.withoutValue === undefined ? `--${spec.name}=` : `--${spec.name}`));
}

function subcommands(path: string): string[] {
  const prefix = path === '' ? '' : `${path} `;
  return verbs.map((verb) => verb.path).filter((other) => other.startsWith(prefix) && other !== path && !other.slice(prefix.length).includes(' ')).map((other) => other.slice(prefix.length));
}

async function flagValues(call: Call, { name }: FlagSpec): Promise<string[]> {
  if (name === 'namespace') return namesOf(call, 'namespaces');
  if (name === 'container' || name === 'containers') return containersOf(call);
  if (name === 'context' || name === 'cluster' || name === 'user') {
    const { config } = await loadConfig(call.environment, call.flags);
    return [...config[`${name}s`].keys()];
  }
  return [...(VALUES[name] ?? [])];
}

async function argumentsOf(call: Call, word: string): Promise<string[]> {
  switch (TAKES[call.path] ?? 'types') {
    case 'nothing': return [];
    case 'contexts': return call.args.length > 0 ? [] : [...(await loadConfig(call.environment, call.flags)).config.contexts.keys()];
    case 'pods': return call.args.length > 0 ? [] : [...await namesOf(call, 'pods'), ...(word.includes('/') ? await slashed(call, word) : ['deployment/', 'job/', 'service/', 'statefulset/'])];
    case 'nodes': return without(await namesOf(call, 'nodes'), call.args);
    default: return typesOrNames(call, word);
  }
}

async function typesOrNames(call: Call, word: string): Promise<string[]> {
  const discovery = await call.discovery();
  if (word.includes('/')) return slashed(call, word);
  const [type, ...names] = call.args;
  if (type === undefined) return typeWords(preferred(await discovery.types()));
  if (type.includes('/')) return [];
  return without(await namesOf(call, type), names);
}

async function slashed(call: Call, word: string): Promise<string[]> {
  const [type = ''] = word.split('/');
  return (await namesOf(call, type)).map((name) => `${type}/${name}`);
}

/** Plural names; those which two groups share are told apart by their group. */
function typeWords(types: readonly ResourceType[]): string[] {
  const listable = types.filter(({ verbs: can }) => can.includes('list') || can.includes('get'));
  return listable.map((type, i) => (listable.findIndex(({ plural }) => plural === type.plural) === i ? type.plural : groupResource(type)));
}

async function namesOf(call: Call, word: string): Promise<string[]> {
  const type = await (await call.discovery()).find(word);
  if (!type) return [];
  const path = pathOf(type, await call.namespace());
  return listAt((await call.client()).get(path, { query: { limit: 500 } }), 'items').map((item) => textAt(item, 'metadata', 'name'));
}

async function containersOf(call: Call): Promise<string[]> {
  const name = call.args.map((arg) => arg.replace(/^pods?\//, '')).find((arg) => !/^pods?$/.test(arg));
  const type = await (await call.discovery()).find('pods');
  if (!name || !type) return [];
  const pod = (await call.client()).get(pathOf(type, await call.namespace(), name));
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) => listAt(pod, 'spec', field).map((container) => textAt(container, 'name')));
}

function without(names: readonly string[], taken: readonly string[]): string[] {
  return names.filter((name) => !taken.includes(name));
}


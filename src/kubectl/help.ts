/** --help: usage, flags and examples of a verb, and the list of all. */
import type { Verb } from './command.ts';
import { aboutFlag } from './flag-help.ts';
import type { FlagSpec } from './flags.ts';
import { globalFlags, ownFlags, surfaceOf } from './surface.ts';

const GROUPS: readonly (readonly [title: string, verbs: readonly string[]])[] = [
  ['Basic Commands (Beginner)', ['create', 'expose', 'run', 'set']],
  ['Basic Commands (Intermediate)', ['explain', 'get', 'edit', 'delete']],
  ['Deploy Commands', ['rollout', 'scale', 'autoscale']],
  ['Cluster Management Commands', ['certificate', 'cluster-info', 'top', 'cordon', 'uncordon', 'drain', 'taint']],
  ['Troubleshooting and Debugging Commands', ['describe', 'logs', 'attach', 'exec', 'port-forward', 'proxy', 'cp', 'auth', 'debug', 'events']],
  ['Advanced Commands', ['diff', 'apply', 'patch', 'replace', 'wait', 'kustomize']],
  ['Settings Commands', ['label', 'annotate', 'completion']],
  ['Subcommands provided by plugins', []],
  ['Other Commands', ['api-resources', 'api-versions', 'config', 'plugin', 'version']],
];

/** `kubectl --help`. */
export function rootHelp(verbs: readonly Verb[]): string {
  const aboutOf = new Map(verbs.map((verb) => [verb.path, verb.about]));
  const sections = GROUPS.map(([title, names]) => {
    const lines = names.filter((name) => aboutOf.has(name)).map((name) => `  ${name.padEnd(15)} ${aboutOf.get(name)}`);
    return `${title}:\n${lines.map((line) => `${line}\n`).join('')}`;
  });
  return `kubectl controls the Kubernetes cluster manager.\n\n Find more information at: https://kubernetes.io/docs/reference/kubectl/\n\n${sections.join('\n')}\n`
    + 'Usage:\n  kubectl [flags] [options]\n\nUse "kubectl <command> --help" for more information about a given command.\nUse "kubectl options" for a list of global command-line options (applies to all commands).\n';
}

/** `kubectl VERB --help`. */
export function helpFor(verb: Verb, verbs: readonly Verb[] = []): string {
  const parts = [
    `${verb.help ?? `${verb.about}.`}`,
    aliasText(verb), exampleText(verb), subcommandText(verb, verbs), optionText(verb),
    `Usage:\n  ${usageLine(verb)}`,
    verbs.some((other) => isUnder(verb, other)) ? `Use "kubectl ${verb.path} <command> --help" for more information about a given command.` : '',
    'Use "kubectl options" for a list of global command-line options (applies to all commands).',
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

/** `kubectl options`. */
export function globalHelp(): string {
  const flags = globalFlags.filter(({ name }) => name !== 'help').sort((a, b) => (a.name < b.name ? -1 : 1));
  return `The following options can be passed to any command:\n\n${flags.map(flagText).join('\n\n')}\n`;
}

/** The usage line in kubectl's form: `kubectl create role NAME --verb=verb … [options]`. */
function usageLine({ path }: Verb): string {
  const { use } = surfaceOf(path);
  const parent = path.split(' ').slice(0, -1);
  const line = ['kubectl', ...parent, use].join(' ');
  return use.includes('[options]') ? line : `${line} [options]`;
}

/** cobra pads the names of subcommands at least so far. */
const MIN_NAME_WIDTH = 11;

const isUnder = (verb: Verb, other: Verb): boolean => other.path.startsWith(`${verb.path} `) && !other.path.slice(verb.path.length + 1).includes(' ');

function aliasText({ path }: Verb): string {
  const { aliases = [] } = surfaceOf(path);
  return aliases.length > 0 ? `Aliases:\n${[path.split(' ').at(-1), ...aliases].join(', ')}` : '';
}

function exampleText({ examples = [] }: Verb): string {
  return examples.length > 0 ? `Examples:\n${examples.map(([comment, command]) => `  ${comment}\n  ${command.replaceAll('\n', '\n  ')}`).join('\n  \n')}` : '';
}

function subcommandText(verb: Verb, verbs: readonly Verb[]): string {
  const below = verbs.filter((other) => isUnder(verb, other));
  if (below.length === 0) return '';
  const names = below.map((other) => [other.path.split(' ').at(-1)!, other.about] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(...names.map(([name]) => name.length));
  return `Available Commands:\n${names.map(([name, about]) => `  ${name.padEnd(Math.max(width, MIN_NAME_WIDTH))}   ${about}`).join('\n')}`;
}

function optionText({ path }: Verb): string {
  const flags = ownFlags(path).filter((flag) => !flag.isDeprecated).sort((a, b) => (a.name < b.name ? -1 : 1));
  return flags.length > 0 ? `Options:\n${flags.map(flagText).join('\n\n')}` : '';
}

function flagText(flag: FlagSpec): string {
  const isText = flag.type === 'string' || flag.type === 'mapStringString';
  const value = isText ? `'${flag.default}'` : flag.type.startsWith('stringSlice') || flag.type.startsWith('stringArray') ? flag.default || '[]' : flag.default || (flag.type === 'duration' ? '0s' : flag.type === 'tristate' ? 'false' : '0');
  return `    ${flag.short ? `-${flag.short}, ` : ''}--${flag.name}=${value}:\n\t${aboutFlag(flag.name)}`;
}

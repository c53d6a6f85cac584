/** kubectl config: looks at kubeconfig files and changes them. */
import type { Call, Verb } from '../command.ts';
import { KubectlError, throwAll } from '../errors.ts';
import { helpFor } from '../help.ts';
import type { ContextEntry } from '../kubeconfig.ts';
import { compareText, type Dict } from '../objects.ts';
import { aligned } from '../printers/table.ts';
import { setCredentials } from './config-credentials.ts';
import { fileFor, given, mainFile, putEntry, save, type Section, setCurrent, unexpectedArgs, withFiles } from './config-files.ts';
import { configView } from './config-view.ts';
import { present } from './create/generator.ts';

function oneArgument(call: Call): string {
  const [name, ...more] = call.args;
  if (name === undefined || more.length > 0) throw unexpectedArgs(call);
  return name;
}

const config: Verb = {
  path: 'config', about: 'Modify kubeconfig files',
  help: 'Shows and changes the files that say which cluster to talk to, as whom, and in which namespace.\n\nThey are the one of --kubeconfig, those of $KUBECONFIG, or ~/.kube/config.',
};

const currentContext: Verb = {
  path: 'config current-context', about: 'Display the current-context',
  async run(call) {
    const { config: { currentContext: name } } = await call.config();
    if (!name) throw new KubectlError('current-context is not set');
    call.out(`${name}\n`);
  },
};

const useContext: Verb = {
  path: 'config use-context', about: 'Set the current-context in a kubeconfig file',
  async run(call) {
    const name = oneArgument(call);
    if (!(await call.config()).config.contexts.has(name)) throw new KubectlError(`no context exists with the name: "${name}"`);
    await setCurrent(call, name);
    call.out(`Switched to context "${name}".\n`);
  },
};

const getContexts: Verb = {
  path: 'config get-contexts', about: 'Describe one or many contexts',
  async run(call) {
    const { config: { contexts, currentContext: current } } = await call.config();
    const output = call.flags.string('output');
    if (output !== '' && output !== 'name') throw new KubectlError(`--output ${output} is not available in kubectl config get-contexts; resetting to default output format`);
    const unknown = call.args.filter((name) => !contexts.has(name)).map((name) => new KubectlError(`context ${name} not found`));
    const names = (call.args.length > 0 ? call.args.filter((name) => contexts.has(name)) : [...contexts.keys()]).sort(compareText);
    if (output === 'name') {
      call.out(names.map((name) => `${name}\n`).join(''));
      return throwAll(unknown);
    }
    const rows = names.map((name) => contextRow(name, contexts.get(name), name === current));
    call.out(aligned(call.flags.bool('no-headers') ? rows : [['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE'], ...rows]));
    throwAll(unknown);
  },
};

function contextRow(name: string, context: ContextEntry | undefined, isCurrent: boolean): string[] {
  return [isCurrent ? '*' : '', name, context?.cluster ?? '', context?.user ?? '', context?.namespace ?? ''];
}

function listVerb(path: string, section: Section, about: string): Verb {
  return {
    path, about,
    async run(call) {
      const names = [...(await call.config()).config[section].keys()].sort(compareText);
      call.out(`NAME\n${names.map((name) => `${name}\n`).join('')}`);
    },
  };
}

const setContext: Verb = {
  path: 'config set-context', about: 'Set a context entry in kubeconfig',
  examples: [['# Work in another namespace from now on', 'kubectl config set-context --current --namespace=shop']],
  async run(call) {
    const { flags, args } = call;
    const isCurrent = flags.bool('current');
    if (args.length > 1) throw unexpectedArgs(call);
    if (isCurrent === (args.length > 0)) throw new KubectlError(isCurrent ? 'you cannot specify both a context name and --current' : 'you must specify a non-empty context name or --current');
    const name = isCurrent ? (await call.config()).config.currentContext : args[0]!;
    if (!name) throw new KubectlError('no current context is set');
    const existed = await putEntry(call, 'contexts', name, (before) => ({ cluster: '', user: '', ...given(call, before, ['cluster', 'user', 'namespace']) }));
    call.out(`Context "${name}" ${existed ? 'modified' : 'created'}.\n`);
  },
};

const setCluster: Verb = {
  path: 'config set-cluster', about: 'Set a cluster entry in kubeconfig',
  async run(call) {
    const name = oneArgument(call);
    const insecure = call.flags.changed('insecure-skip-tls-verify') ? { 'insecure-skip-tls-verify': call.flags.string('insecure-skip-tls-verify') === 'true' } : {};
    if (call.flags.bool('insecure-skip-tls-verify') && call.flags.string('certificate-authority')) throw new KubectlError('you cannot specify a certificate authority and insecure mode at the same time');
    const files = await withFiles(call, {}, ['certificate-authority']);
    await putEntry(call, 'clusters', name, (before) => ({ ...given(call, withoutRival(call, before), ['server', 'tls-server-name', 'proxy-url']), ...files, ...insecure }));
    call.out(`Cluster "${name}" set.\n`);
  },
};

/** A server is checked by an authority or not at all: what is set takes the other away. */
function withoutRival({ flags }: Call, before: Dict): Dict {
  const { 'certificate-authority': path, 'certificate-authority-data': data, 'insecure-skip-tls-verify': insecure, ...bare } = before;
  if (flags.string('certificate-authority')) return bare;
  return flags.bool('insecure-skip-tls-verify') ? bare : { ...bare, ...present('insecure-skip-tls-verify', insecure), ...present('certificate-authority', path), ...present('certificate-authority-data', data) };
}

function deleteVerb(path: string, section: Section, word: string, about: string): Verb {
  const verb: Verb = {
    path, about,
    async run(call) {
      const [name, ...more] = call.args;
      if (word === 'user' && (name === undefined || more.length > 0)) throw call.usage('user to delete is required');
      if (name === undefined || more.length > 0) return call.out(helpFor(verb));
      const loaded = await call.config();
      const file = fileFor(loaded, (candidate) => candidate[section].has(name));
      if (!file.config[section].has(name)) throw new KubectlError(`cannot delete ${word} ${name}, not in ${mainFile(loaded)}`);
      if (section === 'contexts' && loaded.config.currentContext === name) call.err('warning: this removed your active context, use "kubectl config use-context" to select a different one\n');
      await save(call, file.path, { ...file.config, [section]: new Map<string, Dict>([...file.config[section]].filter(([key]) => key !== name)) });
      call.out(`deleted ${word} ${name} from ${mainFile(loaded)}\n`);
    },
  };
  return verb;
}

const renameContext: Verb = {
  path: 'config rename-context', about: 'Rename a context from the kubeconfig file',
  async run(call) {
    const [name, to, ...more] = call.args;
    if (!name || !to || more.length > 0) throw unexpectedArgs(call);
    const loaded = await call.config();
    const file = fileFor(loaded, (candidate) => candidate.contexts.has(name));
    const context = file.config.contexts.get(name);
    if (!context) throw new KubectlError(`cannot rename the context "${name}", it's not in ${mainFile(loaded)}`);
    if (loaded.config.contexts.has(to)) throw new KubectlError(`cannot rename the context "${name}", the context "${to}" already exists in ${mainFile(loaded)}`);
    const contexts = new Map([...file.config.contexts].filter(([key]) => key !== name)).set(to, context);
    await save(call, file.path, { ...file.config, contexts, currentContext: file.config.currentContext === name ? to : file.config.currentContext });
    call.out(`Context "${name}" renamed to "${to}".\n`);
  },
};

/** What fields of entries hold, where it is not text: how a value given for them reads. Throws KubectlError in Go's words. */
function fieldValue(call: Call, field: string, value: string): unknown {
  if (field.endsWith('-data')) {
    if (call.flags.bool('set-raw-bytes')) return Buffer.from(value).toString('base64');
    const wrong = value.search(/[^A-Za-z0-9+/=]/);
    if (wrong >= 0 || value.length % 4 > 0) throw new KubectlError(`error decoding input value: illegal base64 data at input byte ${wrong >= 0 ? wrong : value.length - value.length % 4}`);
  }
  if (!FLAG_FIELDS.has(field)) return value;
  if (!/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value)) throw new KubectlError(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
  return /^(1|t)/i.test(value);
}

const FLAG_FIELDS = new Set(['insecure-skip-tls-verify', 'disable-compression']);

/** The single fields that an entry can have: what `set` and `unset` know. */
const FIELDS: Readonly<Record<Section, readonly string[]>> = {
  clusters: ['server', 'tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority', 'certificate-authority-data', 'proxy-url', 'disable-compression'],
  users: ['client-certificate', 'client-certificate-data', 'client-key', 'client-key-data', 'token', 'tokenFile', 'act-as', 'act-as-uid', 'username', 'password'],
  contexts: ['cluster', 'user', 'namespace'],
};

/** Go prints a map of pointers, whose addresses are anybody's. */
const goMap = (names: Iterable<string>): string => `map[${[...names].sort(compareText).map((name, i) => `${name}:0xc000${(0x10000 + 0x80 * i).toString(16).padStart(6, '0')}`).join(' ')}]`;

/** `users.jane.token`: section, name (which may hold dots), field; `unset` may name an entry or a section. */
async function changeProperty(call: Call, property: string, value: string | undefined): Promise<void> {
  if (property === '') throw new KubectlError('you must specify a property');
  if (property === 'current-context') return setCurrent(call, value ?? '');
  const [section = '', ...rest] = property.split('.');
  if (section === 'current-context') throw new KubectlError(`unable to parse one or more field values of ${property}`);
  if (!isSection(section)) throw new KubectlError(`unable to parse ${property} after [] at api.Config`);
  const field = FIELDS[section].includes(rest.at(-1) ?? '') ? rest.at(-1) : undefined;
  const name = (field === undefined && value === undefined ? rest : rest.slice(0, -1)).join('.');
  const file = fileFor(await call.config(), (candidate) => candidate[section].has(name));
  const entries = new Map<string, Dict>(file.config[section]);
  if (value === undefined && rest.length === 0) entries.clear();
  else if (value === undefined && field === undefined) entries.delete(name);
  else if (field === undefined) throw new KubectlError(rest.length > 2 ? `unable to parse one or more field values of ${property}` : `can't set a map to a value: ${goMap(entries.keys())}`);
  else if (value === undefined) {
    if (!entries.has(name)) throw new KubectlError(`current map key \`${name}\` is invalid`);
    entries.set(name, Object.fromEntries(Object.entries(entries.get(name) ?? {}).filter(([key]) => key !== field)));
  } else entries.set(name, { ...(section === 'contexts' ? { cluster: '', user: '' } : {}), ...entries.get(name), [field]: fieldValue(call, field, value) });
  await save(call, file.path, { ...file.config, [section]: entries });
}

const isSection = (text: string): text is Section => Object.hasOwn(FIELDS, text);

const set: Verb = {
  path: 'config set', about: 'Set an individual value in a kubeconfig file',
  async run(call) {
    const [property, value, ...more] = call.args;
    if (property === undefined || value === undefined || more.length > 0) throw unexpectedArgs(call);
    await changeProperty(call, property, value);
    call.out(`Property "${property}" set.\n`);
  },
};

const unset: Verb = {
  path: 'config unset', about: 'Unset an individual value in a kubeconfig file',
  async run(call) {
    const property = oneArgument(call);
    await changeProperty(call, property, undefined);
    call.out(`Property "${property}" unset.\n`);
  },
};

export const configVerbs: readonly Verb[] = [
  config, currentContext, useContext, getContexts, setContext, setCluster, setCredentials, renameContext, set, unset, configView,
  listVerb('config get-clusters', 'clusters', 'Display clusters defined in the kubeconfig'),
  listVerb('config get-users', 'users', 'Display users defined in the kubeconfig'),
  deleteVerb('config delete-context', 'contexts', 'context', 'Delete the specified context from the kubeconfig'),
  deleteVerb('config delete-cluster', 'clusters', 'cluster', 'Delete the specified cluster from the kubeconfig'),
  deleteVerb('config delete-user', 'users', 'user', 'Delete the specified user from the kubeconfig'),
];

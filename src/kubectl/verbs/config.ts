/** kubectl config: looks at kubeconfig files and changes them. */
import type { Call, Verb } from '../command.ts';
import { HelpError, KubectlError, throwAll } from '../errors.ts';
import { configAsObject, type ContextEntry, emptyConfig, type Kubeconfig, type LoadedConfig } from '../kubeconfig.ts';
import { asObject, compareText, type Dict, isDict } from '../objects.ts';
import { goJsonIndented } from '../printers/json.ts';
import { aligned } from '../printers/table.ts';
import { goYaml } from '../printers/yaml.ts';
import { objectPrinter, outputFormat } from '../printers/printer.ts';
import { parseYaml } from '../manifest.ts';
import { present } from './create/generator.ts';

type Section = 'clusters' | 'users' | 'contexts';

/** The file that a change is written to: the one that has the entry, else the first that exists or could. */
function fileFor({ loaded, paths }: LoadedConfig, has: (config: Kubeconfig) => boolean): { path: string; config: Kubeconfig } {
  const chosen = loaded.find(({ config }) => has(config)) ?? loaded[0];
  if (chosen) return chosen;
  const path = paths[0];
  if (!path || path === '/dev/null') throw new KubectlError('there is no kubeconfig file to change');
  return { path, config: emptyConfig() };
}

async function save(call: Call, path: string, config: Kubeconfig): Promise<void> {
  await call.environment.files.write(path, goYaml(configAsObject(config)));
}

/** Puts an entry into the file that has it; tells whether it was there before. */
async function putEntry(call: Call, section: Section, name: string, change: (before: Dict) => Dict): Promise<boolean> {
  const { path, config } = fileFor(await call.config(), (candidate) => candidate[section].has(name));
  const before = config[section].get(name);
  await save(call, path, { ...config, [section]: new Map<string, Dict>([...config[section], [name, change(before ?? {})]]) });
  return before !== undefined;
}

async function setCurrent(call: Call, name: string): Promise<void> {
  const { path, config } = fileFor(await call.config(), (candidate) => candidate.currentContext !== '');
  await save(call, path, { ...config, currentContext: name });
}

const unexpectedArgs = ({ args }: Call): HelpError => new HelpError(`Unexpected args: [${args.join(' ')}]`);

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
    if (isCurrent === (args.length > 0) || args.length > 1) throw new KubectlError(isCurrent ? 'you cannot specify both a context name and --current' : args.length > 1 ? `Unexpected args: [${args.join(' ')}]` : 'you must specify a non-empty context name or --current');
    const name = isCurrent ? (await call.config()).config.currentContext : args[0]!;
    if (!name) throw new KubectlError('no current context is set');
    const existed = await putEntry(call, 'contexts', name, (before) => given(call, before, ['cluster', 'user', 'namespace']));
    call.out(`Context "${name}" ${existed ? 'modified' : 'created'}.\n`);
  },
};

/** The entry with the flags that were given. */
function given({ flags }: Call, before: Dict, names: readonly string[]): Dict {
  const set = names.filter((name) => flags.changed(name));
  const entry: Dict = { ...before, ...Object.fromEntries(set.map((name) => [name, flags.string(name)])) };
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== ''));
}

/** File flags are kept as paths, or with --embed-certs as the file's content. */
async function withFiles(call: Call, entry: Dict, names: readonly string[]): Promise<Dict> {
  let result = entry;
  for (const name of names.filter((each) => call.flags.changed(each))) {
    const path = call.flags.string(name);
    const { [`${name}-data`]: _data, [name]: _path, ...rest } = result;
    result = call.flags.bool('embed-certs')
      ? { ...rest, [`${name}-data`]: Buffer.from(await contentOf(call, name, path)).toString('base64') }
      : { ...rest, [name]: path };
  }
  return result;
}

async function contentOf(call: Call, name: string, path: string): Promise<string> {
  if (!(await call.environment.files.exists(path))) throw new KubectlError(`could not stat ${name} file ${path}: stat ${path}: no such file or directory`);
  return call.environment.files.read(path);
}

const setCluster: Verb = {
  path: 'config set-cluster', about: 'Set a cluster entry in kubeconfig',
  async run(call) {
    const name = oneArgument(call);
    const insecure = call.flags.changed('insecure-skip-tls-verify') ? { 'insecure-skip-tls-verify': call.flags.string('insecure-skip-tls-verify') === 'true' } : {};
    if (call.flags.bool('insecure-skip-tls-verify') && call.flags.string('certificate-authority')) throw new KubectlError('you cannot specify a certificate authority and insecure mode at the same time');
    const files = await withFiles(call, {}, ['certificate-authority']);
    await putEntry(call, 'clusters', name, (before) => ({ ...given(call, before, ['server', 'tls-server-name', 'proxy-url']), ...files, ...insecure }));
    call.out(`Cluster "${name}" set.\n`);
  },
};

const setCredentials: Verb = {
  path: 'config set-credentials', about: 'Set a user entry in kubeconfig',
  async run(call) {
    const name = oneArgument(call);
    if (call.flags.string('token') && (call.flags.string('username') || call.flags.string('password'))) throw new KubectlError('you cannot specify more than one authentication method at the same time: --token, --username/--password');
    const files = await withFiles(call, {}, ['client-certificate', 'client-key']);
    await putEntry(call, 'users', name, (before) => ({ ...given(call, withoutOther(call, before), ['token', 'username', 'password']), ...files, ...plugins(call, before) }));
    call.out(`User "${name}" set.\n`);
  },
};

/** A user has a token or a password: what is set takes the other away. */
function withoutOther({ flags }: Call, before: Dict): Dict {
  const { token: _token, tokenFile: _file, username: _name, password: _password, ...bare } = before;
  if (flags.string('token')) return bare;
  if (!flags.string('username') && !flags.string('password')) return before;
  return { ...bare, ...present('username', _name), ...present('password', _password) };
}

/** The exec and auth-provider entries of a user, as its flags change them. */
function plugins({ flags }: Call, before: Dict): Dict {
  const entry = (field: string): Dict => (isDict(before[field]) ? before[field] : {});
  const asPairs = (name: string) => flags.list(name).map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const);
  const exec = flags.string('exec-command') ? {
    args: null, env: null, ...entry('exec'), command: flags.string('exec-command'), provideClusterInfo: flags.bool('exec-provide-cluster-info'),
    ...present('apiVersion', flags.string('exec-api-version')), ...present('interactiveMode', flags.string('exec-interactive-mode')),
    ...(flags.changed('exec-arg') ? { args: flags.list('exec-arg') } : {}),
    ...(flags.changed('exec-env') ? { env: asPairs('exec-env').map(([name, value]) => ({ name, value })) } : {}),
  } : undefined;
  const provider = flags.string('auth-provider') ? { config: flags.changed('auth-provider-arg') ? Object.fromEntries(asPairs('auth-provider-arg')) : null, name: flags.string('auth-provider') } : undefined;
  return { ...present('exec', exec), ...present('auth-provider', provider) };
}

function deleteVerb(path: string, section: Section, word: string, about: string): Verb {
  return {
    path, about,
    async run(call) {
      const name = oneArgument(call);
      const loaded = await call.config();
      const file = fileFor(loaded, (candidate) => candidate[section].has(name));
      if (!file.config[section].has(name)) throw new KubectlError(`cannot delete ${word} ${name}, not in ${file.path}`);
      if (section === 'contexts' && loaded.config.currentContext === name) call.err('warning: this removed your active context, use "kubectl config use-context" to select a different one\n');
      await save(call, file.path, { ...file.config, [section]: new Map<string, Dict>([...file.config[section]].filter(([key]) => key !== name)) });
      call.out(`deleted ${word} ${name} from ${file.path}\n`);
    },
  };
}

const renameContext: Verb = {
  path: 'config rename-context', about: 'Rename a context from the kubeconfig file',
  async run(call) {
    const [name, to, ...more] = call.args;
    if (!name || !to || more.length > 0) throw unexpectedArgs(call);
    const loaded = await call.config();
    const file = fileFor(loaded, (candidate) => candidate.contexts.has(name));
    const context = file.config.contexts.get(name);
    if (!context) throw new KubectlError(`cannot rename the context "${name}", it's not in ${file.path}`);
    if (loaded.config.contexts.has(to)) throw new KubectlError(`cannot rename the context "${name}", the context "${to}" already exists in ${file.path}`);
    const contexts = new Map([...file.config.contexts].filter(([key]) => key !== name)).set(to, context);
    await save(call, file.path, { ...file.config, contexts, currentContext: file.config.currentContext === name ? to : file.config.currentContext });
    call.out(`Context "${name}" renamed to "${to}".\n`);
  },
};

const SECTIONS: readonly string[] = ['clusters', 'users', 'contexts'];

/** `users.jane.token`: section, name (which may hold dots), field. */
async function changeProperty(call: Call, property: string, value: string | undefined): Promise<void> {
  if (property === 'current-context') return setCurrent(call, value ?? '');
  const [section = '', ...rest] = property.split('.');
  const name = value === undefined && rest.length === 1 ? rest[0]! : rest.slice(0, -1).join('.');
  const field = value === undefined && rest.length === 1 ? undefined : rest.at(-1);
  if (!isSection(section) || !name) throw new KubectlError(`unable to parse ${property} after [] at api.Config`);
  if (field === 'insecure-skip-tls-verify' && value !== undefined && !/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value)) throw new KubectlError(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
  const file = fileFor(await call.config(), (candidate) => candidate[section].has(name));
  const entries = new Map<string, Dict>(file.config[section]);
  if (field === undefined) entries.delete(name);
  else {
    const { [field]: _before, ...others } = entries.get(name) ?? {};
    entries.set(name, value === undefined ? others : { ...others, [field]: value === 'true' ? true : value === 'false' ? false : value });
  }
  await save(call, file.path, { ...file.config, [section]: entries });
}

const isSection = (text: string): text is Section => SECTIONS.includes(text);

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

const SECRET_FIELDS: Readonly<Record<string, string>> = {
  'certificate-authority-data': 'DATA+OMITTED', 'client-certificate-data': 'DATA+OMITTED', 'client-key-data': 'DATA+OMITTED', token: 'REDACTED', password: 'REDACTED',
};

const view: Verb = {
  path: 'config view', about: 'Display merged kubeconfig settings or a specified kubeconfig file',
  async run(call) {
    const { flags } = call;
    if (call.args.length > 0) throw call.usage(`unexpected arguments: [${call.args.join(' ')}]`);
    let shown = (await call.config()).config;
    if (flags.bool('minify')) shown = minified(shown, flags.optional('context') || shown.currentContext);
    const text = goYaml(configAsObject(flags.bool('raw') || flags.bool('flatten') ? shown : redacted(shown)));
    const format = outputFormat(call);
    if (format.name === 'yaml') return call.out(text);
    const object = parseYaml(text);
    if (format.name === 'json') return call.out(goJsonIndented(inStructOrder(object), { keepsOrder: true }));
    if (isDict(object)) (await objectPrinter(call, format))(asObject(object));
  },
};

/** The fields as Go's types have them: JSON keeps their order. */
const STRUCT_ORDER = [
  'kind', 'apiVersion', 'clusters', 'users', 'contexts', 'current-context', 'name', 'cluster', 'user', 'namespace', 'server', 'tls-server-name', 'insecure-skip-tls-verify',
  'certificate-authority', 'certificate-authority-data', 'proxy-url', 'client-certificate', 'client-certificate-data', 'client-key', 'client-key-data', 'token', 'tokenFile',
  'as', 'as-uid', 'as-groups', 'as-user-extra', 'username', 'password', 'auth-provider', 'exec', 'context', 'command', 'args', 'env',
];

function inStructOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inStructOrder);
  if (!isDict(value)) return value;
  const place = (key: string) => (STRUCT_ORDER.includes(key) ? STRUCT_ORDER.indexOf(key) : STRUCT_ORDER.length);
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => place(a) - place(b)).map(([key, inner]) => [key, inStructOrder(inner)]));
}

/** Only what the current context uses. */
function minified({ clusters, users, contexts }: Kubeconfig, name: string): Kubeconfig {
  const context = contexts.get(name);
  if (!context) throw new KubectlError(name ? `cannot locate context ${name}` : 'current-context must exist in order to minify');
  const only = <T>(entries: ReadonlyMap<string, T>, key: string | undefined) => new Map([...entries].filter(([each]) => each === key));
  return { clusters: only(clusters, context.cluster), users: only(users, context.user), contexts: only(contexts, name), currentContext: name };
}

function redacted(shown: Kubeconfig): Kubeconfig {
  const hide = (entries: ReadonlyMap<string, Dict>) => new Map([...entries].map(([name, entry]): [string, Dict] =>
    [name, Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, SECRET_FIELDS[key] ?? value]))]));
  return { ...shown, clusters: hide(shown.clusters), users: hide(shown.users) };
}

export const configVerbs: readonly Verb[] = [
  config, currentContext, useContext, getContexts, setContext, setCluster, setCredentials, renameContext, set, unset, view,
  listVerb('config get-clusters', 'clusters', 'Display clusters defined in the kubeconfig'),
  listVerb('config get-users', 'users', 'Display users defined in the kubeconfig'),
  deleteVerb('config delete-context', 'contexts', 'context', 'Delete the specified context from the kubeconfig'),
  deleteVerb('config delete-cluster', 'clusters', 'cluster', 'Delete the specified cluster from the kubeconfig'),
  deleteVerb('config delete-user', 'users', 'user', 'Delete the specified user from the kubeconfig'),
];

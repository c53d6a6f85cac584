/** kubectl config view: the merged configuration, its secrets hidden unless --raw. */
import type { Call, Verb } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { configAsObject, type Kubeconfig } from '../kubeconfig.ts';
import { parseYaml } from '../manifest.ts';
import { asObject, type Dict, isDict } from '../objects.ts';
import { goJsonIndented } from '../printers/json.ts';
import { objectPrinter, outputFormat } from '../printers/printer.ts';
import { goYaml } from '../printers/yaml.ts';

const SECRET_FIELDS: Readonly<Record<string, string>> = {
  'certificate-authority-data': 'DATA+OMITTED', 'client-certificate-data': 'DATA+OMITTED', 'client-key-data': 'DATA+OMITTED', token: 'REDACTED', password: 'REDACTED',
};

export const configView: Verb = {
  path: 'config view', about: 'Display merged kubeconfig settings or a specified kubeconfig file',
  async run(call) {
    const { flags } = call;
    if (call.args.length > 0) throw call.usage(`unexpected arguments: [${call.args.join(' ')}]`);
    if (flags.changed('merge') && !flags.bool('merge') && !flags.optional('kubeconfig')) throw new KubectlError('if merge==false a precise file must be specified');
    let shown = (await call.config()).config;
    if (flags.bool('minify')) shown = minified(shown, flags.optional('context') || shown.currentContext);
    if (flags.bool('flatten')) shown = await flattened(call, shown);
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
  'as', 'as-uid', 'as-groups', 'as-user-extra', 'username', 'password', 'auth-provider', 'exec', 'context', 'command', 'args', 'env', 'provideClusterInfo', 'interactiveMode',
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
  for (const [what, entries, key] of [['cluster', clusters, context.cluster], ['user', users, context.user]] as const) if (key && !entries.has(key)) throw new KubectlError(`cannot locate ${what} ${key}`);
  const only = <T>(entries: ReadonlyMap<string, T>, key: string | undefined) => new Map([...entries].filter(([each]) => each === key));
  return { clusters: only(clusters, context.cluster), users: only(users, context.user), contexts: only(contexts, name), currentContext: name };
}

function redacted(shown: Kubeconfig): Kubeconfig {
  const hide = (entries: ReadonlyMap<string, Dict>) => new Map([...entries].map(([name, entry]): [string, Dict] =>
    [name, Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, SECRET_FIELDS[key] ?? value]))]));
  return { ...shown, clusters: hide(shown.clusters), users: hide(shown.users) };
}

/** The files that it names, as data in their place. */
async function flattened({ environment: { files } }: Call, config: Kubeconfig): Promise<Kubeconfig> {
  const inline = async (entries: ReadonlyMap<string, Dict>, names: readonly string[]) => {
    const result = new Map(entries);
    for (const [name, entry] of entries) for (const field of names) {
      const path = entry[field];
      if (typeof path !== 'string' || !path) continue;
      if (!(await files.exists(path))) throw new KubectlError(`open ${path}: no such file or directory`);
      const { [field]: _path, ...rest } = result.get(name) ?? {};
      result.set(name, { ...rest, [`${field}-data`]: Buffer.from(await files.readBytes(path)).toString('base64') });
    }
    return result;
  };
  return { ...config, clusters: await inline(config.clusters, ['certificate-authority']), users: await inline(config.users, ['client-certificate', 'client-key']) };
}

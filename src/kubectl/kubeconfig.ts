/** kubeconfig files: finding, reading and merging them, and the connection that a command line asks for. */
import type { ClientTls } from '../cluster/network/types.ts';
import type { KubectlEnvironment } from './environment.ts';
import { KubectlError, PlainError, textOf } from './errors.ts';
import type { Flags } from './flags.ts';
import { parseYaml } from './manifest.ts';
import { type Dict, isDict } from './objects.ts';

interface ClusterEntry extends Dict { server?: string; 'certificate-authority'?: string; 'certificate-authority-data'?: string; 'insecure-skip-tls-verify'?: boolean; 'tls-server-name'?: string }
interface UserEntry extends Dict { 'client-certificate'?: string; 'client-certificate-data'?: string; 'client-key'?: string; 'client-key-data'?: string; token?: string; tokenFile?: string }
export interface ContextEntry extends Dict { cluster?: string; user?: string; namespace?: string }

/** One file, or several merged, with its lists as maps. */
export interface Kubeconfig {
  clusters: Map<string, ClusterEntry>;
  users: Map<string, UserEntry>;
  contexts: Map<string, ContextEntry>;
  currentContext: string;
}

/** The merged configuration, and where it came from. */
export interface LoadedConfig { config: Kubeconfig; paths: readonly string[]; loaded: readonly { path: string; config: Kubeconfig }[] }

/** Where to connect, as whom, and in which namespace. */
export interface Connection {
  server: string;
  tls: ClientTls;
  token?: string;
  impersonate?: { user: string; groups?: string[]; uid?: string };
  namespace: string;
  /** True when -n or --namespace said so. */
  isNamespaceExplicit: boolean;
}

export function emptyConfig(): Kubeconfig {
  return { clusters: new Map(), users: new Map(), contexts: new Map(), currentContext: '' };
}

/** Reads all configuration files that apply. Throws KubectlError when one is unreadable or was named and is missing, which `kubectl config` forgives. */
export async function loadConfig(environment: KubectlEnvironment, flags: Flags, isForgiving = false): Promise<LoadedConfig> {
  const explicit = flags.optional('kubeconfig');
  const paths = configPaths(environment, explicit);
  const loaded: { path: string; config: Kubeconfig }[] = [];
  for (const path of paths) {
    if (path === '/dev/null') continue;
    if (!(await environment.files.exists(path))) {
      if (explicit && !isForgiving) throw new KubectlError(`stat ${path}: no such file or directory`);
      continue;
    }
    loaded.push({ path, config: parseConfig(path, await environment.files.read(path)) });
  }
  return { config: merged(loaded.map(({ config }) => config)), paths, loaded };
}

/** The files that apply: --kubeconfig alone, or those of KUBECONFIG, or ~/.kube/config. */
function configPaths({ env }: Pick<KubectlEnvironment, 'env'>, explicit: string): string[] {
  if (explicit) return [explicit];
  if (env.KUBECONFIG) return env.KUBECONFIG.split(':').filter(Boolean);
  return [`${env.HOME ?? ''}/.kube/config`];
}

function parseConfig(path: string, text: string): Kubeconfig {
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    throw new KubectlError(`error loading config file "${path}": ${textOf(error)}`);
  }
  if (content !== null && content !== undefined && !isDict(content)) throw new KubectlError(`error loading config file "${path}": couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`);
  const file: Dict = isDict(content) ? content : {};
  const current = file['current-context'];
  const { apiVersion = 'v1', kind = 'Config' } = file;
  if (apiVersion !== 'v1' || kind !== 'Config') throw new KubectlError(`error loading config file "${path}": no kind "${String(kind)}" is registered for version "${String(apiVersion)}" in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"`);
  return {
    clusters: namedEntries(file.clusters, 'cluster'), users: namedEntries(file.users, 'user'), contexts: namedEntries(file.contexts, 'context'),
    currentContext: typeof current === 'string' ? current : '',
  };
}

function namedEntries(list: unknown, field: string): Map<string, Dict> {
  const entries = (Array.isArray(list) ? list : []).filter(isDict);
  return new Map(entries.map((entry): [string, Dict] => [String(entry.name), isDict(entry[field]) ? entry[field] : {}]));
}

/** The first file that says something wins. */
function merged(configs: readonly Kubeconfig[]): Kubeconfig {
  const result = emptyConfig();
  for (const config of configs) {
    for (const field of ['clusters', 'users', 'contexts'] as const) {
      for (const [name, entry] of config[field]) if (!result[field].has(name)) result[field].set(name, entry);
    }
    result.currentContext ||= config.currentContext;
  }
  return result;
}

/** A configuration as it is written: lists sorted by name. */
export function configAsObject(config: Kubeconfig): Dict {
  const listed = (entries: ReadonlyMap<string, Dict>, field: string) =>
    [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => ({ [field]: entry, name }));
  return {
    apiVersion: 'v1', clusters: nullIfEmpty(listed(config.clusters, 'cluster')), contexts: nullIfEmpty(listed(config.contexts, 'context')),
    'current-context': config.currentContext, kind: 'Config', users: nullIfEmpty(listed(config.users, 'user')),
  };
}

const nullIfEmpty = <T>(list: T[]): T[] | null => (list.length > 0 ? list : null);

/** Commands that look for the cluster before they look for the namespace, and so find other words for what is missing. */
const CLUSTER_FIRST = /^(version|api-|cluster-info|auth (can-i|whoami)|apply$|top node|run|create(?! token)|config|explain|drain|cordon|uncordon|set env|expose|autoscale|wait|certificate|replace|diff|proxy)/;

/** The connection that the files, overridden by flags, describe, for the command `path`. Throws KubectlError for a context or user that is not there. */
export async function connectionFor(environment: KubectlEnvironment, flags: Flags, { config, loaded }: LoadedConfig, path = ''): Promise<Connection> {
  const contextName = flags.optional('context') || config.currentContext;
  const context = contextName ? config.contexts.get(contextName) : undefined;
  const clusterFirst = CLUSTER_FIRST.test(path) || flags.optional('raw') !== '';
  const clusterName = flags.optional('cluster');
  if (contextName && !context) throw clusterFirst ? new KubectlError(`context "${contextName}" does not exist`) : new PlainError(`Error in configuration: context was not found for specified context: ${contextName}`);
  if (clusterName && !clusterFirst && !config.clusters.has(clusterName)) throw new KubectlError(`no server found for cluster "${clusterName}"`);
  const cluster = named(config.clusters, clusterName, context?.cluster, 'cluster');
  const userName = userFlag(flags) || context?.user;
  const user = named(config.users, userFlag(flags), context?.user, 'auth info');
  const server = flags.optional('server') || cluster?.server;
  if (!server) {
    const inCluster = await inClusterConnection(environment, flags);
    if (inCluster) return inCluster;
  }
  const base = directoryOf(loaded[0]?.path);
  const namespace = flags.optional('namespace');
  return {
    server: withScheme(server ?? 'http://localhost:8080'),
    tls: await tlsOf(environment, flags, { cluster, user, base, clusterName: clusterName || context?.cluster || '', userName: userName ?? '' }),
    token: flags.optional('token') || user?.token || (user?.tokenFile ? (await environment.files.read(user.tokenFile)).trim() : undefined),
    impersonate: impersonation(flags, user, userName),
    namespace: namespace || context?.namespace || 'default',
    isNamespaceExplicit: namespace !== '',
  };
}

/** --user as all commands have it; that of `create rolebinding` and others, a list, names subjects. */
function userFlag(flags: Flags): string {
  return flags.specs.some(({ name, type }) => name === 'user' && type === 'string') ? flags.string('user') : '';
}

function named<T>(entries: ReadonlyMap<string, T>, override: string, wanted: string | undefined, what: string): T | undefined {
  const name = override || wanted;
  if (!name) return undefined;
  const entry = entries.get(name);
  if (!entry && override) throw new KubectlError(`${what} "${name}" does not exist`);
  return entry;
}

function withScheme(server: string): string {
  return (/^https?:\/\//.test(server) ? server : `http://${server}`).replace(/\/+$/, '');
}

function directoryOf(path: string | undefined): string {
  return path?.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
}

interface TlsEntries { cluster: ClusterEntry | undefined; user: UserEntry | undefined; base: string; clusterName: string; userName: string }

async function tlsOf({ files }: KubectlEnvironment, flags: Flags, { cluster, user, base, clusterName, userName }: TlsEntries): Promise<ClientTls> {
  const pem = async (flag: string, entry: Dict | undefined, field: string): Promise<string | undefined> => {
    const flagPath = flags.optional(flag);
    const data = entry?.[`${field}-data`];
    if (!flagPath && typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8');
    const path = flagPath || entry?.[field];
    if (typeof path !== 'string' || path === '') return undefined;
    const full = flagPath || path.startsWith('/') ? path : `${base}/${path}`;
    if (!(await files.exists(full))) throw new KubectlError(`unable to read ${field} ${full} for ${field === 'certificate-authority' ? clusterName : userName} due to open ${full}: no such file or directory`);
    return files.read(full);
  };
  const isInsecure = flags.bool('insecure-skip-tls-verify') || cluster?.['insecure-skip-tls-verify'] === true;
  return {
    ca: isInsecure ? undefined : await pem('certificate-authority', cluster, 'certificate-authority'),
    certificate: await pem('client-certificate', user, 'client-certificate'),
    key: await pem('client-key', user, 'client-key'),
    insecureSkipVerify: isInsecure,
    serverName: flags.optional('tls-server-name') || cluster?.['tls-server-name'],
  };
}

function impersonation(flags: Flags, entry: UserEntry | undefined, self = ''): Connection['impersonate'] {
  const user = flags.optional('as') || (typeof entry?.as === 'string' ? entry.as : '');
  const groups = flags.list('as-group');
  const uid = flags.optional('as-uid');
  if (!user && (groups.length > 0 || uid)) throw new KubectlError(`requesting uid, groups or user-extra for ${self} without impersonating a user`);
  if (!user) return undefined;
  return { user, ...(groups.length ? { groups } : {}), ...(uid ? { uid } : {}) };
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Inside a Pod, and without a configuration, the Pod's ServiceAccount is used. */
async function inClusterConnection({ env, files }: KubectlEnvironment, flags: Flags): Promise<Connection | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port || !(await files.exists(`${SERVICE_ACCOUNT}/token`))) return undefined;
  const namespace = flags.optional('namespace');
  const own = (await files.exists(`${SERVICE_ACCOUNT}/namespace`)) ? (await files.read(`${SERVICE_ACCOUNT}/namespace`)).trim() : 'default';
  return {
    server: `https://${host}:${port}`,
    tls: { ca: await files.read(`${SERVICE_ACCOUNT}/ca.crt`) },
    token: (await files.read(`${SERVICE_ACCOUNT}/token`)).trim(),
    impersonate: impersonation(flags, undefined),
    namespace: namespace || own,
    isNamespaceExplicit: namespace !== '',
  };
}

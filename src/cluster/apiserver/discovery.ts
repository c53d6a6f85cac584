/** What the API server says about itself: /version, /api, /apis and each group's resources. */
import { groupVersion, type Kind } from '../api/kind.ts';

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
const STATUS_VERBS = ['get', 'patch', 'update'];

/** Groups in the order of the real server's /apis. */
const GROUP_ORDER = ['apiregistration.k8s.io', 'apps', 'events.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io', 'autoscaling', 'batch', 'certificates.k8s.io', 'networking.k8s.io', 'policy', 'rbac.authorization.k8s.io', 'storage.k8s.io', 'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'scheduling.k8s.io', 'coordination.k8s.io', 'node.k8s.io', 'discovery.k8s.io', 'resource.k8s.io', 'flowcontrol.apiserver.k8s.io'];

/** A kind that is only posted to and never stored: reviews, tokens. */
export interface VirtualKind { group: string; version: string; kind: string; plural: string; namespaced: boolean; verbs: readonly string[] }

/** What another server answers for; no entries while it is away. */
export interface RemoteVersion { group: string; version: string; entries(): readonly Entry[] | undefined }
export interface Served { kinds: readonly Kind[]; virtual: readonly VirtualKind[]; remote?: readonly RemoteVersion[] }

/** How a client asks for everything at once (`Accept`), and what the answer's Content-Type says. */
export const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** /api and /apis as one APIGroupDiscoveryList with all groups, versions and resources; undefined for other paths. */
export function discoverAll(path: string, served: Served): object | undefined {
  const isCore = path === '/api' || path === '/api/';
  if (!isCore && path !== '/apis' && path !== '/apis/') return undefined;
  const groups: [string, string[]][] = isCore ? [['', ['v1']]] : groupsOf(served);
  const items = groups.map(([group, versions]) => ({
    metadata: group ? { name: group } : {},
    versions: versions.map((version) => {
      const remote = served.remote?.find((each) => each.group === group && each.version === version);
      const entries = remote ? remote.entries() : resourceEntries(group, version, served) ?? [];
      return { version, resources: aggregated(entries ?? []), freshness: entries ? 'Current' : 'Stale' };
    }),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function aggregated(entries: readonly Entry[]): object[] {
  const kindOf = ({ group = '', version = '', kind }: Entry) => ({ group, version, kind });
  return entries.filter(({ name }) => !name.includes('/')).map((entry) => {
    const subresources = entries.filter(({ name }) => name.startsWith(`${entry.name}/`)).map((sub) => ({ subresource: sub.name.slice(entry.name.length + 1), responseKind: kindOf(sub), verbs: sub.verbs }));
    const { name, namespaced, singularName, verbs, shortNames, categories } = entry;
    return {
      resource: name, responseKind: kindOf(entry), scope: namespaced ? 'Namespaced' : 'Cluster', singularResource: singularName, verbs,
      ...(shortNames ? { shortNames } : {}), ...(categories ? { categories } : {}), ...(subresources.length > 0 ? { subresources } : {}),
    };
  });
}

/** The answer to a discovery path, or undefined if the path is none. */
export function discover(path: string, served: Served, version = 'v1.36.2'): object | undefined {
  const parts = path.split('/').filter(Boolean);
  if (path === '/version') return versionInfo(version);
  if (parts[0] === 'api' && parts.length === 1) return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:6443' }] };
  if (parts[0] === 'api' && parts.length === 2) return resourceList('', parts[1]!, served);
  if (parts[0] !== 'apis') return undefined;
  if (parts.length === 1) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(served).map(([group, versions]) => apiGroup(group, versions)) };
  const found = groupsOf(served).find(([group]) => group === parts[1]);
  if (!found) return undefined;
  if (parts.length === 2) return { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(...found) };
  return parts.length === 3 ? resourceList(parts[1]!, parts[2]!, served) : undefined;
}

/** A server emulates its own version and is compatible with the one before. */
function versionInfo(gitVersion: string): object {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major, minor, emulationMajor: major, emulationMinor: minor, minCompatibilityMajor: major, minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion, gitCommit: '', gitTreeState: 'clean', buildDate: '2026-06-11T00:00:00Z', goVersion: 'go1.26.2', compiler: 'gc', platform: 'linux/amd64',
  };
}

function groupsOf({ kinds, virtual, remote = [] }: Served): [string, string[]][] {
  const groups = new Map<string, Set<string>>();
  for (const { group, version } of [...kinds, ...virtual, ...remote]) {
    if (!group) continue;
    const versions = groups.get(group) ?? new Set();
    groups.set(group, versions.add(version));
  }
  const rank = (group: string) => (GROUP_ORDER.includes(group) ? GROUP_ORDER.indexOf(group) : GROUP_ORDER.length);
  return [...groups].map(([group, versions]): [string, string[]] => [group, [...versions].sort(byVersion)])
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** The newest first: v2 before v1, v1 before v1beta2, that before v1alpha1; other names last, in their order. */
function byVersion(a: string, b: string): number {
  const rank = (version: string) => {
    const [, major, stage, minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
    return major === undefined ? undefined : [{ alpha: 1, beta: 2 }[stage ?? ''] ?? 3, Number(major), Number(minor)];
  };
  const [x, y] = [rank(a), rank(b)];
  if (!x || !y) return x ? -1 : y ? 1 : a < b ? -1 : 1;
  return y[0]! - x[0]! || y[1]! - x[1]! || y[2]! - x[2]!;
}

function apiGroup(group: string, versions: readonly string[]): object {
  const entries = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

function resourceList(group: string, version: string, served: Served): object | undefined {
  const resources = resourceEntries(group, version, served);
  return resources && { kind: 'APIResourceList', ...(group ? { apiVersion: 'v1' } : {}), groupVersion: groupVersion({ group, version }), resources };
}

/** One line of an APIResourceList. */
export interface Entry { name: string; singularName: string; namespaced: boolean; group?: string; version?: string; kind: string; verbs: readonly string[]; shortNames?: readonly string[]; categories?: readonly string[] }

function resourceEntries(group: string, version: string, { kinds, virtual }: Served): Entry[] | undefined {
  const own = kinds.filter((kind) => kind.group === group && kind.version === version);
  const posted = virtual.filter((kind) => kind.group === group && kind.version === version);
  if (own.length + posted.length === 0) return undefined;
  const resources: Entry[] = [...own.flatMap(entriesOf), ...posted.map(({ plural, namespaced, kind, verbs }) => ({ name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs }))];
  return resources.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function entriesOf(kind: Kind): Entry[] {
  const { plural, singular, namespaced, shortNames, categories } = kind;
  const main = {
    name: plural, singularName: singular, namespaced, kind: kind.kind, verbs: kind.verbs ?? ALL_VERBS,
    ...(shortNames.length ? { shortNames } : {}), ...(categories?.length ? { categories } : {}),
  };
  const subresources = Object.entries(kind.subresources ?? {}).map(([name, sub]) => ({
    name: `${plural}/${name}`, singularName: '', namespaced, kind: sub.kind,
    ...(sub.group !== undefined ? { group: sub.group, version: sub.version ?? 'v1' } : {}), verbs: sub.verbs,
  }));
  const status = kind.hasStatus ? [{ name: `${plural}/status`, singularName: '', namespaced, kind: kind.kind, verbs: STATUS_VERBS }] : [];
  const scale = kind.scale ? [{ name: `${plural}/scale`, singularName: '', namespaced, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: STATUS_VERBS }] : [];
  return [main, ...subresources, ...status, ...scale];
}

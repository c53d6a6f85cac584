/** What the API server serves, and which of it a word like `deploy`, `pods.v1.` or `all` means. */
import type { Client } from './client.ts';
import { hostOf } from './client.ts';
import type { KubectlEnvironment } from './environment.ts';
import { hasReason, KubectlError, textOf, UnreachableError } from './errors.ts';
import { isDict, listAt, textAt } from './objects.ts';

/** One resource of one version: what kubectl calls a mapping. */
export interface ResourceType {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  namespaced: boolean;
  shortNames: readonly string[];
  categories: readonly string[];
  verbs: readonly string[];
  subresources: readonly string[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';
const CACHE_TTL_MS = 6 * 3600 * 1000; // kubectl keeps discovery for six hours
/** How often kubectl tries discovery before it gives up, complaining each time. */
const DISCOVERY_ATTEMPTS = 5;

/** `deployments.apps`, or `pods`. */
export function groupResource({ group, plural }: Pick<ResourceType, 'group' | 'plural'>): string {
  return group ? `${plural}.${group}` : plural;
}

/** `apps/v1`, or `v1`. */
export function apiVersionOf({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group ? `${group}/${version}` : version;
}

/** The path of a resource's list, of one object, or of a subresource. */
export function pathOf(type: ResourceType, namespace: string | undefined, name?: string, subresource?: string): string {
  const root = type.group ? `/apis/${type.group}/${type.version}` : `/api/${type.version}`;
  const within = type.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name ? `/${encodeURIComponent(name)}` : '';
  return `${root}${within}/${type.plural}${object}${subresource ? `/${subresource}` : ''}`;
}

/** Discovery with kubectl's cache on disk; what the cache does not know is asked for once more. */
export class Discovery {
  readonly #client: Client;
  readonly #environment: KubectlEnvironment;
  readonly #cacheFile: string;
  #types: readonly ResourceType[] | undefined;
  #isFresh = false;
  /** Group versions whose server was down when last asked. */
  readonly stale: string[] = [];

  constructor(client: Client, environment: KubectlEnvironment, cacheDirectory: string) {
    this.#client = client;
    this.#environment = environment;
    this.#cacheFile = `${cacheDirectory}/discovery/${hostOf(client.server).replace(/[^\w/.]/g, '_')}/servergroups.json`;
  }

  /** All resources: groups in the server's order, the preferred version of each first. Throws UnreachableError, StatusError. */
  async types(): Promise<readonly ResourceType[]> {
    this.#types ??= await this.#cached() ?? await this.refresh();
    return this.#types;
  }

  /** Asks the server anew. */
  async refresh(): Promise<readonly ResourceType[]> {
    if (this.#isFresh && this.#types) return this.#types;
    this.#types = this.#fetch();
    this.#isFresh = true;
    try {
      await this.#environment.files.write(this.#cacheFile, JSON.stringify({ atMs: this.#environment.world.clock.now(), types: this.#types }));
    } catch {
      // A cache that cannot be written is no reason to fail; kubectl does not mention it either.
    }
    return this.#types;
  }

  /** The resource that an argument names, or undefined. */
  async find(argument: string): Promise<ResourceType | undefined> {
    return findType(await this.types(), argument) ?? findType(await this.refresh(), argument);
  }

  /** The same; throws KubectlError when there is none. */
  async resolve(argument: string): Promise<ResourceType> {
    const found = await this.find(argument);
    if (!found) throw new KubectlError(`the server doesn't have a resource type "${argument.split('.')[0]}"`);
    return found;
  }

  /** The resource of an object's kind, or undefined. */
  async ofKind(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    const matches = (type: ResourceType) => type.kind === kind && apiVersionOf(type) === apiVersion;
    return (await this.types()).find(matches) ?? (await this.refresh()).find(matches);
  }

  /** The resources of a category such as `all`; empty when it is none. */
  async category(name: string): Promise<ResourceType[]> {
    return preferred(await this.types()).filter((type) => type.categories.includes(name));
  }

  async #cached(): Promise<readonly ResourceType[] | undefined> {
    const { files, world } = this.#environment;
    if (!(await files.exists(this.#cacheFile))) return undefined;
    try {
      const cache: unknown = JSON.parse(await files.read(this.#cacheFile));
      if (!isDict(cache) || typeof cache.atMs !== 'number' || !Array.isArray(cache.types) || world.clock.now() - cache.atMs > CACHE_TTL_MS) return undefined;
      return cache.types as ResourceType[]; // written by refresh
    } catch {
      return undefined;
    }
  }

  #fetch(): ResourceType[] {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.#fetchOnce();
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        this.#client.log.line('E', 'memcache.go:265', `"Unhandled Error" err=${JSON.stringify(`couldn't get current server API group list: ${textOf(error)}`)}`);
        if (attempt >= DISCOVERY_ATTEMPTS) throw error;
      }
    }
  }

  #fetchOnce(): ResourceType[] {
    const core = this.#get('/api', AGGREGATED);
    const groups = this.#get('/apis', AGGREGATED);
    const isAggregated = (body: unknown) => textAt(body, 'kind') === 'APIGroupDiscoveryList';
    if (isAggregated(core) && isAggregated(groups)) {
      for (const group of listAt(groups, 'items')) for (const version of listAt(group, 'versions')) if (textAt(version, 'freshness') === 'Stale') this.stale.push(`${textAt(group, 'metadata', 'name')}/${textAt(version, 'version')}`);
      return [...aggregatedTypes(core), ...aggregatedTypes(groups)];
    }
    const coreVersions = listAt(core, 'versions').map(String).map((version) => ({ group: '', version, path: `/api/${version}` }));
    const others = listAt(groups, 'groups').flatMap((group) => listAt(group, 'versions').map((version) =>
      ({ group: textAt(group, 'name'), version: textAt(version, 'version'), path: `/apis/${textAt(version, 'groupVersion')}` })));
    return [...coreVersions, ...others].flatMap(({ group, version, path }) => this.#listed(group, version, path));
  }

  /** The types of a group version; none, and remembered as stale, when its server is down. */
  #listed(group: string, version: string, path: string): ResourceType[] {
    try {
      return listedTypes(group, version, this.#get(path));
    } catch (error) {
      if (!group || !hasReason(error, 'ServiceUnavailable')) throw error;
      this.stale.push(`${group}/${version}`);
      return [];
    }
  }

  #get(path: string, accept?: string): unknown {
    return this.#client.get(path, { accept, query: { timeout: '32s' } });
  }
}

/** The types of an APIResourceList. */
function listedTypes(group: string, version: string, list: unknown): ResourceType[] {
  const entries = listAt(list, 'resources');
  return entries.filter((entry) => !textAt(entry, 'name').includes('/')).map((entry): ResourceType => {
    const plural = textAt(entry, 'name');
    return {
      group, version, kind: textAt(entry, 'kind'), plural, singular: textAt(entry, 'singularName') || textAt(entry, 'kind').toLowerCase(),
      namespaced: textAt(entry, 'namespaced') === 'true', shortNames: listAt(entry, 'shortNames').map(String), categories: listAt(entry, 'categories').map(String),
      verbs: listAt(entry, 'verbs').map(String),
      subresources: entries.map((other) => textAt(other, 'name')).filter((name) => name.startsWith(`${plural}/`)).map((name) => name.slice(plural.length + 1)),
    };
  });
}

/** The types of an APIGroupDiscoveryList. */
function aggregatedTypes(body: unknown): ResourceType[] {
  return listAt(body, 'items').flatMap((group) => listAt(group, 'versions').flatMap((version) => listAt(version, 'resources').map((resource): ResourceType => ({
    group: textAt(group, 'metadata', 'name'), version: textAt(version, 'version'), kind: textAt(resource, 'responseKind', 'kind'),
    plural: textAt(resource, 'resource'), singular: textAt(resource, 'singularResource'), namespaced: textAt(resource, 'scope') === 'Namespaced',
    shortNames: listAt(resource, 'shortNames').map(String), categories: listAt(resource, 'categories').map(String), verbs: listAt(resource, 'verbs').map(String),
    subresources: listAt(resource, 'subresources').map((sub) => textAt(sub, 'subresource')),
  }))));
}

/** The preferred version of each resource, in order. */
export function preferred(types: readonly ResourceType[]): ResourceType[] {
  const seen = new Set<string>();
  return types.filter((type) => !seen.has(groupResource(type)) && seen.add(groupResource(type)));
}

/** Matches `deploy`, `Deployment`, `deployments.apps`, `deployments.v1.apps` as kubectl's REST mapper does. */
export function findType(types: readonly ResourceType[], argument: string): ResourceType | undefined {
  const [resource = '', ...rest] = argument.split('.');
  const [version = '', ...group] = rest;
  if (rest.length >= 2) {
    const exact = match(types, resource, (type) => type.version === version && type.group === group.join('.'));
    // A short name stands for the preferred version, whichever was asked for.
    if (exact) return exact.shortNames.includes(resource) ? types.find((type) => groupResource(type) === groupResource(exact)) : exact;
  }
  const wanted = rest.join('.');
  if (!wanted) return match(types, resource, () => true);
  return match(types, resource, (type) => type.group === wanted) ?? match(types, resource, (type) => type.group.startsWith(wanted));
}

function match(types: readonly ResourceType[], word: string, isWanted: (type: ResourceType) => boolean): ResourceType | undefined {
  const lower = word.toLowerCase();
  const candidates = types.filter(isWanted);
  return candidates.find((type) => type.plural === lower || type.singular === lower)
    ?? candidates.find((type) => type.shortNames.includes(word))
    ?? candidates.find((type) => type.kind === word);
}

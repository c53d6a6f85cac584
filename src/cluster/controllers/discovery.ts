/** Which resources the API server serves, as its discovery documents say: for controllers that work on every kind. */
import type { ApiTransport, Credential } from '../apiserver/request.ts';
import type { KubeObject } from '../api/types.ts';
import { statusOf } from '../client/client.ts';
import { ApiError, type ResourceRef } from '../client/types.ts';

export interface DiscoveredResource extends ResourceRef<KubeObject> {
  readonly kind: string;
  readonly verbs: readonly string[];
}

export interface Discovery {
  readonly resources: readonly DiscoveredResource[];
  /** Each group's preferred version. */
  readonly groups: ReadonlyMap<string, string>;
  /** Group versions that could not be asked, with the reason: an aggregated API whose server is down. */
  readonly failures: readonly { groupVersion: string; message: string }[];
}

interface GroupList { groups: { name: string; versions: { groupVersion: string }[]; preferredVersion?: { groupVersion: string } }[] }
interface ResourceList { resources: { name: string; namespaced: boolean; kind: string; verbs: string[] }[] }

/** Asks the server; each resource once, in its group's preferred version. Throws ApiError or NetworkError when nothing can be learned. */
export function discover(transport: ApiTransport, credential: Credential | undefined, userAgent: string): Discovery {
  const get = (path: string): unknown => {
    const answer = transport.handle({ method: 'GET', path, credential, userAgent });
    if (answer.code >= 400) throw new ApiError(statusOf(answer.code, answer.body, { method: 'GET', path }));
    return answer.body;
  };
  const resources = new Map<string, DiscoveredResource>();
  const groups = new Map<string, string>();
  const failures: { groupVersion: string; message: string }[] = [];
  const learn = (group: string, version: string, path: string) => {
    for (const { name, namespaced, kind, verbs } of (get(path) as ResourceList).resources) { // what discovery paths answer
      const key = `${name}.${group}`;
      if (!name.includes('/') && !resources.has(key)) resources.set(key, { group, version, plural: name, namespaced, kind, verbs });
    }
  };
  learn('', 'v1', '/api/v1');
  for (const { name, versions, preferredVersion } of (get('/apis') as GroupList).groups) {
    const preferred = preferredVersion?.groupVersion;
    groups.set(name, (preferred ?? '').slice(name.length + 1));
    for (const { groupVersion } of [...versions].sort((a, b) => Number(b.groupVersion === preferred) - Number(a.groupVersion === preferred))) {
      try {
        learn(name, groupVersion.slice(name.length + 1), `/apis/${groupVersion}`);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // As aggregated discovery says it of a server that is down.
        failures.push({ groupVersion, message: error.code === 503 ? `stale GroupVersion discovery: ${groupVersion}` : error.message });
      }
    }
  }
  return { resources: [...resources.values()], groups, failures };
}

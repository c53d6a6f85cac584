/** What etcd's last revisions changed, and what differs between two of them: from the API server's own watch history. */
import { stringify } from 'yaml';
import type { KubeObject } from '../../cluster/api/types.ts';
import type { StoredEvent } from '../../cluster/apiserver/storage.ts';
import { unifiedDiff } from '../../kubectl/unified-diff.ts';
import type { Mission } from '../mission/mission.ts';
import type { HistoryLensView } from './lens-view.ts';

const MOMENTS_MAX = 500;
/** What beats all the time would bury everything else. */
const NOISE = new Set(['leases', 'events']);

/** The moments, and the diff from `from` (else the revision before) to `to` (else the newest). */
export function historyLens(mission: Mission, { from, to }: { from?: number; to?: number }): HistoryLensView {
  const changes = changesOf(mission);
  const newest = to ?? changes.at(-1)?.revision ?? 0;
  const oldest = Math.min(from ?? newest - 1, newest - 1);
  const startMs = mission.cluster.world.clock.now() - mission.elapsedMs;
  const moments = changes.slice(-MOMENTS_MAX).map(({ revision, type, object }) => {
    const atMs = mission.requests?.timeOf(revision);
    return { revision, ...(atMs === undefined ? {} : { elapsedMs: atMs - startMs }), text: mission.words.requests[VERBS[type]](`${object.kind} ${object.metadata.namespace ? `${object.metadata.namespace}/` : ''}${object.metadata.name}`) };
  });
  return { of: 'history', from: oldest, to: newest, moments, diff: diffOf(changes.filter(({ revision }) => revision > oldest && revision <= newest)) };
}

const VERBS = { ADDED: 'added', MODIFIED: 'changed', DELETED: 'deleted' } as const satisfies Readonly<Record<StoredEvent['type'], string>>;

/** What the API server still remembers, in the order of etcd's revisions. */
function changesOf({ cluster }: Mission): StoredEvent[] {
  const storage = cluster.apiServer?.storage;
  if (!storage) return [];
  const kinds = storage.kinds().filter(({ plural }) => !NOISE.has(plural));
  const seen = new Set(kinds.map((kind) => storage.resource(kind)));
  return [...seen].flatMap(({ recent }) => recent).sort((a, b) => a.revision - b.revision);
}

/** As kubectl diff shows it: each object that differs, from what it was first to what it was last. */
function diffOf(changes: readonly StoredEvent[]): string[] {
  const objects = new Map<string, { before?: KubeObject; after?: KubeObject }>();
  for (const { type, object, old } of changes) {
    const { kind, metadata: { namespace, name } } = object;
    const key = `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
    objects.set(key, { before: objects.has(key) ? objects.get(key)!.before : old, after: type === 'DELETED' ? undefined : object });
  }
  return [...objects].flatMap(([key, { before, after }]) => {
    const diff = unifiedDiff(before ? stringify(before) : '', after ? stringify(after) : '');
    return diff.trim() ? [key, ...diff.trimEnd().split('\n'), ''] : [];
  });
}

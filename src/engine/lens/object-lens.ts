/** An object as kubectl tells of it: described, as YAML, its events and logs, who owns it and what it owns. */
import type { KubeObject, Pod } from '../../cluster/api/types.ts';
import { english } from '../../language/english.ts';
import type { Words } from '../../language/words.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Storage } from '../../cluster/apiserver/storage.ts';
import { kubectlLook } from './kubectl-look.ts';
import type { ObjectLensView, ObjectRef, ObjectTab } from './lens-view.ts';
import { find, ownedBy, ownersOf, refTo } from './owners.ts';

const LOG_LINES = 200;

/** What a tab shows, and the command that shows the same. */
export async function objectLens(cluster: Cluster, { ref, tab }: { ref: ObjectRef; tab: ObjectTab }, language: Words = english): Promise<ObjectLensView> {
  const words = commandFor(ref, tab);
  const view = { of: 'object' as const, ref, tab, command: `kubectl ${words.join(' ')}` };
  if (tab === 'logs' && ref.resource === 'node') return { ...view, command: `ssh ${ref.name} journalctl -u kubelet`, lines: kubeletLog(cluster, ref.name, language) };
  if (tab !== 'owners') return { ...view, lines: await kubectlLook(cluster, words) };
  const storage = cluster.apiServer?.storage;
  const object = storage && find(storage, ref);
  if (!storage || !object) return { ...view, lines: await kubectlLook(cluster, words) };
  return { ...view, lines: [], chain: chainOf(storage, object) };
}

/** kubectl's words for a tab of an object. */
function commandFor({ resource, name, namespace }: ObjectRef, tab: ObjectTab): string[] {
  const where = namespace ? ['-n', namespace] : [];
  switch (tab) {
    case 'describe': return ['describe', resource, name, ...where];
    case 'yaml': return ['get', resource, name, ...where, '-o', 'yaml'];
    case 'events': return ['events', '--for', `${resource}/${name}`, ...where];
    case 'logs': return ['logs', resource === 'pod' ? name : `${resource}/${name}`, ...where, '--all-containers', `--tail=${LOG_LINES}`];
    case 'owners': return ['get', resource, name, ...where, '-o', "jsonpath='{.metadata.ownerReferences}'"];
  }
}

function kubeletLog(cluster: Cluster, node: string, { problems }: Words): string[] {
  const machine = cluster.machines.get(node);
  if (!machine?.os.isOn) return [problems.silentMachine];
  return machine.os.journal.read({ unit: 'kubelet.service', lines: LOG_LINES }).map(({ timeMs, identifier, pid, message }) => `${new Date(timeMs).toISOString().slice(11, 19)} ${identifier}[${pid}]: ${message}`);
}

/** From the root that nobody owns down to the object, and what the object owns below it. */
function chainOf(storage: Storage, object: KubeObject): NonNullable<ObjectLensView['chain']> {
  const above = [...ownersOf(storage, object).reverse(), object];
  const entry = (each: KubeObject, depth: number) => ({ ref: refTo(each), depth, note: noteOn(each) });
  const below = (owner: KubeObject, depth: number): ReturnType<typeof entry>[] => ownedBy(storage, owner).flatMap((each) => [entry(each, depth), ...below(each, depth + 1)]);
  return [...above.map(entry), ...below(object, above.length)];
}

/** In a few words how it does. */
function noteOn(object: KubeObject): string {
  if (object.kind === 'Pod') return (object as Pod).status?.phase ?? '';
  const { replicas, readyReplicas = 0 } = (object.status ?? {}) as { replicas?: number; readyReplicas?: number }; // kinds that scale say so
  return replicas === undefined ? '' : `${readyReplicas}/${replicas} ready`;
}

/** Rules about what the API server tells: all of it, in order, and nothing it would not take back. */
import { allKinds } from '../../../src/cluster/api/kinds/index.ts';
import { groupVersion } from '../../../src/cluster/api/kind.ts';
import type { KubeObject } from '../../../src/cluster/api/types.ts';
import type { WatchEvent } from '../../../src/cluster/apiserver/request.ts';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import type { History, Violation } from '../history.ts';

/** The slowest watch of a simulated life tells of a change by then. */
const WATCH_LATE_MS = 3000;

const kindOf = (object: KubeObject) => allKinds.find((kind) => kind.kind === object.kind && groupVersion(kind) === object.apiVersion);
const base = ({ group, version, plural }: { group: string; version: string; plural: string }) => ({ root: group ? `/apis/${group}/${version}` : `/api/${version}`, plural });

/** What admission says of an object that is valid and yet unwanted; the code may be that of an invalid one. */
const BY_ADMISSION = /^\S+ "[^"]*" is forbidden: |^admission webhook "[^"]*" denied the request/;

/** Every stored object is one that the API server would accept, but for policies and webhooks, which came later or did not see every write. */
export function allValid(history: History, cluster: Cluster): Violation[] {
  const violations: Violation[] = [];
  for (const object of history.objects.values()) {
    const kind = kindOf(object);
    if (!kind || object.metadata.deletionTimestamp || object.kind === 'Event') continue;
    const { root, plural } = base(kind);
    const { namespace, name } = object.metadata;
    const answer = cluster.adminTransport().handle({ method: 'PUT', path: `${root}${namespace ? `/namespaces/${namespace}` : ''}/${plural}/${name}?dryRun=All`, body: object });
    const { message = '' } = answer.body as { message?: string };
    if ((answer.code === 422 || answer.code === 400) && !BY_ADMISSION.test(message)) violations.push({ rule: 'what is stored is valid', what: `${object.kind} ${namespace ?? ''}/${name}: ${message}` });
  }
  return violations;
}

/** A list gives what etcd's log adds up to. */
export function listsAgree(history: History, cluster: Cluster): Violation[] {
  const violations: Violation[] = [];
  for (const kind of ['Pod', 'Deployment', 'ReplicaSet', 'Service', 'Node', 'Job']) {
    const known = allKinds.find((each) => each.kind === kind && !['extensions'].includes(each.group))!;
    const { root, plural } = base(known);
    const { items } = cluster.adminTransport().handle({ method: 'GET', path: `${root}/${plural}` }).body as { items: KubeObject[] };
    const told = items.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}@${metadata.uid}`).sort();
    const logged = history.all(kind).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}@${metadata.uid}`).sort();
    if (told.join() !== logged.join()) violations.push({ rule: 'lists are the log', what: `${plural}: told are ${told.join(' ')}, logged ${logged.join(' ')}` });
  }
  return violations;
}

/** A watch from an earlier revision gives each later change of its kind once, in order. */
export async function watchesAgree(history: History, cluster: Cluster, revision: number): Promise<Violation[]> {
  const told: WatchEvent[] = [];
  const answer = cluster.transportAs(cluster.adminUser).watch({ method: 'GET', path: `/api/v1/pods?watch=1&resourceVersion=${revision}` }, { event: (event) => void told.push(event), closed: () => undefined });
  if ('code' in answer) return [{ rule: 'watches are the log', what: `a watch from ${revision} is refused with ${answer.code}` }];
  const last = history.changes.at(-1)!.revision;
  await cluster.world.advance(WATCH_LATE_MS);
  answer.close();
  if (told.some(({ type }) => type === 'ERROR')) return []; // too old: the client lists again
  const logged = history.changes.filter((change) => change.revision > revision && change.revision <= last && (change.after ?? change.before)!.kind === 'Pod').map(({ before, after, revision: at }) => `${before ? (after ? 'MODIFIED' : 'DELETED') : 'ADDED'} ${(after ?? before)!.metadata.name} ${at}`);
  const heard = told.filter(({ type, object }) => type !== 'BOOKMARK' && Number((object as KubeObject).metadata.resourceVersion) <= last).map(({ type, object }) => `${type} ${(object as KubeObject).metadata.name} ${(object as KubeObject).metadata.resourceVersion}`);
  const at = logged.findIndex((line, i) => line !== heard[i]);
  if (at < 0 && heard.length === logged.length) return [];
  const where = at < 0 ? logged.length : at;
  return [{ rule: 'watches are the log', what: `from ${revision}: event ${where} is ${heard[where] ?? 'missing'}, logged is ${logged[where] ?? 'nothing'}` }];
}

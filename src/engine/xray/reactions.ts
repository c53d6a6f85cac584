/** Who reacted to a command: later writes that belong to what it wrote, by ownership, reference or name. */
import type { RequestRecord } from '../../cluster/apiserver/api-server.ts';
import { summarizePod } from '../../cluster/api/pod-status.ts';
import { english } from '../../language/english.ts';
import type { Words } from '../../language/words.ts';
import type { KubeObject, Pod } from '../../cluster/api/types.ts';
import type { ReactionView } from '../lens/lens-view.ts';
import { isWrite, objectOf } from './stages.ts';

/** How long after a command something may still be its doing, in virtual time, and how much is told of it. */
const WINDOW_MS = 600_000;
const REACTIONS_MAX = 400;

interface Related { kind?: string; involvedObject?: { uid?: string }; regarding?: { uid?: string }; endpoints?: { targetRef?: { uid?: string }; conditions?: { ready?: boolean } }[]; reason?: string; message?: string; note?: string }

/** What followed from the player's writes, in order, and the Pods among it. */
export function reactionsTo(own: readonly RequestRecord[], all: readonly RequestRecord[], { requests: words }: Words = english): { reactions: ReactionView[]; pods: string[] } {
  const writes = own.filter((record) => isWrite(record) && record.code < 300);
  const [first] = writes;
  if (!first) return { reactions: [], pods: [] };
  const uids = new Set<string>();
  const keys = new Set<string>();
  const pods = new Set<string>();
  const follow = (record: RequestRecord): void => {
    const object = objectOf(record);
    if (object && record.info.resource !== 'events') uids.add(object.metadata.uid);
    if (record.info.resource !== 'events') keys.add(keyOf(record, object));
    if (record.info.resource === 'pods') pods.add(`${record.info.namespace}/${object?.metadata.name ?? record.info.name}`);
  };
  for (const write of writes) follow(write);
  const reactions: ReactionView[] = [];
  for (const record of all.slice(all.indexOf(first) + 1)) {
    if (writes.includes(record) || !isWrite(record) || record.code >= 300 || record.atMs - first.atMs > WINDOW_MS || reactions.length >= REACTIONS_MAX) continue;
    const object = objectOf(record);
    if (!keys.has(keyOf(record, object)) && !belongs(object, uids)) continue;
    follow(record);
    reactions.push({ afterMs: record.atMs - first.atMs, who: whoIs(record.user, words), text: deedOf(record, object, words) });
  }
  return { reactions: withoutRepeats(reactions), pods: [...pods] };
}

const keyOf = ({ info }: RequestRecord, object: KubeObject | undefined): string => `${info.resource}/${info.namespace}/${info.name || object?.metadata.name}`;

function belongs(object: KubeObject | undefined, uids: ReadonlySet<string>): boolean {
  if (!object) return false;
  const { involvedObject, regarding, endpoints = [] } = object as KubeObject & Related; // only some kinds have these
  const related = [object.metadata.uid, involvedObject?.uid, regarding?.uid, ...(object.metadata.ownerReferences ?? []).map(({ uid }) => uid), ...(endpoints ?? []).map(({ targetRef }) => targetRef?.uid)];
  return related.some((uid) => uid !== undefined && uids.has(uid));
}

/** `kubelet on worker-1`, `deployment-controller`. */
function whoIs(user: string, { kubeletOn }: Words['requests']): string {
  if (user.startsWith('system:node:')) return kubeletOn(user.slice('system:node:'.length));
  return user.replace(/^system:serviceaccount:[^:]+:/, '').replace(/^system:/, '');
}

function deedOf({ info, request }: RequestRecord, object: KubeObject | undefined, words: Words['requests']): string {
  const name = object?.metadata.name ?? info.name;
  const { kind = info.resource, reason, message, note, endpoints } = (object ?? {}) as Partial<KubeObject> & Related; // only some kinds have these
  if (info.resource === 'events') return words.says(reason ?? '', message ?? note ?? '');
  if (info.subresource === 'binding') return words.binds(name, (request.body as { target?: { name?: string } } | undefined)?.target?.name ?? ''); // a Binding
  if (info.resource === 'endpointslices') return words.slice(info.verb === 'create', name, (endpoints ?? []).filter(({ conditions }) => conditions?.ready).length, (endpoints ?? []).length);
  if (request.method === 'DELETE') return words.deletes(`${kind} ${name}`);
  if (info.verb === 'create') return words.creates(`${kind} ${name}`);
  return info.subresource === 'status' ? words.reports(`${kind} ${name}${stateOf(object, words)}`) : words.changes(`${kind} ${name}${info.subresource ? ` (${info.subresource})` : ''}`);
}

function stateOf(object: KubeObject | undefined, words: Words['requests']): string {
  if (object?.kind === 'Pod') {
    const { status, readyContainers, totalContainers } = summarizePod(object as Pod);
    return `: ${status} ${readyContainers}/${totalContainers}`;
  }
  const { replicas, readyReplicas = 0 } = (object?.status ?? {}) as { replicas?: number; readyReplicas?: number }; // kinds that scale
  return replicas === undefined ? '' : `: ${words.readyOf(readyReplicas, replicas)}`;
}

function withoutRepeats(reactions: readonly ReactionView[]): ReactionView[] {
  return reactions.filter(({ who, text }, index) => index === 0 || reactions[index - 1]!.who !== who || reactions[index - 1]!.text !== text);
}

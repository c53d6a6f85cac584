/** kubectl describe of what keeps Pods running: Deployment, ReplicaSet, ReplicationController, StatefulSet, DaemonSet. */
import { formatLabels } from '../../cluster/api/labels.ts';
import { type ApiObject, at, compareText, isDict, isEqual, listAt, numberAt, pairsAt, textAt, withAt } from '../objects.ts';
import type { Description } from './description.ts';
import { annotations, controlledBy, created, type DescribeSource, labels, nameAndNamespace, selectorText } from './describer.ts';
import { podTemplate } from './pod-template.ts';

const spec = (object: ApiObject, key: string) => numberAt(object, 'spec', key) ?? 0;
const status = (object: ApiObject, key: string) => numberAt(object, 'status', key) ?? 0;
const isOwnedBy = (owner: ApiObject) => (object: ApiObject) => listAt(object, 'metadata', 'ownerReferences').some((reference) => textAt(reference, 'uid') === owner.metadata.uid);

export async function deployment(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  nameAndNamespace(object, out);
  created(object, out);
  labels(object, out);
  annotations(object, out);
  out.row('Selector', selectorText(object, 'spec', 'selector'));
  out.row('Replicas', `${spec(object, 'replicas')} desired | ${status(object, 'updatedReplicas')} updated | ${status(object, 'replicas')} total | ${status(object, 'availableReplicas')} available | ${status(object, 'unavailableReplicas')} unavailable`);
  out.row('StrategyType', textAt(object, 'spec', 'strategy', 'type'));
  out.row('MinReadySeconds', spec(object, 'minReadySeconds'));
  const rolling = at(object, 'spec', 'strategy', 'rollingUpdate');
  if (isDict(rolling)) out.row('RollingUpdateStrategy', `${textAt(rolling, 'maxUnavailable')} max unavailable, ${textAt(rolling, 'maxSurge')} max surge`);
  podTemplate(at(object, 'spec', 'template'), out);
  conditions(object, out);
  await replicaSets(object, out, source);
}

async function replicaSets(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const all = await source.list('replicasets.apps', { namespace: object.metadata.namespace, labelSelector: selectorText(object, 'spec', 'selector') });
  const owned = all.filter(isOwnedBy(object)).sort((a, b) => compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || compareText(a.metadata.name ?? '', b.metadata.name ?? ''));
  const newest = owned.find((candidate) => isEqual(withoutHash(at(candidate, 'spec', 'template')), withoutHash(at(object, 'spec', 'template'))));
  const shown = (list: readonly ApiObject[]) => list.map((one) => `${one.metadata.name} (${status(one, 'replicas')}/${spec(one, 'replicas')} replicas created)`).join(', ') || '<none>';
  if (owned.length === 0) return;
  out.row('OldReplicaSets', shown(owned.filter((one) => one !== newest)));
  out.row('NewReplicaSet', shown(newest ? [newest] : []));
}

/** A template without the label that tells ReplicaSets apart. */
function withoutHash(template: unknown): unknown {
  return isDict(template) ? withAt(template, ['metadata', 'labels', 'pod-template-hash'], undefined) : template;
}

function conditions(object: ApiObject, out: Description): void {
  const list = listAt(object, 'status', 'conditions');
  if (list.length === 0) return;
  out.heading('Conditions');
  out.table(['Type', 'Status', 'Reason'], list.map((condition) => [`${textAt(condition, 'type')} `, textAt(condition, 'status'), textAt(condition, 'reason')]));
}

async function podsStatus(object: ApiObject, selector: string, out: Description, source: DescribeSource): Promise<void> {
  const pods = (await source.list('pods', { namespace: object.metadata.namespace, labelSelector: selector })).filter(isOwnedBy(object));
  const count = (phase: string) => pods.filter((pod) => textAt(pod, 'status', 'phase') === phase).length;
  out.row('Pods Status', `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`);
}

async function replicas(object: ApiObject, selector: string, out: Description, source: DescribeSource): Promise<void> {
  nameAndNamespace(object, out);
  out.row('Selector', selector);
  labels(object, out);
  annotations(object, out);
  controlledBy(object, out);
  out.row('Replicas', `${status(object, 'replicas')} current / ${spec(object, 'replicas')} desired`);
  await podsStatus(object, selector, out, source);
  podTemplate(at(object, 'spec', 'template'), out);
  conditions(object, out);
}

export function replicaSet(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  return replicas(object, selectorText(object, 'spec', 'selector'), out, source);
}

export function replicationController(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  return replicas(object, formatLabels(pairsAt(object, 'spec', 'selector')), out, source);
}

export async function statefulSet(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const selector = selectorText(object, 'spec', 'selector');
  nameAndNamespace(object, out);
  created(object, out);
  out.row('Selector', selector);
  labels(object, out);
  annotations(object, out);
  out.row('Replicas', `${spec(object, 'replicas')} desired | ${status(object, 'replicas')} total`);
  out.row('Update Strategy', textAt(object, 'spec', 'updateStrategy', 'type'));
  out.optional('  Partition', textAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition'));
  await podsStatus(object, selector, out, source);
  podTemplate(at(object, 'spec', 'template'), out);
  claims(listAt(object, 'spec', 'volumeClaimTemplates'), out);
}

function claims(templates: readonly unknown[], out: Description): void {
  if (templates.length === 0) return out.row('Volume Claims', '<none>');
  out.heading('Volume Claims');
  for (const template of templates) {
    out.row('Name', textAt(template, 'metadata', 'name'), 1);
    out.row('StorageClass', textAt(template, 'spec', 'storageClassName'), 1);
    out.pairs('Labels', pairsAt(template, 'metadata', 'labels'), 1);
    out.pairs('Annotations', pairsAt(template, 'metadata', 'annotations'), 1);
    out.row('Capacity', textAt(template, 'spec', 'resources', 'requests', 'storage') || '<default>', 1);
    out.row('Access Modes', `[${listAt(template, 'spec', 'accessModes').join(' ')}]`, 1);
  }
}

const NODES_SCHEDULED = [
  ['Desired Number of Nodes Scheduled', 'desiredNumberScheduled'], ['Current Number of Nodes Scheduled', 'currentNumberScheduled'], ['Number of Nodes Scheduled with Up-to-date Pods', 'updatedNumberScheduled'],
  ['Number of Nodes Scheduled with Available Pods', 'numberAvailable'], ['Number of Nodes Misscheduled', 'numberMisscheduled'],
] as const;

export async function daemonSet(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const selector = selectorText(object, 'spec', 'selector');
  nameAndNamespace(object, out);
  out.row('Selector', selector);
  out.row('Node-Selector', formatLabels(pairsAt(object, 'spec', 'template', 'spec', 'nodeSelector')));
  labels(object, out);
  annotations(object, out);
  for (const [label, key] of NODES_SCHEDULED) out.line(`${label}: ${status(object, key)}`);
  await podsStatus(object, selector, out, source);
  podTemplate(at(object, 'spec', 'template'), out);
}

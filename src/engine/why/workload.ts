/** Why a workload is not what it should be: its controller, its quota, its newest Pods. */
import { isReady } from '../../cluster/api/pod-status.ts';
import type { KubeObject, Pod } from '../../cluster/api/types.ts';
import { whyComponent } from './component.ts';
import { whyPod } from './pod.ts';
import { inNamespace, lastEvent, type Link, link, type WhyWorld } from './world.ts';

interface Condition { type: string; status: string; reason?: string; message?: string }
/** What kinds that keep Pods have in common. */
type Workload = KubeObject & {
  spec?: { replicas?: number; paused?: boolean; parallelism?: number; suspend?: boolean; completions?: number };
  status?: { observedGeneration?: number; replicas?: number; readyReplicas?: number; updatedReplicas?: number; availableReplicas?: number; desiredNumberScheduled?: number; numberReady?: number; updatedNumberScheduled?: number; conditions?: Condition[] };
};

/** Whether it is there as wanted: nothing to ask why about. */
export function isSettled(object: KubeObject): boolean {
  const { kind, spec = {}, status = {}, metadata: { generation } } = object as Workload;
  if (generation !== undefined && status.observedGeneration !== undefined && status.observedGeneration < generation) return false;
  if (kind === 'DaemonSet') return (status.numberReady ?? 0) >= (status.desiredNumberScheduled ?? 0) && (status.updatedNumberScheduled ?? 0) >= (status.desiredNumberScheduled ?? 0);
  if (kind === 'Job') return !status.conditions?.some(({ type, status: is }) => type === 'Failed' && is === 'True');
  const wanted = spec.replicas ?? 1;
  return (status.readyReplicas ?? 0) >= wanted && (kind !== 'Deployment' || (status.updatedReplicas ?? 0) >= wanted && (status.replicas ?? 0) <= wanted);
}

/** From the workload down to the first of its Pods that is in trouble. */
export function whyWorkload(world: WhyWorld, object: KubeObject): Link[] {
  if (isSettled(object)) return [];
  const { kind, metadata: { name, namespace, generation }, spec = {}, status = {} } = object as Workload;
  const { words } = world;
  const word = kind.toLowerCase();
  const at = inNamespace(namespace);
  const head = link(`${kind} ${name}: ${counts(object as Workload, words)}.`, `kubectl get ${word} ${name}${at}`);
  if (status.observedGeneration === undefined || (generation ?? 0) > status.observedGeneration) {
    const manager = whyComponent(world, 'kube-controller-manager');
    if (manager.length > 0) return [head, link(words.unseen(generation ?? 0, String(status.observedGeneration ?? '')), `kubectl get ${word} ${name}${at} -o jsonpath='{.metadata.generation} {.status.observedGeneration}'`), ...manager];
  }
  if (spec.paused || spec.suspend) return [head, link(spec.paused ? words.paused : words.suspended, `kubectl get ${word} ${name}${at} -o jsonpath='{.spec.${spec.paused ? 'paused' : 'suspend'}}'`)];
  const conditions = (status.conditions ?? []).filter(({ type, status: is, reason }) => type === 'ReplicaFailure' && is === 'True' || type === 'Progressing' && is === 'False' || type === 'Failed' && is === 'True' || reason === 'ProgressDeadlineExceeded')
    .map(({ type, reason, message }) => link(`${type}: ${reason ?? ''}: ${message ?? ''}`, `kubectl describe ${word} ${name}${at}`));
  const owners = [object, ...ownedOf(world, object, 'replicaset')];
  const refused = owners.flatMap((owner) => { const said = lastEvent(world, owner, /^FailedCreate$/); return said ? [{ owner, said }] : []; })[0];
  const pods = owners.flatMap((owner) => ownedOf(world, owner, 'pod')) as Pod[];
  const newest = pods.filter((pod) => !isReady(pod) && pod.status?.phase !== 'Succeeded').sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1));
  const troubled = newest.find((pod) => whyPod(world, pod).length > 0);
  const creation = refused && !troubled ? [link(words.noPodMade(`${refused.owner.kind} ${refused.owner.metadata.name}`, refused.said.message), `kubectl get events${at} --field-selector involvedObject.name=${refused.owner.metadata.name},reason=FailedCreate`), ...quota(refused.said.message, at, words)] : [];
  const order = kind === 'StatefulSet' && troubled ? [link(words.oneByOne(troubled.metadata.name), `kubectl get pods${at}`)] : [];
  const manager = pods.length === 0 && !refused ? whyComponent(world, 'kube-controller-manager') : [];
  return [head, ...conditions, ...creation, ...order, ...manager, ...(troubled ? whyPod(world, troubled) : [])];
}

function counts({ kind, spec = {}, status = {} }: Workload, words: WhyWorld['words']): string {
  if (kind === 'DaemonSet') return words.counts(status.numberReady ?? 0, status.desiredNumberScheduled ?? 0) + words.updated(status.updatedNumberScheduled ?? 0);
  if (kind === 'Job') return words.hasFailed;
  const wanted = spec.replicas ?? 1;
  const updated = kind === 'Deployment' || kind === 'StatefulSet' ? words.updated(status.updatedReplicas ?? 0) : '';
  return words.counts(status.readyReplicas ?? 0, wanted) + updated;
}

function ownedOf(world: WhyWorld, { metadata: { uid, namespace } }: KubeObject, resource: string): readonly KubeObject[] {
  return world.list(resource, namespace).filter(({ metadata: { ownerReferences } }) => ownerReferences?.some((owner) => owner.uid === uid));
}

function quota(message: string, at: string, words: WhyWorld['words']): Link[] {
  if (message.includes('exceeded quota')) return [link(words.quota, `kubectl describe resourcequota${at}`)];
  if (message.includes('violates PodSecurity')) return [link(words.podSecurity, `kubectl get namespace ${at.replace(' -n ', '') || 'default'} --show-labels`)];
  if (/serviceaccount ".*" not found/.test(message)) return [link(words.noServiceAccount, `kubectl get serviceaccounts${at}`)];
  return [];
}

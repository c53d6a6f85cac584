/** Rules that hold once every mishap is mended and the cluster has come to rest. */
import type { DaemonSet, Deployment, EndpointSlice, Job, KubeObject, Node, Pod, PodDisruptionBudget, ReplicaSet, ResourceQuota, Service, StatefulSet } from '../../../src/cluster/api/types.ts';
import { matchesLabels, matchesLabelSelector } from '../../../src/cluster/api/labels.ts';
import { amountOf, podRequests } from '../../../src/cluster/api/pod-resources.ts';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import type { History, Violation } from '../history.ts';
import { called, DETAILS, differences, isGoing, type Look, ownedBy, podsOf } from './details.ts';
import { isInScope, isOver, isReady } from './live.ts';

const capacity: Look = function* (history) {
  for (const node of history.all<Node>('Node')) {
    const here = history.all<Pod>('Pod').filter((pod) => pod.spec.nodeName === node.metadata.name && !isOver(pod));
    for (const resource of ['cpu', 'memory']) {
      const asked = here.reduce((sum, { spec }) => sum + amountOf(resource, podRequests(spec)[resource]), 0);
      const there = amountOf(resource, node.status.allocatable?.[resource]);
      if (asked > there) yield `${called(node)} has ${there} of ${resource}, and its Pods ask for ${asked}`;
    }
    const most = Number(node.status.allocatable?.['pods'] ?? 110);
    if (here.length > most) yield `${called(node)} takes ${most} Pods and has ${here.length}`;
  }
};

const noOrphans: Look = function* (history) {
  const uids = new Set([...history.objects.values()].map(({ metadata }) => metadata.uid));
  for (const object of history.objects.values()) {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length > 0 && owners.every(({ uid }) => !uids.has(uid))) yield `${called(object)} outlives its owners (${owners.map(({ kind, name }) => `${kind} ${name}`).join(', ')})`;
  }
};

const nothingGoing: Look = function* (history) {
  for (const object of history.objects.values()) if (isGoing(object)) yield `${called(object)} is still being deleted${object.metadata.finalizers ? ` (finalizers ${object.metadata.finalizers.join(', ')})` : ''}`;
};

const nodesReady: Look = function* (history) {
  for (const node of history.all<Node>('Node')) {
    const ready = node.status.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True') yield `${called(node)} is not ready: ${ready?.reason}: ${ready?.message}`;
  }
};

const counts: Look = function* (history) {
  for (const set of history.all<ReplicaSet>('ReplicaSet')) {
    const pods = podsOf(history, set).filter((pod) => !isOver(pod) && !isGoing(pod));
    yield* differences(set, set.status, { replicas: pods.length, readyReplicas: pods.filter(isReady).length, observedGeneration: set.metadata.generation ?? 0 });
  }
  for (const set of history.all<StatefulSet>('StatefulSet')) {
    const pods = podsOf(history, set).filter((pod) => !isGoing(pod));
    yield* differences(set, set.status, { replicas: pods.length, readyReplicas: pods.filter(isReady).length, observedGeneration: set.metadata.generation ?? 0 });
  }
  for (const set of history.all<DaemonSet>('DaemonSet')) yield* differences(set, set.status, { numberReady: podsOf(history, set).filter(isReady).length, observedGeneration: set.metadata.generation ?? 0 });
  for (const deployment of history.all<Deployment>('Deployment')) {
    const sets = history.all<ReplicaSet>('ReplicaSet', deployment.metadata.namespace).filter(ownedBy(deployment));
    const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas') => sets.reduce((total, { status }) => total + (status?.[field] ?? 0), 0);
    yield* differences(deployment, deployment.status, { replicas: sum('replicas'), readyReplicas: sum('readyReplicas'), availableReplicas: sum('availableReplicas'), observedGeneration: deployment.metadata.generation ?? 0 });
  }
  for (const job of history.all<Job>('Job')) {
    const active = podsOf(history, job).filter((pod) => !isOver(pod) && !isGoing(pod)).length;
    if (!isOverJob(job)) yield* differences(job, job.status, { active });
  }
};

const isOverJob = ({ status }: Job) => status.conditions?.some(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True') ?? false;

/** Each set has as many Pods as it wants. */
const satisfied: Look = function* (history) {
  const quotaIn = (namespace: string | undefined) => history.all<ResourceQuota>('ResourceQuota', namespace).length > 0;
  for (const set of [...history.all<ReplicaSet>('ReplicaSet'), ...history.all<StatefulSet>('StatefulSet')]) {
    const pods = podsOf(history, set).filter((pod) => !isOver(pod) && !isGoing(pod));
    const waits = set.kind === 'StatefulSet' && pods.some((pod) => !isReady(pod));
    if (!waits && !quotaIn(set.metadata.namespace) && pods.length !== (set.spec.replicas ?? 1)) yield `${called(set)} wants ${set.spec.replicas} Pods and has ${pods.length}`;
  }
};

const endpoints: Look = function* (history) {
  for (const service of history.all<Service>('Service')) {
    const { selector, publishNotReadyAddresses } = service.spec;
    if (!selector) continue;
    const wanted = history.all<Pod>('Pod', service.metadata.namespace).filter((pod) => matchesLabels(selector, pod.metadata.labels) && pod.status.podIP && !isOver(pod) && !isGoing(pod) && (publishNotReadyAddresses || isReady(pod))).map(({ status }) => status.podIP!);
    const slices = history.all<EndpointSlice>('EndpointSlice', service.metadata.namespace).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name);
    const told = slices.flatMap((slice) => (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).flatMap(({ addresses }) => addresses));
    if ([...new Set(told)].sort().join() !== [...new Set(wanted)].sort().join()) yield `${called(service)} has the endpoints ${told.sort().join(' ') || 'none'}, and its ready Pods are ${wanted.sort().join(' ') || 'none'}`;
  }
};

const budgets: Look = function* (history) {
  for (const budget of history.all<PodDisruptionBudget>('PodDisruptionBudget')) {
    const pods = history.all<Pod>('Pod', budget.metadata.namespace).filter((pod) => matchesLabelSelector(budget.spec.selector, pod.metadata.labels) && !isOver(pod));
    yield* differences(budget, budget.status, { currentHealthy: pods.filter((pod) => isReady(pod) && !isGoing(pod)).length });
  }
};

const quotas: Look = function* (history) {
  for (const quota of history.all<ResourceQuota>('ResourceQuota')) {
    const { namespace } = quota.metadata;
    const pods = history.all<Pod>('Pod', namespace).filter((pod) => !isOver(pod) && isInScope(quota, pod));
    const usage: Readonly<Record<string, number>> = { 'pods': pods.length, 'services': history.all('Service', namespace).length, 'count/deployments.apps': history.all('Deployment', namespace).length, 'persistentvolumeclaims': history.all('PersistentVolumeClaim', namespace).length, 'count/jobs.batch': history.all('Job', namespace).length, 'services.nodeports': history.all<Service>('Service', namespace).filter(({ spec }) => spec.type === 'NodePort' || spec.type === 'LoadBalancer').reduce((sum, { spec }) => sum + (spec.ports ?? []).length, 0), 'requests.cpu': pods.reduce((sum, { spec }) => sum + amountOf('cpu', podRequests(spec)['cpu']), 0) };
    for (const resource of Object.keys(quota.spec.hard ?? {})) {
      if (usage[resource] === undefined) continue;
      const told = resource === 'requests.cpu' ? amountOf('cpu', quota.status.used?.[resource]) : Number(quota.status.used?.[resource]);
      if (told !== usage[resource]) yield `${called(quota)} says ${resource}: ${told}, and it is ${usage[resource]}`;
    }
  }
};

/** Nothing waits for a clean-up that nobody will do. */
const finalizersLeft: Look = function* (history) {
  for (const object of history.objects.values()) {
    const { finalizers = [] } = object.metadata;
    if (object.kind === 'Pod' && isOver(object as Pod) && finalizers.includes('batch.kubernetes.io/job-tracking')) yield `${called(object)} has ended and is still tracked by its Job`;
    const cascade = finalizers.find((each) => each === 'foregroundDeletion' || each === 'orphan');
    if (cascade && !isGoing(object)) yield `${called(object)} is not being deleted and has the finalizer ${cascade}`;
  }
};

/** A Service has its load balancer, and a load balancer its Service. */
const loadBalancers: Look = function* (history, cluster) {
  const services = history.all<Service>('Service').filter(({ spec }) => spec.type === 'LoadBalancer');
  const there = new Set(cluster.cloud.loadBalancers().map(({ address }) => address));
  for (const service of services) {
    const told = service.status?.loadBalancer?.ingress?.[0]?.ip;
    if (!told || !there.delete(told)) yield `${called(service)} has ${told ? `the address ${told}, which the cloud does not know` : 'no address'}`;
  }
  for (const address of there) yield `the cloud has a load balancer ${address} that no Service has`;
};

/** What a node runs is what the API server knows. */
const machines: Look = function* (history, cluster) {
  const pods = new Map(history.all<Pod>('Pod').map((pod) => [pod.metadata.annotations?.['kubernetes.io/config.mirror'] ?? pod.metadata.uid, pod]));
  for (const machine of cluster.machines.values()) {
    for (const { state, config } of machine.runtime.sandboxes()) {
      if (state === 'Ready' && !pods.has(config.uid)) yield `${machine.name} runs the sandbox of ${config.namespace}/${config.name}, which is no more`;
    }
  }
  for (const pod of pods.values()) {
    const machine = cluster.machines.get(pod.spec.nodeName ?? '');
    if (pod.status.phase !== 'Running' || !machine) continue;
    const running = machine.runtime.sandboxes().some(({ state, config }) => state === 'Ready' && config.namespace === pod.metadata.namespace && config.name === pod.metadata.name);
    if (!running) yield `${called(pod)} is Running, and ${machine.name} has no sandbox for it`;
  }
};

/** A Pod that is not ready has a reason that somebody could name. */
const excused: Look = function* (history) {
  for (const pod of history.all<Pod>('Pod')) {
    if (isOver(pod) || isGoing(pod) || isReady(pod)) continue;
    const { conditions = [], containerStatuses = [], initContainerStatuses = [] } = pod.status;
    const waiting = [...initContainerStatuses, ...containerStatuses].map(({ state }) => state?.waiting?.reason ?? '');
    const isUnschedulable = conditions.some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable');
    const hasBadProbe = pod.spec.containers.some(({ readinessProbe }) => readinessProbe?.tcpSocket && readinessProbe.tcpSocket.port !== (pod.spec.containers[0]!.image?.startsWith('redis') ? 6379 : 80));
    const isTask = pod.metadata.ownerReferences?.some(({ kind }) => kind === 'Job');
    if (isUnschedulable || hasBadProbe || isTask || waiting.some((reason) => /ImagePull|CrashLoop/.test(reason))) continue;
    yield `${called(pod)} on ${pod.spec.nodeName ?? 'no node'} is ${pod.status.phase} and not ready: ${JSON.stringify(conditions.filter(({ status }) => status !== 'True'))} ${waiting.join(' ')}`;
  }
};

/** A rollout goes on to its end. */
const rolledOut: Look = function* (history) {
  for (const deployment of history.all<Deployment>('Deployment')) {
    const { replicas = 1, paused } = deployment.spec;
    const { updatedReplicas = 0, availableReplicas = 0, replicas: all = 0 } = deployment.status;
    const pods = history.all<ReplicaSet>('ReplicaSet', deployment.metadata.namespace).filter(ownedBy(deployment)).flatMap((set) => podsOf(history, set)).filter((pod) => !isOver(pod) && !isGoing(pod));
    const quotas = history.all<ResourceQuota>('ResourceQuota', deployment.metadata.namespace).length;
    if (paused || quotas > 0 || pods.some((pod) => !isReady(pod))) continue;
    if (updatedReplicas !== replicas || all !== replicas || availableReplicas !== replicas) yield `${called(deployment)} wants ${replicas}, has ${all}, of them ${updatedReplicas} updated and ${availableReplicas} available, and all its Pods are ready`;
  }
};

const jobsGoOn: Look = function* (history) {
  for (const job of history.all<Job>('Job')) {
    if (isOverJob(job) || job.spec.suspend || job.spec.parallelism === 0 || history.all<ResourceQuota>('ResourceQuota', job.metadata.namespace).length > 0) continue;
    if (podsOf(history, job).filter((pod) => !isOver(pod)).length === 0) yield `${called(job)} is not over and has no Pod: ${JSON.stringify(job.status)}`;
  }
};

/** No node has two Pods of a DaemonSet. */
const daemons: Look = function* (history) {
  for (const set of history.all<DaemonSet>('DaemonSet')) {
    const names = podsOf(history, set).filter((pod) => !isOver(pod) && !isGoing(pod)).map(({ spec }) => spec.nodeName ?? 'no node');
    const twice = names.find((name, i) => name !== 'no node' && names.indexOf(name) !== i);
    if (twice) yield `${called(set)} has two Pods on ${twice}`;
  }
};

const REST_RULES: Readonly<Record<string, Look>> = {
  'nodes come back': nodesReady, 'no node is overfull': capacity, 'dependants go with their owners': noOrphans, 'what is deleted goes': nothingGoing, 'statuses count right': counts,
  'sets have their Pods': satisfied, 'endpoints are the ready Pods': endpoints, 'budgets count right': budgets, 'quotas count right': quotas, 'machines run what the API says': machines,
  'a Pod that is not ready has a reason': excused, 'rollouts end': rolledOut, 'Jobs go on': jobsGoOn, 'DaemonSets have one Pod a node': daemons, 'no finalizer is left': finalizersLeft, 'load balancers are those of Services': loadBalancers,
  ...DETAILS,
};

/** What is wrong with a cluster at rest. */
export function atRest(history: History, cluster: Cluster): Violation[] {
  return Object.entries(REST_RULES).flatMap(([rule, look]) => [...look(history, cluster)].map((what) => ({ rule, what })));
}

/** Writes that go on for ever: heartbeats, elections, and what only tells of them. */
function isHeartbeat(object: KubeObject): boolean {
  return object.kind === 'Lease' || object.kind === 'Event' || object.kind === 'IPAddress';
}

/** A Pod whose container does not start is tried again and again. */
function isRetrying(object: KubeObject): boolean {
  const { containerStatuses = [], initContainerStatuses = [] } = object.kind === 'Pod' ? (object as Pod).status : {};
  return [...containerStatuses, ...initContainerStatuses].some(({ state }) => /^(ErrImagePull|ImagePullBackOff|CrashLoopBackOff)$/.test(state?.waiting?.reason ?? ''));
}

/** Changes of a cluster that should do nothing any more; what happens in `except` is left aside. */
export function unrest(history: History, fromChange: number, except: (object: KubeObject) => boolean = () => false): Violation[] {
  const seen = new Map<string, { times: number; example: string }>();
  for (const { before, after } of history.changes.slice(fromChange)) {
    const object = after ?? before!;
    if (isHeartbeat(object) || isRetrying(object) || except(object) || sameButTimes(before, after)) continue;
    const entry = seen.get(called(object)) ?? { times: 0, example: differenceOf(before, after) };
    seen.set(called(object), { ...entry, times: entry.times + 1 });
  }
  return [...seen].map(([name, { times, example }]) => ({ rule: 'rest is a fixed point', what: `${name} changes ${times} times: ${example}` }));
}

const TIMES = /"(lastHeartbeatTime|lastProbeTime|resourceVersion|renewTime|lastScheduleTime)":"[^"]*"/g;

function sameButTimes(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  return before !== undefined && after !== undefined && JSON.stringify(before).replace(TIMES, '') === JSON.stringify(after).replace(TIMES, '');
}

/** The first fields that differ, for a reader. */
function differenceOf(before: unknown, after: unknown, path = ''): string {
  if (before === undefined || after === undefined || typeof before !== 'object' || typeof after !== 'object' || !before || !after) {
    const short = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 120);
    return `${path || 'it'}: ${short(before)} becomes ${short(after)}`;
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const parts = [...keys].filter((key) => key !== 'resourceVersion' && JSON.stringify((before as Record<string, unknown>)[key]) !== JSON.stringify((after as Record<string, unknown>)[key]));
  return parts.slice(0, 2).map((key) => differenceOf((before as Record<string, unknown>)[key], (after as Record<string, unknown>)[key], `${path}.${key}`)).join('; ');
}

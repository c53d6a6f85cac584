/** Rules of single kinds at rest: what a status tells is what its spec and its children come to, and nothing is held that nobody uses. */
import type { CronJob, DaemonSet, Deployment, HorizontalPodAutoscaler, Job, KubeObject, Lease, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodDisruptionBudget, ReplicaSet, Service, StatefulSet, Taint, Toleration, VolumeAttachment } from '../../../src/cluster/api/types.ts';
import { matchesLabels, matchesLabelSelector } from '../../../src/cluster/api/labels.ts';
import { amountOf, podRequests } from '../../../src/cluster/api/pod-resources.ts';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import type { History } from '../history.ts';
import { isOver, isReady } from './live.ts';

export type Look = (history: History, cluster: Cluster) => Iterable<string>;

export const isGoing = ({ metadata }: KubeObject) => metadata.deletionTimestamp !== undefined;
export const called = ({ kind, metadata: { namespace, name } }: KubeObject) => `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
export const ownedBy = (owner: KubeObject) => ({ metadata }: KubeObject) => metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === owner.metadata.uid) ?? false;
export const podsOf = (history: History, owner: KubeObject) => history.all<Pod>('Pod', owner.metadata.namespace).filter(ownedBy(owner));
const isPresent = (pod: Pod) => !isOver(pod) && !isGoing(pod);

/** Compares a status' counts with what is there. */
export function* differences(object: KubeObject, told: object, counted: Readonly<Record<string, number>>): Iterable<string> {
  for (const [field, count] of Object.entries(counted)) {
    const says = Number((told as Record<string, unknown>)[field] ?? 0);
    if (says !== count) yield `${called(object)} says ${field}: ${says}, and it is ${count}`;
  }
}

/** Whether a taint keeps a Pod away that tolerates so much; reckoned here, apart from the model. */
function keepsOff({ key, value = '', effect }: Taint, tolerations: readonly Toleration[]): boolean {
  if (effect === 'PreferNoSchedule') return false;
  return !tolerations.some((each) => (each.effect === undefined || each.effect === effect) && (each.operator === 'Exists' ? each.key === undefined || each.key === key : each.key === key && (each.value ?? '') === value));
}

const DAEMONS_TOLERATE: readonly Toleration[] = ['not-ready', 'unreachable', 'disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable', 'network-unavailable'].map((name) => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists' }));

/** A DaemonSet has one Pod on each node that it may be on, and says so. */
const daemonSets: Look = function* (history) {
  for (const set of history.all<DaemonSet>('DaemonSet')) {
    const { nodeSelector, tolerations = [] } = set.spec.template.spec!;
    const nodes = history.all<Node>('Node').filter(({ metadata, spec }) => matchesLabels(nodeSelector, metadata.labels) && !(spec.taints ?? []).some((taint) => keepsOff(taint, [...tolerations, ...DAEMONS_TOLERATE])));
    const pods = podsOf(history, set).filter(isPresent);
    yield* differences(set, set.status, { desiredNumberScheduled: nodes.length, numberAvailable: nodes.filter(({ metadata }) => pods.some((pod) => pod.spec.nodeName === metadata.name && isReady(pod))).length });
    const isLimited = history.all('ResourceQuota', set.metadata.namespace).length > 0;
    if (!isLimited) for (const { metadata: { name } } of nodes) if (!pods.some(({ spec }) => (spec.nodeName ?? spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0]) === name)) yield `${called(set)} has no Pod for ${name}`;
  }
};

const statefulSets: Look = function* (history) {
  for (const set of history.all<StatefulSet>('StatefulSet')) {
    const { replicas = 1, updateStrategy } = set.spec;
    const { currentRevision, updateRevision } = set.status;
    const pods = podsOf(history, set).filter((pod) => !isGoing(pod));
    const of = (revision: string | undefined) => pods.filter(({ metadata }) => metadata.labels?.['controller-revision-hash'] === revision).length;
    yield* differences(set, set.status, { availableReplicas: pods.filter(isReady).length, updatedReplicas: of(updateRevision) });
    const isDone = pods.length === replicas && pods.every(isReady);
    if (isDone && updateStrategy?.type !== 'OnDelete' && !updateStrategy?.rollingUpdate?.partition && (currentRevision !== updateRevision || of(updateRevision) !== replicas)) yield `${called(set)} has all its Pods ready, ${of(updateRevision)} of ${replicas} at the update revision ${updateRevision}, and is at ${currentRevision}`;
  }
};

const deployments: Look = function* (history) {
  for (const set of history.all<ReplicaSet>('ReplicaSet')) {
    const pods = podsOf(history, set).filter(isPresent);
    yield* differences(set, set.status, { availableReplicas: pods.filter(isReady).length, fullyLabeledReplicas: pods.filter(({ metadata }) => matchesLabels(set.spec.template?.metadata?.labels, metadata.labels)).length, terminatingReplicas: podsOf(history, set).filter((pod) => isGoing(pod) && !isOver(pod)).length });
  }
  for (const deployment of history.all<Deployment>('Deployment')) {
    const sets = history.all<ReplicaSet>('ReplicaSet', deployment.metadata.namespace).filter(ownedBy(deployment));
    const revision = (object: KubeObject) => Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
    const current = sets.reduce<ReplicaSet | undefined>((newest, set) => (newest && revision(newest) > revision(set) ? newest : set), undefined);
    yield* differences(deployment, deployment.status, { updatedReplicas: current?.status.replicas ?? 0 });
    if (current && revision(current) !== revision(deployment)) yield `${called(deployment)} is at revision ${revision(deployment)}, and its newest ReplicaSet at ${revision(current)}`;
    if (new Set(sets.map(revision)).size !== sets.length) yield `${called(deployment)} has two ReplicaSets of one revision: ${sets.map((set) => `${set.metadata.name} ${revision(set)}`).join(', ')}`;
    const old = sets.filter((set) => set !== current && (set.spec.replicas ?? 1) === 0 && set.status.replicas === 0).length;
    const condition = deployment.status.conditions?.find(({ type }) => type === 'Progressing');
    if (condition?.reason === 'NewReplicaSetAvailable' && !deployment.spec.paused && old > (deployment.spec.revisionHistoryLimit ?? 10)) yield `${called(deployment)} keeps ${old} old ReplicaSets of at most ${deployment.spec.revisionHistoryLimit}`;
  }
};

const isDone = ({ status }: Job) => status.conditions?.find(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True')?.type;

/** A Job's numbers are those of its Pods, as far as they are still there; what has ended has no Pod that runs. */
const jobs: Look = function* (history) {
  for (const job of history.all<Job>('Job')) {
    const pods = podsOf(history, job);
    const { succeeded = 0, failed = 0, uncountedTerminatedPods: uncounted, completedIndexes } = job.status;
    if ((uncounted?.succeeded?.length ?? 0) + (uncounted?.failed?.length ?? 0) > 0) yield `${called(job)} has not counted ${JSON.stringify(uncounted)}`;
    for (const [phase, count] of [['Succeeded', succeeded], ['Failed', failed]] as const) {
      const there = pods.filter(({ status }) => status.phase === phase).length;
      if (job.spec.completionMode !== 'Indexed' && phase === 'Succeeded' ? there > count : there > count && phase === 'Failed' && !job.spec.podFailurePolicy) yield `${called(job)} counts ${count} Pods that are ${phase}, and ${there} are there`;
    }
    const isUnfinished = pods.filter((pod) => !isOver(pod));
    if (isDone(job) && isUnfinished.length > 0) yield `${called(job)} is ${isDone(job)}, and ${isUnfinished[0]!.metadata.name} goes on`;
    if (isDone(job) === 'Complete' && !job.spec.successPolicy && job.spec.completions !== undefined && succeeded < job.spec.completions) yield `${called(job)} is complete with ${succeeded} of ${job.spec.completions}`;
    if (completedIndexes !== undefined && countOf(completedIndexes) !== succeeded) yield `${called(job)} counts ${succeeded} and names the indexes ${completedIndexes}`;
    yield* differences(job, job.status, { ready: isUnfinished.filter(isReady).length, terminating: isUnfinished.filter(isGoing).length });
    if (isDone(job) && job.spec.ttlSecondsAfterFinished !== undefined) yield `${called(job)} is over and was to go after ${job.spec.ttlSecondsAfterFinished} s`;
  }
  for (const cronJob of history.all<CronJob>('CronJob')) {
    const own = history.all<Job>('Job', cronJob.metadata.namespace).filter(ownedBy(cronJob));
    const active = own.filter((job) => !isDone(job)).map(({ metadata }) => metadata.name).sort().join(' ');
    const told = (cronJob.status.active ?? []).map(({ name }) => name).sort().join(' ');
    if (active !== told) yield `${called(cronJob)} tells of the Jobs ${told || 'none'}, and active are ${active || 'none'}`;
    for (const [type, limit] of [['Complete', cronJob.spec.successfulJobsHistoryLimit ?? 3], ['Failed', cronJob.spec.failedJobsHistoryLimit ?? 1]] as const) {
      const ended = own.filter((job) => isDone(job) === type).length;
      if (ended > limit) yield `${called(cronJob)} keeps ${ended} Jobs that are ${type}, at most ${limit} may be`;
    }
  }
};

/** How many numbers `0-2,5` names. */
function countOf(indexes: string): number {
  return indexes.split(',').filter(Boolean).reduce((sum, range) => { const [from, to = from] = range.split('-').map(Number) as [number, number?]; return sum + to - from + 1; }, 0);
}

const budgets: Look = function* (history) {
  for (const budget of history.all<PodDisruptionBudget>('PodDisruptionBudget')) {
    const { currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods, disruptedPods = {} } = budget.status;
    const pods = history.all<Pod>('Pod', budget.metadata.namespace).filter((pod) => matchesLabelSelector(budget.spec.selector, pod.metadata.labels) && !isOver(pod));
    if (disruptionsAllowed !== (expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy))) yield `${called(budget)} allows ${disruptionsAllowed} with ${currentHealthy} healthy, ${desiredHealthy} wanted, ${expectedPods} expected`;
    for (const name of Object.keys(disruptedPods)) yield `${called(budget)} still awaits the end of ${name}`;
    if (typeof budget.spec.minAvailable === 'number' && expectedPods !== pods.length) yield `${called(budget)} expects ${expectedPods} Pods, and there are ${pods.length}`;
  }
};

/** A claim has one volume and a volume one claim; what belongs to no claim is told so. */
const claims: Look = function* (history) {
  const volumes = history.all<PersistentVolume>('PersistentVolume');
  const all = history.all<PersistentVolumeClaim>('PersistentVolumeClaim');
  for (const claim of all) {
    const { metadata: { uid, finalizers }, spec: { volumeName }, status } = claim;
    const own = volumes.filter((volume) => volume.spec.claimRef?.uid === uid);
    if (own.length > 1) yield `${called(claim)} has the volumes ${own.map(({ metadata }) => metadata.name).join(' ')}`;
    if (status.phase === 'Bound' && own[0]?.metadata.name !== volumeName) yield `${called(claim)} is bound to ${volumeName}, which is ${own[0] ? `not ${own[0].metadata.name}` : 'not bound to it'}`;
    if (status.phase === 'Pending' && volumeName) yield `${called(claim)} is pending and has ${volumeName}`;
    if (!finalizers?.includes('kubernetes.io/pvc-protection')) yield `${called(claim)} is not protected`;
  }
  for (const volume of volumes) {
    const { claimRef, persistentVolumeReclaimPolicy } = volume.spec;
    const isThere = claimRef && all.some(({ metadata }) => metadata.uid === claimRef.uid);
    const wanted = !claimRef?.uid ? 'Available' : isThere ? 'Bound' : 'Released';
    if (volume.status.phase !== wanted && volume.status.phase !== 'Failed') yield `${called(volume)} is ${volume.status.phase}, wanted is ${wanted}`;
    if (wanted === 'Released' && persistentVolumeReclaimPolicy === 'Delete' && volume.spec.csi) yield `${called(volume)} has lost its claim and was to be deleted`;
  }
};

/** Disks are plugged in where a Pod uses them, and made for volumes that are there. */
const attachments: Look = function* (history, cluster) {
  const volumes = history.all<PersistentVolume>('PersistentVolume');
  const uses = new Set<string>();
  for (const pod of history.all<Pod>('Pod')) {
    if (!pod.spec.nodeName || isOver(pod)) continue;
    for (const { name, persistentVolumeClaim, ephemeral } of pod.spec.volumes ?? []) {
      const claimName = persistentVolumeClaim?.claimName ?? (ephemeral && `${pod.metadata.name}-${name}`);
      const claim = history.all<PersistentVolumeClaim>('PersistentVolumeClaim', pod.metadata.namespace).find(({ metadata }) => metadata.name === claimName);
      if (claim?.spec.volumeName) uses.add(`${claim.spec.volumeName} on ${pod.spec.nodeName}`);
    }
  }
  const attached = history.all<VolumeAttachment>('VolumeAttachment').map((each) => ({ each, where: `${each.spec.source.persistentVolumeName} on ${each.spec.nodeName}` }));
  for (const { each, where } of attached) if (!uses.has(where)) yield `${called(each)} holds ${where}, and no Pod uses it there`;
  for (const disk of cluster.cloud.disks.list()) {
    const volume = volumes.find(({ spec }) => spec.csi?.volumeHandle === disk.id);
    if (!volume) yield `the cloud's disk ${disk.id} (${disk.name}) is that of no volume`;
    else if (disk.attachedTo && !attached.some(({ where }) => where === `${volume.metadata.name} on ${disk.attachedTo}`)) yield `the cloud has ${disk.id} in ${disk.attachedTo}, and no VolumeAttachment says so`;
  }
  for (const node of history.all<Node>('Node')) for (const { name } of node.status.volumesAttached ?? []) {
    const volume = volumes.find(({ spec }) => spec.csi && name.endsWith(spec.csi.volumeHandle));
    if (!volume || !attached.some(({ where }) => where === `${volume.metadata.name} on ${node.metadata.name}`)) yield `${called(node)} says that it has ${name}`;
  }
};

/** No two Services have an address or a port, and what none has is given back. */
const addresses: Look = function* (history) {
  const holders = new Map<string, Service>();
  for (const service of history.all<Service>('Service')) {
    const held = [...(service.spec.clusterIPs ?? []).filter((ip) => ip !== 'None'), ...(service.spec.ports ?? []).flatMap(({ nodePort, protocol }) => (nodePort ? [`${nodePort}/${protocol}`] : [])), ...(service.spec.healthCheckNodePort ? [`${service.spec.healthCheckNodePort}/TCP`] : [])];
    for (const each of held) {
      const other = holders.get(each);
      if (other) yield `${called(service)} and ${called(other)} both have ${each}`;
      holders.set(each, service);
    }
    if (service.spec.type !== 'ExternalName' && !service.spec.clusterIP) yield `${called(service)} has no cluster IP`;
  }
  for (const { metadata: { name } } of history.all('IPAddress')) if (!holders.has(name)) yield `the address ${name} is kept for no Service`;
  const known = new Set(history.all('IPAddress').map(({ metadata }) => metadata.name));
  for (const [held, service] of holders) if (!held.includes('/') && !known.has(held)) yield `${called(service)} has ${held}, and no IPAddress says so`;
};

/** Who holds a Lease renews it. */
const leases: Look = function* (history, cluster) {
  const nodes = new Set(history.all('Node').map(({ metadata }) => metadata.name));
  for (const lease of history.all<Lease>('Lease')) {
    const { namespace, name } = lease.metadata;
    if (namespace === 'kube-node-lease' ? !nodes.has(name) : !/^kube-(scheduler|controller-manager)$|^cloud-controller-manager$/.test(name)) { if (namespace === 'kube-node-lease') yield `${called(lease)} is that of no node`; continue; }
    const machine = cluster.machines.get(namespace === 'kube-node-lease' ? name : lease.spec.holderIdentity?.split('_')[0] ?? '');
    const ageMs = (machine?.os.world.clock.now() ?? cluster.world.clock.now()) - Date.parse(String(lease.spec.renewTime));
    if (!machine) yield `${called(lease)} is held by ${lease.spec.holderIdentity}, which is no machine`;
    else if (ageMs > 45_000) yield `${called(lease)} of ${lease.spec.holderIdentity} was renewed ${Math.round(ageMs / 1000)} s ago`;
  }
  for (const name of nodes) if (!history.all<Lease>('Lease', 'kube-node-lease').some(({ metadata }) => metadata.name === name)) yield `node ${name} has no Lease`;
};

const namespaces: Look = function* (history) {
  for (const namespace of history.all<Namespace>('Namespace')) {
    const { name } = namespace.metadata;
    if (namespace.status.phase !== 'Active') yield `${called(namespace)} is ${namespace.status.phase}`;
    if (!history.all('ServiceAccount', name).some(({ metadata }) => metadata.name === 'default')) yield `${called(namespace)} has no account`;
    if (!history.all('ConfigMap', name).some(({ metadata }) => metadata.name === 'kube-root-ca.crt')) yield `${called(namespace)} has no kube-root-ca.crt`;
  }
  for (const object of history.objects.values()) if (object.metadata.namespace && !history.all('Namespace').some(({ metadata }) => metadata.name === object.metadata.namespace) && object.kind !== 'Event') yield `${called(object)} is in a namespace that is not there`;
};

const nodes: Look = function* (history) {
  const byCidr = new Map<string, string>();
  for (const node of history.all<Node>('Node')) {
    const { podCIDR = '', taints = [], unschedulable = false } = node.spec;
    if (byCidr.has(podCIDR)) yield `${called(node)} and ${byCidr.get(podCIDR)} both have ${podCIDR}`;
    byCidr.set(podCIDR, node.metadata.name);
    for (const { key } of taints) if (/^node\.(kubernetes\.io\/(not-ready|unreachable|network-unavailable|memory-pressure)|cloudprovider)/.test(key)) yield `${called(node)} is ready and has the taint ${key}`;
    if (taints.some(({ key }) => key === 'node.kubernetes.io/unschedulable') !== unschedulable) yield `${called(node)} is ${unschedulable ? '' : 'not '}cordoned, and its taints say otherwise`;
    if (new Set(taints.map(({ key, effect }) => `${key}:${effect}`)).size !== taints.length) yield `${called(node)} has a taint twice: ${JSON.stringify(taints)}`;
  }
  const holders = new Map<string, Pod>();
  for (const pod of history.all<Pod>('Pod')) {
    const { podIP } = pod.status;
    if (!podIP || pod.spec.hostNetwork || isOver(pod)) continue;
    const other = holders.get(podIP);
    if (other) yield `${called(pod)} and ${called(other)} both have ${podIP}`;
    holders.set(podIP, pod);
  }
};

/** A Pod that says it runs has these very containers, and a node runs none besides. */
const containers: Look = function* (history, cluster) {
  const pods = new Map(history.all<Pod>('Pod').map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]));
  for (const pod of pods.values()) {
    const machine = cluster.machines.get(pod.spec.nodeName ?? '');
    if (!machine || isOver(pod)) continue;
    const there = new Map(machine.runtime.containers().map((container) => [container.id, container]));
    for (const { name, containerID = '', state, restartCount } of [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])]) {
      if (!state?.running) continue;
      const container = there.get(containerID.replace(/^\w+:\/\//, ''));
      if (container?.state !== 'Running') yield `${called(pod)} says that ${name} runs (restarts ${restartCount}), and ${machine.name} has it ${container?.state ?? 'not at all'}`;
    }
  }
  for (const { name, runtime } of cluster.machines.values()) {
    const running = runtime.containers().filter(({ state }) => state === 'Running').map(({ sandbox, config }) => ({ key: `${sandbox.config.namespace}/${sandbox.config.name}`, name: config.name }));
    for (const { key, name: container } of running) if (!pods.has(key)) yield `${name} runs ${container} of ${key}, which is no more`;
    const keys = running.map(({ key, name: container }) => `${key}/${container}`);
    const twice = keys.find((key, i) => keys.indexOf(key) !== i);
    if (twice) yield `${name} runs ${twice} twice`;
  }
};

/** No Pod waits that a node has room for; only Pods without wishes about neighbours, zones and volumes are judged. */
const placed: Look = function* (history) {
  const all = history.all<Pod>('Pod');
  for (const pod of all) {
    const { nodeName, affinity, topologySpreadConstraints, volumes = [], schedulingGates, tolerations = [], containers: own } = pod.spec;
    if (nodeName || isOver(pod) || isGoing(pod) || affinity || topologySpreadConstraints || schedulingGates?.length || volumes.some(({ persistentVolumeClaim, ephemeral }) => persistentVolumeClaim ?? ephemeral) || own.some(({ ports }) => ports?.some(({ hostPort }) => hostPort))) continue;
    for (const node of history.all<Node>('Node')) {
      if (node.spec.unschedulable || (node.spec.taints ?? []).some((taint) => keepsOff(taint, tolerations))) continue;
      const here = all.filter((other) => other.spec.nodeName === node.metadata.name && !isOver(other));
      const nominated = all.filter((other) => other !== pod && !other.spec.nodeName && other.status.nominatedNodeName === node.metadata.name);
      const isFree = (resource: string) => [...here, ...nominated, pod].reduce((sum, { spec }) => sum + amountOf(resource, podRequests(spec)[resource]), 0) <= amountOf(resource, node.status.allocatable?.[resource]);
      if (isFree('cpu') && isFree('memory') && here.length < Number(node.status.allocatable?.['pods'])) yield `${called(pod)} waits, and ${node.metadata.name} has room: ${pod.status.conditions?.find(({ type }) => type === 'PodScheduled')?.message}`;
    }
  }
};

const autoscalers: Look = function* (history) {
  for (const scaler of history.all<HorizontalPodAutoscaler>('HorizontalPodAutoscaler')) {
    const { scaleTargetRef: { kind, name } } = scaler.spec;
    const target = history.all<Deployment>(kind, scaler.metadata.namespace).find(({ metadata }) => metadata.name === name);
    const isAble = scaler.status.conditions?.some(({ type, status }) => type === 'AbleToScale' && status === 'True');
    if (!target && isAble) yield `${called(scaler)} is able to scale ${kind} ${name}, which is not there`;
    if (target && isAble && target.status.replicas !== undefined && scaler.status.currentReplicas !== (target.spec.replicas ?? 1)) yield `${called(scaler)} says currentReplicas: ${scaler.status.currentReplicas}, and ${name} wants ${target.spec.replicas}`;
  }
};

/** The cloud's network leads to nodes that are there. */
const routes: Look = function* (history, cluster) {
  const cidrs = new Map(history.all<Node>('Node').map((node) => [node.spec.podCIDR, node.metadata.name]));
  for (const [cidr, name] of cluster.cloud.routes()) if (cidrs.get(cidr) !== name) yield `the cloud leads ${cidr} to ${name}, and it is ${cidrs.get(cidr) ?? 'nobody'}'s`;
};

export const DETAILS: Readonly<Record<string, Look>> = {
  'DaemonSets are on their nodes': daemonSets, 'StatefulSets count their revisions': statefulSets, 'Deployments count their revisions': deployments, 'Jobs add up': jobs, 'budgets add up': budgets,
  'claims and volumes are pairs': claims, 'volumes are attached where used': attachments, 'Services have addresses of their own': addresses, 'holders renew their Leases': leases, 'namespaces have what they need': namespaces,
  'nodes and Pods have networks of their own': nodes, 'containers are those of Pods': containers, 'no Pod waits that fits': placed, 'autoscalers see what is': autoscalers, 'routes lead to nodes': routes,
};

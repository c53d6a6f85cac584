/** Rules at every write about what belongs together: Pods of a set, runs of a task, holders of a volume or an address. */
import { matchesLabelSelector } from '../../../src/cluster/api/labels.ts';
import type { CronJob, Event, HorizontalPodAutoscaler, Job, KubeObject, PersistentVolumeClaim, Pod, PodDisruptionBudget, ResourceQuota, StatefulSet } from '../../../src/cluster/api/types.ts';
import { amountOf, podRequests } from '../../../src/cluster/api/pod-resources.ts';
import type { History, Watchman } from '../history.ts';

/** What a controller with slow watches may not have seen yet. */
const UNSEEN_MS = 10_000;

const isPod = (object: KubeObject | undefined): object is Pod => object?.kind === 'Pod';
const isOver = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';
const isReady = ({ status }: Pod) => status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
const ownerOf = ({ metadata }: KubeObject) => metadata.ownerReferences?.find(({ controller }) => controller);
const others = (history: History, pod: Pod) => history.all<Pod>('Pod', pod.metadata.namespace).filter(({ metadata }) => metadata.uid !== pod.metadata.uid).filter((other) => !isOver(other));

/** Whether an object was written or removed a moment ago. */
function isFresh(history: History, atMs: number, is: (object: KubeObject) => boolean): boolean {
  for (let i = history.changes.length - 1; i >= 0 && history.changes[i]!.atMs > atMs - UNSEEN_MS; i--) if (is((history.changes[i]!.after ?? history.changes[i]!.before)!)) return true;
  return false;
}

/** Nothing goes that somebody still wants to clean up after. */
const finalizers: Watchman = ({ before, after }) => {
  if (after || !before?.metadata.finalizers?.length || before.metadata.deletionTimestamp) return undefined;
  return `it goes at once, with the finalizers ${before.metadata.finalizers.join(', ')}`;
};

const addresses: Watchman = ({ before, after }, history) => {
  if (!isPod(after) || isOver(after) || !after.status?.podIP || after.spec.hostNetwork || (isPod(before) && before.status?.podIP === after.status.podIP)) return undefined;
  const holder = history.all<Pod>('Pod').find((pod) => pod.metadata.uid !== after.metadata.uid && pod.status?.podIP === after.status.podIP && !pod.spec.hostNetwork && !isOver(pod) && !pod.metadata.deletionTimestamp);
  return holder && `it has the address ${after.status.podIP} of ${holder.metadata.name}`;
};

/** A volume that one node at a time may write is not planned for two. */
const volumes: Watchman = ({ before, after }, history) => {
  if (!isPod(after) || isOver(after) || !after.spec.nodeName || (isPod(before) && before.spec.nodeName)) return undefined;
  const claims = ({ spec }: Pod) => (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
  for (const claim of claims(after)) {
    const { spec } = history.all<PersistentVolumeClaim>('PersistentVolumeClaim', after.metadata.namespace).find(({ metadata }) => metadata.name === claim) ?? {};
    const elsewhere = spec?.accessModes?.includes('ReadWriteOnce') && others(history, after).find((pod) => pod.spec.nodeName && pod.spec.nodeName !== after.spec.nodeName && claims(pod).includes(claim));
    if (elsewhere) return `claim ${claim} is used on ${after.spec.nodeName} and, by ${elsewhere.metadata.name}, on ${elsewhere.spec.nodeName}`;
  }
  return undefined;
};

/** A StatefulSet in order makes a Pod only where those before it are ready. */
const ordinals: Watchman = ({ before, after, atMs }, history) => {
  if (before || !isPod(after) || ownerOf(after)?.kind !== 'StatefulSet') return undefined;
  const set = history.all<StatefulSet>('StatefulSet', after.metadata.namespace).find(({ metadata }) => metadata.uid === ownerOf(after)?.uid);
  if (!set || set.spec.podManagementPolicy === 'Parallel' || isFresh(history, atMs, ({ metadata }) => metadata.uid === set.metadata.uid)) return undefined;
  const ordinal = Number(after.metadata.name.slice(set.metadata.name.length + 1));
  for (let i = ordinal - 1; i >= 0; i--) {
    const name = `${set.metadata.name}-${i}`;
    const isThere = history.all<Pod>('Pod', after.metadata.namespace).some((pod) => pod.metadata.name === name && isReady(pod) && !pod.metadata.deletionTimestamp);
    if (!isThere && !isFresh(history, atMs, ({ kind, metadata }) => kind === 'Pod' && metadata.name === name)) return `it is made while ${name} is missing or not ready`;
  }
  return undefined;
};

/** Each completion is that of a Pod, and none is taken back. */
const completions: Watchman = ({ before, after }, history) => {
  if (after?.kind !== 'Job') return undefined;
  const { spec, status } = after as Job;
  const [had, has] = [(before as Job | undefined)?.status?.succeeded ?? 0, status?.succeeded ?? 0];
  if (has > had) {
    const ended = new Set([...history.changes.map((change) => change.after), ...history.objects.values()].filter((object) => isPod(object) && object.status?.phase === 'Succeeded' && ownerOf(object)?.uid === after.metadata.uid).map((pod) => pod!.metadata.uid));
    if (has > ended.size) return `it counts ${has} completions, and ${ended.size} of its Pods have succeeded`;
  }
  if (has < had && (before as Job).spec.suspend === spec.suspend) return `its completions fall from ${had} to ${has}`;
  return spec.completions !== undefined && (status?.succeeded ?? 0) > spec.completions ? `it wants ${spec.completions} completions and has ${status.succeeded}` : undefined;
};

/** An index that a Pod has completed is not tried again, unless somebody has changed how many there are. */
const indexes: Watchman = ({ before, after }, history) => {
  const owner = !before && isPod(after) && ownerOf(after);
  const indexOf = ({ metadata }: KubeObject) => metadata.annotations?.['batch.kubernetes.io/job-completion-index'];
  if (!owner || owner.kind !== 'Job' || indexOf(after) === undefined) return undefined;
  const completed = history.changes.find(({ after: was }) => isPod(was) && ownerOf(was)?.uid === owner.uid && indexOf(was) === indexOf(after) && was.status?.phase === 'Succeeded')?.after;
  const isElastic = new Set(history.changes.flatMap(({ after: was }) => (was?.metadata.uid === owner.uid ? [(was as Job).spec.completions] : []))).size > 1;
  return completed && !isElastic ? `it is made for index ${indexOf(after)}, which ${completed.metadata.name} has completed` : undefined;
};

const forbids: Watchman = ({ before, after, atMs }, history) => {
  if (before || after?.kind !== 'Job' || ownerOf(after)?.kind !== 'CronJob') return undefined;
  const { uid } = ownerOf(after)!;
  const cronJob = history.all<CronJob>('CronJob', after.metadata.namespace).find(({ metadata }) => metadata.uid === uid);
  if (cronJob?.spec.concurrencyPolicy !== 'Forbid' || history.changes.some(({ before: was, after: is, atMs: then }) => then > atMs - UNSEEN_MS && was && is && is.metadata.uid === uid && was.metadata.generation !== is.metadata.generation)) return undefined;
  const running = history.all<Job>('Job', after.metadata.namespace).find((job) => ownerOf(job)?.uid === uid && !job.metadata.deletionTimestamp && !job.status?.conditions?.some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True'));
  return running && `it starts while ${running.metadata.name} runs`;
};

const requests: Watchman = ({ before, after }, history) => {
  if (before || !isPod(after)) return undefined;
  const cpu = (pod: Pod) => amountOf('cpu', podRequests(pod.spec)['cpu']);
  const sum = others(history, after).reduce((total, pod) => total + cpu(pod), cpu(after));
  const quota = cpu(after) > 0 && history.all<ResourceQuota>('ResourceQuota', after.metadata.namespace).find(({ status }) => status?.hard?.['requests.cpu'] !== undefined && amountOf('cpu', status.hard['requests.cpu']) < sum);
  return quota ? `quota ${quota.metadata.name} allows ${quota.status.hard?.['requests.cpu']} of cpu, and ${sum} would be asked for` : undefined;
};

/** An autoscaler wants what lies between its bounds. */
const autoscaling: Watchman = ({ before, after, atMs }, history) => {
  if (after?.kind !== 'HorizontalPodAutoscaler') return undefined;
  const { spec: { minReplicas = 1, maxReplicas }, status } = after as HorizontalPodAutoscaler;
  const wanted = status?.desiredReplicas ?? 0;
  if (wanted === ((before as HorizontalPodAutoscaler | undefined)?.status?.desiredReplicas ?? 0) || wanted === status?.currentReplicas || isFresh(history, atMs, ({ metadata: { uid, generation } }) => uid === after.metadata.uid && generation !== after.metadata.generation)) return undefined;
  return wanted !== 0 && (wanted < minReplicas || wanted > maxReplicas) ? `it wants ${wanted} of ${minReplicas} to ${maxReplicas}` : undefined;
};

/** An event tells of something that was there. */
const tales: Watchman = ({ before, after }, history) => {
  if (before || after?.kind !== 'Event') return undefined;
  const { kind, name, uid } = (after as Event).involvedObject;
  return uid && !history.uids.has(uid) ? `it tells of ${kind} ${name} with the uid ${uid}, which never was` : undefined;
};

const LOSSES_MS = 300_000;

/** Where nothing but evictions took Pods away, as many stay healthy as the budget asks for, whoever evicts. */
const healthy: Watchman = ({ before, after, atMs }, history) => {
  const isEvicted = (object: KubeObject | undefined) => isPod(object) && object.status?.conditions?.some(({ type, reason }) => type === 'DisruptionTarget' && reason === 'EvictionByEvictionAPI');
  if (!isPod(before) || !isPod(after) || isOver(before) || !isReady(before) || isEvicted(before) || !isEvicted(after)) return undefined;
  for (const budget of history.all<PodDisruptionBudget>('PodDisruptionBudget', after.metadata.namespace)) {
    const isMeant = (object: KubeObject | undefined): object is Pod => isPod(object) && object.metadata.namespace === after.metadata.namespace && matchesLabelSelector(budget.spec.selector, object.metadata.labels);
    if (!isMeant(after) || budget.status?.observedGeneration !== budget.metadata.generation) continue;
    const left = others(history, after).filter((pod) => isMeant(pod) && isReady(pod) && !isEvicted(pod) && !pod.metadata.deletionTimestamp).length;
    if (left >= (budget.status?.desiredHealthy ?? 0)) continue;
    const isOtherLoss = history.changes.some((change) => change.atMs > atMs - LOSSES_MS && ((isMeant(change.before) && isReady(change.before) && !isEvicted(change.before) && !(isMeant(change.after) && isReady(change.after) && !change.after.metadata.deletionTimestamp)) || (change.after ?? change.before)!.metadata.uid === budget.metadata.uid && change.before?.metadata.generation !== change.after?.metadata.generation));
    if (!isOtherLoss) return `budget ${budget.metadata.name} asks for ${budget.status?.desiredHealthy} healthy Pods, and ${left} are left`;
  }
  return undefined;
};

export const SET_RULES: Readonly<Record<string, Watchman>> = {
  'finalizers are waited for': finalizers, 'an address has one Pod': addresses, 'a volume is on one node': volumes, 'StatefulSets go in order': ordinals, 'Jobs complete no more than asked': completions, 'an index is completed once': indexes,
  'CronJobs that forbid do not overlap': forbids, 'quotas of requests hold': requests, 'autoscalers keep their bounds': autoscaling, 'events tell of what was': tales, 'evictions leave enough healthy': healthy,
};

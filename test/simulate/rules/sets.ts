/** Rules at every write about what belongs together: Pods of a set, runs of a task, holders of a volume or an address. */
import type { CronJob, Job, KubeObject, PersistentVolumeClaim, Pod, ResourceQuota, StatefulSet } from '../../../src/cluster/api/types.ts';
import { amountOf, podRequests } from '../../../src/cluster/api/pod-resources.ts';
import type { History, Watchman } from '../history.ts';

/** What a controller with slow watches may not have seen yet. */
const UNSEEN_MS = 10_000;

const isPod = (object: KubeObject | undefined): object is Pod => object?.kind === 'Pod';
const isOver = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';
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

/** A StatefulSet in order makes a Pod only where those before it are. */
const ordinals: Watchman = ({ before, after, atMs }, history) => {
  if (before || !isPod(after) || ownerOf(after)?.kind !== 'StatefulSet') return undefined;
  const set = history.all<StatefulSet>('StatefulSet', after.metadata.namespace).find(({ metadata }) => metadata.uid === ownerOf(after)?.uid);
  if (!set || set.spec.podManagementPolicy === 'Parallel' || isFresh(history, atMs, ({ metadata }) => metadata.uid === set.metadata.uid)) return undefined;
  const ordinal = Number(after.metadata.name.slice(set.metadata.name.length + 1));
  for (let i = ordinal - 1; i >= 0; i--) {
    const name = `${set.metadata.name}-${i}`;
    const isThere = history.all<Pod>('Pod', after.metadata.namespace).some(({ metadata }) => metadata.name === name);
    if (!isThere && !isFresh(history, atMs, ({ kind, metadata }) => kind === 'Pod' && metadata.name === name)) return `it is made while ${name} is missing`;
  }
  return undefined;
};

const completions: Watchman = ({ after }) => {
  if (after?.kind !== 'Job') return undefined;
  const { spec, status } = after as Job;
  return spec.completions !== undefined && (status?.succeeded ?? 0) > spec.completions ? `it wants ${spec.completions} completions and has ${status.succeeded}` : undefined;
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

export const SET_RULES: Readonly<Record<string, Watchman>> = {
  'finalizers are waited for': finalizers, 'an address has one Pod': addresses, 'a volume is on one node': volumes, 'StatefulSets go in order': ordinals, 'Jobs complete no more than asked': completions,
  'CronJobs that forbid do not overlap': forbids, 'quotas of requests hold': requests,
};

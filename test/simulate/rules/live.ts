/** Rules that hold at every write, whatever happens around. */
import type { Deployment, KubeObject, Pod, PodDisruptionBudget, ReplicaSet, ResourceQuota } from '../../../src/cluster/api/types.ts';
import { matchesLabelSelector } from '../../../src/cluster/api/labels.ts';
import type { Watchman } from '../history.ts';
import { SET_RULES } from './sets.ts';

const isPod = (object: KubeObject | undefined): object is Pod => object?.kind === 'Pod';
export const isOver = (pod: Pod) => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** `5`, or `25%` of a whole, rounded up: reckoned here, so that a slip of the model's own arithmetic shows. */
function portion(amount: number | string, whole: number): number {
  return typeof amount === 'number' ? amount : Math.ceil((Number.parseInt(amount, 10) * whole) / 100);
}

/** What never changes while an object lives. */
const identity: Watchman = ({ before, after }) => {
  if (!before || !after) return undefined;
  if (before.metadata.uid !== after.metadata.uid) return 'its uid changes';
  if (before.metadata.creationTimestamp !== after.metadata.creationTimestamp) return 'its creationTimestamp changes';
  if (before.metadata.deletionTimestamp && !after.metadata.deletionTimestamp) return 'it is deleted no more';
  if ((before.metadata.generation ?? 0) > (after.metadata.generation ?? 0)) return 'its generation falls';
  return undefined;
};

const oneNode: Watchman = ({ before, after }) => {
  if (!isPod(before) || !isPod(after)) return undefined;
  return before.spec.nodeName && before.spec.nodeName !== after.spec.nodeName ? `it moves from ${before.spec.nodeName} to ${after.spec.nodeName}` : undefined;
};

/** A Pod's phase does not come back once it has ended. */
const phases: Watchman = ({ before, after }) => {
  if (!isPod(before) || !isPod(after) || !isOver(before)) return undefined;
  return before.status.phase === after.status.phase ? undefined : `its phase goes from ${before.status.phase} to ${after.status.phase}`;
};

/** Whether a quota is about a Pod, by the scopes that manifests here have. */
export function isInScope({ spec }: ResourceQuota, { spec: { containers, initContainers = [], activeDeadlineSeconds, priorityClassName = '' } }: Pod): boolean {
  const meets: Readonly<Record<string, () => boolean>> = {
    BestEffort: () => [...containers, ...initContainers].every(({ resources }) => Object.keys({ ...resources?.requests, ...resources?.limits }).length === 0),
    Terminating: () => activeDeadlineSeconds !== undefined, NotTerminating: () => activeDeadlineSeconds === undefined,
  };
  return (spec?.scopes ?? []).every((scope) => meets[scope]?.() ?? true) && (spec?.scopeSelector?.matchExpressions ?? []).every(({ scopeName, values = [] }) => scopeName !== 'PriorityClass' || values.includes(priorityClassName));
}

const pods: Watchman = ({ before, after }, history) => {
  if (before || !isPod(after)) return undefined;
  for (const quota of history.all<ResourceQuota>('ResourceQuota', after.metadata.namespace)) {
    if (!isInScope(quota, after)) continue;
    const counted = history.all<Pod>('Pod', after.metadata.namespace).filter((pod) => !isOver(pod) && isInScope(quota, pod)).length;
    const allowed = quota.status?.hard?.['pods'];
    if (Number(allowed ?? Infinity) <= counted) return `quota ${quota.metadata.name} allows ${allowed} Pods, and ${counted} were there`;
  }
  return undefined;
};

/** Replica sets of a Deployment together never ask for more than it may surge to, unless they did before. */
const surge: Watchman = ({ before, after, key }, history) => {
  if (after?.kind !== 'ReplicaSet') return undefined;
  const now = (after as ReplicaSet).spec.replicas ?? 1;
  if (now <= ((before as ReplicaSet | undefined)?.spec.replicas ?? 0)) return undefined;
  const owner = after.metadata.ownerReferences?.find(({ controller }) => controller);
  const deployment = history.all<Deployment>('Deployment', after.metadata.namespace).find(({ metadata }) => metadata.uid === owner?.uid);
  if (!deployment || deployment.metadata.deletionTimestamp) return undefined;
  const others = [...history.objects].filter(([otherKey, object]) => otherKey !== key && object.kind === 'ReplicaSet' && object.metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === owner?.uid)).map(([, object]) => (object as ReplicaSet).spec.replicas ?? 1);
  const { replicas = 1, strategy } = deployment.spec;
  const most = replicas + (strategy?.type === 'Recreate' ? 0 : portion(strategy?.rollingUpdate?.maxSurge ?? '25%', replicas));
  const sum = others.reduce((total, each) => total + each, 0) + now;
  // A controller that has not seen a change of the Deployment yet acts on what it was: its observedGeneration lags.
  return sum > most && deployment.status?.observedGeneration === deployment.metadata.generation ? `the ReplicaSets of ${deployment.metadata.name} ask for ${sum} Pods, at most ${most} may be` : undefined;
};

/** Whoever evicts leaves as many healthy Pods as a budget asks for. */
const budgets: Watchman = ({ before, after }, history) => {
  if (!isPod(before) || !isPod(after) || isOver(before)) return undefined;
  const evicted = (pod: Pod) => pod.status?.conditions?.some(({ type, reason }) => type === 'DisruptionTarget' && reason === 'EvictionByEvictionAPI');
  if (evicted(before) || !evicted(after) || !isReady(before)) return undefined;
  for (const budget of history.all<PodDisruptionBudget>('PodDisruptionBudget', after.metadata.namespace)) {
    if (!matchesLabelSelector(budget.spec.selector, after.metadata.labels)) continue;
    // The budget was charged before the Pod: what it allows may not be below nothing.
    if ((budget.status?.disruptionsAllowed ?? 0) < 0) return `budget ${budget.metadata.name} is overdrawn`;
    if (!budget.status?.disruptedPods?.[after.metadata.name]) return `budget ${budget.metadata.name} was not asked`;
  }
  return undefined;
};

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

export const LIVE_RULES: Readonly<Record<string, Watchman>> = {
  'an object keeps its identity': identity, 'a Pod stays on its node': oneNode, 'an ended Pod stays ended': phases, 'quotas hold': pods, 'Deployments stay within their surge': surge, 'evictions keep the budgets': budgets,
  ...SET_RULES,
};


/** How many replicas a metric asks for (pkg/controller/podautoscaler/replica_calculator.go). Amounts are in thousandths. */
import { milliValue } from '../../api/quantity.ts';
import type { Pod } from '../../api/types.ts';
import { isReady } from '../pods.ts';

/** What a Pod used over the window that ended at `atMs`. */
export interface PodMetric { value: number; atMs: number; windowMs: number }
/** By the Pod's name. */
export type PodMetrics = ReadonlyMap<string, PodMetric>;

/** How far off the target usage may be before anything is done, as a share. */
export interface Tolerances { scaleUp: number; scaleDown: number }

/** What is known of the moment in which it is calculated. */
export interface Moment {
  currentReplicas: number;
  tolerances: Tolerances;
  /** All Pods that the target selects. */
  pods: readonly Pod[];
  nowMs: number;
  timing?: Timing;
}

/** `--horizontal-pod-autoscaler-cpu-initialization-period` and `--horizontal-pod-autoscaler-initial-readiness-delay`. */
export interface Timing { cpuInitializationMs: number; initialReadinessDelayMs: number }
const USUAL_TIMING: Timing = { cpuInitializationMs: 300_000, initialReadinessDelayMs: 30_000 };

export interface Proposal { replicas: number; usage: number; utilization?: number }

/** The replica count cannot be said, and why. */
export class MetricError extends Error {}

const MAX_INT32 = 2 ** 31 - 1;
const int32 = (value: number) => Math.min(Math.ceil(value), MAX_INT32);

/** From the Pods' use of a resource against their requests. Throws MetricError. */
export function byUtilization(metrics: PodMetrics, target: { percent: number; resource: string; container?: string }, moment: Moment): Proposal {
  const groups = groupedPods(metrics, target.resource, moment);
  const requests = requestsOf(moment.pods, target.resource, target.container);
  const whole = ratioToRequests(groups.metrics, requests, target.percent);
  const fallback = Math.max(100, target.percent);
  const replicas = settled(groups, whole.ratio, moment, {
    ofMissing: (name) => Math.trunc(((requests.get(name) ?? 0) * fallback) / 100),
    ratioOf: (filled) => ratioToRequests(filled, requests, target.percent).ratio,
  });
  return { replicas, usage: whole.usage, utilization: whole.utilization };
}

/** From an amount wanted for each Pod; `resource` is empty for metrics that are none. Throws MetricError. */
export function byAverage(metrics: PodMetrics, targetUsage: number, resource: string, moment: Moment): Proposal {
  const groups = groupedPods(metrics, resource, moment);
  const usage = average(groups.metrics);
  const replicas = settled(groups, usage / targetUsage, moment, { ofMissing: () => targetUsage, ratioOf: (filled) => average(filled) / targetUsage });
  return { replicas, usage };
}

/** From one value for all ready Pods together. Throws MetricError. */
export function byValue(usage: number, targetUsage: number, moment: Moment): Proposal {
  const ratio = usage / targetUsage;
  if (moment.currentReplicas === 0) return { replicas: int32(ratio), usage };
  if (isWithin(ratio, moment.tolerances)) return { replicas: moment.currentReplicas, usage };
  if (moment.pods.length === 0) throw new MetricError('unable to calculate ready pods: no pods returned by selector while calculating replica count');
  const ready = moment.pods.filter((pod) => pod.status.phase === 'Running' && isReady(pod)).length;
  return { replicas: int32(ratio * ready), usage };
}

/** From one value that is shared among the Pods; `usage` is then the share of each. */
export function byShare(usage: number, targetUsage: number, statusReplicas: number, tolerances: Tolerances): Proposal {
  const isFar = !isWithin(usage / (targetUsage * statusReplicas), tolerances);
  return { replicas: isFar ? int32(usage / targetUsage) : statusReplicas, usage: Math.ceil(usage / statusReplicas) };
}

function isWithin(ratio: number, { scaleUp, scaleDown }: Tolerances): boolean {
  return 1 - scaleDown <= ratio && ratio <= 1 + scaleUp;
}

interface Groups { metrics: Map<string, PodMetric>; readyCount: number; unready: readonly string[]; missing: readonly string[] }
interface Filling { ofMissing: (name: string) => number; ratioOf: (metrics: PodMetrics) => number }

/** Pods without metrics or not ready are taken for what scales least: a change that they turn round is none. */
function settled({ metrics, readyCount, unready, missing }: Groups, ratio: number, { currentReplicas, tolerances }: Moment, { ofMissing, ratioOf }: Filling): number {
  const hasUnreadyAbove = unready.length > 0 && ratio > 1;
  if (!hasUnreadyAbove && missing.length === 0) return isWithin(ratio, tolerances) ? currentReplicas : int32(ratio * readyCount);
  const filled = new Map(metrics);
  const fill = (name: string, value: number) => filled.set(name, { value, atMs: 0, windowMs: 0 });
  if (ratio !== 1) for (const name of missing) fill(name, ratio < 1 ? ofMissing(name) : 0);
  if (hasUnreadyAbove) for (const name of unready) fill(name, 0);
  const next = ratioOf(filled);
  if (isWithin(next, tolerances) || (ratio < 1 && next > 1) || (ratio > 1 && next < 1)) return currentReplicas;
  const replicas = int32(next * filled.size);
  const isTurned = (next < 1 && replicas > currentReplicas) || (next > 1 && replicas < currentReplicas);
  return isTurned ? currentReplicas : replicas;
}

/** Throws MetricError when no metric is left to look at. */
function groupedPods(metrics: PodMetrics, resource: string, moment: Moment): Groups {
  if (moment.pods.length === 0) throw new MetricError('no pods returned by selector while calculating replica count');
  const kept = new Map(metrics);
  const unready: string[] = [];
  const missing: string[] = [];
  let readyCount = 0;
  for (const pod of moment.pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const metric = metrics.get(name);
    if (deletionTimestamp || pod.status.phase === 'Failed') kept.delete(name);
    else if (pod.status.phase === 'Pending') unready.push(name);
    else if (!metric) missing.push(name);
    else if (resource === 'cpu' && isStillStarting(pod, metric, moment)) unready.push(name);
    else readyCount++;
  }
  for (const name of unready) kept.delete(name);
  if (kept.size === 0) throw new MetricError('did not receive metrics for targeted pods (pods might be unready)');
  return { metrics: kept, readyCount, unready, missing };
}

/** CPU used while a program starts says nothing about its load. */
function isStillStarting({ status }: Pod, metric: PodMetric, { nowMs, timing = USUAL_TIMING }: Moment): boolean {
  const condition = status.conditions?.find(({ type }) => type === 'Ready');
  if (!condition || !status.startTime) return true;
  const startedMs = Date.parse(String(status.startTime));
  const sinceMs = Date.parse(String(condition.lastTransitionTime));
  const isUnready = condition.status === 'False';
  if (startedMs + timing.cpuInitializationMs > nowMs) return isUnready || metric.atMs < sinceMs + metric.windowMs;
  return isUnready && startedMs + timing.initialReadinessDelayMs > sinceMs;
}

/** Requests by Pod, of all containers and sidecars or of one. Throws MetricError where one has none. */
function requestsOf(pods: readonly Pod[], resource: string, container?: string): Map<string, number> {
  return new Map(pods.map((pod) => [pod.metadata.name, requestOf(pod, resource, container)]));
}

function requestOf({ metadata, spec }: Pod, resource: string, container?: string): number {
  const ofPod = spec.resources?.requests?.[resource];
  if (ofPod !== undefined && container === undefined) return milliValue(ofPod);
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  let sum = 0;
  for (const { name, resources } of [...spec.containers, ...sidecars]) {
    if (container !== undefined && name !== container) continue;
    const request = resources?.requests?.[resource];
    if (request === undefined) throw new MetricError(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
    sum += milliValue(request);
  }
  return sum;
}

function ratioToRequests(metrics: PodMetrics, requests: ReadonlyMap<string, number>, targetPercent: number): { ratio: number; utilization: number; usage: number } {
  const known = [...metrics].filter(([name]) => requests.has(name));
  const used = known.reduce((sum, [, { value }]) => sum + value, 0);
  const requested = known.reduce((sum, [name]) => sum + (requests.get(name) ?? 0), 0);
  if (requested === 0) throw new MetricError('no metrics returned matched known pods');
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / targetPercent, utilization, usage: Math.trunc(used / known.length) };
}

function average(metrics: PodMetrics): number {
  let sum = 0;
  for (const { value } of metrics.values()) sum += value;
  return Math.trunc(sum / metrics.size);
}

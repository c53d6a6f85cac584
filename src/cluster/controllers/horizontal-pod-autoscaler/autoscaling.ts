/** One round of a HorizontalPodAutoscaler: from its target's scale and its metrics to a new scale and its status (reconcileAutoscaler). */
import { timestamp } from '../../api/duration.ts';
import { milliValue } from '../../api/quantity.ts';
import type { HorizontalPodAutoscaler, MetricStatus, Pod, ScalingRules } from '../../api/types.ts';
import { type Memory, normalized, rememberScale, type Wish } from './behavior.ts';
import type { MetricsClient } from './metrics-client.ts';
import { NoProposal, proposalOf, type Proposed } from './proposals.ts';
import type { Timing, Tolerances } from './replica-calculator.ts';
import type { Scale, Scales } from './scale.ts';

/** `--horizontal-pod-autoscaler-tolerance` */
const TOLERANCE = 0.1;

/** The target cannot be scaled, or its Pods not be found. */
export class ScaleError extends Error {}

/** What a round works with. */
export interface Autoscaling {
  scales: Scales;
  metrics: MetricsClient;
  memory: Memory;
  /** Whether this is the first round. */
  isNew: boolean;
  nowMs: number;
  timing?: Timing;
  /** Whether an autoscaler that went down to zero may come back from there (the gate HPAScaleToZero). */
  scalesToZero?: boolean;
  event(type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Throws ScaleError for what is no selector. */
  podsOf(selector: string): readonly Pod[];
  /** `namespace/name` of all autoscalers that select one of these Pods. */
  autoscalersOf(pods: readonly Pod[]): readonly string[];
}

const ZERO = 'ScaledToZero';

type Status = HorizontalPodAutoscaler['status'];
type Condition = NonNullable<Status['conditions']>[number];
type SetCondition = (type: 'AbleToScale' | 'ScalingActive' | 'ScalingLimited' | typeof ZERO, status: 'True' | 'False', reason: string, message: string) => void;
interface Round { autoscaler: HorizontalPodAutoscaler; work: Autoscaling; scale: Scale; set: SetCondition }
interface Outcome { desired: number; reason: string; metrics?: MetricStatus[] }

/** Scales the target if need be, and gives the autoscaler's next status. */
export function autoscaled(autoscaler: HorizontalPodAutoscaler, work: Autoscaling): Status {
  const { spec: { scaleTargetRef }, status, metadata } = autoscaler;
  const conditions = (status.conditions ?? []).filter(({ type }) => work.scalesToZero || type !== ZERO);
  const set: SetCondition = (...condition) => setCondition(conditions, work.nowMs, ...condition);
  const scale = attempt(() => work.scales.get(scaleTargetRef, metadata.namespace ?? ''), (message) => {
    work.event('Warning', 'FailedGetScale', message);
    set('AbleToScale', 'False', 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${message}`);
  });
  if (!scale) return { ...status, conditions };
  set('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
  const current = scale.spec.replicas ?? 0;
  if (work.isNew) work.memory.recommendations.push({ replicas: current, atMs: work.nowMs });
  const outcome = decided({ autoscaler, work, scale, set }, current);
  const next = (desiredReplicas: number, more: Partial<Status> = {}): Status => ({
    currentReplicas: current, desiredReplicas, ...(status.lastScaleTime ? { lastScaleTime: status.lastScaleTime } : {}), ...(outcome.metrics ? { currentMetrics: outcome.metrics } : {}), conditions, ...more,
  });
  if (outcome.desired < 0) return next(status.desiredReplicas);
  if (outcome.desired === current) return next(current);
  const isDone = attempt(() => { work.scales.set(scaleTargetRef, scale, outcome.desired); return true; }, (message) => {
    work.event('Warning', 'FailedRescale', `New size: ${outcome.desired}; reason: ${outcome.reason}; error: ${message}`);
    set('AbleToScale', 'False', 'FailedUpdateScale', `the HPA controller was unable to update the target scale: ${message}`);
  });
  if (!isDone) return next(status.desiredReplicas);
  set('AbleToScale', 'True', 'SucceededRescale', `the HPA controller was able to update the target scale to ${outcome.desired}`);
  if (work.scalesToZero && outcome.desired === 0) set(ZERO, 'True', 'ScaledToZero', 'the HPA controller scaled the target to zero replicas');
  else if (conditions.some(({ type }) => type === ZERO)) set(ZERO, 'False', 'NotScaledToZero', 'the HPA controller scaled the target up from zero replicas');
  work.event('Normal', 'SuccessfulRescale', `New size: ${outcome.desired}; reason: ${outcome.reason}`);
  rememberScale(work.memory, autoscaler.spec.behavior, wishOf(autoscaler, current, outcome.desired, work.nowMs));
  return next(outcome.desired, { lastScaleTime: timestamp(work.nowMs) });
}

/** The replicas wanted, -1 when that cannot be said. */
function decided(round: Round, current: number): Outcome {
  const { spec: { maxReplicas, minReplicas = 1 } } = round.autoscaler;
  const cameDown = round.work.scalesToZero && round.autoscaler.status.conditions?.some(({ type, status }) => type === ZERO && status === 'True');
  if (current === 0 && cameDown) return byMetrics(round, current);
  if (current === 0) {
    round.set('ScalingActive', 'False', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero');
    return { desired: 0, reason: '' };
  }
  if (current > maxReplicas) return { desired: maxReplicas, reason: 'Current number of replicas above Spec.MaxReplicas' };
  if (current < minReplicas) return { desired: minReplicas, reason: 'Current number of replicas below Spec.MinReplicas' };
  return byMetrics(round, current);
}

function byMetrics({ autoscaler, work, scale, set }: Round, current: number): Outcome {
  const found = selectedPods({ autoscaler, work, scale, set });
  if (typeof found === 'string') {
    work.event('Warning', 'FailedComputeMetricsReplicas', found);
    return { desired: -1, reason: '' };
  }
  const { metadata: { namespace = '' }, spec: { metrics = [], behavior } } = autoscaler;
  const situation = {
    scope: { namespace, selector: scale.status.selector ?? '' }, metrics: work.metrics, pods: found, nowMs: work.nowMs, timing: work.timing,
    currentReplicas: current, statusReplicas: scale.status.replicas ?? 0, tolerances: tolerancesOf(behavior),
  };
  const answers = metrics.map((spec) => proposed(() => proposalOf(spec, situation), work));
  const statuses = answers.map((answer): MetricStatus => (answer instanceof NoProposal ? { type: '' } : answer.status));
  const failures = answers.filter((answer) => answer instanceof NoProposal);
  const proposals = answers.filter((answer): answer is Proposed => !(answer instanceof NoProposal));
  const best = proposals.reduce<Proposed | undefined>((most, next) => (most && most.replicas >= next.replicas ? most : next), undefined);
  const [first] = failures;
  if (first && (!best || best.replicas < current)) {
    set('ScalingActive', 'False', first.reason, `the HPA was unable to compute the replica count: ${first.why}`);
    work.event('Warning', 'FailedComputeMetricsReplicas', `invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${first.message}`);
    return { desired: -1, reason: '', metrics: statuses };
  }
  const wanted = best?.replicas ?? 0;
  set('ScalingActive', 'True', 'ValidMetricFound', `the HPA was able to successfully calculate a replica count from ${best?.name ?? ''}`);
  const { replicas, able, limited } = normalized(wishOf(autoscaler, current, wanted, work.nowMs), behavior, work.memory);
  set('AbleToScale', 'True', able.reason, able.message);
  set('ScalingLimited', limited.status, limited.reason, limited.message);
  return { desired: replicas, reason: wanted > current ? `${best?.name ?? ''} above target` : wanted < current ? 'All metrics below target' : '', metrics: statuses };
}

function proposed(ask: () => Proposed, work: Autoscaling): Proposed | NoProposal {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof NoProposal)) throw error;
    work.event('Warning', error.reason, error.why);
    return error;
  }
}

/** The target's Pods, or why there are none to look at (validateAndParseSelector). */
function selectedPods({ work, scale, set }: Round): readonly Pod[] | string {
  const selector = scale.status.selector ?? '';
  const refuse = (reason: string, condition: string, event: string, message = event): string => {
    work.event('Warning', reason, event);
    set('ScalingActive', 'False', condition, message);
    return event;
  };
  if (!selector) return refuse('SelectorRequired', 'InvalidSelector', 'selector is required', "the HPA target's scale is missing a selector");
  let problem = '';
  const pods = attempt(() => work.podsOf(selector), (message) => { problem = message; });
  if (!pods) return refuse('InvalidSelector', 'InvalidSelector', `couldn't convert selector into a corresponding internal selector object: ${problem}`);
  const autoscalers = work.autoscalersOf(pods);
  if (autoscalers.length > 1) return refuse('AmbiguousSelector', 'AmbiguousSelector', `pods by selector ${selector} are controlled by multiple HPAs: [${autoscalers.join(' ')}]`);
  return pods;
}

function wishOf({ spec: { minReplicas = 1, maxReplicas } }: HorizontalPodAutoscaler, current: number, desired: number, nowMs: number): Wish {
  return { current, desired, min: minReplicas, max: maxReplicas, nowMs };
}

function tolerancesOf(behavior: HorizontalPodAutoscaler['spec']['behavior']): Tolerances {
  const of = (rules: ScalingRules | undefined) => (rules?.tolerance === undefined ? TOLERANCE : milliValue(rules.tolerance) / 1000);
  return { scaleUp: of(behavior?.scaleUp), scaleDown: of(behavior?.scaleDown) };
}

/** Does `act`; what goes wrong with the scale is told, and gives undefined. */
function attempt<T>(act: () => T, failed: (message: string) => void): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ScaleError)) throw error;
    failed(error.message);
    return undefined;
  }
}

function setCondition(conditions: Condition[], nowMs: number, type: string, status: string, reason: string, message: string): void {
  const at = conditions.findIndex((condition) => condition.type === type);
  const old = conditions[at];
  const lastTransitionTime = old?.status === status ? old.lastTransitionTime : timestamp(nowMs);
  conditions[at < 0 ? conditions.length : at] = { type, status, lastTransitionTime, reason, message };
}

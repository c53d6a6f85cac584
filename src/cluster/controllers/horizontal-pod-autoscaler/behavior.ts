/** From the replicas that metrics ask for to those that stabilisation and rates allow (podautoscaler/horizontal.go: normalizeDesiredReplicas…). */
import type { HorizontalPodAutoscaler, ScalingRules } from '../../api/types.ts';

/** `--horizontal-pod-autoscaler-downscale-stabilization` */
const DOWNSCALE_STABILIZATION_MS = 300_000;

/** What the controller remembers of one HorizontalPodAutoscaler. */
export interface Memory {
  recommendations: { replicas: number; atMs: number }[];
  scaleUps: ScaleEvent[];
  scaleDowns: ScaleEvent[];
}
interface ScaleEvent { change: number; atMs: number }

export interface Wish { current: number; desired: number; min: number; max: number; nowMs: number }
interface Verdict { reason: string; message: string }
/** `able` is of AbleToScale, `limited` of ScalingLimited. */
export interface Normalized { replicas: number; able: Verdict; limited: Verdict & { status: 'True' | 'False' } }

const READY: Verdict = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
const DOWN_STABILIZED: Verdict = { reason: 'ScaleDownStabilized', message: 'recent recommendations were higher than current one, applying the highest recent recommendation' };
const UP_STABILIZED: Verdict = { reason: 'ScaleUpStabilized', message: 'recent recommendations were lower than current one, applying the lowest recent recommendation' };
const WITHIN: Verdict = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };
const TOO_MANY: Verdict = { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' };
const TOO_FEW: Verdict = { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' };
const UP_LIMIT: Verdict = { reason: 'ScaleUpLimit', message: 'the desired replica count is increasing faster than the maximum scale rate' };
const DOWN_LIMIT: Verdict = { reason: 'ScaleDownLimit', message: 'the desired replica count is decreasing faster than the maximum scale rate' };

/** The replicas to set, and what the conditions say of them. Remembers the wish. */
export function normalized(wish: Wish, behavior: HorizontalPodAutoscaler['spec']['behavior'], memory: Memory): Normalized {
  const stabilized = behavior ? stabilizedBy(behavior, wish, memory) : { replicas: downStabilized(wish, memory), why: DOWN_STABILIZED };
  const bounded = (behavior ? withinRates(behavior, { ...wish, desired: stabilized.replicas }, memory) : withinUsualRate(wish, stabilized.replicas));
  return {
    replicas: bounded.replicas, able: stabilized.replicas === wish.desired ? READY : stabilized.why,
    limited: { ...bounded.why, status: bounded.replicas === stabilized.replicas ? 'False' : 'True' },
  };
}

/** Takes note of a change of size, for the rates of `behavior`. */
export function rememberScale({ scaleUps, scaleDowns }: Memory, behavior: HorizontalPodAutoscaler['spec']['behavior'], { current, desired, nowMs }: Wish): void {
  if (!behavior) return;
  const isUp = desired > current;
  const longestMs = Math.max(0, ...((isUp ? behavior.scaleUp : behavior.scaleDown)?.policies ?? []).map(({ periodSeconds }) => periodSeconds * 1000));
  const events = isUp ? scaleUps : scaleDowns;
  events.splice(0, events.length, ...events.filter(({ atMs }) => atMs > nowMs - longestMs), { change: Math.abs(desired - current), atMs: nowMs });
}

function downStabilized({ desired, nowMs }: Wish, { recommendations }: Memory): number {
  const recent = recommendations.filter(({ atMs }) => atMs >= nowMs - DOWNSCALE_STABILIZATION_MS);
  recommendations.splice(0, recommendations.length, ...recent, { replicas: desired, atMs: nowMs });
  return Math.max(desired, ...recent.map(({ replicas }) => replicas));
}

function withinUsualRate({ current, min, max }: Wish, desired: number): { replicas: number; why: Verdict } {
  const fastest = Math.max(2 * current, 4); // scaleUpLimitFactor, scaleUpLimitMinimum
  const top = Math.min(max, fastest);
  if (desired < min) return { replicas: min, why: TOO_FEW };
  return desired > top ? { replicas: top, why: max > fastest ? UP_LIMIT : TOO_MANY } : { replicas: desired, why: WITHIN };
}

function stabilizedBy({ scaleUp, scaleDown }: NonNullable<HorizontalPodAutoscaler['spec']['behavior']>, { current, desired, nowMs }: Wish, { recommendations }: Memory): { replicas: number; why: Verdict } {
  const upMs = (scaleUp?.stabilizationWindowSeconds ?? 0) * 1000;
  const downMs = scaleDown?.stabilizationWindowSeconds === undefined ? DOWNSCALE_STABILIZATION_MS : scaleDown.stabilizationWindowSeconds * 1000;
  const after = (windowMs: number) => recommendations.filter(({ atMs }) => atMs > nowMs - windowMs).map(({ replicas }) => replicas);
  const lowest = Math.min(desired, ...after(upMs));
  const highest = Math.max(desired, ...after(downMs));
  const kept = recommendations.filter(({ atMs }) => atMs >= nowMs - Math.max(upMs, downMs));
  recommendations.splice(0, recommendations.length, ...kept, { replicas: desired, atMs: nowMs });
  return { replicas: Math.min(Math.max(current, lowest), highest), why: desired >= current ? UP_STABILIZED : DOWN_STABILIZED };
}

function withinRates({ scaleUp, scaleDown }: NonNullable<HorizontalPodAutoscaler['spec']['behavior']>, { current, desired, min, max, nowMs }: Wish, memory: Memory): { replicas: number; why: Verdict } {
  if (desired > current) {
    const limit = Math.max(current, rateLimit(scaleUp, 1, current, nowMs, memory));
    const top = Math.min(max, limit);
    if (desired > top) return { replicas: top, why: max > limit ? UP_LIMIT : TOO_MANY };
  } else if (desired < current) {
    const limit = Math.min(current, rateLimit(scaleDown, -1, current, nowMs, memory));
    const bottom = Math.max(min, limit);
    if (desired < bottom) return { replicas: bottom, why: min < limit ? DOWN_LIMIT : TOO_FEW };
  }
  return { replicas: desired, why: WITHIN };
}

/** How far the policies of one direction let the size go, from what it was when each policy's period began. */
function rateLimit(rules: ScalingRules | undefined, direction: 1 | -1, current: number, nowMs: number, { scaleUps, scaleDowns }: Memory): number {
  if (rules?.selectPolicy === 'Disabled') return current;
  const changed = (events: readonly ScaleEvent[], periodMs: number) => events.filter(({ atMs }) => atMs > nowMs - periodMs).reduce((sum, { change }) => sum + change, 0);
  const limits = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const start = current - changed(scaleUps, periodSeconds * 1000) + changed(scaleDowns, periodSeconds * 1000);
    if (type === 'Pods') return start + direction * value;
    const scaled = start * (1 + (direction * value) / 100);
    return direction > 0 ? Math.ceil(scaled) : Math.trunc(scaled);
  });
  const isFarthest = rules?.selectPolicy !== 'Min';
  return (direction > 0) === isFarthest ? Math.max(...limits) : Math.min(...limits);
}

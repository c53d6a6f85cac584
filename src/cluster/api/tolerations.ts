/** Which taints a Pod puts up with. */
import type { Taint, Toleration } from './types.ts';

/** The first taint that none of the tolerations covers. */
export function untolerated(taints: readonly Taint[], tolerations: readonly Toleration[]): Taint | undefined {
  return taints.find((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
}

/** An empty key with Exists covers all keys, an empty effect all effects. */
export function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return Boolean(key) && (operator === undefined || operator === 'Equal') && (value ?? '') === (taint.value ?? '');
}

/** Values that are a count or a percentage (`maxSurge`, `minAvailable`) or a port number or name. */

export type IntOrString = number | string;

/** True for `25%`. */
export function isPercent(value: IntOrString | undefined): value is string {
  return typeof value === 'string' && /^[0-9]+%$/.test(value);
}

/** The number before the percent sign; undefined for anything else. */
export function percentOf(value: IntOrString | undefined): number | undefined {
  return isPercent(value) ? Number(value.slice(0, -1)) : undefined;
}

/**
 * A count as it is, a percentage of `total` rounded up or down (intstr.GetScaledValueFromIntOrPercent).
 * Throws for strings that are no percentage.
 */
export function scaledValue(value: IntOrString, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  if (percent === undefined) throw new Error('invalid value for IntOrString: invalid type: string is not a percentage');
  return rounding === 'up' ? Math.ceil((percent * total) / 100) : Math.floor((percent * total) / 100);
}

/** Labels and selectors: matching, LabelSelector objects, and their text forms. */
import { canonicalSelector, type Requirement } from './label-requirement.ts';
import { parseSelector } from './label-parser.ts';
import type { LabelSelector, Labels } from './types.ts';

export { parseSelector, SelectorError } from './label-parser.ts';
export { newRequirement, type Operator,  } from './label-requirement.ts';

/** Requirements that must all hold; none: everything matches. */
export type Selector = readonly Requirement[];

/** True when the labels meet every requirement. */
export function matches(selector: Selector, labels: Labels | undefined): boolean {
  return selector.every((requirement) => meets(requirement, labels ?? {}));
}

function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const has = Object.hasOwn(labels, key);
  const value = labels[key] ?? '';
  switch (operator) {
    case 'exists': return has;
    case '!': return !has;
    case '=': case '==': case 'in': return has && values.includes(value);
    // A label that is not there is not equal to anything, so it passes.
    case '!=': case 'notin': return !has || !values.includes(value);
    case 'gt': return has && isInteger(value) && Number(value) > Number(values[0]);
    case 'lt': return has && isInteger(value) && Number(value) < Number(values[0]);
  }
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text);
}

const selectorOperators: Readonly<Record<string, Requirement['operator']>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/**
 * The requirements of a LabelSelector object, sorted by key (LabelSelectorAsSelector).
 * No selector at all matches nothing and gives undefined; an empty one matches everything.
 */
export function selectorOf(selector: LabelSelector | null | undefined): Selector | undefined {
  if (!selector) return undefined;
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({ key, operator: '=', values: [value] }));
  const expressions = (selector.matchExpressions ?? []).map((expression): Requirement => ({
    key: expression.key,
    operator: selectorOperators[expression.operator] ?? 'exists',
    values: [...(expression.values ?? [])].sort(),
  }));
  return canonicalSelector([...labels, ...expressions]);
}

/** True when a LabelSelector object selects the labels; no selector selects nothing. */
export function matchesLabelSelector(selector: LabelSelector | null | undefined, labels: Labels | undefined): boolean {
  const requirements = selectorOf(selector);
  return requirements !== undefined && matches(requirements, labels);
}

/** True when `labels` hold every pair of `wanted` (a Service's or ReplicationController's selector). */
export function matchesLabels(wanted: Labels | undefined, labels: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);
}

/** The text of a selector: `a=b,c in (x,y),!d`. */
export function formatSelector(selector: Selector): string {
  return selector.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'exists': return key;
    case '!': return `!${key}`;
    case 'in': case 'notin': return `${key} ${operator} (${[...values].sort().join(',')})`;
    case 'gt': return `${key}>${values[0]}`;
    case 'lt': return `${key}<${values[0]}`;
    default: return `${key}${operator}${values[0]}`;
  }
}

/** A LabelSelector object as the text of a query; empty when it selects everything. */
export function selectorToString(selector: LabelSelector | null | undefined): string {
  return formatSelector(selectorOf(selector) ?? []);
}

/** The text of a LabelSelector object; `<none>` when it is missing or empty. */
export function formatLabelSelector(selector: LabelSelector | null | undefined): string {
  return selectorToString(selector) || '<none>';
}

/** `a=b,c=d` sorted by key; `<none>` when empty. */
export function formatLabels(labels: Labels | null | undefined): string {
  const pairs = Object.keys(labels ?? {}).sort().map((key) => `${key}=${labels?.[key]}`);
  return pairs.join(',') || '<none>';
}

/** True when the text of a selector matches the labels. Throws SelectorError. */
export function matchesSelectorText(text: string, labels: Labels | undefined): boolean {
  return matches(parseSelector(text), labels);
}

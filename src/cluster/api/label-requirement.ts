/** One condition of a label selector. */
import { labelKeyErrors, labelValueErrors } from './names.ts';

export type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  /** Sorted and distinct; empty for `exists` and `!`. */
  readonly values: readonly string[];
}

/** Checks key and values as apimachinery's labels.NewRequirement does; gives the error's text when they are wrong. */
export function newRequirement(key: string, operator: Operator, values: readonly string[]): Requirement | string {
  const errors = [
    ...labelKeyErrors(key).map((message) => `key: Invalid value: ${JSON.stringify(key)}: ${message}`),
    ...countErrors(operator, values),
    ...values.flatMap((value, index) => labelValueErrors(value).map((message) => `values[${index}][${key}]: Invalid value: ${JSON.stringify(value)}: ${message}`)),
  ];
  if (errors.length > 0) return aggregate(errors);
  return { key, operator, values: [...new Set(values)].sort() };
}

function countErrors(operator: Operator, values: readonly string[]): string[] {
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    return ["values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"];
  }
  if (operator === 'gt' || operator === 'lt') {
    return values.flatMap((value, index) => (/^[+-]?\d+$/.test(value) ? [] : [`values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`]));
  }
  return [];
}

/** Several errors in one text, as k8s.io/apimachinery's Aggregate writes them. */
export function aggregate(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`;
}

/** Requirements in the order in which a selector keeps them. */
export function canonicalSelector(requirements: readonly Requirement[]): Requirement[] {
  return [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** Checks that many kinds share. Each gives what is wrong with one field. */
import { duplicate, type FieldError, invalid, notSupported, required } from '../field-error.ts';
import type { IntOrString } from '../int-or-string.ts';
import { isPercent, percentOf } from '../int-or-string.ts';
import { dnsSubdomainErrors, labelKeyErrors, labelValueErrors, portErrors, portNameErrors, rangeErrors } from '../names.ts';
import { formatQuantity, parseQuantity } from '../quantity.ts';
import type { LabelSelector } from '../types.ts';

const NOT_NEGATIVE = 'must be greater than or equal to 0';
const HTTP_PATH = String.raw`[A-Za-z0-9/\-._~%!$&'()*+,;=:]+`;
export const IMMUTABLE = 'field is immutable';
export const INT32_MAX = 2_147_483_647;

/** One error a message. */
export function invalidEach(field: string, value: unknown, messages: readonly string[]): FieldError[] {
  return messages.map((message) => invalid(field, value, message));
}

/** A count that may be zero. */
export function nonNegative(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(field, value, NOT_NEGATIVE)] : [];
}

/** A quantity that may be zero. */
export function nonNegativeQuantity(field: string, value: string | number): FieldError[] {
  const quantity = parseQuantity(value);
  return quantity.nano < 0n ? [invalid(field, formatQuantity(quantity), NOT_NEGATIVE)] : [];
}

/** An integer within bounds. */
export function inRange(field: string, value: number | undefined, min: number, max: number): FieldError[] {
  return value === undefined ? [] : invalidEach(field, value, rangeErrors(value, min, max));
}

/** One of a few words; `supported` in the order in which the message lists them. */
export function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (!value) return [required(field)];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

/** A word where none at all is allowed, though the empty one is not. */
export function nullOr(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

/** A word that may be missing. */
export function oneOfOrNone(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value ? oneOf(field, value, supported) : [];
}

/** Something that must be given. */
export function present(field: string, value: unknown): FieldError[] {
  return value === undefined || value === null || value === '' ? [required(field)] : [];
}

/** A name that must be given and follow a rule of names.ts. */
export function named(field: string, value: string | undefined, rule: (name: string) => string[]): FieldError[] {
  return value ? invalidEach(field, value, rule(value)) : [required(field)];
}

/** `example.com/path`: a domain, then a path of its own. */
export function domainPrefixedPath(field: string, value: string): FieldError[] {
  if (!value) return [required(field)];
  const [, domain, path] = /^([^/]+)\/(.+)$/s.exec(value) ?? [];
  if (!domain || !path) return [invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = invalidEach(field, domain, dnsSubdomainErrors(domain));
  return new RegExp(`^${HTTP_PATH}$`).test(path) ? errors : [...errors, invalid(field, path, `Invalid path (regex used for validation is '${HTTP_PATH}')`)];
}

/** A port by number or by name. */
export function portNumberOrName(field: string, value: IntOrString | undefined): FieldError[] {
  if (typeof value === 'string') return invalidEach(field, value, portNameErrors(value));
  return invalidEach(field, value ?? 0, portErrors(value ?? 0));
}

/** A count or a percentage, neither negative. */
export function positiveIntOrPercent(field: string, value: IntOrString | undefined): FieldError[] {
  if (value === undefined) return [];
  if (typeof value === 'number') return nonNegative(field, value);
  if (isPercent(value)) return [];
  return [invalid(field, value, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')")];
}

/** A percentage of at most a hundred. */
export function notMoreThan100Percent(field: string, value: IntOrString | undefined): FieldError[] {
  return (percentOf(value) ?? 0) > 100 ? [invalid(field, value, 'must not be greater than 100%')] : [];
}

/** A field that may not change once it is set. */
export function immutable(field: string, value: unknown, old: unknown): FieldError[] {
  return sameJson(value, old) ? [] : [invalid(field, value, IMMUTABLE)];
}

/** The values that occur more than once, each time but the first. */
export function duplicates<T>(values: readonly T[], key: (value: T) => string | undefined, error: (value: T, index: number) => FieldError): FieldError[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    const id = key(value);
    if (id === undefined) return [];
    if (seen.has(id)) return [error(value, index)];
    seen.add(id);
    return [];
  });
}

/** Names in a list that must differ. */
export function distinctNames(field: string, items: readonly { name?: string }[]): FieldError[] {
  return duplicates(items, ({ name }) => name || undefined, ({ name }, index) => duplicate(`${field}[${index}].name`, name));
}

/** A LabelSelector object. */
export function labelSelector(field: string, selector: LabelSelector | undefined): FieldError[] {
  const labels = Object.entries(selector?.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([key, value]) => [
    ...invalidEach(`${field}.matchLabels`, key, labelKeyErrors(key)),
    ...invalidEach(`${field}.matchLabels`, value, labelValueErrors(value)),
  ]);
  const expressions = (selector?.matchExpressions ?? []).flatMap((expression, index) => selectorExpression(`${field}.matchExpressions[${index}]`, expression));
  return [...labels, ...expressions];
}

function selectorExpression(field: string, { key, operator, values = [] }: NonNullable<LabelSelector['matchExpressions']>[number]): FieldError[] {
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) errors.push({ field: `${field}.values`, reason: 'FieldValueForbidden', message: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'" });
  } else errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'));
  errors.push(...invalidEach(`${field}.key`, key, labelKeyErrors(key)));
  return [...errors, ...values.flatMap((value, index) => invalidEach(`${field}.values[${index}]`, value, labelValueErrors(value)))];
}

/** True when both are the same JSON value; fields that are undefined do not count, nor does the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return (a ?? undefined) === (b ?? undefined);
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameJson(Reflect.get(a, key), Reflect.get(b, key)));
}

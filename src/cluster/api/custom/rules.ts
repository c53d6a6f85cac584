/** `x-kubernetes-validations`: CEL rules of a schema, each with `self`, those about changes with `oldSelf` too. */
import { evaluateRule } from '../cel.ts';
import { type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { isDict } from '../json.ts';
import type { Json } from '../types.ts';
import { itemsOf, propertyOf, type Schema, type ValidationRule } from './structural.ts';

/** What the rules refuse; `old` is undefined for new objects and new parts. */
export function ruleErrors(schema: Schema, value: Json, old: Json | undefined, field: string): FieldError[] {
  const own = (schema['x-kubernetes-validations'] ?? []).flatMap((rule) => broken(rule, value, old, field));
  if (Array.isArray(value)) return [...own, ...value.flatMap((item, index) => ruleErrors(itemsOf(schema), item, undefined, `${field}[${index}]`))];
  if (!isDict(value)) return own;
  const before = isDict(old) ? old : undefined;
  return [...own, ...Object.entries(value).filter(([, item]) => item !== undefined).flatMap(([key, item]) => {
    const part = propertyOf(schema, key);
    return part ? ruleErrors(part, item, before?.[key], field ? `${field}.${key}` : key) : [];
  })];
}

function broken(rule: ValidationRule, value: Json, old: Json | undefined, field: string): FieldError[] {
  const isAboutChange = /\boldSelf\b/.test(rule.rule);
  if (isAboutChange && old === undefined && !rule.optionalOldSelf) return [];
  const variables = { self: value, oldSelf: old ?? null };
  const answer = evaluateRule(rule.rule, variables);
  if (answer.value === true) return [];
  const where = `${field || '<nil>'}${rule.fieldPath ?? ''}`;
  if (answer.error !== undefined) return [invalid(where, shown(value), answer.error)];
  const computed = rule.messageExpression ? evaluateRule(rule.messageExpression, variables).value : undefined;
  const message = typeof computed === 'string' && computed.trim() ? computed : rule.message ?? `failed rule: ${rule.rule}`;
  if (rule.reason === 'FieldValueForbidden') return [forbidden(where, message)];
  return rule.reason === 'FieldValueRequired' ? [required(where, message)] : [invalid(where, shown(value), message)];
}

/** Values with parts are named by their kind. */
function shown(value: Json): Json {
  return Array.isArray(value) ? 'array' : isDict(value) ? 'object' : value;
}

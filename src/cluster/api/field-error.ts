/** Validation errors in apimachinery's wording (k8s.io/apimachinery/pkg/util/validation/field). */

import { sortedKeys } from './internal-form.ts';
import { isRecord } from './json.ts';

/** One thing wrong with one field. */
export interface FieldError {
  /** `spec.containers[0].name` */
  field: string;
  reason: 'FieldValueRequired' | 'FieldValueInvalid' | 'FieldValueNotSupported' | 'FieldValueDuplicate' | 'FieldValueForbidden' | 'FieldValueTooLong' | 'FieldValueTooMany' | 'FieldValueNotFound' | 'FieldValueTypeInvalid';
  /** Without the field: `Invalid value: 3: must be …`. */
  message: string;
}

export const required = (field: string, detail = ''): FieldError =>
  ({ field, reason: 'FieldValueRequired', message: withDetail('Required value', detail) });

export const invalid = (field: string, value: unknown, detail: string): FieldError =>
  ({ field, reason: 'FieldValueInvalid', message: withDetail(`Invalid value: ${show(value)}`, detail) });

/** `supported` is listed in the given order; callers sort where upstream does. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError =>
  ({ field, reason: 'FieldValueNotSupported', message: `Unsupported value: ${show(value)}: supported values: ${supported.map((s) => `"${s}"`).join(', ')}` });

export const duplicate = (field: string, value: unknown, detail = ''): FieldError =>
  ({ field, reason: 'FieldValueDuplicate', message: withDetail(`Duplicate value: ${show(value)}`, detail) });

export const forbidden = (field: string, detail: string): FieldError =>
  ({ field, reason: 'FieldValueForbidden', message: withDetail('Forbidden', detail) });

export const notFound = (field: string, value: unknown): FieldError =>
  ({ field, reason: 'FieldValueNotFound', message: `Not found: ${show(value)}` });

export const tooLong = (field: string, maxBytes: number): FieldError =>
  ({ field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${maxBytes} bytes` });

export const tooMany = (field: string, count: number, max: number): FieldError =>
  ({ field, reason: 'FieldValueTooMany', message: `Too many: ${count}: must have at most ${max} items` });

/** The error as it stands in a Status message: `field: message`. */
export function describeFieldError(error: FieldError): string {
  return `${error.field}: ${error.message}`;
}

function withDetail(text: string, detail: string): string {
  return detail ? `${text}: ${detail}` : text;
}

function show(value: unknown): string {
  return value === undefined ? 'null' : JSON.stringify(value, (key, item: unknown) => (key === 'matchLabels' && isRecord(item) ? sortedKeys(item) : item));
}

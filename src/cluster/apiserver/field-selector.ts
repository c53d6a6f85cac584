/** Field selectors: `status.phase=Running,metadata.name!=web`. */
import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/types.ts';
import { badRequest } from './errors.ts';

export interface FieldRequirement { field: string; operator: '=' | '!='; value: string }

/** Parses a selector. Throws a BadRequest StatusError in the words of the real server. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  return text.split(',').filter(Boolean).map((term) => {
    const match = /^([^=!]*)(!=|==|=)(.*)$/.exec(term);
    if (!match) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
    return { field: match[1]!.trim(), operator: match[2] === '!=' ? '!=' : '=', value: match[3]! };
  });
}

/** A test for objects of `kind`. Throws a BadRequest StatusError for a field that the kind does not offer. */
export function fieldMatcher<T extends KubeObject>(kind: Kind<T>, requirements: readonly FieldRequirement[]): (object: T) => boolean {
  const tests = requirements.map(({ field, operator, value }) => {
    const read = fieldOf(kind, field);
    return operator === '=' ? (object: T) => read(object) === value : (object: T) => read(object) !== value;
  });
  return (object) => tests.every((test) => test(object));
}

function fieldOf<T extends KubeObject>(kind: Kind<T>, field: string): (object: T) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name;
  if (field === 'metadata.namespace' && kind.namespaced) return (object) => object.metadata.namespace ?? '';
  const read = kind.fields?.[field];
  if (!read) throw badRequest(`field label not supported: ${field}`);
  return read;
}

/** Objects as clients write them, taken through a kind as the registry takes them. */
import { decode } from '../../../../src/cluster/api/decode.ts';
import { DEFAULT_GATES } from '../../../../src/cluster/api/feature-gates.ts';
import { describeFieldError } from '../../../../src/cluster/api/field-error.ts';
import { groupVersion, type Kind } from '../../../../src/cluster/api/kind.ts';
import { allKinds } from '../../../../src/cluster/api/kinds/index.ts';
import type { KubeObject } from '../../../../src/cluster/api/types.ts';

export interface Written { metadata?: object; spec?: unknown; [field: string]: unknown }

export function kindNamed(name: string): Kind {
  const kind = allKinds.find((each) => each.kind === name);
  if (!kind) throw new Error(`no kind ${name}`);
  return kind;
}

/** The object as it would be stored. */
export function stored(name: string, written: Written, old?: KubeObject): KubeObject {
  const kind = kindNamed(name);
  const metadata = { name: 'x', ...(kind.namespaced ? { namespace: 'default' } : {}), uid: 'uid-x', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...written.metadata };
  const { value } = decode(kind.type ?? kind.kind, { ...written, apiVersion: groupVersion(kind), kind: kind.kind, metadata });
  let object = value as unknown as KubeObject;
  if (kind.defaults) object = kind.defaults(object);
  if (old) object = { ...object, status: old.status };
  if (kind.prepare) object = kind.prepare(object, old, DEFAULT_GATES);
  return kind.defaults ? kind.defaults(object) : object;
}

/** All that validation finds, as lines of `field: message`. */
export function problems(name: string, written: Written, old?: Written): string[] {
  const kind = kindNamed(name);
  const before = old && stored(name, old);
  return (kind.validate?.(stored(name, written, before), before, DEFAULT_GATES) ?? []).map(describeFieldError);
}

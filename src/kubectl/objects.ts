/** API objects as kubectl handles them: JSON of any kind, looked into by path. */

export type Dict = { [key: string]: unknown };

/** An object with the fields that all kinds have; the rest is whatever the kind says. */
export interface ApiObject extends Dict {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
}

interface Metadata extends Dict {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for JSON that says what it is; metadata may still be missing, see `asObject`. */
export function isTyped(value: unknown): value is Dict & { apiVersion: string; kind: string } {
  return isDict(value) && typeof value.apiVersion === 'string' && typeof value.kind === 'string';
}

/** The same JSON as an ApiObject; throws for JSON that is none. */
export function asObject(value: unknown): ApiObject {
  if (!isTyped(value)) throw new Error('the server answered with something that is no object');
  return { ...value, metadata: isDict(value.metadata) ? value.metadata : {} };
}

/** True for `PodList`, `List` and the like. */
export function isList(value: unknown): value is Dict & { items: unknown[] } {
  return isDict(value) && typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items);
}

/** The value at a path of field names and list indices; undefined when something on the way is missing. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let current = value;
  for (const step of path) {
    if (Array.isArray(current)) current = typeof step === 'number' ? (current as unknown[])[step] : undefined;
    else current = isDict(current) && Object.hasOwn(current, step) ? current[step] : undefined;
  }
  return current;
}

export function textAt(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
}

export function numberAt(value: unknown, ...path: (string | number)[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

export function listAt(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as unknown[]) : [];
}

/** String pairs such as labels, annotations and selectors. */
export function pairsAt(value: unknown, ...path: (string | number)[]): Record<string, string> {
  const found = at(value, ...path);
  if (!isDict(found)) return {};
  return Object.fromEntries(Object.entries(found).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

/** A copy with the value at a path of field names replaced; undefined removes the field. */
export function withAt<T extends Dict>(object: T, path: readonly string[], value: unknown): T {
  const [first, ...rest] = path;
  if (first === undefined) return object;
  const copy: Dict = { ...object };
  const inner = copy[first];
  const next = rest.length > 0 ? withAt(isDict(inner) ? inner : {}, rest, value) : value;
  if (next === undefined) delete copy[first];
  else copy[first] = next;
  return copy as T; // only fields that kinds declare are written
}

/** `apps` of `apps/v1`; '' for the core group. */
export function groupOf(apiVersion: string): string {
  const at = apiVersion.indexOf('/');
  return at < 0 ? '' : apiVersion.slice(0, at);
}

/** `v1` of `apps/v1`. */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

/** Equal as JSON, whatever the order of keys. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, (b as unknown[])[i]));
  if (!isDict(a) || !isDict(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}

/** Orders strings as Go does, by code unit. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

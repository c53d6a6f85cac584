/** --sort-by: objects in the order of one of their fields. */
import { compareQuantities, isQuantity } from '../../cluster/api/quantity.ts';
import { KubectlError } from '../errors.ts';
import { findResults } from './jsonpath/evaluate.ts';
import { relaxedJsonPath } from './jsonpath/relaxed.ts';

/** A field by which nothing can be put in order; kubectl ends with a line of its log. */
export class UnsortableError extends Error {}

/** The items by the value at `path`, those without one first. Throws KubectlError when no item has it, UnsortableError for maps and lists. */
export function sortedBy<T>(items: readonly T[], path: string, objectOf: (item: T) => unknown): T[] {
  const full = relaxedJsonPath(path);
  const keyed = items.map((item) => ({ item, key: findResults(full, objectOf(item), { allowMissingKeys: true }).flat()[0] }));
  if (items.length > 0 && keyed.every(({ key }) => key === undefined)) throw new KubectlError(`couldn't find any field with path "${full}" in the list of objects`);
  const [odd] = keyed.length > 1 ? keyed.filter(({ key }) => typeof key === 'object' && key !== null) : [];
  if (odd) throw new UnsortableError(`Field {${full.replace(/^\{|\}$/g, '')}} in [][][]reflect.Value is an unsortable type: interface, err: unsortable type: ${Array.isArray(odd.key) ? '[]interface {}' : 'map[string]interface {}'}`);
  return keyed.sort((a, b) => compareValues(a.key, b.key)).map(({ item }) => item);
}

/** Numbers by size, quantities by amount, other text naturally (`a2` before `a10`). */
function compareValues(a: unknown, b: unknown): number {
  if (a === undefined || a === null) return b === undefined || b === null ? 0 : -1;
  if (b === undefined || b === null) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') {
    if (isQuantity(a) && isQuantity(b)) return compareQuantities(a, b);
    return naturally(a, b);
  }
  return naturally(String(a), String(b));
}

/** Text with its runs of digits compared as numbers. */
function naturally(a: string, b: string): number {
  const left = a.match(/\d+|\D/gs) ?? [], right = b.match(/\d+|\D/gs) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const x = left[i]!, y = right[i]!;
    if (x === y) continue;
    if (/^\d/.test(x) && /^\d/.test(y) && BigInt(x) !== BigInt(y)) return BigInt(x) < BigInt(y) ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

/** The patches that the API understands: JSON merge, strategic merge, JSON Patch. All give a new value and change none. */
import { fieldOf, type FieldType } from './schema.ts';

type Dict = { [key: string]: unknown };

/** A patch that cannot be applied, in the API server's words. */
export class PatchError extends Error {}

/** RFC 7396: null deletes, objects merge, everything else replaces. */
export function jsonMergePatch(target: unknown, patch: unknown): unknown {
  if (!isDict(patch)) return patch;
  const result: Dict = isDict(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else define(result, key, jsonMergePatch(result[key], value));
  }
  return result;
}

/**
 * A strategic merge patch: lists with a merge key merge by it; `$patch`, `$deleteFromPrimitiveList/…`,
 * `$setElementOrder/…` and `$retainKeys` are directives. `typeName` is the schema type of `target`.
 */
export function strategicMergePatch(target: unknown, patch: unknown, typeName: string): unknown {
  if (!isDict(patch)) return patch;
  if (patch.$patch === 'delete') return {};
  if (patch.$patch === 'replace') return without(patch, '$patch');
  const result: Dict = retained(isDict(target) ? { ...target } : {}, patch.$retainKeys);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete result[key];
    else define(result, key, mergeField(result[key], value, fieldOf(typeName, key)));
  }
  applyDirectives(result, patch, typeName);
  return result;
}

/** RFC 6902. Throws PatchError for an operation that cannot be done or a test that fails. */
export function jsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw new PatchError('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  return operations.reduce((value: unknown, operation: unknown) => applyOperation(value, asOperation(operation)), target);
}

function mergeField(before: unknown, value: unknown, field: FieldType | undefined): unknown {
  if (Array.isArray(value) && field?.isList) {
    if (field.mergeKey) return mergeList(before, value, field.mergeKey, field.type);
    return field.mergesPrimitives ? mergePrimitives(before, value) : value;
  }
  if (!isDict(value)) return value;
  if (field && !field.isList && !field.isMap && !field.isLeaf) return strategicMergePatch(before, value, field.type);
  if (value.$patch === 'replace') return without(value, '$patch');
  return jsonMergePatch(before, value);
}

function mergeList(before: unknown, patch: unknown[], mergeKey: string, typeName: string): unknown[] {
  if (patch.some((item) => isDict(item) && item.$patch === 'replace')) return patch.filter((item) => !isDict(item) || item.$patch !== 'replace');
  const result = Array.isArray(before) ? [...before as unknown[]] : [];
  for (const item of patch) {
    if (!isDict(item)) throw new PatchError(`expected a map in the list, got ${JSON.stringify(item)}`);
    const key = item[mergeKey];
    if (key === undefined) throw new PatchError(`map: ${goMap(item)} does not contain declared merge key: ${mergeKey}`);
    const at = result.findIndex((existing) => isDict(existing) && existing[mergeKey] === key);
    if (item.$patch === 'delete') { if (at >= 0) result.splice(at, 1); }
    else if (at >= 0) result[at] = strategicMergePatch(result[at], item, typeName);
    else result.push(strategicMergePatch({}, item, typeName));
  }
  return result;
}

function mergePrimitives(before: unknown, patch: unknown[]): unknown[] {
  const result: unknown[] = Array.isArray(before) ? [...before as unknown[]] : [];
  for (const item of patch) if (!result.includes(item)) result.push(item);
  return result;
}

function applyDirectives(result: Dict, patch: Dict, typeName: string): void {
  for (const [directive, value] of Object.entries(patch)) {
    const [name, key = ''] = directive.split('/');
    const list = result[key];
    if (!Array.isArray(value) || !Array.isArray(list)) continue;
    if (name === '$deleteFromPrimitiveList') result[key] = list.filter((item) => !value.includes(item));
    if (name === '$setElementOrder') result[key] = inOrder(list, value, fieldOf(typeName, key)?.mergeKey);
  }
}

/** Orders a merged list as the patch says; what the patch does not name keeps its place relative to its left neighbour. */
function inOrder(list: unknown[], order: unknown[], mergeKey: string | undefined): unknown[] {
  const idOf = (item: unknown) => (mergeKey && isDict(item) ? item[mergeKey] : item);
  const rank = new Map(order.map((item, i) => [idOf(item), i]));
  const named = list.filter((item) => rank.has(idOf(item))).sort((a, b) => rank.get(idOf(a))! - rank.get(idOf(b))!);
  const result = [...named];
  for (const [i, item] of list.entries()) {
    if (rank.has(idOf(item))) continue;
    const left = list.slice(0, i).findLast((other) => result.includes(other));
    result.splice(left === undefined ? 0 : result.indexOf(left) + 1, 0, item);
  }
  return result;
}

function retained(target: Dict, keys: unknown): Dict {
  if (!Array.isArray(keys)) return target;
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

interface JsonPatchOperation { op: string; path: string; from?: string; value?: unknown }

function asOperation(value: unknown): JsonPatchOperation {
  if (!isDict(value) || typeof value.op !== 'string' || typeof value.path !== 'string') throw new PatchError('Unexpected kind: unknown');
  return { op: value.op, path: value.path, from: typeof value.from === 'string' ? value.from : undefined, value: value.value };
}

function applyOperation(root: unknown, { op, path, from, value }: JsonPatchOperation): unknown {
  const at: Place = { op, path, parts: pointer(path) };
  switch (op) {
    case 'add': return edit(root, at, (slot) => slot.insert(value));
    case 'replace': return edit(root, at, (slot) => { slot.mustExist('replace', path); slot.set(value); });
    case 'remove': return edit(root, at, (slot) => { slot.mustExist('remove', path); slot.remove(); });
    case 'test':
      if (JSON.stringify(lookUp(root, path)) !== JSON.stringify(value)) throw new PatchError(`testing value ${path} failed: test failed`);
      return root;
    case 'copy': return applyOperation(root, { op: 'add', path, value: lookUp(root, from ?? '') });
    case 'move': {
      const moved = lookUp(root, from ?? '');
      return applyOperation(applyOperation(root, { op: 'remove', path: from ?? '' }), { op: 'add', path, value: moved });
    }
    default: throw new PatchError(`Unexpected kind: ${op}`);
  }
}

/** Where an operation works, what of its path is left to go, and the whole path for complaints. */
interface Place { op: string; path: string; parts: readonly string[] }

interface Slot { insert(value: unknown): void; set(value: unknown): void; remove(): void; mustExist(op: string, path: string): void }

/** Copies the containers on the way to a pointer's end and hands the last one to `change`. */
function edit(root: unknown, at: Place, change: (slot: Slot) => void): unknown {
  const { op, path, parts } = at;
  if (parts.length === 0) {
    let result = root;
    change({ insert: (v) => { result = v; }, set: (v) => { result = v; }, remove: () => { result = null; }, mustExist: () => undefined });
    return result;
  }
  const [key = '', ...rest] = parts;
  if (Array.isArray(root)) {
    const list: unknown[] = [...root as unknown[]];
    if (rest.length > 0) list[indexIn(list, key)] = edit(list[indexIn(list, key)], { ...at, parts: rest }, change);
    else change(listSlot(list, key));
    return list;
  }
  const missing = () => new PatchError(`${op} operation does not apply: doc is missing path: ${op === 'replace' ? path : JSON.stringify(path)}: missing value`);
  if (!isDict(root)) throw missing();
  const dict = { ...root };
  if (rest.length === 0) change(dictSlot(dict, key));
  else if (!Object.hasOwn(dict, key)) throw missing();
  else define(dict, key, edit(dict[key], { ...at, parts: rest }, change));
  return dict;
}

function listSlot(list: unknown[], key: string): Slot {
  const at = key === '-' ? list.length : indexIn(list, key, list.length);
  return {
    insert: (v) => void list.splice(at, 0, v),
    set: (v) => { list[at] = v; },
    remove: () => void list.splice(at, 1),
    mustExist: (op, path) => { if (at >= list.length) throw new PatchError(`${op} operation does not apply: doc is missing key: ${path}: missing value`); },
  };
}

function dictSlot(dict: Dict, key: string): Slot {
  return {
    insert: (v) => define(dict, key, v),
    set: (v) => define(dict, key, v),
    remove: () => void delete dict[key],
    mustExist: (op, path) => {
      if (!Object.hasOwn(dict, key)) throw new PatchError(op === 'remove' ? `remove operation does not apply: doc is missing path: "${path}": missing value` : `replace operation does not apply: doc is missing key: ${path}: missing value`);
    },
  };
}

function indexIn(list: readonly unknown[], key: string, max = list.length - 1): number {
  const index = Number(key);
  if (!/^\d+$/.test(key) || index > max) throw new PatchError(`Unable to access invalid index: ${key}: invalid index referenced`);
  return index;
}

function lookUp(root: unknown, path: string): unknown {
  return pointer(path).reduce((value: unknown, key) => {
    if (Array.isArray(value)) return value[indexIn(value, key)] as unknown;
    if (isDict(value) && Object.hasOwn(value, key)) return value[key];
    throw new PatchError(`error in test for path: '${path}': missing value`);
  }, root);
}

function pointer(path: string): string[] {
  if (path === '') return [];
  return path.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Sets a key that may be named like a method of Object.prototype without touching the prototype. */
function define(dict: Dict, key: string, value: unknown): void {
  Object.defineProperty(dict, key, { value, writable: true, enumerable: true, configurable: true });
}

function without(dict: Dict, key: string): Dict {
  return Object.fromEntries(Object.entries(dict).filter(([k]) => k !== key));
}

/** A value as Go's %v prints it: `map[a:1 b:[x y] c:<nil>]`. */
export function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`;
  if (!isDict(value)) return value === null || value === undefined ? '<nil>' : String(value);
  return `map[${Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => `${key}:${goMap(inner)}`).join(' ')}]`;
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

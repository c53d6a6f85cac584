/** The patch that `apply` sends: adds and changes from the file, deletions of what the file used to say. */
import { fieldOf } from '../cluster/api/schema.ts';
import { type Dict, isDict, isEqual } from './objects.ts';

/** A strategic merge patch (a JSON merge patch without a schema type) from `original`, `modified` and `current`. */
export function threeWayPatch(original: unknown, modified: unknown, current: unknown, type: string | undefined): Dict {
  const [was, wanted, is] = [original, modified, current].map((value) => (isDict(value) ? value : {})) as [Dict, Dict, Dict];
  const patch: Dict = {};
  for (const key of Object.keys(was)) if (!(key in wanted) && key in is) patch[key] = null;
  for (const [key, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    const change = changeOf(was[key], value, is[key], type, key);
    if (change !== undefined) patch[key] = change;
  }
  return patch;
}

function changeOf(was: unknown, wanted: unknown, is: unknown, type: string | undefined, key: string): unknown {
  const field = type === undefined ? undefined : fieldOf(type, key);
  if (isDict(wanted) && isDict(is)) {
    const inner = field && !field.isLeaf && !field.isMap && !field.isList ? field.type : undefined;
    const patch = threeWayPatch(was, wanted, is, inner);
    return Object.keys(patch).length > 0 ? patch : undefined;
  }
  if (Array.isArray(wanted) && Array.isArray(is) && field?.mergeKey) return listChange(was, wanted, is, field.mergeKey, field.type);
  if (wanted === null) return is === undefined ? undefined : null;
  return isEqual(wanted, is) ? undefined : wanted;
}

/** Elements by merge key: changed ones as patches, those that the file has dropped as deletions. */
function listChange(was: unknown, wanted: readonly unknown[], is: readonly unknown[], mergeKey: string, type: string): unknown {
  const byKey = (list: unknown) => new Map((Array.isArray(list) ? list : []).filter(isDict).map((item) => [item[mergeKey], item]));
  const [before, now] = [byKey(was), byKey(is)];
  const changes: Dict[] = [];
  for (const item of wanted.filter(isDict)) {
    const key = item[mergeKey];
    const current = now.get(key);
    if (!current) { changes.push(item); continue; }
    const patch = threeWayPatch(before.get(key), item, current, type);
    if (Object.keys(patch).length > 0) changes.push({ [mergeKey]: key, ...patch });
  }
  const kept = new Set(wanted.filter(isDict).map((item) => item[mergeKey]));
  for (const key of before.keys()) if (!kept.has(key) && now.has(key)) changes.push({ $patch: 'delete', [mergeKey]: key });
  return changes.length > 0 ? changes : undefined;
}

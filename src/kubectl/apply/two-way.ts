/** The difference of two objects as a strategic merge patch (apimachinery's strategicpatch.diffMaps). */
import { fieldOf, type FieldType } from '../../cluster/api/schema.ts';
import { compareText, type Dict, isDict, isEqual } from '../objects.ts';

export interface DiffOptions {
  /** Leave out what only the original has. */
  ignoreDeletions?: boolean;
  /** Leave out what only the modified one has, and what differs. */
  ignoreChangesAndAdditions?: boolean;
  /** Say in which order merged lists are to be. */
  setElementOrder?: boolean;
}

/** The patch that turns `original` into `modified`; {} when nothing differs. `typeName` is their schema type, if there is one. */
export function diffMaps(original: Dict, modified: Dict, typeName: string | undefined, options: DiffOptions, retainsKeys = false): Dict {
  const patch: Dict = {};
  for (const key of Object.keys(modified).sort(compareText)) {
    const wanted = modified[key], found = original[key];
    if (wanted === undefined) continue;
    if (found === undefined || isDict(found) !== isDict(wanted) || Array.isArray(found) !== Array.isArray(wanted)) {
      if (!options.ignoreChangesAndAdditions) patch[key] = wanted;
      continue;
    }
    diffValue(patch, key, found, wanted, typeName === undefined ? undefined : fieldOf(typeName, key), options);
  }
  if (!options.ignoreDeletions) {
    for (const key of Object.keys(original)) if (original[key] !== undefined && modified[key] === undefined) patch[key] = null;
  }
  if (retainsKeys && Object.keys(patch).length > 0) patch.$retainKeys = Object.keys(modified).sort(compareText);
  return patch;
}

function diffValue(patch: Dict, key: string, found: unknown, wanted: unknown, field: FieldType | undefined, options: DiffOptions): void {
  if (isDict(found) && isDict(wanted)) {
    const inner = diffMaps(found, wanted, typeWithin(field), options, field?.retainsKeys);
    if (Object.keys(inner).length > 0) patch[key] = inner;
  } else if (Array.isArray(found) && Array.isArray(wanted) && field && (field.mergeKey || field.mergesPrimitives)) diffMergedList(patch, key, found, wanted, field, options);
  else if (!options.ignoreChangesAndAdditions && !isEqual(found, wanted)) patch[key] = wanted;
}

/** The type of a struct field; maps and leaves have none. */
export function typeWithin(field: FieldType | undefined): string | undefined {
  return field && !field.isMap && !field.isLeaf ? field.type : undefined;
}

function diffMergedList(patch: Dict, key: string, found: readonly unknown[], wanted: readonly unknown[], field: FieldType, options: DiffOptions): void {
  if (found.length === 0) {
    if (wanted.length > 0 && !options.ignoreChangesAndAdditions) patch[key] = wanted;
    return;
  }
  if (field.mergeKey) diffListOfMaps(patch, key, found.filter(isDict), wanted.filter(isDict), field.mergeKey, field, options);
  else diffListOfScalars(patch, key, found, wanted, options);
}

function diffListOfMaps(patch: Dict, key: string, found: readonly Dict[], wanted: readonly Dict[], mergeKey: string, field: FieldType, options: DiffOptions): void {
  const before = new Map(found.map((item) => [item[mergeKey], item]));
  const after = new Set(wanted.map((item) => item[mergeKey]));
  const changes: Dict[] = [];
  for (const item of wanted) {
    const was = before.get(item[mergeKey]);
    if (!was) {
      if (!options.ignoreChangesAndAdditions) changes.push(item);
      continue;
    }
    const inner = diffMaps(was, item, typeWithin(field), options, field.retainsKeys);
    if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: item[mergeKey] });
  }
  const deletions = options.ignoreDeletions ? [] : found.filter((item) => !after.has(item[mergeKey])).map((item) => ({ $patch: 'delete', [mergeKey]: item[mergeKey] }));
  const list = [...changes, ...deletions];
  if (list.length > 0) patch[key] = list;
  const isMoved = !options.ignoreChangesAndAdditions && !isOrderSame(found, wanted, mergeKey);
  if (options.setElementOrder && (list.length > 0 || isMoved)) patch[`$setElementOrder/${key}`] = wanted.map((item) => ({ [mergeKey]: item[mergeKey] }));
}

function isOrderSame(found: readonly Dict[], wanted: readonly Dict[], mergeKey: string): boolean {
  const keys = new Set(wanted.map((item) => item[mergeKey]));
  const before = found.map((item) => item[mergeKey]).filter((key) => keys.has(key));
  const common = new Set(before);
  const after = wanted.map((item) => item[mergeKey]).filter((key) => common.has(key));
  return before.every((key, i) => key === after[i]);
}

function diffListOfScalars(patch: Dict, key: string, found: readonly unknown[], wanted: readonly unknown[], options: DiffOptions): void {
  const added = options.ignoreChangesAndAdditions ? [] : wanted.filter((item) => !found.includes(item));
  const removed = options.ignoreDeletions ? [] : found.filter((item) => !wanted.includes(item));
  if (added.length > 0) patch[key] = added;
  if (removed.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = removed;
  if (options.setElementOrder && added.length + removed.length > 0) patch[`$setElementOrder/${key}`] = wanted;
}

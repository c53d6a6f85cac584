/** What `apply` sends: changes from what is there to what is wanted, and deletions of what was wanted last time. */
import { fieldOf } from '../../cluster/api/schema.ts';
import { type Dict, isDict, isEqual } from '../objects.ts';
import { diffMaps, typeWithin } from './two-way.ts';

/** A strategic merge patch for a kind with a schema type. `original` is the last applied configuration. */
export function threeWayStrategicPatch(original: Dict, modified: Dict, current: Dict, typeName: string): Dict {
  const changes = diffMaps(current, modified, typeName, { ignoreDeletions: true, setElementOrder: true });
  const deletions = diffMaps(original, modified, typeName, { ignoreChangesAndAdditions: true, setElementOrder: true });
  return merged(deletions, changes, typeName);
}

/** Two patches as one; where both speak, `over` wins, and merged lists are put together by their key. */
function merged(base: Dict, over: Dict, typeName: string | undefined): Dict {
  const result: Dict = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    const field = typeName === undefined ? undefined : fieldOf(typeName, key);
    if (isDict(below) && isDict(value)) result[key] = merged(below, value, typeWithin(field));
    else if (Array.isArray(below) && Array.isArray(value) && field?.mergeKey) result[key] = mergedList(below as unknown[], value, field.mergeKey, typeWithin(field));
    else result[key] = value;
  }
  return result;
}

function mergedList(base: readonly unknown[], over: readonly unknown[], mergeKey: string, typeName: string | undefined): unknown[] {
  const result = [...base];
  for (const item of over) {
    const at = result.findIndex((other) => isDict(other) && isDict(item) && other[mergeKey] === item[mergeKey]);
    const below = result[at];
    if (at >= 0 && isDict(below) && isDict(item)) result[at] = merged(below, item, typeName);
    else result.push(item);
  }
  return result;
}

/** The same as a JSON merge patch, for kinds without a schema such as custom resources. */
export function threeWayJsonPatch(original: Dict, modified: Dict, current: Dict): Dict {
  return mergedJson(deletionsOnly(original, modified), additionsOnly(current, modified));
}

/** The JSON merge patch that turns `before` into `after`. */
export function additionsAndDeletions(before: Dict, after: Dict): Dict {
  return mergedJson(deletionsOnly(before, after), additionsOnly(before, after));
}

function additionsOnly(before: Dict, after: Dict): Dict {
  const patch: Dict = {};
  for (const [key, value] of Object.entries(after)) {
    const was = before[key];
    if (isDict(was) && isDict(value)) {
      const inner = additionsOnly(was, value);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!isEqual(was, value) && value !== null) patch[key] = value;
  }
  return patch;
}

function deletionsOnly(before: Dict, after: Dict): Dict {
  const patch: Dict = {};
  for (const [key, value] of Object.entries(before)) {
    const now = after[key];
    if (now === undefined || now === null) patch[key] = null;
    else if (isDict(value) && isDict(now)) {
      const inner = deletionsOnly(value, now);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    }
  }
  return patch;
}

function mergedJson(base: Dict, over: Dict): Dict {
  const result: Dict = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isDict(below) && isDict(value) ? mergedJson(below, value) : value;
  }
  return result;
}

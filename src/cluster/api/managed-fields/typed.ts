/** Values as sets of fields: what a value sets, what changed between two, merging and taking away (structured-merge-diff). */
import { isDict } from '../json.ts';
import type { Json } from '../types.ts';
import type { Fields } from './fields.ts';
import { elementKey, type Shape } from './shape.ts';

type Dict = { [key: string]: Json };

/** All fields that a value sets. An applied configuration does not own the containers it passes through. */
export function fieldsOf(shape: Shape, value: Json, isApplied: boolean): Fields {
  if (shape.is === 'fields' && isDict(value)) {
    const result: Record<string, Fields> = {};
    for (const key of Object.keys(value)) if (value[key] !== undefined) result[`f:${key}`] = fieldsOf(shape.of(key), value[key]!, isApplied);
    return shape.isMap && !isApplied && Object.keys(result).length > 0 ? { '.': {}, ...result } : result;
  }
  if (shape.is === 'elements' && Array.isArray(value)) {
    const items = value.map((item): [string, Fields] => [elementKey(item, shape.keys), { '.': {}, ...fieldsOf(shape.of, item, isApplied) }]);
    return { ...(shape.isOptional && !isApplied && items.length > 0 ? { '.': {} } : {}), ...Object.fromEntries(items) };
  }
  if (shape.is === 'set' && Array.isArray(value)) return { ...(!isApplied && value.length > 0 ? { '.': {} } : {}), ...Object.fromEntries(value.map((item) => [`v:${JSON.stringify(item)}`, {}])) };
  return {};
}

export interface Change { /** Added or with another value. */ readonly set: Fields; readonly removed: Fields }

const NOTHING: Change = { set: {}, removed: {} };

/** What is different in `after`. */
export function changeBetween(shape: Shape, before: Json | undefined, after: Json | undefined): Change {
  if (before === after) return NOTHING;
  if (shape.is === 'fields' && isDict(before) && isDict(after)) return children([...new Set([...Object.keys(before), ...Object.keys(after)])].map((key) => [`f:${key}`, shape.of(key), before[key], after[key]]));
  if (shape.is === 'elements' && Array.isArray(before) && Array.isArray(after)) {
    const [old, now] = [byKey(before, shape.keys), byKey(after, shape.keys)];
    return children([...new Set([...old.keys(), ...now.keys()])].map((key) => [key, shape.of, old.get(key), now.get(key)]), true);
  }
  if (shape.is === 'set' && Array.isArray(before) && Array.isArray(after)) {
    const only = (a: Json[], b: Json[]) => Object.fromEntries(a.map((item) => `v:${JSON.stringify(item)}`).filter((step) => !b.some((other) => `v:${JSON.stringify(other)}` === step)).map((step) => [step, {}]));
    return { set: only(after, before), removed: only(before, after) };
  }
  return NOTHING;
}

function children(parts: readonly [step: string, shape: Shape, before: Json | undefined, after: Json | undefined][], areElements = false): Change {
  const set: Record<string, Fields> = {};
  const removed: Record<string, Fields> = {};
  const whole = (shape: Shape, value: Json) => (areElements ? { '.': {}, ...fieldsOf(shape, value, false) } : fieldsOf(shape, value, false));
  for (const [step, shape, before, after] of parts) {
    if (after === undefined) {
      if (before !== undefined) removed[step] = whole(shape, before);
    } else if (before === undefined) set[step] = whole(shape, after);
    else if (isDivided(shape, before) && isDivided(shape, after)) {
      const inner = changeBetween(shape, before, after);
      if (Object.keys(inner.set).length > 0) set[step] = inner.set;
      if (Object.keys(inner.removed).length > 0) removed[step] = inner.removed;
    } else if (JSON.stringify(before) !== JSON.stringify(after)) set[step] = fieldsOf(shape, after, false);
  }
  return { set, removed };
}

function isDivided(shape: Shape, value: Json): boolean {
  return shape.is === 'fields' ? isDict(value) : shape.is !== 'whole' && Array.isArray(value);
}

function byKey(list: readonly Json[], keys: readonly string[]): Map<string, Json> {
  return new Map(list.map((item) => [elementKey(item, keys), item]));
}

/** `live` with what `config` says. */
export function merged(shape: Shape, live: Json | undefined, config: Json): Json {
  if (shape.is === 'fields' && isDict(config)) {
    const result: Dict = isDict(live) ? { ...live } : {};
    for (const [key, value] of Object.entries(config)) result[key] = merged(shape.of(key), result[key], value);
    return result;
  }
  if (shape.is === 'elements' && Array.isArray(config)) {
    const items = byKey(Array.isArray(live) ? live : [], shape.keys);
    for (const item of config) items.set(elementKey(item, shape.keys), merged(shape.of, items.get(elementKey(item, shape.keys)), item));
    return [...items.values()];
  }
  if (shape.is === 'set' && Array.isArray(config)) {
    const known = Array.isArray(live) ? live : [];
    return [...known, ...config.filter((item) => !known.some((other) => JSON.stringify(other) === JSON.stringify(item)))];
  }
  return config;
}

/** The value without these fields; what others own something in stays. */
export function without(shape: Shape, value: Json, gone: Fields, others: Fields): Json {
  if (shape.is === 'fields' && isDict(value)) {
    const result: Dict = { ...value };
    for (const [step, inner] of Object.entries(gone)) {
      const key = step.slice(2);
      if (step === '.' || result[key] === undefined) continue;
      const isWhole = Object.keys(inner).length === 0 || inner['.'] !== undefined;
      if (isWhole && !others[step]) delete result[key];
      else if (Object.keys(inner).length > 0) {
        const rest = without(shape.of(key), result[key], inner, others[step] ?? {});
        // A list or map that has lost its last part goes too.
        if (countIn(rest) === 0 && countIn(result[key]) > 0) delete result[key];
        else result[key] = rest;
      }
    }
    return result;
  }
  if (shape.is === 'elements' && Array.isArray(value)) {
    return value.flatMap((item) => {
      const step = elementKey(item, shape.keys);
      const inner = gone[step];
      if (!inner) return [item];
      if (inner['.'] && !others[step]) return [];
      return [without(shape.of, item, inner, others[step] ?? {})];
    });
  }
  if (shape.is === 'set' && Array.isArray(value)) return value.filter((item) => !gone[`v:${JSON.stringify(item)}`] || others[`v:${JSON.stringify(item)}`]);
  return value;
}

function countIn(value: Json): number {
  return Array.isArray(value) ? value.length : isDict(value) ? Object.keys(value).length : 1;
}

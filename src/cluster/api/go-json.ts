/** JSON as Go's decoder reads it: its complaints about what is wrong, and its limit of depth. */

import { sortedKeys } from './internal-form.ts';
import { isRecord } from './json.ts';

export const UNEXPECTED_END = 'unexpected end of JSON input';
const DEPTH_MAX = 10_000; // encoding/json: maxNestingDepth
/** Deeper than any object is, and no deeper than a recursive walk can go. */
const WALKABLE_DEPTH = 500;

/** `offset`: how many characters Go has read by then. */
export class JsonError extends Error {
  constructor(message: string, readonly offset = 0) { super(message); }
}

/** The value of a JSON text. Throws JsonError in Go's words. Keys that would reach a prototype are left out. */
export function parseGoJson(text: string): unknown {
  const depth = depthOf(text);
  if (depth > DEPTH_MAX) throw new JsonError('exceeded max depth');
  if (depth > WALKABLE_DEPTH) throw new JsonError(`nested more than ${WALKABLE_DEPTH} levels deep`);
  try {
    return /__proto__|\\u/.test(text) ? JSON.parse(text, withoutPrototypes) : JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw goJsonFault(text);
  }
}

function withoutPrototypes(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
  return value;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (isInString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) isInString = false;
    } else if (c === 0x22) isInString = true;
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x7d || c === 0x5d) depth--;
  }
  return deepest;
}

/** What Go's decoder calls a JSON value that it did not expect. */
export function goTypeName(value: unknown): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;
}

/** JSON as Go writes what it holds as maps: with sorted keys, all the way down. */
export function inGoOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inGoOrder);
  return isRecord(value) ? sortedKeys(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inGoOrder(item)]))) : value;
}

/** What Go's encoding/json says of the first character that cannot stand where it does. */
export function goJsonProblem(text: string): string {
  return goJsonFault(text).message;
}

/** The same, with its place. */
export function goJsonFault(text: string): JsonError {
  let at = 0;
  const skip = () => { while (/[ \t\r\n]/.test(text[at] ?? '')) at++; };
  const wrong = (where: string): never => {
    const c = text[at];
    throw new JsonError(c === undefined ? UNEXPECTED_END : `invalid character ${c === "'" ? `'\\''` : c === '"' ? `'"'` : `'${c < ' ' ? JSON.stringify(c).slice(1, -1) : c}'`} ${where}`, at + 1);
  };
  const word = (expected: string) => { for (let i = 0; i < expected.length; i++, at++) if (text[at] !== expected[i]) wrong(`in literal ${expected} (expecting '${expected[i]}')`); };
  const string = () => {
    for (at++; text[at] !== '"'; at++) {
      const c = text[at];
      if (c === undefined || c < ' ') wrong('in string literal');
      if (c === '\\' && !/["\\/bfnrtu]/.test(text[++at] ?? '')) wrong('in string escape code');
    }
    at++;
  };
  const value = (): void => {
    skip();
    const c = text[at] ?? '';
    if (c === '{') return members('}', () => { if (text[at] !== '"') wrong('looking for beginning of object key string'); string(); skip(); if (text[at] !== ':') wrong('after object key'); at++; value(); }, 'after object key:value pair');
    if (c === '[') return members(']', value, 'after array element');
    if (c === '"') return string();
    if (c === 't') return word('true');
    if (c === 'f') return word('false');
    if (c === 'n') return word('null');
    const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(text.slice(at, at + 400));
    if (!number) return wrong('looking for beginning of value');
    at += number[0].length;
  };
  const members = (end: string, member: () => void, after: string) => {
    at++;
    skip();
    if (text[at] === end) { at++; return; }
    for (;;) {
      member();
      skip();
      if (text[at] === end) { at++; return; }
      if (text[at] !== ',') wrong(after);
      at++;
      skip();
    }
  };
  try {
    value();
    skip();
    if (at < text.length) wrong('after top-level value');
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
  return new JsonError('invalid JSON');
}

/** The functions of Go templates, and the few that kubectl adds. */
import { isDict } from '../../objects.ts';
import { goJson } from '../json.ts';
import { goMapText, goTypeName } from '../jsonpath/evaluate.ts';
import type { Place } from './parser.ts';

/** A template that fails on the object it is given, at the innermost place that was being worked out. */
export class TemplateFailure extends Error {
  place: Place | undefined;
}

/** Go templates' idea of truth: not empty, not zero, not nil. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isDict(value) ? Object.keys(value).length > 0 : Boolean(value);
}

const text = (value: unknown): string => (value === undefined || value === null ? '<no value>' : typeof value === 'object' ? goMapText(value) : String(value));

const ordered = (compare: (a: number | string, b: number | string) => boolean) => (a: unknown, b: unknown): boolean => {
  if (typeof a === 'number' && typeof b === 'number') return compare(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compare(a, b);
  throw new TemplateFailure('incompatible types for comparison');
};

const outOfRange = (at: unknown) => `index out of range: ${String(at)}`;

function index(value: unknown, ...keys: unknown[]): unknown {
  return keys.reduce((current: unknown, key) => {
    if (Array.isArray(current)) {
      if (typeof key !== 'number') throw new TemplateFailure(`cannot index slice/array with type ${goTypeName(key)}`);
      if (key < 0 || key >= current.length) throw new TemplateFailure(outOfRange(key));
      return (current as unknown[])[key];
    }
    if (isDict(current)) return current[String(key)];
    throw new TemplateFailure(current === undefined || current === null ? 'index of untyped nil' : `can't index item of type ${goTypeName(current)}`);
  }, value);
}

function length(value: unknown): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (Array.isArray(value)) return value.length;
  if (isDict(value)) return Object.keys(value).length;
  throw new TemplateFailure(value === undefined || value === null ? 'len of untyped nil' : `len of type ${goTypeName(value).replace('int64', 'int')}`);
}

/** Values of one basic kind are the same or not; those of two cannot be told apart. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === undefined || a === null || b === undefined || b === null) return (a ?? undefined) === (b ?? undefined);
  for (const value of [a, b]) if (typeof value === 'object') throw new TemplateFailure(`non-comparable type ${goMapText(value)}: ${goTypeName(value)}`);
  if (goTypeName(a) !== goTypeName(b)) throw new TemplateFailure('incompatible types for comparison');
  return a === b;
}

function slice(value: unknown, ...bounds: unknown[]): unknown {
  if (typeof value !== 'string' && !Array.isArray(value)) throw new TemplateFailure(value === undefined || value === null ? 'slice of untyped nil' : `can't slice item of type ${goTypeName(value)}`);
  const [from = 0, to = value.length] = bounds.map(Number);
  for (const at of [from, to]) if (!(at >= 0 && at <= value.length)) throw new TemplateFailure(outOfRange(at));
  if (from > to) throw new TemplateFailure(`invalid slice index: ${from} > ${to}`);
  return value.slice(from, to);
}

/** Go's Printf for the verbs that templates use: %s %v %d %q %t %f %x %5s %-20s %05d. */
function format(pattern: unknown, ...values: unknown[]): string {
  let next = 0;
  return String(pattern).replace(/%([-+0 #]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g, (_, flags: string, width: string, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const shown = formatted(verb, values[next++], precision);
    const pad = flags.includes('0') && 'dfx'.includes(verb) ? '0' : ' ';
    return flags.includes('-') ? shown.padEnd(Number(width)) : shown.padStart(Number(width), pad);
  });
}

function formatted(verb: string, value: unknown, precision: string | undefined): string {
  if (verb === 'T') return goTypeName(value);
  if (verb === 's' && (typeof value === 'number' || typeof value === 'boolean')) return `%!s(${goTypeName(value)}=${String(value)})`;
  if (verb === 'd' && typeof value === 'string') return `%!d(string=${value})`;
  if (verb === 'q') return JSON.stringify(text(value));
  if (verb === 'f') return Number(value).toFixed(precision === undefined ? 6 : Number(precision));
  if (verb === 'x') return typeof value === 'number' ? value.toString(16) : Buffer.from(String(value)).toString('hex');
  const shown = value === undefined || value === null ? `%!${verb}(<nil>)` : text(value);
  return verb === 's' && precision !== undefined ? shown.slice(0, Number(precision)) : shown;
}

function decoded(value: unknown): string {
  const encoded = String(value);
  const wrong = /[^A-Za-z0-9+/]/.exec(encoded.replace(/={1,2}$/, ''))?.index ?? (encoded.length % 4 === 0 ? undefined : encoded.length - (encoded.length % 4));
  if (wrong !== undefined) throw new TemplateFailure(`base64 decode failed: illegal base64 data at input byte ${wrong}`);
  return Buffer.from(encoded, 'base64').toString('utf8');
}

/** Print puts spaces between operands when neither is a string. */
function print(...values: unknown[]): string {
  return values.map((value, i) => (i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string' ? ' ' : '') + text(value)).join('');
}

const HTML: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&#34;', "'": '&#39;' };

export const functions: Readonly<Record<string, (...values: unknown[]) => unknown>> = {
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
  not: (value) => !isTrue(value),
  eq: (value, ...others) => others.some((other) => isSame(value, other)),
  ne: (a, b) => !isSame(a, b),
  lt: (a, b) => ordered((x, y) => x < y)(a, b),
  le: (a, b) => ordered((x, y) => x <= y)(a, b),
  gt: (a, b) => ordered((x, y) => x > y)(a, b),
  ge: (a, b) => ordered((x, y) => x >= y)(a, b),
  index,
  len: length,
  slice,
  print,
  println: (...values) => `${values.map(text).join(' ')}\n`,
  printf: format,
  html: (...values) => print(...values).replace(/[<>&"']/g, (c) => HTML[c]!),
  js: (...values) => JSON.stringify(print(...values)).slice(1, -1).replace(/[<>&=']/g, (c) => (c === "'" ? "\\'" : `\\u00${c.charCodeAt(0).toString(16).toUpperCase()}`)),
  urlquery: (...values) => encodeURIComponent(print(...values)).replaceAll('%20', '+'),
  // kubectl's own.
  exists: (value, ...keys) => keys.reduce((current: unknown, key) => (isDict(current) ? current[String(key)] : Array.isArray(current) ? (current as unknown[])[Number(key)] : undefined), value) !== undefined,
  base64decode: decoded,
  json: (value) => goJson(value),
};

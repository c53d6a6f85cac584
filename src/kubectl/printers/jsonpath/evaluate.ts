/** JSONPath templates applied to objects (k8s.io/client-go/util/jsonpath). */
import { isDict } from '../../objects.ts';
import { goJson, goJsonIndented } from '../json.ts';
import { parseJsonPath, type PathList, type PathNode } from './parser.ts';

/** A path that the object does not have, or that makes no sense on it. */
export class JsonPathError extends Error {}

interface Options { allowMissingKeys: boolean }

/** The values that each action of the template finds, one list an action. Throws JsonPathError. */
export function findResults(template: string, data: unknown, options: Options): unknown[][] {
  return new Evaluation(data, options).run(parseJsonPath(template)).filter((part): part is unknown[] => typeof part !== 'string');
}

/** The template filled in. Throws JsonPathSyntaxError, JsonPathError. */
export function fillJsonPath(template: string, data: unknown, options: Options): string {
  return new Evaluation(data, options).run(parseJsonPath(template)).map((part) => (typeof part === 'string' ? part : part.map(resultText).join(' '))).join('');
}

/** The same with each action's results as a JSON list (`-o jsonpath-as-json`). */
export function fillJsonPathAsJson(template: string, data: unknown, options: Options): string {
  return new Evaluation(data, options).run(parseJsonPath(template)).map((part) => (typeof part === 'string' ? part : goJsonIndented(part))).join('');
}

/** One result as it is printed: lists and maps as JSON, the rest as text. */
export function resultText(value: unknown): string {
  if (value === null || value === undefined) return value === null ? 'null' : '';
  return typeof value === 'object' ? goJson(value) : String(value);
}

class Evaluation {
  readonly #data: unknown;
  readonly #options: Options;

  constructor(data: unknown, options: Options) {
    this.#data = data;
    this.#options = options;
  }

  /** Texts and results in order of the template. */
  run(root: readonly PathNode[], data: unknown = this.#data): (string | unknown[])[] {
    const parts: (string | unknown[])[] = [];
    for (let i = 0; i < root.length; i++) {
      const node = root[i]!;
      if (node.what === 'text') parts.push(node.text);
      if (node.what !== 'list') continue;
      const [first, ...rest] = node.list;
      if (first?.what === 'identifier' && first.name === 'range') {
        const end = matchingEnd(root, i);
        const body = root.slice(i + 1, end);
        for (const item of this.#walk(rest, [data])) parts.push(...this.run(body, item));
        i = end;
      } else if (first?.what === 'identifier' && first.name === 'end') throw new JsonPathError('not in range, nothing to end');
      else parts.push(this.#walk(node.list, [data]));
    }
    return parts;
  }

  #walk(list: PathList, values: unknown[]): unknown[] {
    return list.reduce((current: unknown[], node) => this.#step(node, current), values);
  }

  #step(node: PathNode, values: unknown[]): unknown[] {
    switch (node.what) {
      case 'text': return [node.text];
      case 'value': return [node.value];
      case 'field': return this.#field(node.name, values);
      case 'slice': return values.flatMap((value) => this.#slice(node, value));
      case 'filter': return values.flatMap((value) => this.#filtered(node, value));
      case 'union': return node.lists.flatMap((list) => this.#walk(list, values));
      case 'wildcard': return values.flatMap(children);
      case 'recursive': return values.flatMap(descendants);
      case 'list': return this.#walk(node.list, values);
      case 'identifier': throw new JsonPathError(`unrecognized identifier ${node.name}`);
    }
  }

  #field(name: string, values: unknown[]): unknown[] {
    const results = values.filter((value): value is Record<string, unknown> => isDict(value) && Object.hasOwn(value, name)).map((value) => value[name]);
    if (results.length === 0 && !this.#options.allowMissingKeys) throw new JsonPathError(`${name} is not found`);
    return results;
  }

  #slice({ start, end, step = 1, isIndex }: PathNode & { what: 'slice' }, value: unknown): unknown[] {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) throw new JsonPathError(`${goTypeName(value)} is not array or slice`);
    const list: unknown[] = value;
    if (isIndex) return [this.#indexed(list, start ?? 0)];
    const from = clamp(start ?? 0, list.length), to = clamp(end ?? list.length, list.length);
    if (step <= 0) throw new JsonPathError('step must be > 0');
    return list.slice(from, to).filter((_, i) => i % step === 0);
  }

  #indexed(list: unknown[], index: number): unknown {
    const position = index < 0 ? index + list.length : index;
    if (position < 0 || position >= list.length) throw new JsonPathError(`array index out of bounds: index ${position < 0 ? index : position}, length ${list.length}`);
    return list[position];
  }

  #filtered({ left, operator, right }: PathNode & { what: 'filter' }, value: unknown): unknown[] {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) throw new JsonPathError(`${isDict(value) ? goMapText(value) : String(value)} is not array or slice and cannot be filtered`);
    return (value as unknown[]).filter((item) => {
      const lefts = new Evaluation(item, { allowMissingKeys: true }).#walk(left, [item]);
      if (operator === 'exists') return lefts.length > 0;
      if (lefts.length === 0) return false;
      if (lefts.length > 1) throw new JsonPathError('can only compare one element at a time');
      const rights = new Evaluation(item, { allowMissingKeys: true }).#walk(right, [item]);
      return rights.length > 0 && compares(lefts[0], operator, rights[0]);
    });
  }
}

function matchingEnd(root: readonly PathNode[], start: number): number {
  let depth = 0;
  for (let i = start; i < root.length; i++) {
    const node = root[i]!;
    const first = node.what === 'list' ? node.list[0] : undefined;
    if (first?.what !== 'identifier') continue;
    if (first.name === 'range') depth++;
    if (first.name === 'end' && --depth === 0) return i;
  }
  return root.length; // kubectl does not miss a last {end}
}

function clamp(index: number, length: number): number {
  return Math.min(Math.max(index < 0 ? index + length : index, 0), length);
}

/** Values of a map in the order of their keys: Go's is random, ours must not be. */
function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return isDict(value) ? Object.keys(value).sort().map((key) => value[key]) : [];
}

function descendants(value: unknown): unknown[] {
  return [value, ...children(value).flatMap(descendants)].filter((item) => typeof item === 'object' && item !== null);
}

function compares(a: unknown, operator: string, b: unknown): boolean {
  if (operator === '==' || operator === '!=') return (comparable(a) === comparable(b)) === (operator === '==');
  const [x, y] = [orderable(a, b), orderable(b, a)];
  if (x === undefined || y === undefined) return false;
  switch (operator) {
    case '<': return x < y;
    case '>': return x > y;
    case '<=': return x <= y;
    default: return x >= y;
  }
}

const comparable = (value: unknown): unknown => (typeof value === 'object' ? goJson(value) : value);

function orderable(value: unknown, other: unknown): string | number | undefined {
  return typeof value === typeof other && (typeof value === 'number' || typeof value === 'string') ? value : undefined;
}

/** A value in Go's %#v, as jsonpath failures show the object they were given. */
export function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${(value as unknown[]).map(goSyntax).join(', ')}}`;
  if (isDict(value)) return `map[string]interface {}{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`).join(', ')}}`;
  if (value === null || value === undefined) return 'interface {}(nil)';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function goMapText(value: unknown): string {
  if (Array.isArray(value)) return `[${(value as unknown[]).map(goMapText).join(' ')}]`;
  return isDict(value) ? `map[${Object.keys(value).sort().map((key) => `${key}:${goMapText(value[key])}`).join(' ')}]` : value === null ? '<nil>' : String(value);
}

export { goMapText };

/** What Go calls the type of a JSON value. */
export function goTypeName(value: unknown): string {
  if (value === undefined || value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return isDict(value) ? 'map[string]interface {}' : typeof value === 'boolean' ? 'bool' : 'string';
}

/** What is wrong with a pack: file, line, what was found, what is allowed. */
import type { ErrorObject } from 'ajv';
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import { DATA_DEPTH_MAX, depthOf, firstUnsafe, printable } from './sources/safety.ts';

/** A problem stops a pack; a warning does not. `rule` names what found it, for `lint`. */
export interface Problem { file: string; line: number; column: number; message: string; rule?: string; severity?: 'error' | 'warning' }

/** Thrown when a pack cannot be used; carries everything found wrong with it. */
export class PackError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'PackError';
  }
}

/** `levels/basics/03.yaml:12:5: …` */
export function formatProblem({ file, line, column, message }: Problem): string {
  return printable(line > 0 ? `${file}:${line}:${column}: ${message}` : `${file}: ${message}`);
}

/** A YAML file as data, with a way from a path in the data back to the place in the text. */
export interface Located {
  data: unknown;
  at(path: readonly (string | number)[]): { line: number; column: number };
  /** The place of a line and column inside a text that is written as a block (`|`); of other texts, their own place. */
  within(path: readonly (string | number)[], line: number, column: number): { line: number; column: number };
}

/** Parses YAML. Throws PackError with the parser's own place and words. */
export function parseYaml(file: string, source: string): Located {
  const lines = new LineCounter();
  const document = asProblem(file, () => parseDocument(source, { lineCounter: lines }));
  const [error] = document.errors; // what follows the first is mostly its consequence
  if (error?.message.startsWith('Maximum call stack')) asProblem(file, () => { throw new RangeError(); });
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    const message = error.message.split(' at line')[0]!.split('\n')[0]!;
    throw new PackError([{ file, line, column: col, message: isInFlow(error.code, message) ? `${message}; a value with [ ] { } or , in it must stand in quotes` : message }]);
  }
  const at = (path: readonly (string | number)[]) => {
    const { line, col } = lines.linePos(offsetOf(document.contents, path));
    return { line, column: col };
  };
  const data: unknown = asProblem(file, () => {
    if (depthOf(document.contents) > 2 * DATA_DEPTH_MAX) throw new RangeError();
    return document.toJS({ maxAliasCount: 100 });
  });
  const unsafe = firstUnsafe(data);
  if (unsafe) throw new PackError([{ file, ...at(unsafe.path), message: `${whereIs(unsafe.path)}: ${unsafe.message}` }]);
  const within = (path: readonly (string | number)[], line: number, column: number) => {
    const start = at(path);
    const rows = source.split('\n');
    if (!/[|>][-+0-9]*\s*(#.*)?$/.test(rows[start.line - 1] ?? '')) return start;
    const indent = /^ */.exec(rows.slice(start.line).find((row) => row.trim()) ?? '')![0].length;
    return { line: start.line + line, column: column + indent };
  };
  return { data, at, within };
}

/** YAML made to exhaust its reader is the author's problem: too many aliases, or too deep. */
function asProblem<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new PackError([{ file, line: 0, column: 0, message: `is nested deeper than ${DATA_DEPTH_MAX} levels` }]);
    if (error instanceof ReferenceError) throw new PackError([{ file, line: 0, column: 0, message: 'repeats itself by aliases (`*name`) too often' }]);
    throw error;
  }
}

/** A path in words: `objectives[0].check`. */
function whereIs(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part), '') || 'the file';
}

function isInFlow(code: string, message: string): boolean {
  return code === 'UNEXPECTED_TOKEN' && message.includes('flow-') || code === 'MISSING_CHAR' && message.includes('Flow');
}

/** The offset of the deepest part of the path that is there. */
function offsetOf(node: unknown, path: readonly (string | number)[]): number {
  let offset = rangeOf(node);
  let current = node;
  for (const key of path) {
    if (isMap(current)) {
      const pair = current.items.find((p) => String(p.key) === String(key));
      if (!pair) return offset;
      offset = rangeOf(pair.key) || offset;
      current = pair.value;
    } else if (isSeq(current)) {
      current = current.items[Number(key)];
      offset = rangeOf(current) || offset;
    } else return offset;
  }
  return offset;
}

function rangeOf(node: unknown): number {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return 0;
  return Number(node.range[0]);
}

/** A schema error in our words, with a suggestion where one is near. */
export function describeSchemaError(error: ErrorObject, prefix: readonly string[] = []): { path: (string | number)[]; message: string } {
  const path: (string | number)[] = [...prefix, ...error.instancePath.split('/').slice(1).map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))];
  const where = whereIs(path);
  const schema = error.parentSchema as { properties?: Record<string, unknown>; description?: string } | undefined;
  switch (error.keyword) {
    case 'additionalProperties': {
      const unknown = String(error.params.additionalProperty);
      const allowed = Object.keys(schema?.properties ?? {});
      const near = nearest(unknown, allowed);
      return { path: [...path, unknown], message: `${where}: unknown field "${unknown}"${near ? `; did you mean "${near}"?` : `; allowed are ${allowed.join(', ')}`}` };
    }
    case 'required': return { path, message: `${where}: "${String(error.params.missingProperty)}" is missing` };
    case 'enum': return { path, message: `${where}: must be one of ${(error.params.allowedValues as unknown[]).join(', ')}` };
    case 'oneOf': return { path, message: `${where}: needs exactly one of get, list, can, probe, traffic, file, etcd, ran, answer` };
    case 'pattern': return { path, message: `${where}: must be ${schema?.description ?? `like ${String(error.params.pattern)}`}` };
    default: return { path, message: `${where}: ${error.message ?? 'is not valid'}` };
  }
}

/** The candidate closest to a word, if it is close enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates.map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let above: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j]!, above[j - 2]! + 1); // two letters changed places
    }
    above = row;
    row = next;
  }
  return row[b.length]!;
}

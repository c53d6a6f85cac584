/** A pack's YAML as data that knows where in the file it stands. */
import { isMap, isNode, isSeq, LineCounter, type Node as YamlNode, parseDocument, visit } from 'yaml';
import { PackError } from './problems.ts';
import { DATA_DEPTH_MAX, firstUnsafe } from './sources/safety.ts';

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
export function whereIs(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part), '') || 'the file';
}

function isInFlow(code: string, message: string): boolean {
  return code === 'UNEXPECTED_TOKEN' && message.includes('flow-') || code === 'MISSING_CHAR' && message.includes('Flow');
}

/** The offset of the deepest part of the path that is there. */
export function offsetOf(node: unknown, path: readonly (string | number)[]): number {
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

/** How deep a YAML document's nodes lie, aliases not followed. */
function depthOf(contents: unknown): number {
  let deepest = 0;
  if (isNode(contents)) visit(contents as YamlNode, { Node: (_key, _node, path) => { deepest = Math.max(deepest, path.length); } });
  return deepest;
}

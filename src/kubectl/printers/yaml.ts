/** YAML as sigs.k8s.io/yaml writes it: sorted keys, lists not indented, go-yaml's quoting. */
import { isDict } from '../objects.ts';
import { yamlScalar } from './yaml-scalar.ts';

/** One document, with a newline at the end. */
export function goYaml(value: unknown): string {
  if (isDict(value) && Object.keys(value).length > 0) return mapping(value, 0).replace(/^\n/, '');
  if (Array.isArray(value) && value.length > 0) return sequence(value, 0).replace(/^\n/, '');
  return `${leaf(value, 0, 0)}\n`;
}

/** The lines of a mapping, each after a newline at the given indentation. */
function mapping(dict: Record<string, unknown>, indent: number): string {
  const keys = Object.keys(dict).filter((key) => dict[key] !== undefined).sort(naturalOrder);
  return `${keys.map((key) => {
    const name = yamlScalar(key, { column: indent, indent, isKey: true });
    return `${' '.repeat(indent)}${name}:${inner(dict[key], indent, indent, indent + name.length + 2)}`;
  }).join('\n')}\n`;
}

/** Items at `indent`; what is in an item is indented by two more. */
function sequence(list: readonly unknown[], indent: number): string {
  return `${list.map((item) => {
    const head = `${' '.repeat(indent)}-`;
    const block = isBlock(item) ? (Array.isArray(item) ? sequence(item, indent + 2) : mapping(item, indent + 2)) : undefined;
    // The first line of a block stands beside the dash.
    return block === undefined ? `${head} ${leaf(item, indent + 2, indent + 2)}` : `${head} ${block.slice(indent + 2).replace(/\n$/, '')}`;
  }).join('\n')}\n`;
}

/** What follows `key:`. */
function inner(value: unknown, mapIndent: number, listIndent: number, column: number): string {
  if (!isBlock(value)) return ` ${leaf(value, column, mapIndent + 2)}`;
  const block = Array.isArray(value) ? sequence(value, listIndent) : mapping(value, mapIndent + 2);
  return `\n${block.replace(/\n$/, '')}`;
}

function isBlock(value: unknown): value is unknown[] | Record<string, unknown> {
  return Array.isArray(value) ? value.length > 0 : isDict(value) && Object.values(value).some((item) => item !== undefined);
}

function leaf(value: unknown, column: number, indent: number): string {
  if (Array.isArray(value)) return '[]';
  if (typeof value === 'object' && value !== null) return '{}';
  if (typeof value === 'string') return yamlScalar(value, { column, indent });
  return value === undefined ? 'null' : String(value);
}

/** go-yaml's order of keys: letters after other signs, numbers within words by value. */
function naturalOrder(a: string, b: string): number {
  const left = [...a], right = [...b];
  let wasDigit = false;
  for (let i = 0; i < left.length && i < right.length; i++) {
    const x = left[i]!, y = right[i]!;
    if (x === y) { wasDigit = isDigit(x); continue; }
    const isLetterX = isLetter(x), isLetterY = isLetter(y);
    if (isLetterX && isLetterY) return x < y ? -1 : 1;
    if (isLetterX || isLetterY) return (wasDigit ? isLetterX : isLetterY) ? -1 : 1;
    return byNumber(left, right, i);
  }
  return left.length - right.length;
}

function byNumber(left: readonly string[], right: readonly string[], i: number): number {
  const x = left[i]!, y = right[i]!;
  let lead = 0;
  if (x === '0' || y === '0') {
    for (let j = i - 1; j >= 0 && isDigit(left[j]!); j--) if (left[j] !== '0') { lead = 1; break; }
  }
  const [leftNumber, leftEnd] = digitsFrom(left, i, lead);
  const [rightNumber, rightEnd] = digitsFrom(right, i, lead);
  return leftNumber - rightNumber || leftEnd - rightEnd || (x < y ? -1 : 1);
}

function digitsFrom(characters: readonly string[], start: number, lead: number): [number: number, end: number] {
  let number = lead, end = start;
  for (; end < characters.length && isDigit(characters[end]!); end++) number = number * 10 + Number(characters[end]);
  return [number, end];
}

const isDigit = (c: string): boolean => c >= '0' && c <= '9';
const isLetter = (c: string): boolean => /\p{L}/u.test(c);

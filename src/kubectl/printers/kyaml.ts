/** KYAML: YAML in braces with quoted strings, as `-o kyaml` writes it. */
import { isDict } from '../objects.ts';
import { isAmbiguous } from './yaml-scalar.ts';

/** One document, introduced by `---`. */
export function goKyaml(value: unknown): string {
  return `---\n${block(value, '')}\n`;
}

function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) return list(value, indent);
  if (!isDict(value)) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined).sort();
  if (keys.length === 0) return '{}';
  return `{\n${keys.map((key) => `${indent}  ${keyText(key)}: ${block(value[key], `${indent}  `)},\n`).join('')}${indent}}`;
}

/** Lists of objects are cuddled: `[{ … }, { … }]`; others have an item a line. */
function list(items: readonly unknown[], indent: string): string {
  if (items.length === 0) return '[]';
  if (items.every((item) => isDict(item) && Object.keys(item).length > 0)) return `[${items.map((item) => block(item, indent)).join(', ')}]`;
  return `[\n${items.map((item) => `${indent}  ${block(item, `${indent}  `)},\n`).join('')}${indent}]`;
}

function keyText(key: string): string {
  return /^[A-Za-z_][\w./-]*$/.test(key) && !isAmbiguous(key) ? key : JSON.stringify(key);
}

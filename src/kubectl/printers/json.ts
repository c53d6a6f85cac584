/** JSON as Go's encoding/json writes it: `<`, `>` and `&` escaped, keys of maps sorted. */
import { isDict } from '../objects.ts';

/** Compact, keys sorted: how unstructured objects are encoded. */
export function goJson(value: unknown): string {
  return escaped(JSON.stringify(sorted(value)) ?? 'null');
}

/** Indented by four spaces, with a newline at the end. Objects made by kubectl itself keep their fields' order. */
export function goJsonIndented(value: unknown, options: { keepsOrder?: boolean } = {}): string {
  return `${escaped(JSON.stringify(options.keepsOrder ? value : sorted(value), null, 4) ?? 'null')}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isDict(value)) return value;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) {
    if (value[key] !== undefined) Object.defineProperty(result, key, { value: sorted(value[key]), enumerable: true, writable: true, configurable: true });
  }
  return result;
}

const ESCAPES: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' };

function escaped(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (c) => ESCAPES[c]!);
}

/** `-o custom-columns=NAME:.metadata.name,…`. */
import { KubectlError } from '../errors.ts';
import { isList } from '../objects.ts';
import { findResults, resultText } from './jsonpath/evaluate.ts';
import { relaxedJsonPath } from './jsonpath/relaxed.ts';
import { aligned } from './table.ts';

export interface CustomColumn { header: string; path: string }

/** Reads a specification. Throws KubectlError. */
export function parseCustomColumns(spec: string): CustomColumn[] {
  if (spec === '') throw new KubectlError('custom-columns format specified but no custom columns given');
  return spec.split(',').map((part) => {
    const at = part.indexOf(':');
    if (at < 0) throw new KubectlError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header: part.slice(0, at), path: relaxedJsonPath(part.slice(at + 1)) };
  });
}

/** Reads a template file: a line of headers above a line of paths. Throws KubectlError. */
export function parseColumnTemplate(text: string): CustomColumn[] {
  const [headers = [], paths = []] = text.split('\n').map((line) => line.trim().split(/\s+/).filter(Boolean));
  if (headers.length === 0) throw new KubectlError('invalid template, missing header line. Expected format is one line of space separated headers, one line of space separated column specs.');
  if (paths.length === 0) throw new KubectlError('invalid template, missing spec line. Expected format is one line of space separated headers, one line of space separated column specs.');
  if (headers.length !== paths.length) throw new KubectlError(`number of headers (${headers.length}) and field specifications (${paths.length}) don't match`);
  return headers.map((header, i) => ({ header, path: relaxedJsonPath(paths[i]!) }));
}

/** The table of an object or a list. */
export function customColumnsText(columns: readonly CustomColumn[], object: unknown, hasHeaders: boolean): string {
  const objects = isList(object) ? object.items : [object];
  const rows = objects.map((item) => columns.map(({ path }) => {
    const values = findResults(path, item, { allowMissingKeys: true }).flat();
    return values.length === 0 ? '<none>' : values.map((value) => (value === null ? '<none>' : typeof value === 'object' ? goText(value) : resultText(value))).join(',');
  }));
  return aligned(hasHeaders ? [columns.map(({ header }) => header), ...rows] : rows);
}

/** Maps and lists are printed as Go prints them: `map[a:1]`, `[x y]`. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${(value as unknown[]).map(goText).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return value === null ? '<nil>' : String(value);
  return `map[${Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => `${key}:${goText(inner)}`).join(' ')}]`;
}

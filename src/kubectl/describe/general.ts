/** Kinds without a form of their own: every field under a label made of its name (kubectl's generic describer). */
import { type ApiObject, compareText, type Dict, isDict } from '../objects.ts';
import type { Description } from './description.ts';
import { annotations, labels, nameAndNamespace } from './describer.ts';

const SHOWN_ABOVE = new Set(['.metadata.managedFields', '.metadata.name', '.metadata.namespace', '.metadata.labels', '.metadata.annotations']);
const ACRONYMS = new Set(['API', 'URL', 'UID', 'OSB', 'GUID']);

/** Describes any object. */
export function general(object: ApiObject, out: Description): void {
  nameAndNamespace(object, out);
  labels(object, out);
  annotations(object, out);
  fields(object, out, 0, '');
}

function fields(content: Dict, out: Description, level: number, path: string): void {
  for (const key of Object.keys(content).sort(compareText)) {
    const value = content[key], here = `${path}.${key}`;
    if (value === undefined || SHOWN_ABOVE.has(here)) continue;
    if (!isDict(value) && !Array.isArray(value)) {
      out.row(labelFor(key), value === null ? '<nil>' : String(value), level);
      continue;
    }
    out.heading(labelFor(key), level);
    if (isDict(value)) fields(value, out, level + 1, here);
    else for (const item of value as unknown[]) if (isDict(item)) fields(item, out, level + 1, here); else out.line(String(item), level + 1);
  }
}

/** `API Version` of `apiVersion`; names with digits or dots stay as they are. */
function labelFor(field: string): string {
  if (/[^A-Za-z-]/.test(field)) return field;
  const words = field.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|-/g) ?? [field];
  return words.map((word) => (ACRONYMS.has(word.toUpperCase()) ? word.toUpperCase() : word[0]!.toUpperCase() + word.slice(1))).join(' ');
}

/** additionalPrinterColumns: cells by JSONPath (apiextensions-apiserver, tableconvertor). */
import type { CustomResourceColumnDefinition } from 'kubernetes-types/apiextensions/v1.d.ts';
import { ageSince } from '../duration.ts';
import type { Column } from '../kind.ts';
import { isDict } from '../json.ts';
import type { Json, KubeObject } from '../types.ts';

const AGE: CustomResourceColumnDefinition = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The columns of a version: the name, then its own, or the age if it has none. */
export function printerColumns(own: readonly CustomResourceColumnDefinition[] | undefined): Column<KubeObject>[] {
  const columns = (own?.length ? own : [AGE]).map(({ name, type, jsonPath, priority = 0 }): Column<KubeObject> => {
    const find = jsonPathOf(jsonPath);
    return { name, type: type as Column<KubeObject>['type'], priority: priority > 0 ? 1 : 0, cell: (object, { nowMs }) => cellOf(find(object as unknown as Json), type, nowMs) };
  });
  return [{ name: 'Name', format: 'name', cell: ({ metadata }) => metadata.name }, ...columns];
}

function cellOf(found: readonly Json[], type: string, nowMs: number): string | number | boolean | null {
  const [value] = found;
  if (value === undefined || value === null) return null;
  if (type === 'date') return ageSince(String(value), nowMs);
  if (type === 'integer' || type === 'number') return typeof value === 'number' ? value : null;
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  const text = (item: Json) => (typeof item === 'object' ? JSON.stringify(item) : String(item));
  return found.length > 1 ? `[${found.map((item) => JSON.stringify(item)).join(',')}]` : text(value);
}

type Step = (values: readonly Json[]) => Json[];

/** The part of JSONPath that columns use: names, indices, `[*]`, and filters by equality. */
function jsonPathOf(path: string): (object: Json) => Json[] {
  const steps = [...path.matchAll(/\.([\w-]+(?:\\\.[\w-]+)*)|\[\*\]|\[(-?\d+)\]|\['((?:[^'\\]|\\.)+)'\]|\[\?\(@\.([\w.-]+)\s*==\s*["']([^"']*)["']\)\]/g)]
    .map(([text, name, index, quoted, key, wanted]): Step => {
      if (text === '[*]') return (values) => values.flatMap((value) => (Array.isArray(value) ? value : isDict(value) ? Object.values(value) : []));
      if (index !== undefined) return (values) => values.flatMap((value) => (Array.isArray(value) ? value.at(Number(index)) ?? [] : []) as Json[]);
      if (key !== undefined) return (values) => values.flatMap((value) => (Array.isArray(value) ? value.filter((item) => String(along(item, key)) === wanted) : []));
      const field = (name ?? quoted ?? '').replaceAll('\\.', '.');
      return (values) => values.flatMap((value) => { const inner = isDict(value) ? value[field] : undefined; return inner === undefined ? [] : [inner]; });
    });
  return (object) => steps.reduce<Json[]>((values, step) => step(values), [object]);
}

function along(value: Json, path: string): Json | undefined {
  return path.split('.').reduce<Json | undefined>((inner, key) => (inner !== undefined && isDict(inner) ? inner[key] : undefined), value);
}

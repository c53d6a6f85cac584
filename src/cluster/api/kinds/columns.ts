/** Columns that many kinds share, as the printers of `kubectl get` fill them. */
import { ageSince } from '../duration.ts';
import type { Column } from '../kind.ts';
import type { KubeObject, PodTemplateSpec } from '../types.ts';

/** Name: the first column of nearly every kind. */
export const nameColumn: Column<KubeObject> = { name: 'Name', format: 'name', cell: (object) => object.metadata.name };

/** Age: time since creation. */
export const ageColumn: Column<KubeObject> = { name: 'Age', cell: (object, { nowMs }) => ageSince(object.metadata.creationTimestamp, nowMs) };

/** Name, what is given, Age: the common order. */
export function columnsBetween<T extends KubeObject>(...columns: readonly Column<T>[]): readonly Column<T>[] {
  return [nameColumn, ...columns, ageColumn];
}

/** A column of text. */
export function column<T extends KubeObject>(name: string, cell: Column<T>['cell']): Column<T> {
  return { name, cell };
}

/** A column of whole numbers; what is missing counts as zero. */
export function countColumn<T extends KubeObject>(name: string, count: (object: T) => number | undefined): Column<T> {
  return { name, type: 'integer', cell: (object) => count(object) ?? 0 };
}

/** A column that shows only with -o wide. */
export function wideColumn<T extends KubeObject>(name: string, cell: Column<T>['cell']): Column<T> {
  return { name, priority: 1, cell };
}

/** Containers and Images of a workload's template. */
export function templateColumns<T extends KubeObject>(template: (object: T) => PodTemplateSpec | undefined): Column<T>[] {
  const containers = (object: T) => template(object)?.spec?.containers ?? [];
  return [
    wideColumn('Containers', (object) => containers(object).map(({ name }) => name).join(',')),
    wideColumn('Images', (object) => containers(object).map(({ image }) => image ?? '').join(',')),
  ];
}

/** The first few of a list, and how many more there are: `a,b,c + 2 more...`; `none` when empty. */
export function firstFew(items: readonly string[], none: string, max = 3): string {
  if (items.length === 0) return none;
  const shown = items.slice(0, max).join(',');
  return items.length > max ? `${shown} + ${items.length - max} more...` : shown;
}

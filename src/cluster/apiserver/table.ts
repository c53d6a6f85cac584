/** The server's printer: objects as rows of a metav1.Table, from a kind's columns. */
import type { CellContext, Column, Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/types.ts';

interface ColumnDefinition { name: string; type: string; format: string; description: string; priority: number }

export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1';
  metadata: object;
  columnDefinitions: ColumnDefinition[];
  rows: { cells: unknown[]; object: unknown }[];
}

/** Columns of a kind that brings none: what rest.NewDefaultTableConvertor prints. */
const DEFAULT_COLUMNS: readonly Column<KubeObject>[] = [
  { name: 'Name', format: 'name', cell: (object) => object.metadata.name },
  { name: 'Created At', cell: (object) => object.metadata.creationTimestamp },
];

/** How much of each object a row carries (`includeObject`). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** The Table of these objects. `metadata` is the list's (resourceVersion, continue). */
export function tableOf(kind: Kind, objects: readonly KubeObject[], metadata: object, options: CellContext & { include: IncludeObject; withoutHeader?: boolean }): Table {
  const columns = kind.columns ?? DEFAULT_COLUMNS;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: options.withoutHeader ? [] : columns.map(definition),
    rows: objects.map((object) => ({ cells: columns.map((column) => column.cell(object, options)), object: carried(object, options.include) })),
  };
}

/** An object's metadata alone, as `as=PartialObjectMetadata` gives it. */
export function partialMetadata(object: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function definition({ name, type = 'string', format, priority = 0 }: Column<KubeObject>): ColumnDefinition {
  return { name, type, format: format ?? (name === 'Name' ? 'name' : ''), description: '', priority };
}

function carried(object: KubeObject, include: IncludeObject): unknown {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialMetadata(object);
}

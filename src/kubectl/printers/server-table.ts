/** Tables that the API server has printed, turned into text: kubectl's TablePrinter. */
import { at, isDict, listAt, numberAt, pairsAt, textAt } from '../objects.ts';
import { aligned, oneLine, type Widths } from './table.ts';

export interface TableOptions {
  isWide: boolean;
  showLabels: boolean;
  /** Label keys of extra columns (-L). */
  labelColumns: readonly string[];
  hasHeaders: boolean;
  withNamespace: boolean;
  /** `deployment.apps` to put before names. */
  kindPrefix?: string;
}

/** True for a metav1.Table. */
export function isTable(value: unknown): boolean {
  return textAt(value, 'kind') === 'Table' && textAt(value, 'apiVersion').startsWith('meta.k8s.io/');
}

interface Column { index: number; name: string; type: string; format: string }

/** Prints tables that follow each other as one, remembering columns and widths. */
export class TableText {
  readonly #options: TableOptions;
  readonly #widths: Widths | undefined;
  #columns: Column[] = [];
  #hasPrintedHeader = false;

  /** `remembers` keeps widths from one print to the next, for watches. */
  constructor(options: TableOptions, remembers = false) {
    this.#options = options;
    this.#widths = remembers ? [] : undefined;
  }

  /** The rows of these tables; the header comes first, once. */
  text(tables: readonly unknown[]): string {
    const lines: string[][] = [];
    for (const table of tables) {
      const definitions = listAt(table, 'columnDefinitions');
      if (definitions.length > 0) this.#columns = this.#visible(definitions);
      if (!this.#hasPrintedHeader && this.#options.hasHeaders) lines.push(this.#header());
      this.#hasPrintedHeader = true;
      for (const row of listAt(table, 'rows')) lines.push(this.#row(row));
    }
    return aligned(lines, { widths: this.#widths });
  }

  #visible(definitions: readonly unknown[]): Column[] {
    return definitions.map((definition, index) => ({ index, name: textAt(definition, 'name'), type: textAt(definition, 'type'), format: textAt(definition, 'format'), priority: numberAt(definition, 'priority') ?? 0 }))
      .filter(({ priority }) => priority === 0 || this.#options.isWide);
  }

  #header(): string[] {
    const { withNamespace, labelColumns, showLabels } = this.#options;
    return [
      ...(withNamespace ? ['NAMESPACE'] : []),
      ...this.#columns.map(({ name }) => name.toUpperCase()),
      ...labelColumns.map((key) => (key.split('/').at(-1) ?? key).toUpperCase()),
      ...(showLabels ? ['LABELS'] : []),
    ];
  }

  #row(row: unknown): string[] {
    const { withNamespace, labelColumns, showLabels, kindPrefix } = this.#options;
    const labels = pairsAt(row, 'object', 'metadata', 'labels');
    const cells = listAt(row, 'cells');
    return [
      ...(withNamespace ? [textAt(row, 'object', 'metadata', 'namespace')] : []),
      ...this.#columns.map(({ index, format }) => (format === 'name' && kindPrefix ? `${kindPrefix}/` : '') + oneLine(cellText(cells[index]))),
      ...labelColumns.map((key) => labels[key] ?? ''),
      ...(showLabels ? [labelText(labels)] : []),
    ];
  }
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '<none>';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels).sort().map((key) => `${key}=${labels[key]}`);
  return pairs.length > 0 ? pairs.join(',') : '<none>';
}

/** A table of names and ages, for objects that come without one. */
export function plainTable(objects: readonly unknown[], ageOf: (timestamp: string) => string): unknown {
  const definitions = [{ name: 'Name', type: 'string', format: 'name', priority: 0 }, { name: 'Age', type: 'string', format: '', priority: 0 }];
  const rows = objects.map((object) => ({ cells: [textAt(object, 'metadata', 'name'), ageOf(textAt(object, 'metadata', 'creationTimestamp'))], object: { metadata: at(object, 'metadata') } }));
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: {}, columnDefinitions: definitions, rows: rows.filter(isDict) };
}

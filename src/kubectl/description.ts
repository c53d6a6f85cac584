/** The layout of `describe`: labels aligned within a block, tables with two spaces between columns (kubectl's tabwriter). */

interface Row { level: number; label: string; value: string }
type Piece = { kind: 'row'; row: Row } | { kind: 'text'; text: string };

export class Description {
  readonly #pieces: Piece[] = [];
  /** A tab instead of alignment, as `rollout history` prints it. */
  readonly #separator: string | undefined;

  constructor(separator?: string) { this.#separator = separator; }

  /** `Label:   value`; what belongs to it follows at the next level. */
  row(label: string, value: string, level = 0): void {
    const [first = '', ...more] = value.split('\n');
    this.#pieces.push({ kind: 'row', row: { level, label: `${label}:`, value: first } });
    for (const line of more) this.#pieces.push({ kind: 'row', row: { level, label: '', value: line } });
  }

  /** A line as it is. */
  plain(text: string, level: number): void { this.#pieces.push({ kind: 'text', text: '  '.repeat(level) + text }); }

  /** Pairs under each other, or `<none>`. */
  pairs(label: string, values: Readonly<Record<string, string>>, separator: string, level = 0): void {
    this.lines(label, Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}${separator}${value}`), level);
  }

  lines(label: string, lines: readonly string[], level = 0): void {
    if (lines.length === 0) return this.row(label, '<none>', level);
    for (const [i, line] of lines.entries()) this.#pieces.push({ kind: 'row', row: { level, label: i === 0 ? `${label}:` : '', value: line } });
  }

  /** A table one level in, with a rule of dashes under its header. */
  table(header: readonly string[], rows: readonly (readonly string[])[], { rule = true, level = 1 } = {}): void {
    const all = [header, ...(rule ? [header.map((h) => '-'.repeat(h.length))] : []), ...rows];
    const widths = header.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
    for (const row of all) this.#pieces.push({ kind: 'text', text: '  '.repeat(level) + row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]! + 2))).join('') });
  }

  text(): string {
    const width = Math.max(0, ...this.#pieces.map((p) => (p.kind === 'row' && p.row.value !== '' ? p.row.level * 2 + p.row.label.length : 0))) + 2;
    return this.#pieces.map((p) => {
      if (p.kind === 'text') return `${p.text}\n`;
      const { level, label, value } = p.row;
      const head = '  '.repeat(level) + label;
      if (this.#separator) return value === '' ? `${head}\n` : `${head}${this.#separator}${value}\n`;
      return value === '' ? `${head}\n` : `${head.padEnd(width)}${value}\n`;
    }).join('');
  }
}

/** The lines of a description: cells end in tabs, which become columns at the end (kubectl's PrefixWriter). */
import { tabbed } from './tabwriter.ts';

const MAX_ANNOTATION = 140;

export class Description {
  readonly #lines: string[] = [];

  /** A line, with tabs after its cells; two spaces before it for each level. */
  line(text: string, level = 0): void {
    for (const line of text.split('\n')) this.#lines.push('  '.repeat(level) + line);
  }

  /** `Label:` alone, above what belongs to it. */
  heading(label: string, level = 0): void { this.line(`${label}:`, level); }

  /** `Label:   value`. */
  row(label: string, value: string | number | boolean, level = 0): void { this.line(`${label}:\t${value}`, level); }

  /** The same, unless there is no value. */
  optional(label: string, value: string, level = 0): void { if (value !== '') this.row(label, value, level); }

  /** Values under each other, or `<none>`. */
  lines(label: string, values: readonly string[], level = 0): void {
    if (values.length === 0) this.row(label, '<none>', level);
    for (const [i, value] of values.entries()) this.line(`${i === 0 ? `${label}:` : ''}\t${value}`, level);
  }

  /** Pairs such as labels, sorted, a line each. */
  pairs(label: string, values: Readonly<Record<string, string>>, level = 0): void {
    this.lines(label, sortedPairs(values).map(([key, value]) => `${key}=${value}`), level);
  }

  /** Annotations: long values and those of several lines stand below their key. */
  annotations(label: string, values: Readonly<Record<string, string>>, level = 0): void { this.lines(label, annotationTexts(values), level); }

  /** A table under a heading: its header, a rule of dashes, its rows. */
  table(header: readonly string[], rows: readonly (readonly string[])[], { level = 1, rule = true } = {}): void {
    const dashes = header.map((title) => '-'.repeat(title.length));
    for (const cells of [header, ...(rule ? [dashes] : []), ...rows]) this.line(cells.join('\t'), level);
  }

  /** The text in columns. */
  text(): string { return `${tabbed(this.#lines)}\n`; }

  /** The text with its tabs, as `rollout history` prints it. */
  rawText(): string { return `${this.#lines.join('\n')}\n`; }
}

/** Annotations as text, sorted; a long value begins on a line of its own. */
export function annotationTexts(values: Readonly<Record<string, string>>): string[] {
  return sortedPairs(values).map(([key, raw]) => {
    const value = raw.replace(/\n$/, '');
    if (value.length + key.length + 2 <= MAX_ANNOTATION && !value.includes('\n')) return `${key}: ${value}`;
    return `${key}:${value.split('\n').map((line) => `\n\t  ${shortened(line, MAX_ANNOTATION - 2)}`).join('')}`;
  });
}

function sortedPairs(values: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}

/** The terminal's output as lines: bounded, each line the same object until it changes. */
import { printable } from './pack/sources/safety.ts';
import type { Span, TerminalLine, Transcript } from './view.ts';

const LINES_MAX = 2000;
const KEPT = 1500;

export class TranscriptBuffer {
  #lines: TerminalLine[] = [];
  #dropped = 0;
  #partial = '';
  #view: Transcript = { lines: [], dropped: 0 };
  #isStale = false;

  view(): Transcript {
    if (this.#isStale) {
      const partial = this.#partial ? [{ spans: spansOf(this.#partial) }] : [];
      this.#view = { lines: [...this.#lines, ...partial], dropped: this.#dropped };
      this.#isStale = false;
    }
    return this.#view;
  }

  /** The unfinished last line is given up as a line of its own. */
  endLine(): void {
    if (this.#partial) this.write('\n');
  }

  write(text: string, style?: Span['style']): void {
    const parts = (this.#partial + printable(text.replaceAll('\r\n', '\n').replace(/\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)?)/g, '')).replaceAll('\t', '        ')).split('\n');
    this.#partial = parts.pop() ?? '';
    for (const part of parts) this.#lines.push({ spans: style ? [{ text: part, style }] : spansOf(part) });
    if (this.#lines.length > LINES_MAX) {
      this.#dropped += this.#lines.length - KEPT;
      this.#lines = this.#lines.slice(-KEPT);
    }
    this.#isStale = true;
  }

  /** A line with its own spans: the prompt and what was typed. */
  line(spans: readonly Span[]): void {
    this.endLine();
    this.#lines.push({ spans });
    this.#isStale = true;
  }

  clear(): void {
    this.#dropped += this.#lines.length;
    this.#lines = [];
    this.#partial = '';
    this.#isStale = true;
  }
}

const BAD = /^(error:|Error from server|The connection to the server|Error:|bash: )/;
const WARNING = /^Warning:/;

function spansOf(text: string): Span[] {
  if (BAD.test(text)) return [{ text, style: 'bad' }];
  if (WARNING.test(text)) return [{ text, style: 'warning' }];
  return [{ text }];
}

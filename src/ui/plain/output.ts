/** What plain mode writes: whole lines, the prompt, and the growing last line of a command; never a cursor movement. */
import type { Transcript } from '../../engine/view.ts';
import { harmless } from '../painter.ts';

export class PlainOutput {
  readonly #write: (text: string) => void;
  /** Whether something stands on the present line. */
  #isOpen = false;
  /** Since the prompt was last shown. */
  hasSpoken = false;
  #seen = 0;
  /** The last line of the transcript as it was told: it may have grown. */
  #last = { number: -1, text: '' };

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  say(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.hasSpoken = true;
    this.endLine();
    this.#write(`${lines.join('\n')}\n`);
  }

  prompt(text: string): void {
    this.endLine();
    this.#write(text);
    this.#isOpen = true;
    this.hasSpoken = false;
  }

  /** The person's Enter has ended the line that the prompt began. */
  entered(): void {
    this.#isOpen = false;
  }

  endLine(): void {
    if (this.#isOpen) this.#write('\n');
    this.#isOpen = false;
  }

  /** What the transcript has more than last time; its last line is left open. */
  follow({ lines, dropped }: Transcript): void {
    const from = Math.max(this.#last.number >= 0 ? this.#last.number : this.#seen, dropped);
    for (const [index, { spans }] of lines.slice(from - dropped).entries()) this.#line(from + index, harmless(spans.map(({ text }) => text).join('')));
    this.#seen = Math.max(this.#seen, dropped + lines.length);
  }

  /** Takes all that is there as told. */
  skip({ lines, dropped }: Transcript): void {
    this.#seen = dropped + lines.length;
    this.#last = { number: -1, text: '' };
  }

  #line(number: number, text: string): void {
    const isSame = number === this.#last.number && text.startsWith(this.#last.text);
    const more = isSame ? text.slice(this.#last.text.length) : text;
    if (!isSame) this.endLine();
    this.#last = { number, text };
    if (isSame && more === '') return;
    this.#write(more);
    this.#isOpen = true;
    this.hasSpoken = true;
  }
}

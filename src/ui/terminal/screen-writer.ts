/**
 * The stdout that Ink is given. It owns the alternate screen: of what Ink writes it keeps the frame and drops the cursor
 * movements, and sends to the terminal only the rows that changed, at their places, as one synchronized update.
 */
import { EventEmitter } from 'node:events';
import { writeSync } from 'node:fs';
import { widthOf } from '../text.ts';
import type { RowTable } from './row-table.ts';

/** Alternate screen, no cursor, no autowrap, bracketed paste. */
export const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[0m\x1b[2J';
/** The terminal as it was. */
export const LEAVE = '\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Clicks and the wheel as SGR reports, and no more of them. */
const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';
const SYNC_BEGIN = '\x1b[?2026h';
const SYNC_END = '\x1b[?2026l';
const STYLE = /\x1b\[[\d;]*m/g;
const NOT_STYLE = /\x1b(?:\[[0-?]*[ -/]*[@-ln-~]|[78=>])/g;

/** The part of a terminal's output stream that the writer needs. */
export interface TerminalOutput {
  readonly columns?: number;
  readonly rows?: number;
  readonly fd?: number;
  write(text: string): boolean;
  on(event: 'resize' | 'drain', listener: () => void): unknown;
  off(event: 'resize' | 'drain', listener: () => void): unknown;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export class ScreenWriter extends EventEmitter {
  readonly isTTY = true;
  readonly writable = true;
  readonly #terminal: TerminalOutput;
  readonly #table: RowTable;
  #size: Size;
  #shown: string[] = [];
  #waiting: string[] | undefined;
  #isBlocked = false;
  #isOpen = false;
  #hasMouse = false;

  constructor(terminal: TerminalOutput, table: RowTable) {
    super();
    this.#terminal = terminal;
    this.#table = table;
    this.#size = measured(terminal);
  }

  /** The size of the screen; the same object until it changes. */
  get size(): Size {
    return this.#size;
  }

  /** What Ink lays out: it makes an object for each cell. */
  get columns(): number {
    return this.#table.isWhole ? 1 : this.#size.columns;
  }

  /** One more than there are, so that Ink never takes a full screen for one that has to be cleared. */
  get rows(): number {
    return this.#size.rows + 1;
  }

  /** Takes over the screen. */
  open(): void {
    this.#isOpen = true;
    this.#terminal.on('resize', this.#resized);
    this.#terminal.on('drain', this.#drained);
    this.#terminal.write(ENTER);
  }

  /** Gives the screen back at once, whatever state the process is in. May be called again and again. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#terminal.off('resize', this.#resized);
    this.#terminal.off('drain', this.#drained);
    if (this.#terminal.fd === undefined) this.#terminal.write(LEAVE);
    else writeNow(this.#terminal.fd, LEAVE);
  }

  /** Gives the screen back for a while. */
  lend(): void {
    if (this.#isOpen) this.#terminal.write(LEAVE);
  }

  /** Takes the screen again after the process was stopped and continued. */
  reopen(): void {
    if (!this.#isOpen) return;
    this.#shown = [];
    this.#terminal.write(ENTER + (this.#hasMouse ? MOUSE_ON : ''));
    this.emit('resize');
  }

  /** Asks the terminal to tell of the mouse, or no longer. */
  setMouse(isWanted: boolean): void {
    if (isWanted === this.#hasMouse || !this.#isOpen) return;
    this.#hasMouse = isWanted;
    this.#terminal.write(isWanted ? MOUSE_ON : MOUSE_OFF);
  }

  /** A short sound, where the terminal has one. */
  ring(): void {
    if (this.#isOpen) this.#terminal.write('\x07');
  }

  /** What Ink calls: a frame between escapes, or escapes alone. */
  write(chunk: string | Uint8Array): boolean {
    const frame = String(chunk).replace(NOT_STYLE, '');
    if (frame !== '' && frame !== '\n') this.#show(frame.replace(/\n$/, '').split('\n').map((row) => this.#table.rowOf(row)));
    return true;
  }

  #show(frame: string[]): void {
    if (!this.#isOpen) return;
    const rows = Array.from({ length: this.#size.rows }, (_, row) => frame[row] ?? '');
    if (this.#isBlocked) {
      this.#waiting = rows; // A slow line gets the newest frame when it is ready, not all in between.
      return;
    }
    const changes: string[] = [];
    for (const [row, text] of rows.entries()) {
      if (text !== this.#shown[row]) changes.push(`\x1b[${row + 1};1H${text}\x1b[0m${this.#isFull(text) ? '' : '\x1b[K'}`);
    }
    this.#shown = rows;
    if (changes.length > 0) this.#isBlocked = !this.#terminal.write(SYNC_BEGIN + changes.join('') + SYNC_END);
  }

  /** Behind the last column there is nothing to erase: without autowrap the cursor still stands on it. */
  #isFull(text: string): boolean {
    return widthOf(text.replace(STYLE, '')) >= this.#size.columns;
  }

  readonly #drained = () => {
    this.#isBlocked = false;
    const rows = this.#waiting;
    this.#waiting = undefined;
    if (rows) this.#show(rows);
  };

  readonly #resized = () => {
    const size = measured(this.#terminal);
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return;
    this.#size = size;
    this.#shown = []; // The terminal may have moved everything.
    this.#waiting = undefined;
    this.emit('resize');
  };
}

/** Sizes of 0 come from pseudo-terminals that nobody sized. */
function measured({ columns, rows }: TerminalOutput): Size {
  return { columns: columns || 80, rows: rows || 24 };
}

/** A write that is done when it returns, for handlers after which nothing runs. */
function writeNow(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // The terminal is gone; there is nothing to give back.
  }
}

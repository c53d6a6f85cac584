/** The terminal's input: raw mode and a key parser for us, and a stdin for Ink that gets what we pass on. */
import { EventEmitter } from 'node:events';
import { KeyParser, type Key } from './key-parser.ts';

/** How long an Escape may be the beginning of something longer: vim's and tmux's order of magnitude. */
const ESCAPE_WAIT_MS = 30;

export interface TerminalInput {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  on(event: 'data', listener: (chunk: string) => void): unknown;
  off(event: 'data', listener: (chunk: string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** Reads keys until the returned function is called. */
export function readKeys(input: TerminalInput, press: (key: Key) => void): () => void {
  const parser = new KeyParser();
  let escapeTimer: NodeJS.Timeout | undefined;
  const flush = () => parser.flush().forEach(press);
  const read = (chunk: string) => {
    clearTimeout(escapeTimer);
    parser.push(String(chunk)).forEach(press);
    if (parser.isWaiting) escapeTimer = setTimeout(flush, ESCAPE_WAIT_MS);
  };
  input.setEncoding('utf8');
  input.setRawMode?.(true);
  input.on('data', read);
  input.resume();
  return () => {
    clearTimeout(escapeTimer);
    input.off('data', read);
    input.setRawMode?.(false);
    input.pause();
  };
}

/** React's effects, with which Ink's widgets listen anew after every key, have run by then. */
const WIDGET_PAUSE_MS = 5;

/**
 * Keys in the order in which they were pressed, one at a time. `take` says whether a key was ours; one that was not goes to
 * `pass`, and the next waits until the widget has seen it: of a burst, a widget would take every key for the first.
 */
export function inOrder(take: (key: Key) => boolean, pass: (key: Key) => void): (key: Key) => void {
  const waiting: Key[] = [];
  let isPaused = false;
  const next = () => {
    for (let key = isPaused ? undefined : waiting.shift(); key; key = isPaused ? undefined : waiting.shift()) {
      if (take(key)) continue;
      isPaused = true;
      pass(key);
      setTimeout(() => { isPaused = false; next(); }, WIDGET_PAUSE_MS);
    }
  };
  return (key) => { waiting.push(key); next(); };
}

/** What a terminal would have sent for the keys that Ink's own widgets understand. */
const SEQUENCES: Record<string, string> = { up: '\x1b[A', down: '\x1b[B', enter: '\r', tab: '\t', escape: '\x1b' };

/** The stdin that Ink is given: it hears only the keys that none of our layers took. */
export class InkInput extends EventEmitter {
  readonly isTTY = true;
  #chunks: string[] = [];

  /** Hands a key to Ink's widgets. */
  pass(key: Key): void {
    const sequence = SEQUENCES[key.id] ?? key.text;
    if (!sequence || key.id === 'paste') return;
    this.#chunks.push(sequence);
    this.emit('readable');
  }

  read(): string | null {
    return this.#chunks.shift() ?? null;
  }

  setRawMode(): this {
    return this; // The real terminal is in raw mode for as long as the game runs.
  }

  setEncoding(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

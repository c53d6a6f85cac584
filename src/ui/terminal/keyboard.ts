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

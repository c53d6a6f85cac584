/** The terminal's input: raw mode and a key parser for us, and a silent stdin for Ink. */
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

/**
 * The stdin that Ink is given: silent. All keys are ours, so that each is taken at once and in its order; Ink's own
 * hooks listen anew after every key and would take a burst of keys for the first of them.
 */
export class SilentInput extends EventEmitter {
  readonly isTTY = true;

  read(): null {
    return null;
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

/** A recording of what the terminal is sent, in asciinema's format (asciicast v2): a header, then an event a line. */
import { EventEmitter } from 'node:events';
import type { TerminalOutput } from './screen-writer.ts';

export interface CastOptions {
  columns: number;
  rows: number;
  /** Seconds since 1970. */
  timestamp: number;
  title?: string;
  env?: Record<string, string | undefined>;
}

/** The first line of a recording. */
export function castHeader({ columns, rows, timestamp, title, env = {} }: CastOptions): string {
  return `${JSON.stringify({ version: 2, width: columns, height: rows, timestamp, ...(title ? { title } : {}), env: { TERM: env['TERM'] ?? 'xterm-256color', SHELL: env['SHELL'] ?? '/bin/bash' } })}\n`;
}

/** One event: output or a new size. */
export const castEvent = (seconds: number, kind: 'o' | 'r', data: string): string => `${JSON.stringify([Number(seconds.toFixed(6)), kind, data])}\n`;

/** A terminal's output that is kept as it is written; `seconds` since the recording began. */
export class RecordedOutput extends EventEmitter implements TerminalOutput {
  readonly isTTY = true;
  readonly #terminal: TerminalOutput;
  readonly #keep: (line: string) => void;
  readonly #seconds: () => number;

  constructor(terminal: TerminalOutput, keep: (line: string) => void, seconds: () => number) {
    super();
    this.#terminal = terminal;
    this.#keep = keep;
    this.#seconds = seconds;
    terminal.on('resize', () => {
      keep(castEvent(seconds(), 'r', `${terminal.columns ?? 80}x${terminal.rows ?? 24}`));
      this.emit('resize');
    });
    terminal.on('drain', () => this.emit('drain'));
  }

  get columns(): number | undefined { return this.#terminal.columns; }
  get rows(): number | undefined { return this.#terminal.rows; }
  get fd(): number | undefined { return this.#terminal.fd; }

  write(text: string): boolean {
    this.#keep(castEvent(this.#seconds(), 'o', text));
    return this.#terminal.write(text);
  }
}

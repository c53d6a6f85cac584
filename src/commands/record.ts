/** `--record FILE`: the file that a recording goes to, written as it grows. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { castEvent, castHeader, RecordedOutput } from '../ui/terminal/cast.ts';
import { UserProblem } from './problem.ts';

export interface Recording {
  readonly screen: RecordedOutput;
  /** For plain mode: its text, with the line ends of a terminal. */
  text(text: string): void;
  close(): void;
}

/** Begins a recording of this process's terminal. Throws UserProblem when the file cannot be written. */
export function startRecording(path: string, title: string): Recording {
  const file = opened(path);
  const startMs = performance.now();
  const seconds = () => (performance.now() - startMs) / 1000;
  const keep = (line: string) => void writeSync(file, line);
  const { stdout } = process;
  keep(castHeader({ columns: stdout.columns || 80, rows: stdout.rows || 24, timestamp: Math.floor(Date.now() / 1000), title, env: process.env }));
  return {
    screen: new RecordedOutput(stdout, keep, seconds),
    text: (text) => keep(castEvent(seconds(), 'o', text.replaceAll('\n', '\r\n'))),
    close: () => closeSync(file),
  };
}

function opened(path: string): number {
  try {
    return openSync(path, 'w', 0o644);
  } catch (error) {
    throw new UserProblem(`${path}: cannot be written (${error instanceof Error && 'code' in error ? String(error.code) : String(error)})`);
  }
}

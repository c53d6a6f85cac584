/** Sees to it that the terminal is given back, however the process ends. */
import process from 'node:process';

const EXIT_CODES: [NodeJS.Signals, number][] = [['SIGTERM', 143], ['SIGINT', 130], ['SIGHUP', 129]];
const SAVE_MAX_MS = 2_000;

export interface Guarded {
  /** Gives the terminal back, synchronously. */
  restore(): void;
  /** Saves; waited for at most two seconds. */
  save(): Promise<void>;
  /** The process was stopped (Ctrl-Z, kill -STOP) and goes on. */
  continued(): void;
}

/** Watches exit, signals and crashes until the returned function is called. */
export function guardTerminal({ restore, save, continued }: Guarded): () => void {
  const signals = EXIT_CODES.map(([signal, code]) => [signal, () => {
    restore();
    const leave = () => process.exit(code);
    setTimeout(leave, SAVE_MAX_MS).unref();
    save().then(leave, leave);
  }] as const);
  const crash = (error: unknown) => {
    restore();
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  };
  for (const [signal, listener] of signals) process.on(signal, listener);
  process.on('SIGCONT', continued);
  process.on('exit', restore);
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  return () => {
    for (const [signal, listener] of signals) process.off(signal, listener);
    process.off('SIGCONT', continued);
    process.off('exit', restore);
    process.off('uncaughtException', crash);
    process.off('unhandledRejection', crash);
  };
}

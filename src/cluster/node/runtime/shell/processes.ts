/** The processes of one container beside its first, and what signals do to them. */

/** Signals by number, as Linux has them. */
const NAMES = 'EXIT HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(' ');
/** What ends nobody: it is ignored unless somebody asked for it, or stops a process, which is not modelled. */
const HARMLESS = new Set(['EXIT', 'CHLD', 'CONT', 'URG', 'WINCH', 'STOP', 'TSTP', 'TTIN', 'TTOU']);
/** What a shell says of a command in its foreground that a signal ended (strsignal); of an interrupt it says nothing. */
const SAID: Readonly<Record<string, string>> = { HUP: 'Hangup', QUIT: 'Quit', ILL: 'Illegal instruction', ABRT: 'Aborted', BUS: 'Bus error', FPE: 'Floating point exception', KILL: 'Killed', SEGV: 'Segmentation fault', TERM: 'Terminated', ALRM: 'Alarm clock', USR1: 'User defined signal 1', USR2: 'User defined signal 2' };

/** A signal's name without SIG, from a name or number; undefined: there is none. Exit codes above 128 name the signal that ended a process. */
export function signalNamed(text: string): string | undefined {
  const name = /^\d+$/.test(text) ? NAMES[Number(text) > 128 ? Number(text) - 128 : Number(text)] : text.toUpperCase().replace(/^SIG/, '');
  return name !== undefined && NAMES.includes(name) ? name : undefined;
}

/** The status of a process that a signal ended without its own doing; undefined: it does not end it. */
export function statusAfter(signal: string): number | undefined {
  return HARMLESS.has(signal) ? undefined : 128 + NAMES.indexOf(signal);
}

export function saidOf(status: number): string {
  const said = SAID[NAMES[status - 128] ?? ''];
  return said ? `${said}\n` : '';
}

export const signalList = (): string => `${NAMES.slice(1).map((name, index) => `${String(index + 1).padStart(2)}) ${name}`).join('\n')}\n`;

interface Running { readonly command: string; receive(signal: string): void }

/** Process ids are not used twice; the container's first process is 1, and not in here. */
export class Processes {
  readonly #running = new Map<number, Running>();
  #next = 7;

  start(command: string, receive: (signal: string) => void): number {
    this.#running.set(this.#next, { command, receive });
    return this.#next++;
  }

  end(pid: number): void { this.#running.delete(pid); }

  get(pid: number): Running | undefined { return this.#running.get(pid); }

  /** What the next process gets. */
  get nextPid(): number { return this.#next; }

  list(): readonly (readonly [pid: number, running: Running])[] { return [...this.#running]; }
}

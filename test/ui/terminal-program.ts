/** A program in a pseudo-terminal: keys in, screens out. Waits for text, never for time. */
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

const PATIENCE_MS = 120_000;

export type Environment = Record<string, string | undefined>;
export interface Size { columns: number; rows: number }

/** This process's surroundings as those of a plain terminal, changed; what is undefined is not set. */
export function terminalEnvironment(change: Environment = {}): Record<string, string> {
  const all = { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', LC_ALL: undefined, LC_CTYPE: undefined, COLORFGBG: undefined, CI: undefined, EDITOR: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, ...change };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export class TerminalProgram {
  readonly screen: InstanceType<typeof xterm.Terminal>;
  readonly exited: Promise<number>;
  /** All that it has written. */
  written = '';
  readonly #process: IPty;

  constructor([file, ...args]: readonly [string, ...string[]], { columns, rows, environment, cwd }: Size & { environment?: Environment | undefined; cwd?: string }) {
    const env = terminalEnvironment(environment);
    this.screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#process = spawn(file, args, { name: env['TERM'], cols: columns, rows, env, cwd });
    this.#process.onData((data) => {
      this.written += data;
      this.screen.write(data);
    });
    this.exited = new Promise((done) => this.#process.onExit(({ exitCode }) => done(exitCode)));
  }

  text(): string {
    return Array.from({ length: this.screen.rows }, (_, row) => this.screen.buffer.active.getLine(row)?.translateToString(true) ?? '').join('\n');
  }

  get isAlternateScreen(): boolean { return this.screen.buffer.active.type === 'alternate'; }

  type(text: string): void { this.#process.write(text); }
  kill(signal: string): void { this.#process.kill(signal); }

  /** Waits until the screen shows something; throws with the screen when it never does. */
  async sees(wanted: string | RegExp, patienceMs = PATIENCE_MS): Promise<void> {
    const shows = () => (typeof wanted === 'string' ? this.text().includes(wanted) : wanted.test(this.text()));
    const untilMs = Date.now() + patienceMs;
    while (!shows()) {
      if (Date.now() > untilMs) throw new Error(`the screen never showed ${String(wanted)}:\n${this.text()}`);
      await new Promise((done) => { setTimeout(done, 20); });
    }
  }

  /** Waits until nothing more is drawn for a moment. */
  async rests(): Promise<void> {
    for (let before = ''; before !== this.text();) {
      before = this.text();
      await new Promise((done) => { setTimeout(done, 150); });
      if (/\d+:\d\d/.test(before)) return; // A mission’s clock never rests.
    }
  }

  resize(columns: number, rows: number): void {
    this.screen.resize(columns, rows);
    this.#process.resize(columns, rows);
  }

  close(): void { this.#process.kill('SIGKILL'); }
}

/** The real program in a pseudo-terminal: keys in, screens out. Waits for text, never for time. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import type { Settings } from '../../src/engine/view.ts';
import { Saves } from '../../src/saves/saves.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const PATIENCE_MS = 120_000;

export interface Size { columns: number; rows: number }

export interface GameOptions {
  saves?: string;
  environment?: Record<string, string | undefined>;
  /** Of a player who is there already. */
  settings?: Partial<Settings>;
}

/** A player named Ada, with their settings. */
function prepared(folder: string, settings: Partial<Settings>): void {
  const saves = new Saves(folder);
  const player = saves.create('Ada');
  saves.save({ ...player, settings: { ...player.settings, ...settings } });
}

export class TerminalGame {
  readonly saves: string;
  readonly exited: Promise<number>;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #process: IPty;

  constructor(args: readonly string[], { columns, rows }: Size, options: GameOptions | string = {}) {
    const { saves = mkdtempSync(join(tmpdir(), 'kube-quest-')), environment = {}, settings } = typeof options === 'string' ? { saves: options } : options;
    this.saves = saves;
    if (settings) prepared(saves, settings);
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    const env = Object.fromEntries(Object.entries({ ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', CI: 'false', EDITOR: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, ...environment }).filter((e): e is [string, string] => e[1] !== undefined));
    this.#process = spawn(process.execPath, [CLI, ...args, '--saves', saves], { name: env['TERM'], cols: columns, rows, env });
    this.#process.onData((data) => this.#screen.write(data));
    this.exited = new Promise((done) => this.#process.onExit(({ exitCode }) => done(exitCode)));
  }

  text(): string {
    const buffer = this.#screen.buffer.active;
    return Array.from({ length: this.#screen.rows }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? '').join('\n');
  }

  get screen(): InstanceType<typeof xterm.Terminal> { return this.#screen; }
  get isAlternateScreen(): boolean { return this.#screen.buffer.active.type === 'alternate'; }

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
    this.#screen.resize(columns, rows);
    this.#process.resize(columns, rows);
  }

  close(): void { this.#process.kill('SIGKILL'); }
}

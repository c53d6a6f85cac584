/** A terminal in process: the game plays in it through Ink and our writer, tests type and read its cells. */
import { EventEmitter } from 'node:events';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { wordsIn } from '../../src/language/words.ts';
import type { Game, GameView } from '../../src/engine/view.ts';
import { runGame } from '../../src/ui/main.tsx';
import type { Surroundings } from '../../src/ui/terminal/environment.ts';
import { FakeGame } from './fake-game.ts';

/** What a person would do and see. */
export class TestTerminal {
  readonly screen: InstanceType<typeof xterm.Terminal>;
  /** All that was written, for tests on bytes. */
  written = '';
  readonly #input = new EventEmitter();
  readonly #output: FakeOutput;
  readonly #pending: Promise<void>[] = [];
  readonly ended: Promise<void>;

  constructor(game: Game, columns: number, rows: number, surroundings: Surroundings = { depth: 'all', glyphs: 'unicode' }) {
    this.screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#output = new FakeOutput(columns, rows, (text) => {
      this.written += text;
      this.#pending.push(new Promise((resolve) => this.screen.write(text, resolve)));
    });
    const input = this.#input;
    const stdin = { isTTY: true, setRawMode: () => {}, setEncoding: () => {}, resume: () => {}, pause: () => {}, on: input.on.bind(input), off: input.off.bind(input) };
    this.ended = runGame(game, { stdin, stdout: this.#output, surroundings });
  }

  /** Sends raw input, at the pace of a quick typist: an Escape is known from the beginning of a sequence by the pause after it. */
  async type(...texts: string[]): Promise<void> {
    for (const text of texts) {
      this.#input.emit('data', text);
      await pause(40);
    }
    await Promise.all(this.#pending);
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.screen.resize(columns, rows);
    Object.assign(this.#output, { columns, rows });
    this.#output.emit('resize');
    await this.drawn();
  }

  /** Waits until nothing more is drawn: React, Ink's frame rate, the emulator. */
  async drawn(): Promise<void> {
    let before = -1;
    while (before !== this.written.length || !this.written.includes('\x1b[1;1H')) {
      before = this.written.length;
      await pause(60);
      await Promise.all(this.#pending);
    }
  }

  /** Waits for a text to be on the screen. */
  async sees(text: string | RegExp): Promise<void> {
    for (let attempt = 0; attempt < 400; attempt += 1) {
      await Promise.all(this.#pending);
      if (typeof text === 'string' ? this.text().includes(text) : text.test(this.text())) return;
      await pause(15);
    }
    throw new Error(`"${text}" is not on the screen:\n${this.text()}`);
  }

  /** Leaves the game, from wherever it is. */
  async quit(): Promise<void> {
    let isOver = false;
    void this.ended.then(() => { isOver = true; });
    for (let press = 0; press < 8 && !isOver; press += 1) await this.type('\x03');
    await this.ended;
  }

  rows(): string[] {
    const buffer = this.screen.buffer.active;
    return Array.from({ length: this.screen.rows }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? '');
  }

  text(): string {
    return this.rows().join('\n');
  }

  footer(): string {
    return this.rows().at(-1)!;
  }
}

export interface Scene { game: FakeGame; terminal: TestTerminal }

/** The game at its title, for one test; it is quit at the test's end. */
export async function atTitle(columns = 80, rows = 24, change?: Partial<GameView>, surroundings?: Surroundings): Promise<Scene> {
  const game = new FakeGame(change);
  const terminal = new TestTerminal(game, columns, rows, surroundings);
  onTestFinished(() => terminal.quit());
  const { title } = wordsIn(game.view().language);
  await terminal.sees(change?.player === undefined && change?.players ? title.nameQuestion : title.continue);
  return { game, terminal };
}

/** The briefing of a level, open over its mission. */
export async function atBriefing(...where: Parameters<typeof atTitle>): Promise<Scene> {
  const scene = await atTitle(...where);
  await scene.terminal.type(KEYS.enter);
  await scene.terminal.sees('Enter begin');
  return scene;
}

/** At the prompt of a mission; `keys` are typed there. */
export async function inMission(columns = 80, rows = 24, keys: readonly string[] = []): Promise<Scene> {
  const scene = await atBriefing(columns, rows);
  await scene.terminal.type(KEYS.enter);
  await scene.terminal.sees('ada@control-plane');
  await scene.terminal.type(...keys);
  return scene;
}

/** What the game was asked with `what`, in order. */
export const askedFor = (game: FakeGame, what: string): unknown[] => game.asked.filter((asked) => asked.what === what).map((asked) => asked.with);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

class FakeOutput extends EventEmitter {
  readonly isTTY = true;
  columns: number;
  rows: number;
  readonly #write: (text: string) => void;

  constructor(columns: number, rows: number, write: (text: string) => void) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.#write = write;
  }

  write(text: string): boolean {
    this.#write(text);
    return true;
  }
}

export const KEYS = {
  up: '\x1b[A', down: '\x1b[B', enter: '\r', escape: '\x1b', tab: '\t', pageUp: '\x1b[5~', pageDown: '\x1b[6~', backspace: '\x7f', f1: '\x1bOP',
  ctrlC: '\x03', ctrlD: '\x04', ctrlL: '\f', ctrlR: '\x12', alt: (letter: string) => `\x1b${letter}`, paste: (text: string) => `\x1b[200~${text}\x1b[201~`,
};

import { EventEmitter } from 'node:events';
import xterm from '@xterm/headless';
import { expect, test, vi } from 'vitest';
import { castHeader, RecordedOutput } from '../../src/ui/terminal/cast.ts';
import { FakeGame } from './fake-game.ts';
import { runGame } from '../../src/ui/main.tsx';

const PATIENT = { timeout: 20_000 };
vi.setConfig({ testTimeout: 60_000 });

/** A terminal and keys for it. */
class Paper extends EventEmitter {
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  write(): boolean { return true; }
}

test('what is recorded plays back to the screen that was seen', async () => {
  const file = [castHeader({ columns: 80, rows: 24, timestamp: 1, env: {} })];
  let seconds = 0;
  const paper = new Paper();
  const output = new RecordedOutput(paper, (line) => file.push(line), () => seconds++);
  const keys = new EventEmitter();
  const stdin = { isTTY: true, setRawMode: () => {}, setEncoding: () => {}, resume: () => {}, pause: () => {}, on: keys.on.bind(keys), off: keys.off.bind(keys) };
  const ended = runGame(new FakeGame(), { stdin, stdout: output, surroundings: { depth: 'all', glyphs: 'unicode' } });
  await expect.poll(() => file.join(''), PATIENT).toContain('Continue');
  Object.assign(paper, { columns: 100, rows: 30 });
  paper.emit('resize');
  await expect.poll(() => file.at(-1), PATIENT).toContain('Continue');
  keys.emit('data', '2');
  await expect.poll(() => file.join(''), PATIENT).toContain('First contact');
  keys.emit('data', '\x03');
  keys.emit('data', '\x03');
  await ended;

  const [header, ...events] = file.map((line) => JSON.parse(line) as unknown);
  expect(header).toMatchObject({ version: 2, width: 80, height: 24 });
  expect(events).toContainEqual([expect.any(Number), 'r', '100x30']);
  const screen = new xterm.Terminal({ cols: 100, rows: 30, allowProposedApi: true });
  let atMs = -1;
  for (const [time, kind, data] of events as [number, string, string][]) {
    expect(time).toBeGreaterThanOrEqual(atMs);
    atMs = time;
    if (data.includes('\x1b[?1049l')) break;
    if (kind === 'o') await new Promise<void>((done) => screen.write(data, done));
  }
  const text = Array.from({ length: 30 }, (_, row) => screen.buffer.active.getLine(row)?.translateToString(true)).join('\n');
  expect(text).toContain('First contact');
});

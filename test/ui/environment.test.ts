/** What the surroundings say of the terminal, and who has which settings because of it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KubeQuest } from '../../src/engine/game.ts';
import { Saves } from '../../src/saves/saves.ts';
import { surroundingsOf } from '../../src/ui/terminal/environment.ts';

test.each<[Record<string, string>, object]>([
  [{ TERM: 'xterm' }, { depth: '16', glyphs: 'unicode' }],
  [{ TERM: 'xterm-256color', COLORFGBG: '0;15' }, { depth: '256', palette: 'light' }],
  [{ COLORFGBG: '0;default;7' }, { palette: 'light' }],
  [{ COLORFGBG: '15;0' }, { palette: 'dark' }],
  [{ COLORFGBG: '7;8' }, { palette: 'dark' }],
  [{ COLORFGBG: 'default' }, { palette: undefined }],
  [{ TERM: 'linux', LANG: 'C.UTF-8' }, { glyphs: 'ascii' }],
  [{ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, { glyphs: 'ascii' }],
  [{ COLORTERM: 'truecolor', NO_COLOR: '1' }, { depth: 'none' }],
  [{ FORCE_COLOR: '3', NO_COLOR: '1' }, { depth: 'all' }],
])('%j says %j', (env, wanted) => {
  expect({ palette: undefined, ...surroundingsOf(env, 'linux') }).toMatchObject(wanted);
});

test('the first player has what the terminal says, the next one what the one before had', async () => {
  const saves = new Saves(mkdtempSync(join(tmpdir(), 'kube-quest-')));
  const open = (palette: 'dark' | 'light') => new KubeQuest(() => Promise.reject(new Error('no course is wanted')), saves, { standardSettings: { palette } });
  const game = open('light');
  expect(game.view().settings.palette).toBe('light');
  await game.createPlayer('Ada');
  await game.changeSettings({ glyphs: 'ascii' });
  const later = open('dark');
  expect(later.view().settings).toMatchObject({ palette: 'light', glyphs: 'ascii' });
  await later.createPlayer('Bob');
  expect(later.view().settings).toMatchObject({ palette: 'light', glyphs: 'ascii' });
});

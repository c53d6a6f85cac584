/** The palette, the settings of the theme, and typing while the briefing lies there. */
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/engine/view.ts';
import { fuzzyFind, fuzzyScore } from '../../src/ui/fuzzy.ts';
import { createTheme, type Style } from '../../src/ui/theme.ts';
import { atBriefing, atTitle, KEYS } from './terminal.ts';

test('letters in their order are found, beginnings of words first', () => {
  expect(fuzzyFind('undo', ['the ground', 'under the door', 'undo'], (text) => text)).toEqual(['undo', 'under the door']);
  expect(fuzzyScore('tnp', 'The next pane')).toBeGreaterThan(fuzzyScore('tnp', 'a tin lamp')!);
  expect(fuzzyScore('xyz', 'The next pane')).toBeUndefined();
});

test('what is typed while the briefing is open reaches the prompt, whole', async () => {
  const { game, terminal } = await atBriefing(100, 30);
  await terminal.type('kubectl', ' get nodes', '\r');
  await terminal.sees('v1.36.2');
  expect(game.asked.filter(({ what }) => what === 'submit').map((asked) => asked.with)).toEqual(['kubectl get nodes']);
});

test('the palette does what its keys do, and says why something cannot be done', async () => {
  const { game, terminal } = await atBriefing(100, 30);
  await terminal.type(KEYS.enter, KEYS.alt('a'));
  await terminal.sees('What can be done here');
  await terminal.type('debrief');
  await terminal.sees('the mission goes on');
  await terminal.type(KEYS.enter);
  expect(terminal.text()).toContain('What can be done here');
  await terminal.type('\x15paus', KEYS.enter);
  await terminal.sees('paused');
  expect(game.asked.map(({ what }) => what)).toContain('setSpeed');
  await terminal.type(KEYS.escape, ':', 'qqq');
  await terminal.sees('Nothing here answers to that.');
});

test('settings change the colours at once and are asked to be kept', async () => {
  const { game, terminal } = await atTitle(100, 30);
  await terminal.type(':', 'settings', KEYS.enter);
  await terminal.sees('for a dark terminal');
  await terminal.type(KEYS.down, KEYS.enter);
  await terminal.sees('for a light terminal');
  expect(game.view().settings.palette).toBe('light');
  await terminal.type(KEYS.down, KEYS.enter, KEYS.enter);
  await terminal.sees('none');
  const before = terminal.written.length;
  await terminal.type(KEYS.down);
  await terminal.drawn();
  expect(terminal.written.slice(before)).not.toMatch(/\x1b\[(?:[\d;]*;)?(?:3\d|4\d|9\d)(?:;[\d;]*)?m/);
});

test.each(['dark', 'light', 'colour-blind'] as const)('the %s palette tells good from bad at every depth', (palette) => {
  for (const depth of ['16', '256', 'all'] as const) {
    const { sgr } = createTheme(depth, { ...DEFAULT_SETTINGS, palette });
    const styles: Style[] = ['good', 'warning', 'bad', 'accent'];
    expect(new Set(styles.map((style) => sgr[style])).size).toBe(styles.length);
  }
});

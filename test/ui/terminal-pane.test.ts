/** The terminal inside: suggestions, plain text to copy, help for a word, long pastes, strange characters. */
import { expect, test } from 'vitest';
import { askedFor, inMission, KEYS } from './terminal.ts';

test('what the history suggests is shown dim and taken with Right', async () => {
  const { game, terminal } = await inMission(120, 40);
  await terminal.type('kubectl get nodes\r', 'kub');
  await terminal.sees(/\$ kubectl get nodes\s*│?\s*$/m);
  await terminal.type('\x1b[C', '\r');
  await terminal.drawn();
  expect(askedFor(game, 'submit')).toEqual(['kubectl get nodes', 'kubectl get nodes']);
});

test('plain text has no frame in it and stands still', async () => {
  const { terminal } = await inMission(120, 40);
  await terminal.type('kubectl get nodes\r');
  await terminal.sees('v1.36.2');
  await terminal.type(KEYS.alt('c'));
  await terminal.sees('Esc back');
  expect(terminal.text()).not.toMatch(/[│╭╮╰╯─]/);
  expect(terminal.rows().find((row) => row.includes('v1.36.2'))).toMatch(/^\S/);
  await terminal.type(KEYS.escape);
  await terminal.sees('3 Cluster');
});

test('F1 explains the word under the cursor; on an empty line it lists the keys', async () => {
  const { game, terminal } = await inMission(120, 40);
  await terminal.type(KEYS.f1);
  await terminal.sees('At the prompt');
  await terminal.type(KEYS.escape, 'kubectl get pods', KEYS.f1);
  await terminal.sees('kubectl explain pods');
  await terminal.sees('KIND:       Pod');
  expect(game.asked.at(-1)).toEqual({ what: 'explainWord', with: { text: 'kubectl get pods', cursor: 16 } });
  await terminal.type(KEYS.escape, '\x15xyz', KEYS.f1);
  await terminal.sees('There is no help for this word.');
});

test('two thousand pasted lines run in their order, the last one waits', async () => {
  const { game, terminal } = await inMission(120, 40);
  const lines = Array.from({ length: 2000 }, (_, index) => `echo ${index}`);
  await terminal.type(KEYS.paste(`${lines.join('\n')}\nlast`));
  await terminal.sees('$ last');
  expect(askedFor(game, 'submit')).toEqual(lines);
});

test.each([[80, 24], [120, 40], [200, 60]])('wide and combining characters keep the frame straight at %ix%i', async (columns, rows) => {
  const { game, terminal } = await inMission(columns, rows);
  game.paper.print([{ text: '漢字漢字 e\u0301e\u0301 \u{1F469}\u200d\u{1F4BB} \u{1F600} ﾊﾝ' }]);
  await terminal.type('echo 漢字e\u0301');
  await terminal.drawn();
  const edges = terminal.rows().filter((row) => row.includes('漢')).length;
  expect(edges).toBe(2);
  if (columns < 120) return;
  const { buffer } = terminal.screen;
  for (let row = 1; row < rows - 1; row += 1) expect(buffer.active.getLine(row)?.getCell(columns - 1)?.getChars()).toMatch(/[│╮╯]/);
});

test('escape sequences of a hostile pack are shown as text at most', async () => {
  const { game, terminal } = await inMission(120, 40);
  const evil = '\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m\x1b[?1049l\x1bc\x9b2J\x1b]52;c;ZXZpbA==\x07\x1bPq#0\x1b\\\u202eback';
  game.paper.change({ briefing: `brief ${evil}`, title: `title ${evil}`, objectives: [{ id: 'x', text: `do ${evil}`, points: 1, state: 'open', note: `note ${evil}` }], hints: [{ cost: 1, text: `hint ${evil}` }] });
  game.paper.print([{ text: `out ${evil}` }]);
  const before = terminal.written.length;
  await terminal.type(KEYS.escape, 'b');
  await terminal.sees('brief');
  await terminal.type(KEYS.enter, 'h');
  await terminal.sees('hint');
  await terminal.type(KEYS.escape);
  await terminal.drawn();
  const sent = terminal.written.slice(before).replace(/\x1b\[\d+;\d+H|\x1b\[[\d;]*m|\x1b\[K|\x1b\[\?(?:2026|1000|1002|1006)[hl]/g, '');
  expect(sent).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
  expect(terminal.screen.buffer.active.type).toBe('alternate');
});

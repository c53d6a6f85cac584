/** Every screen in German: nothing of the English catalogue is left on it, and nothing of its frame is cut. */
import { expect, test } from 'vitest';
import { english } from '../../src/language/english.ts';
import { german } from '../../src/language/german.ts';
import { DEFAULT_SETTINGS } from '../../src/engine/view.ts';
import { LENSES_AND_LEVELS } from './fake-texts.ts';
import { atTitle, KEYS, type Scene } from './terminal.ts';

/** What English says and German does not, as patterns: values may be anything. Short words could be part of other things. */
function phrases(source: unknown, other: unknown): RegExp[] {
  if (typeof source === 'string') return source === other || source.length < 5 ? [] : [patternOf(source)];
  if (typeof source === 'function') return [7, '§'].flatMap((value) => said(source, value).filter((text) => !said(other, value).includes(text))).filter((text) => text.length >= 8 && / /.test(text.trim())).map(patternOf);
  if (typeof source !== 'object' || source === null) return [];
  return Object.entries(source).flatMap(([name, value]) => phrases(value, (other as Record<string, unknown>)[name])); // the same shape
}

function said(phrase: unknown, value: unknown): string[] {
  try {
    const text: unknown = typeof phrase === 'function' ? phrase(value, value, value, value, value, value) : undefined;
    return typeof text === 'string' ? [text] : [];
  } catch {
    return [];
  }
}

function patternOf(text: string): RegExp {
  const words = text.replace(/[`*]/g, '').split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\d+/g, '\\d+').replace(/§/g, '\\S+'));
  return new RegExp(`(?<![\\p{L}-])${words.join('\\s+')}(?![\\p{L}-])`, 'u');
}

const ENGLISH = phrases(english, german).filter((pattern) => !pattern.test(LENSES_AND_LEVELS));

/** Keys to each screen, and what is there. */
const TOUR: readonly (readonly [keys: readonly string[], sees: string])[] = [
  [[':'], 'Was hier möglich ist'], [['einstellungen', KEYS.enter], 'für ein dunkles Terminal'], [[KEYS.escape, '?'], 'Tasten'], [[KEYS.escape, ':', 'sandboxes', KEYS.enter], 'Wie groß soll der Cluster sein?'],
  [[KEYS.escape, ':', 'spielern', KEYS.enter], 'Wer spielt?'], [[KEYS.escape, ':', 'fortschritt', KEYS.enter], 'Wie gut du was beherrschst'], [['?'], 'Der nächste Begriff'], [[KEYS.escape, 'm'], 'gewonnen'], [['/', 'zzz'], 'behalten'], [[KEYS.escape, '?'], 'Weltkarte'],
  [[KEYS.escape, KEYS.escape, '2'], 'begonnen'], [['/', 'zzz'], 'Kein Level hat alle diese Wörter'], [[KEYS.escape, '?'], 'Level nach Wörtern suchen'], [[KEYS.escape, KEYS.enter], 'Enter los'],
  [[KEYS.enter, 'kubectl get pods -n shop\r', KEYS.alt('1')], 'Ziele'], [[KEYS.alt('3')], 'worker-1'], [['h'], 'Punkte'], [[KEYS.escape, '?'], 'In diesem Feld'], [[KEYS.escape, 'v'], 'nach Nodes'], [['?'], 'In der Karte des Clusters'], [[KEYS.escape, KEYS.enter], 'Logs'],
  [[KEYS.escape, KEYS.escape, KEYS.alt('w')], 'Probleme'], [[KEYS.enter], 'Warum? pod'], [[KEYS.escape, KEYS.escape, KEYS.escape, 't'], 'Revision für Revision'], [['?'], 'In der Zeitmaschine'], [[KEYS.escape, KEYS.escape, KEYS.escape, 'x'], 'Röntgenbild'], [['?'], 'Im Röntgenbild'],
  [[KEYS.escape, KEYS.escape, KEYS.escape, 'e'], 'Events'], [['?'], 'In den Events'], [[KEYS.escape, KEYS.escape, KEYS.escape, 'l'], 'Verkehr'], [['?'], 'Im Verkehr'], [[KEYS.escape, KEYS.escape, KEYS.escape, 'R'], 'Von vorn anfangen?'], [[KEYS.escape, 'q'], 'Die Mission verlassen?'],
];

/** The same for who has just come: a name, the tour to its end, then a level with its editors, its door, its plain text. */
const FIRST_STEPS: typeof TOUR = [
  [['Grace'], 'Grace'], [[KEYS.enter], 'Sollen wir dich herumführen?'], [[KEYS.enter], '1 von 7'], ...[2, 3, 4, 5, 6, 7].map((step): [string[], string] => [[step === 4 ? KEYS.alt('v') : '\x1b\r'], `${step} von 7`]), [['\x1b\r'], 'Kubernetes lernen'],
  [[KEYS.enter], 'Enter los'], [[KEYS.enter, 'kubectl get po', KEYS.tab, KEYS.alt('?')], 'In der Eingabe'], [[KEYS.pageDown], 'In der Mission'], [[KEYS.escape, KEYS.f1], 'kubectl explain pods'], [[KEYS.escape, KEYS.ctrlR, 'get'], 'reverse-i-search'],
  [[KEYS.escape, KEYS.ctrlC, 'sleep 5\r', 'ls\r'], 'im Voraus'], [[KEYS.escape], 'Esc oder i'], [['c'], 'zurück'], [['q', 'A'], 'Die Tür ist offen'], [[KEYS.escape, KEYS.ctrlC, '+'], '2 quest'],
  [['kubectl edit deployment web\r'], 'deployment-web.yaml'], [['ix'], 'INSERT'], [[KEYS.escape, ':q!\r', KEYS.escape, 'q'], 'Die Mission verlassen?'],
];

async function inGerman(columns: number, rows: number, change: Parameters<typeof atTitle>[2] = {}): Promise<Scene> {
  return atTitle(columns, rows, { language: 'de', settings: { ...DEFAULT_SETTINGS, language: 'de' }, ...change });
}

/** What is English on a screen, and what is cut of its first and last row. */
function wrongOn(text: string): string[] {
  const whole = text.replace(/[│╭╮╰╯─]/g, ' ').replace(/\s+/g, ' ');
  const rows = text.split('\n').map((row) => row.trimEnd());
  return [...ENGLISH.flatMap((pattern) => pattern.exec(whole)?.[0] ?? []), ...[rows[0] ?? '', rows.at(-1) ?? ''].filter((row) => row.includes('…'))];
}

/** Walks from screen to screen; what is wrong on any of them. */
async function wrongAmong(terminal: Scene['terminal'], walk: typeof TOUR): Promise<Record<string, string[]>> {
  const wrong: Record<string, string[]> = {};
  for (const [keys, sees] of walk) {
    await terminal.type(...keys);
    await terminal.sees(sees);
    const found = wrongOn(terminal.text());
    if (found.length > 0) wrong[sees] = found;
  }
  return wrong;
}

test.each([[80, 24], [160, 45]])('every screen at %ix%i is German', async (columns, rows) => {
  const { game, terminal } = await inGerman(columns, rows);
  expect(await wrongAmong(terminal, [[[], 'Kubernetes lernen'], ...TOUR])).toEqual({});
  await terminal.type(KEYS.escape);
  game.paper.win();
  expect(await wrongAmong(terminal, [[[], 'Gewonnen']])).toEqual({});
}, 60_000);

test.each([[80, 24], [160, 45]])('so is what one who has just come sees at %ix%i', async (columns, rows) => {
  const { game, terminal } = await inGerman(columns, rows, { players: [], player: undefined });
  expect(await wrongAmong(terminal, FIRST_STEPS)).toEqual({});
  await terminal.type(KEYS.escape);
  await game.changeSettings({ editor: 'nano' });
  expect(await wrongAmong(terminal, [[['i', 'kubectl edit deployment web\r'], 'nano'], [['x', '\x18'], 'Save modified buffer?'], [['n', KEYS.ctrlC], 'Drück noch einmal']])).toEqual({});
}, 60_000);

test('an English screen would be found out', async () => {
  const { terminal } = await atTitle(80, 24);
  await terminal.sees('Learn Kubernetes');
  expect(wrongOn(terminal.text())).toEqual(expect.arrayContaining(['Settings', english.title.motto]));
});

test('the language changes at once, and back', async () => {
  const { game, terminal } = await atTitle(100, 30);
  await terminal.type(':', 'settings', KEYS.enter);
  await terminal.sees('as the system says: English');
  await terminal.type(KEYS.enter, KEYS.enter);
  await terminal.sees('Einstellungen');
  expect(game.view().settings.language).toBe('de');
  await terminal.type(KEYS.enter);
  await terminal.sees('as the system says: English');
});

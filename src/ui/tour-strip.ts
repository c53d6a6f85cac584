/** The tour on the screen: a strip above the footer. */
import { bar } from './frame.ts';
import { inline } from './markdown.ts';
import { cut, spread, type Line, type Piece } from './text.ts';
import type { Theme } from './theme.ts';
import { TOUR, type Tour } from './tour.ts';
import { wrapWords } from './wrap.ts';

/** Rows of the strip above the footer; the text never needs more. */
const TEXT_ROWS_MAX = 4;

/** The strip: how far one is, what to do, and how to get rid of it. */
export function tourRows({ step }: Tour, columns: number, theme: Theme): Line[] {
  const width = columns - 4;
  const { glyphs: { box: { across: rule } }, words: { of, tour: words } } = theme;
  const title: Piece[] = [{ text: `${rule} `, style: 'focus' }, { text: `${words.title} `, style: 'title' }, ...bar((step + 1) / TOUR.length, TOUR.length, 'accent', theme), { text: ` ${of(step + 1, TOUR.length)} `, style: 'dim' }];
  const keys: Piece[] = [{ text: ' Alt-Enter', style: 'key' }, { text: ` ${step === TOUR.length - 1 ? words.end : words.next}`, style: 'dim' }, { text: '  Alt-q', style: 'key' }, { text: ` ${words.skip} `, style: 'dim' }];
  const head = spread(cut(title, columns, ''), keys, columns, '');
  const text = wrapWords(inline(TOUR[step] ? words.steps[TOUR[step].name] : ''), width).slice(0, TEXT_ROWS_MAX);
  return [head.map((piece) => (/^ +$/.test(piece.text) ? { text: rule.repeat(piece.text.length), style: 'focus' as const } : piece)), ...text.map((row): Line => [{ text: '  ' }, ...row])];
}

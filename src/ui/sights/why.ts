/** Why?: what is in trouble, and for the chosen one the chain from the symptom to the cause. */
import { idOf, type LensView, type WhyLensView } from '../../engine/lens/lens-view.ts';
import type { MissionView } from '../../engine/view.ts';
import { clampScroll, framed, scrollNote } from '../frame.ts';
import { emphasized } from '../markdown.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { harmless } from '../painter.ts';
import { EMPTY, cut, line, type Line } from '../text.ts';
import { wrapHard, wrapWords } from '../wrap.ts';
import type { Theme } from '../theme.ts';
import { WHY_WIDE, type WhySight } from './sight.ts';

export function whyOf(lens: LensView | undefined): WhyLensView | undefined {
  return lens?.of === 'why' ? lens : undefined;
}

/** Everything between the header and the footer. */
export function whyFrame(view: MissionView, sight: WhySight, size: Size, theme: Theme): Line[] {
  const height = size.rows - 2;
  const isWide = size.columns >= WHY_WIDE;
  const left = isWide ? Math.floor(size.columns * 0.38) : sight.isReading ? 0 : size.columns;
  const list = left > 0 ? listFrame(whyOf(view.lens), view.whyCost ?? 0, sight, { width: left, height, theme }) : [];
  const chain = left < size.columns ? chainFrame(whyOf(view.lens), view.whyCost ?? 0, sight, { width: size.columns - left, height, theme }) : [];
  return Array.from({ length: height }, (_, row) => [...(list[row] ?? []), ...(chain[row] ?? [])]);
}

interface Room { width: number; height: number; theme: Theme }

function listFrame(lens: WhyLensView | undefined, cost: number, sight: WhySight, { width, height, theme }: Room): Line[] {
  const rows = (lens?.troubles ?? []).map(({ ref, note, isPaid }): Line => {
    const isChosen = lens?.ref !== undefined && idOf(ref) === idOf(lens.ref);
    const name = `${ref.resource} ${ref.namespace && ref.namespace !== 'default' ? `${ref.namespace}/` : ''}${ref.name}`;
    return cut([
      { text: isChosen ? `${theme.glyphs.pointer} ` : '  ', style: 'accent' }, { text: `${theme.glyphs.health.bad} `, style: 'bad' }, { text: name, style: isChosen ? 'selected' : 'plain' },
      { text: `  ${note}`, style: 'warning' }, { text: cost > 0 && isPaid ? `  ${theme.words.why.asked}` : '', style: 'dim' },
    ], width - 4, theme.glyphs.ellipsis);
  });
  const at = lens?.troubles.findIndex(({ ref }) => lens.ref && idOf(ref) === idOf(lens.ref)) ?? 0;
  const room = height - 2;
  const offset = clampScroll(at - Math.floor(room / 2), room, rows.length);
  const empty = lens ? [[{ text: `${theme.glyphs.health.good} `, style: 'good' as const }, { text: theme.words.why.none }]] : [line(theme.words.looking, 'dim')];
  return framed(rows.length > 0 ? rows.slice(offset, offset + room) : empty, { title: line(theme.words.why.troubles, sight.isReading ? 'dim' : 'title'), width, height, isFocused: !sight.isReading, foot: scrollNote(offset, room, rows.length, theme) }, theme);
}

function chainFrame(lens: WhyLensView | undefined, cost: number, sight: WhySight, { width, height, theme }: Room): Line[] {
  const title: Line = [{ text: `${theme.words.why.title} `, style: 'title' }, { text: lens?.ref ? `${lens.ref.resource} ${lens.ref.name}` : '', style: 'dim' }];
  const { rows, markedRow } = chainRows(lens, cost, sight, width - 4, theme);
  const room = height - 2;
  const offset = clampScroll(markedRow - Math.floor(room / 2), room, rows.length);
  return framed(rows.slice(offset, offset + room), { title, width, height, isFocused: sight.isReading, foot: scrollNote(offset, room, rows.length, theme) }, theme);
}

function chainRows(lens: WhyLensView | undefined, cost: number, { marked, isReading }: WhySight, width: number, theme: Theme): { rows: Line[]; markedRow: number } {
  if (!lens?.ref) return { rows: [EMPTY], markedRow: 0 };
  if (!lens.links) return { rows: priceRows(cost, width, theme), markedRow: 0 };
  if (lens.links.length === 0) return { rows: wrapWords(line(theme.words.why.nothingWrong), width), markedRow: 0 };
  const rows: Line[] = [];
  let markedRow = 0;
  for (const [index, { text, command }] of lens.links.entries()) {
    const isMarked = isReading && index === marked;
    const isCause = index === lens.links.length - 1;
    if (isMarked) markedRow = rows.length;
    const lead = index === 0 ? '' : isCause ? `${theme.glyphs.box.bottomLeft}${theme.glyphs.box.across} ` : `${theme.glyphs.box.down}  `;
    const [first = EMPTY, ...more] = wrapWords(line(harmless(text), isCause ? 'strong' : index === 0 ? 'bad' : 'plain'), Math.max(20, width - 5));
    const rest = isCause || index === 0 ? '   ' : `${theme.glyphs.box.down}  `;
    rows.push([{ text: isMarked ? `${theme.glyphs.pointer} ` : '  ', style: 'accent' }, { text: lead, style: 'border' }, ...first]);
    for (const row of more) rows.push([{ text: `  ${index === 0 ? '' : rest}`, style: 'border' }, ...row]);
    for (const row of wrapHard([{ text: '$ ', style: 'dim' }, { text: harmless(command), style: 'code' }], Math.max(20, width - 5))) rows.push([{ text: `  ${index === 0 ? '' : rest}`, style: 'border' }, ...row]);
    if (!isCause) rows.push([{ text: `  ${theme.glyphs.box.down}`, style: 'border' }]);
  }
  return { rows, markedRow };
}

/** The price is told before it is paid. */
function priceRows(cost: number, width: number, { words: { why: words, keyNames } }: Theme): Line[] {
  return [...wrapWords(emphasized(words.price(cost), 'warning'), width), EMPTY, [{ text: keyNames.enter, style: 'key' }, { text: ` ${words.ask(cost)}` }]];
}

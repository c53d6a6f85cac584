/** The chosen object: tabs, the command that shows the same, and what it says. */
import { idOf, OBJECT_TABS, type LensView, type ObjectLensView } from '../../engine/lens/lens-view.ts';
import { yamlPieces } from '../panes/editor-pane.ts';
import { rememberLast } from '../remember.ts';
import { harmless } from '../painter.ts';
import { EMPTY, line, type Line, type Piece } from '../text.ts';
import { wrapWords } from '../wrap.ts';
import type { Theme } from '../theme.ts';
import type { ExplorerSight } from './sight.ts';

/** `1 describe  2 YAML  …` */
export function tabPieces({ tab, isReading }: Pick<ExplorerSight, 'tab' | 'isReading'>, { words }: Theme): Line {
  return OBJECT_TABS.flatMap((each, index): Piece[] => [
    { text: index === 0 ? '' : ' ' }, { text: `${index + 1} ${words.explorer.tabs[each]}`, style: each === tab ? (isReading ? 'selected' : 'strong') : 'dim' },
  ]);
}

/** The command, and below it what there is to read. */
export function detailRows(lens: LensView | undefined, { selected, tab, scroll }: ExplorerSight, width: number, theme: Theme): Line[] {
  if (lens?.of !== 'object' || idOf(lens.ref) !== selected || lens.tab !== tab) return [line(selected ? theme.words.looking : theme.words.explorer.nothingChosen, 'dim')];
  const command: Line = [{ text: '$ ', style: 'dim' }, { text: lens.command, style: 'code' }];
  return [command, ...(lens.chain ? chainRows(lens.chain, selected, scroll, theme) : remembered(lens, width))];
}

/** How many rows there are to move over. */
export const detailLength = (lens: LensView | undefined, sight: ExplorerSight, width: number, theme: Theme): number => detailRows(lens, sight, width, theme).length - 1;

const remembered = rememberLast((lens: ObjectLensView, width: number): Line[] =>
  lens.lines.flatMap((text) => wrapWords(lens.tab === 'yaml' ? yamlPieces(harmless(text)) : lens.tab === 'describe' ? describedPieces(harmless(text)) : toldPieces(harmless(text)), width, Math.min(text.search(/\S|$/) + CONTINUED, Math.floor(width / 2)))));

/** How much deeper the rest of a line begins that is longer than the row. */
const CONTINUED = 2;

function describedPieces(text: string): Line {
  const match = /^(\s*)([A-Z][\w /()-]*:)(.*)$/.exec(text);
  if (match) return [{ text: match[1]! }, { text: match[2]!, style: 'code' }, { text: match[3]! }];
  return toldPieces(text);
}

function toldPieces(text: string): Line {
  if (/^(error:|Error from server)/.test(text)) return line(text, 'bad');
  return /\bWarning\b/.test(text) ? line(text, 'warning') : text === '' ? EMPTY : line(text);
}

function chainRows(chain: NonNullable<ObjectLensView['chain']>, selected: string, marked: number, theme: Theme): Line[] {
  return chain.map(({ ref, depth, note }, index): Line => {
    const isHere = idOf(ref) === selected;
    const lead = depth === 0 ? '' : `${'  '.repeat(depth - 1)}${theme.glyphs.box.bottomLeft}${theme.glyphs.box.across}`;
    return [
      { text: index === marked ? `${theme.glyphs.pointer} ` : '  ', style: 'accent' }, { text: lead, style: 'border' },
      { text: `${ref.resource}/`, style: 'dim' }, { text: harmless(ref.name), style: isHere ? 'strong' : 'plain' }, { text: note ? `  ${harmless(note)}` : '', style: 'dim' },
    ];
  });
}

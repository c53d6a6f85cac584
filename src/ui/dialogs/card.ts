/** The card of a dialog: what it says, and where it lies on the screen. */
import { harmless } from '../painter.ts';
import { EMPTY, line, type Line, type Piece } from '../text.ts';
import { wrapWords } from '../wrap.ts';
import { clampScroll, framed, scrollNote } from '../frame.ts';
import { inline } from '../markdown.ts';
import type { Dialog } from '../state/state.ts';
import type { Size } from '../terminal/screen-writer.ts';
import type { Theme } from '../theme.ts';
import type { Ui } from '../ui.ts';
import { keyChoices } from './choices.ts';
import { helpRows } from './help.ts';
import { briefingRows, debrief, doorRows, hintRows } from './mission-cards.ts';
import { paletteNote, paletteRows } from './palette-rows.ts';

/** A card to draw: where and what. */
export interface Card {
  readonly left: number;
  readonly top: number;
  readonly rows: readonly Line[];
  readonly scrollMax: number;
}

interface Content {
  title: Line;
  rows: Line[];
  /** The rows that are shown when it has to be scrolled. */
  scroll?: number;
  columns: number;
  /** Right end of the upper border. */
  note?: Line;
}

/** The card of a dialog, in the middle of the screen. */
export function cardOf(ui: Ui, dialog: Dialog): Card | undefined {
  const { size } = ui.state;
  const columns = Math.min(size.columns - 6, dialog.kind === 'briefing' || dialog.kind === 'debrief' || dialog.kind === 'help' || dialog.kind === 'palette' || dialog.kind === 'manual' ? 92 : 62) - 6;
  const content = contentOf(ui, dialog, columns);
  return content && placed(content, size, ui.theme);
}

function placed({ title, rows, scroll = 0, columns, note }: Content, size: Size, theme: Theme): Card {
  const heightMax = size.rows - 4;
  const padded = rows.length + 4 > heightMax ? [EMPTY, ...rows] : [EMPTY, ...rows, EMPTY];
  const height = Math.min(heightMax, padded.length + 2);
  const offset = clampScroll(scroll, height - 2, padded.length);
  const width = columns + 6;
  const shown = padded.slice(offset, offset + height - 2);
  const card = framed(shown, { title, note, width, height, isFocused: true, padding: 2, foot: scrollNote(offset, height - 2, padded.length, theme) }, theme);
  const left = Math.floor((size.columns - width) / 2);
  const isNarrow = left < BESIDE_MIN;
  return {
    left: isNarrow ? 0 : left,
    top: Math.max(1, Math.floor((size.rows - height) / 2)),
    scrollMax: Math.max(0, padded.length - (height - 2)),
    rows: isNarrow ? card.map((row) => [blank(left), ...row, blank(size.columns - width - left)]) : card,
  };
}

/** Fewer columns than this beside a card would show letters without sense, so they are blanked. */
const BESIDE_MIN = 8;

const blank = (columns: number): Piece => ({ text: ' '.repeat(Math.max(0, columns)) });

function contentOf(ui: Ui, dialog: Dialog, columns: number): Content | undefined {
  const { view } = ui;
  const { dialogs: words } = ui.words;
  switch (dialog.kind) {
    case 'help': return { title: line(words.keys, 'title'), rows: helpRows(ui, columns), scroll: dialog.scroll, columns };
    case 'manual': return { title: line(dialog.title, 'code'), rows: manualRows(dialog.text, columns), scroll: dialog.scroll, columns };
    case 'palette': return { title: line(ui.words.palette.title, 'title'), rows: paletteRows(ui, dialog, columns), note: paletteNote(ui, dialog), columns };
    case 'problem': return { title: line(words.problem, 'bad'), rows: wrapWords(line(dialog.text), columns), columns };
    case 'confirm': return { title: line(dialog.title, 'title'), rows: confirmRows(dialog, columns, ui.theme), columns };
    case 'hint': return view.mission && { title: line(words.hint, 'title'), rows: hintRows(view.mission, columns, ui.theme), columns };
    case 'door': return view.mission?.door && { title: line(words.door, 'title'), rows: doorRows(view.mission.door, columns, ui.theme), columns };
    case 'briefing': return view.mission && { title: line(view.mission.title, 'title'), rows: briefingRows(view.mission, columns, ui.theme), scroll: dialog.scroll, columns };
    case 'debrief': return view.mission?.debrief && { ...debrief(view, view.mission.debrief, columns, ui.theme), scroll: dialog.scroll, columns };
  }
}

function manualRows(text: string, columns: number): Line[] {
  return harmless(text).trimEnd().split('\n').flatMap((row) => wrapWords(line(row, /^[A-Z][A-Za-z ]+:$/.test(row) ? 'heading' : 'plain'), columns, /^ */.exec(row)![0].length));
}

function confirmRows({ text, yes, no }: Extract<Dialog, { kind: 'confirm' }>, columns: number, theme: Theme): Line[] {
  return [
    ...wrapWords(inline(text), columns), EMPTY,
    keyChoices(theme, ['enter', yes], ['escape', no]),
  ];
}

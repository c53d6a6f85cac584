/** The palette: everything that can be done here, found by a few letters of it. Read off the same tables as the keys. */
import { fuzzyFind } from './fuzzy.ts';
import { isPrintable, keyName, type Binding, type Layer } from './keys.ts';
import { editLine, EMPTY_LINE } from './line-editor.ts';
import { menuOf } from './screens/menus.ts';
import { EMPTY, line, spread, type Line } from './text.ts';
import type { Dialog, Screen, Ui } from './ui.ts';

export type Palette = Extract<Dialog, { kind: 'palette' }>;

interface Deed {
  readonly label: string;
  readonly key: string;
  /** Why it cannot be done now. */
  readonly whyNot?: string;
  readonly does: () => void;
}

const ROWS_MAX = 24;

/** Opens it over what is on the screen. */
export const openPalette = (ui: Ui, layers: readonly Layer[]): void => ui.openDialog({ kind: 'palette', layers, query: EMPTY_LINE, index: 0 });

/** All deeds that answer to what was typed, best first. */
function deedsOf(ui: Ui, { layers, query }: Palette): Deed[] {
  const isTyping = layers.some((layer) => layer.types);
  const game = [...layers].sort((a, b) => Number(a.types !== undefined) - Number(b.types !== undefined)); // what one types with comes last
  const bound = game.flatMap((layer) => layer.bindings.flatMap((binding) => deedOf(ui, binding, isTyping)));
  return fuzzyFind(query.text, [...bound, ...menuDeeds(ui), ...placeDeeds(ui)], ({ label }) => label);
}

function deedOf(ui: Ui, binding: Binding, isTyping: boolean): Deed[] {
  const key = binding.keys.find((candidate) => !isTyping || !(isPrintable(candidate) || candidate === 'tab' && binding.keys.length > 1)) ?? binding.keys[0];
  const isNow = binding.when?.(ui) ?? true;
  const { words } = ui;
  const says = binding.says(words);
  if (key === undefined || (!isNow && !binding.whyNot) || says === words.keys.always.everything) return [];
  return [{ label: says.label, key: keyName(key, words), ...(isNow ? {} : { whyNot: binding.whyNot?.(words) }), does: () => void binding.does(ui, { id: key, text: '' }) }];
}

const MENUS: readonly Screen[] = ['title', 'players', 'sandbox', 'settings'];

function menuDeeds(ui: Ui): Deed[] {
  if (!MENUS.includes(ui.state.screen)) return [];
  return menuOf(ui).items.map(({ label, note, choose }) => ({ label: note ? `${label}: ${note}` : label, key: '', does: choose }));
}

const PLACES = ['levels', 'map', 'progress', 'sandbox', 'settings', 'players'] as const satisfies readonly Screen[];

/** The screens that are not this one. In a mission they would lose it from sight; it is left by its own key. */
function placeDeeds(ui: Ui): Deed[] {
  const isElsewhere = ui.state.screen === 'mission' || !ui.game.view().player;
  return isElsewhere ? [] : PLACES.filter((screen) => screen !== ui.state.screen).map((screen) => ({ label: ui.words.palette[screen], key: '', does: () => ui.goTo(screen) }));
}

/** `3/34`: which of how many is marked. */
export function paletteNote(ui: Ui, palette: Palette): Line {
  const { length } = deedsOf(ui, palette);
  return length > 0 ? line(`${palette.index + 1}/${length}`, 'dim') : EMPTY;
}

/** The rows of the card: what was typed, and what answers to it. */
export function paletteRows(ui: Ui, palette: Palette, columns: number): Line[] {
  const deeds = deedsOf(ui, palette);
  const { ellipsis, pointer } = ui.theme.glyphs;
  const height = Math.min(ROWS_MAX, ui.state.size.rows - 12);
  const first = Math.max(0, Math.min(palette.index - Math.floor(height / 2), deeds.length - height));
  const { text, cursor } = palette.query;
  const rows = deeds.slice(first, first + height).map((deed, index): Line => {
    const isMarked = first + index === palette.index;
    const style = deed.whyNot ? 'dim' : isMarked ? 'strong' : 'plain';
    const right = deed.whyNot ? line(deed.whyNot, 'dim') : line(deed.key, 'key');
    return [{ text: isMarked ? `${pointer} ` : '  ', style: 'key' }, ...spread(line(deed.label, style), right, columns - 2, ellipsis)];
  });
  return [
    [{ text: ': ', style: 'key' }, { text: text.slice(0, cursor) }, { text: text[cursor] ?? ' ', style: 'cursor' }, { text: text.slice(cursor + 1) }], EMPTY,
    ...(rows.length > 0 ? rows : [line(ui.words.palette.nothing, 'dim')]),
    ...Array.from({ length: Math.max(0, height - Math.max(1, rows.length)) }, () => EMPTY),
  ];
}

function move(ui: Ui, step: number): void {
  const { dialog } = ui;
  if (dialog?.kind !== 'palette') return;
  const last = Math.max(0, deedsOf(ui, dialog).length - 1);
  ui.changeDialog({ ...dialog, index: Math.max(0, Math.min(last, dialog.index + step)) });
}

function choose(ui: Ui): void {
  const { dialog } = ui;
  const deed = dialog?.kind === 'palette' ? deedsOf(ui, dialog)[dialog.index] : undefined;
  if (!deed || deed.whyNot) return;
  ui.closeDialog();
  deed.does();
}

/** The keys of the palette. */
export const PALETTE: Layer = {
  title: (w) => w.layers.here,
  bindings: [
    { keys: ['enter'], says: (w) => w.keys.palette.do, does: choose },
    { keys: ['down', 'ctrl-n', 'tab'], shown: '↑↓', says: (w) => w.keys.palette.nextOne, does: (ui) => move(ui, 1) },
    { keys: ['up', 'ctrl-p', 'shift-tab'], says: (w) => w.keys.common.oneBefore, does: (ui) => move(ui, -1) },
    { keys: ['pagedown'], says: (w) => w.keys.common.pageOn, does: (ui) => move(ui, 10) },
    { keys: ['pageup'], says: (w) => w.keys.common.pageBack, does: (ui) => move(ui, -10) },
    { keys: ['escape', 'ctrl-c'], says: (w) => w.keys.palette.close, does: (ui) => ui.closeDialog() },
  ],
  types: (ui, key) => {
    const { dialog } = ui;
    const query = dialog?.kind === 'palette' ? editLine(dialog.query, key, []) : undefined;
    if (dialog?.kind === 'palette' && query) ui.changeDialog({ ...dialog, query, index: 0 });
    return query !== undefined;
  },
};

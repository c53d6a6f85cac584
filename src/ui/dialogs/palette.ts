/** The palette: everything that can be done here, found by a few letters of it. Read off the same tables as the keys. */
import { fuzzyFind } from '../fuzzy.ts';
import { isPrintable, keyName } from '../key-names.ts';
import type { Binding } from '../keys.ts';
import { menuOf, taken } from '../screens/menus.ts';
import { screenLayers } from '../screen-layers.ts';
import { closed, goneTo, type Dialog, type Screen, type UiState } from '../state/state.ts';
import { uiOf, type Ui } from '../ui.ts';

export type Palette = Extract<Dialog, { kind: 'palette' }>;

interface Entry {
  readonly label: string;
  readonly key: string;
  /** Why it cannot be done now. */
  readonly whyNot?: string;
  /** From the screen, with the palette closed. */
  does(ui: Ui): UiState | undefined;
}

/** All that answers to what was typed, best first. */
export function entriesOf(ui: Ui, { query }: Palette): Entry[] {
  const layers = screenLayers(ui);
  const isTyping = layers.some((layer) => layer.types);
  const game = [...layers].sort((a, b) => Number(a.types !== undefined) - Number(b.types !== undefined)); // what one types with comes last
  const bound = game.flatMap((layer) => layer.bindings.flatMap((binding) => entryOf(ui, binding, isTyping)));
  return fuzzyFind(query.text, [...bound, ...menuEntries(ui), ...placeEntries(ui)], ({ label }) => label);
}

function entryOf(ui: Ui, binding: Binding, isTyping: boolean): Entry[] {
  const key = binding.keys.find((candidate) => !isTyping || !(isPrintable(candidate) || candidate === 'tab' && binding.keys.length > 1)) ?? binding.keys[0];
  const isNow = binding.when?.(ui) ?? true;
  const { words } = ui;
  const says = binding.says(words);
  if (key === undefined || (!isNow && !binding.whyNot) || says === words.keys.always.everything) return [];
  return [{ label: says.label, key: keyName(key, words), ...(isNow ? {} : { whyNot: binding.whyNot?.(words) }), does: (screen) => binding.does(screen, { id: key, text: '' }) }];
}

const MENUS: readonly Screen[] = ['title', 'players', 'sandbox', 'settings'];

function menuEntries(ui: Ui): Entry[] {
  if (!MENUS.includes(ui.state.screen)) return [];
  return menuOf(ui).items.map((item) => ({ label: item.note ? `${item.label}: ${item.note}` : item.label, key: '', does: ({ state }) => taken(state, item) }));
}

const PLACES = ['levels', 'map', 'progress', 'sandbox', 'settings', 'players'] as const satisfies readonly Screen[];

/** The screens that are not this one. In a mission they would lose it from sight; it is left by its own key. */
function placeEntries(ui: Ui): Entry[] {
  const isElsewhere = ui.state.screen === 'mission' || !ui.view.player;
  return isElsewhere ? [] : PLACES.filter((screen) => screen !== ui.state.screen).map((screen) => ({ label: ui.words.palette[screen], key: '', does: ({ state }) => goneTo(state, screen) }));
}

/** The state after the marked one is chosen. */
export function chosen(ui: Ui, palette: Palette): UiState {
  const entry = entriesOf(ui, palette)[palette.index];
  if (!entry || entry.whyNot) return ui.state;
  const screen = uiOf(closed(ui.state), ui.view);
  return entry.does(screen) ?? screen.state;
}

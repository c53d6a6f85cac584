/** The keys of the dialogs. */
import type { KeyPhrase } from '../../language/words.ts';
import { press, type Binding, type Layer } from '../keys.ts';
import { toggleDoor } from '../mission-deeds.ts';
import { missionLayers } from '../mission-keys.ts';
import { asking, closed, withTop, type Dialog, type UiState } from '../state/state.ts';
import type { Key } from '../terminal/key-parser.ts';
import { uiOf, type Ui } from '../ui.ts';
import { cardOf } from './card.ts';
import { PALETTE } from './palette-keys.ts';

const scrolling = (down: readonly string[], up: readonly string[]): readonly Binding[] => [
  { keys: down, shown: '↑↓', says: (w) => w.keys.dialogs.scroll, does: (ui) => scroll(ui, 1) },
  { keys: up, says: (w) => w.keys.dialogs.scrollBack, does: (ui) => scroll(ui, -1) },
  { keys: ['pagedown', 'space', 'ctrl-d', 'ctrl-f'], says: (w) => w.keys.common.pageOn, does: (ui) => scroll(ui, ui.state.size.rows - 8) },
  { keys: ['pageup', 'ctrl-u', 'ctrl-b'], says: (w) => w.keys.common.pageBack, does: (ui) => scroll(ui, 8 - ui.state.size.rows) },
];
const scrollable = scrolling(['down', 'j'], ['up', 'k']);

function scroll(ui: Ui, step: number): UiState {
  const { dialog, state } = ui;
  if (!dialog || !('scroll' in dialog)) return state;
  const scrollMax = cardOf(ui, dialog)?.scrollMax ?? 0;
  return withTop(state, { ...dialog, scroll: Math.max(0, Math.min(scrollMax, dialog.scroll + step)) });
}

const close = (keys: readonly string[], says: KeyPhrase): Binding => ({ keys, says, does: ({ state }) => closed(state) });

const LAYERS: Record<Exclude<Dialog['kind'], 'palette'>, readonly Binding[]> = {
  help: [close(['escape', 'enter', '?', 'q', 'f1'], (w) => w.keys.dialogs.close), ...scrollable],
  manual: [close(['escape', 'enter', 'q', 'f1'], (w) => w.keys.dialogs.close), ...scrollable],
  problem: [close(['escape', 'enter', 'q'], (w) => w.keys.dialogs.close)],
  confirm: [{ keys: ['enter', 'y'], says: (w) => w.keys.dialogs.yes, does: confirm }, close(['escape', 'n', 'q', 'ctrl-c'], (w) => w.keys.dialogs.no)],
  hint: [
    { keys: ['enter'], says: (w) => w.keys.dialogs.takeHint, when: hasNextHint, does: ({ state }) => asking(state, { do: 'takeHint' }) },
    close(['escape', 'enter', 'h', 'q', 'alt-h'], (w) => w.keys.dialogs.back),
  ],
  door: [
    close(['enter', 'escape', 'q'], (w) => w.keys.dialogs.toMission),
    { keys: ['A', 'alt-o'], says: (w) => w.keys.dialogs.closeDoor, does: (ui) => toggleDoor({ ...ui, state: closed(ui.state) }) },
  ],
  briefing: [close(['enter', 'escape'], (w) => w.keys.dialogs.begin), ...scrolling(['down'], ['up'])],
  debrief: [
    { keys: ['enter'], says: (w) => w.keys.dialogs.goOn, does: goOn },
    ...scrollable,
    { keys: ['r'], says: (w) => w.keys.dialogs.levelAgain, does: ({ state }) => asking(state, { do: 'retry' }) },
    { keys: ['l', 'q'], says: (w) => w.keys.dialogs.toLevels, does: toLevels },
    close(['escape'], (w) => w.keys.dialogs.lookAround),
  ],
};

/** The keys of the top dialog. */
export function dialogLayer({ kind }: Dialog): Layer {
  if (kind === 'palette') return PALETTE;
  return { title: (w) => w.layers.here, bindings: LAYERS[kind], ...(kind === 'briefing' ? { types: typeOn } : {}) };
}

/** Who types while the briefing is open has read enough: the key goes where it was meant to. */
function typeOn({ state, view }: Ui, key: Key): UiState | undefined {
  if (key.text === '') return undefined;
  const ui = uiOf(closed(state), view);
  return press(ui, missionLayers(ui), key) ?? ui.state;
}

function hasNextHint({ view: { mission } }: Ui): boolean {
  return mission?.hints.some((hint) => hint.text === undefined) ?? false;
}

function confirm({ state, dialog }: Ui): UiState {
  return dialog?.kind === 'confirm' ? asking(closed(state), dialog.then) : state;
}

function toLevels({ state }: Ui): UiState {
  return asking(state, { do: 'quit', to: 'levels' });
}

function goOn(ui: Ui): UiState {
  const { outcome, nextLevel } = ui.view.mission?.debrief ?? {};
  return outcome === 'won' && nextLevel ? asking(ui.state, { do: 'startLevel', id: nextLevel.id }) : toLevels(ui);
}

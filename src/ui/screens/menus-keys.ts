/** The keys of the menus, and of the entry of a name. */
import type { Binding, Layer } from '../keys.ts';
import { editLine } from '../line-editor.ts';
import { asking, goneTo, type UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import { menuOf, taken } from './menus.ts';

const moving: readonly Binding[] = [
  { keys: ['enter', 'right', 'l'], says: (w) => w.keys.menus.take, does: (ui) => choose(ui, ui.state.menuIndex) },
  { keys: ['down', 'j', 'tab'], shown: '↑↓', says: (w) => w.keys.menus.nextLine, does: (ui) => move(ui, 1) },
  { keys: ['up', 'k', 'shift-tab'], says: (w) => w.keys.menus.lineBefore, does: (ui) => move(ui, -1) },
  { keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], shown: '1-9', says: (w) => w.keys.menus.takeNumbered, does: (ui, key) => choose(ui, Number(key.id) - 1) },
];

const choose = (ui: Ui, index: number): UiState => taken(ui.state, menuOf(ui).items[index]);

function move(ui: Ui, step: number): UiState {
  const { length } = menuOf(ui).items;
  return { ...ui.state, menuIndex: (ui.state.menuIndex + step + length) % length };
}

const TITLE: Layer = { title: (w) => w.layers.menu, bindings: [...moving, { keys: ['q'], says: (w) => w.keys.menus.quit, does: ({ state }) => asking(state, { do: 'exit' }) }] };

const MENU: Layer = {
  title: (w) => w.layers.menu,
  bindings: [...moving, { keys: ['escape', 'q', 'left'], says: (w) => w.keys.menus.back, when: (ui) => ui.view.player !== undefined, does: ({ state }) => goneTo(state, 'title') }],
};

export const menuLayers = (ui: Ui): Layer[] => [ui.state.screen === 'title' ? TITLE : MENU];

const NAME_MAX = 24;

const NAME: Layer = {
  title: (w) => w.layers.yourName,
  bindings: [
    { keys: ['enter'], says: (w) => w.keys.menus.thatIsMe, when: (ui) => ui.state.name.text.trim() !== '', does: ({ state }) => asking(state, { do: 'createPlayer', name: state.name.text.trim() }) },
    { keys: ['escape'], says: (w) => w.keys.menus.back, when: (ui) => ui.view.players.length > 0, does: ({ state, view }) => goneTo(state, view.player ? 'title' : 'players') },
  ],
  types: ({ state }, key) => {
    const name = editLine(state.name, key, []);
    return name && [...name.text].length <= NAME_MAX ? { ...state, name } : name && state;
  },
};

export const nameLayers = (_: Ui): Layer[] => [NAME];

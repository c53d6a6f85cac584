/** The keys of the palette. */
import type { Layer } from '../keys.ts';
import { editLine } from '../line-editor.ts';
import { closed, withTop, type UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import { chosen, entriesOf } from './palette.ts';

function move(ui: Ui, step: number): UiState {
  const { dialog, state } = ui;
  if (dialog?.kind !== 'palette') return state;
  const last = Math.max(0, entriesOf(ui, dialog).length - 1);
  return withTop(state, { ...dialog, index: Math.max(0, Math.min(last, dialog.index + step)) });
}

const choose = (ui: Ui): UiState => (ui.dialog?.kind === 'palette' ? chosen(ui, ui.dialog) : ui.state);

export const PALETTE: Layer = {
  title: (w) => w.layers.here,
  bindings: [
    { keys: ['enter'], says: (w) => w.keys.palette.do, does: choose },
    { keys: ['down', 'ctrl-n', 'tab'], shown: '↑↓', says: (w) => w.keys.palette.nextOne, does: (ui) => move(ui, 1) },
    { keys: ['up', 'ctrl-p', 'shift-tab'], says: (w) => w.keys.common.oneBefore, does: (ui) => move(ui, -1) },
    { keys: ['pagedown'], says: (w) => w.keys.common.pageOn, does: (ui) => move(ui, 10) },
    { keys: ['pageup'], says: (w) => w.keys.common.pageBack, does: (ui) => move(ui, -10) },
    { keys: ['escape', 'ctrl-c'], says: (w) => w.keys.palette.close, does: ({ state }) => closed(state) },
  ],
  types: ({ dialog, state }, key) => {
    const query = dialog?.kind === 'palette' ? editLine(dialog.query, key, []) : undefined;
    return dialog?.kind === 'palette' && query ? withTop(state, { ...dialog, query, index: 0 }) : undefined;
  },
};

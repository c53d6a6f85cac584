/** The keys of the x-ray. */
import type { Layer } from '../keys.ts';
import type { UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import { requestOf, requestRows } from './request.ts';
import { changedSight, closedSight, openedSight } from './sights.ts';

/** Opens the x-ray of the last command. */
export const openRequest = ({ state }: Ui): UiState => openedSight(state, { screen: 'request', back: 0, scroll: 0 });

function scroll(ui: Ui, by: number): UiState {
  const { sight } = ui.state.mission;
  if (sight?.screen !== 'request') return ui.state;
  const { columns, rows } = ui.room;
  const last = requestRows(requestOf(ui.view.mission?.lens), columns - 4, ui.theme).length - (rows - 4);
  return changedSight(ui, 'request', { scroll: Math.max(0, Math.min(last, sight.scroll + by)) });
}

function step(ui: Ui, by: number): UiState {
  const { sight } = ui.state.mission;
  const count = requestOf(ui.view.mission?.lens)?.count ?? 0;
  return sight?.screen === 'request' ? changedSight(ui, 'request', { back: Math.max(0, Math.min(count - 1, sight.back + by)), scroll: 0 }) : ui.state;
}

export const REQUEST: Layer = {
  title: (w) => w.layers.inXray,
  bindings: [
    { keys: ['escape', 'x', 'f10', 'i'], says: (w) => w.keys.common.backToPanes, does: closedSight },
    { keys: ['down', 'j'], shown: '↑↓', says: (w) => w.keys.common.scrollDown, does: (ui) => scroll(ui, 1) },
    { keys: ['up', 'k'], says: (w) => w.keys.common.scrollUp, does: (ui) => scroll(ui, -1) },
    { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], says: (w) => w.keys.common.pageOn, does: (ui) => scroll(ui, ui.room.rows - 6) },
    { keys: ['pageup', 'ctrl-b', 'ctrl-u'], says: (w) => w.keys.common.pageBack, does: (ui) => scroll(ui, 6 - ui.room.rows) },
    { keys: ['left', 'h', '['], says: (w) => w.keys.request.commandBefore, does: (ui) => step(ui, 1) },
    { keys: ['right', 'l', ']'], says: (w) => w.keys.request.commandAfter, does: (ui) => step(ui, -1) },
  ],
};

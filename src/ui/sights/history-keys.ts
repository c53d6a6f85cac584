/** The keys of the time machine. */
import type { Layer } from '../keys.ts';
import { clockTime } from '../header.ts';
import { asking, opened, type UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import { historyOf } from './history.ts';
import type { HistorySight } from './sight.ts';
import { changedSight, closedSight, openedSight } from './sights.ts';

export const openHistory = ({ state }: Ui): UiState => openedSight(state, { screen: 'history', scroll: 0 });

const lensOf = (ui: Ui) => historyOf(ui.view.mission?.lens);
const isOver = (ui: Ui) => ui.view.mission?.debrief !== undefined;
const change = (ui: Ui, changed: Partial<HistorySight>) => changedSight(ui, 'history', changed);

function sightOf(ui: Ui): HistorySight | undefined {
  const { sight } = ui.state.mission;
  return sight?.screen === 'history' ? sight : undefined;
}

function move(ui: Ui, step: number): UiState {
  const { moments = [], to } = lensOf(ui) ?? {};
  const at = moments.findIndex(({ revision }) => revision === to);
  const next = moments[Math.max(0, Math.min(moments.length - 1, at + step))];
  return next ? change(ui, { to: next.revision, scroll: 0 }) : ui.state;
}

/** The chosen revision is what later ones are compared with; chosen again, it is no longer. */
function anchor(ui: Ui): UiState {
  const to = lensOf(ui)?.to;
  return change(ui, { from: sightOf(ui)?.from === to ? undefined : to, scroll: 0 });
}

function scroll(ui: Ui, by: number): UiState {
  return change(ui, { scroll: Math.max(0, Math.min((lensOf(ui)?.diff.length ?? 1) - 1, (sightOf(ui)?.scroll ?? 0) + by)) });
}

const chosenMs = (ui: Ui): number | undefined => {
  const { moments = [], to } = lensOf(ui) ?? {};
  const elapsedMs = moments.find(({ revision }) => revision === to)?.elapsedMs;
  return elapsedMs !== undefined && elapsedMs >= 0 ? elapsedMs : undefined;
};

function fork(ui: Ui): UiState {
  const elapsedMs = chosenMs(ui);
  if (elapsedMs === undefined) return ui.state;
  const { dialogs: words } = ui.words;
  return opened(ui.state, {
    kind: 'confirm', title: words.forkTitle, text: words.forkText(clockTime(elapsedMs)), yes: words.forkYes, no: words.forkNo,
    then: { do: 'fork', elapsedMs },
  });
}

export const HISTORY: Layer = {
  title: (w) => w.layers.inTimeMachine,
  bindings: [
    { keys: ['escape', 't', 'alt-t', 'i'], says: (w) => w.keys.common.backToPanes, does: closedSight },
    { keys: ['up', 'k'], shown: '↑↓', says: (w) => w.keys.history.earlier, does: (ui) => move(ui, -1) },
    { keys: ['down', 'j'], says: (w) => w.keys.history.later, does: (ui) => move(ui, 1) },
    { keys: ['home', 'g'], says: (w) => w.keys.history.firstKnown, does: (ui) => move(ui, -Infinity) },
    { keys: ['end', 'G'], says: (w) => w.keys.history.newest, does: (ui) => change(ui, { to: undefined, scroll: 0 }) },
    { keys: ['m', 'enter'], says: (w) => w.keys.history.compare, does: anchor },
    { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], says: (w) => w.keys.history.pageOnIn, does: (ui) => scroll(ui, 10) },
    { keys: ['pageup', 'ctrl-b', 'ctrl-u'], says: (w) => w.keys.common.pageBack, does: (ui) => scroll(ui, -10) },
    { keys: ['n', '.'], says: (w) => w.keys.history.pause, when: (ui) => !isOver(ui), whyNot: (w) => w.whyNot.missionOver, does: ({ state }) => asking(state, { do: 'stepTime' }) },
    { keys: ['f'], says: (w) => w.keys.history.fork, when: (ui) => !isOver(ui) && !ui.view.mission?.isReplay && chosenMs(ui) !== undefined, whyNot: (w) => w.whyNot.noMoment, does: fork },
  ],
};

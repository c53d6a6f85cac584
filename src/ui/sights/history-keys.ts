/** The keys of the time machine. */
import type { Layer } from '../keys.ts';
import { clockTime } from '../header.ts';
import type { Ui } from '../ui.ts';
import { historyOf } from './history.ts';
import { changeSight, closeSight, openSight } from './sights.ts';

export const openHistory = (ui: Ui): void => openSight(ui, { screen: 'history', scroll: 0 });

const lensOf = (ui: Ui) => historyOf(ui.game.view().mission?.lens);
const isOver = (ui: Ui) => ui.game.view().mission?.debrief !== undefined;

function move(ui: Ui, step: number): void {
  const { moments = [], to } = lensOf(ui) ?? {};
  const at = moments.findIndex(({ revision }) => revision === to);
  const next = moments[Math.max(0, Math.min(moments.length - 1, at + step))];
  if (next) changeSight(ui, 'history', { to: next.revision, scroll: 0 });
}

/** The chosen revision is what later ones are compared with; chosen again, it is no longer. */
function anchor(ui: Ui): void {
  const { sight } = ui.state.mission;
  const to = lensOf(ui)?.to;
  if (sight?.screen === 'history') changeSight(ui, 'history', { from: sight.from === to ? undefined : to, scroll: 0 });
}

function scroll(ui: Ui, by: number): void {
  const { sight } = ui.state.mission;
  if (sight?.screen === 'history') changeSight(ui, 'history', { scroll: Math.max(0, Math.min((lensOf(ui)?.diff.length ?? 1) - 1, sight.scroll + by)) });
}

const chosenMs = (ui: Ui): number | undefined => {
  const { moments = [], to } = lensOf(ui) ?? {};
  const elapsedMs = moments.find(({ revision }) => revision === to)?.elapsedMs;
  return elapsedMs !== undefined && elapsedMs >= 0 ? elapsedMs : undefined;
};

function fork(ui: Ui): void {
  const elapsedMs = chosenMs(ui);
  if (elapsedMs === undefined) return;
  const { dialogs: words } = ui.words;
  ui.openDialog({
    kind: 'confirm', title: words.forkTitle, text: words.forkText(clockTime(elapsedMs)), yes: words.forkYes, no: words.forkNo,
    then: () => ui.withMission((actions) => ui.attempt(ui.words.busy.back, () => actions.fork(elapsedMs), () => closeSight(ui))),
  });
}

export const HISTORY: Layer = {
  title: (w) => w.layers.inTimeMachine,
  bindings: [
    { keys: ['escape', 't', 'alt-t', 'i'], says: (w) => w.keys.common.backToPanes, does: closeSight },
    { keys: ['up', 'k'], shown: '↑↓', says: (w) => w.keys.history.earlier, does: (ui) => move(ui, -1) },
    { keys: ['down', 'j'], says: (w) => w.keys.history.later, does: (ui) => move(ui, 1) },
    { keys: ['home', 'g'], says: (w) => w.keys.history.firstKnown, does: (ui) => move(ui, -Infinity) },
    { keys: ['end', 'G'], says: (w) => w.keys.history.newest, does: (ui) => changeSight(ui, 'history', { to: undefined, scroll: 0 }) },
    { keys: ['m', 'enter'], says: (w) => w.keys.history.compare, does: anchor },
    { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], says: (w) => w.keys.history.pageOnIn, does: (ui) => scroll(ui, 10) },
    { keys: ['pageup', 'ctrl-b', 'ctrl-u'], says: (w) => w.keys.common.pageBack, does: (ui) => scroll(ui, -10) },
    { keys: ['n', '.'], says: (w) => w.keys.history.pause, when: (ui) => !isOver(ui), whyNot: (w) => w.whyNot.missionOver, does: (ui) => ui.withMission((actions) => ui.attempt('', () => actions.stepTime())) },
    { keys: ['f'], says: (w) => w.keys.history.fork, when: (ui) => !isOver(ui) && !ui.game.view().mission?.isReplay && chosenMs(ui) !== undefined, whyNot: (w) => w.whyNot.noMoment, does: fork },
  ],
};

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
  ui.openDialog({
    kind: 'confirm', title: 'Go on from here?', text: `The cluster goes back to ${clockTime(elapsedMs)}. What you did after it is given up; hints stay paid.`, yes: 'go back', no: 'stay',
    then: () => ui.withMission((actions) => ui.attempt('Going back', () => actions.fork(elapsedMs), () => closeSight(ui))),
  });
}

export const HISTORY: Layer = {
  title: 'In the time machine',
  bindings: [
    { keys: ['escape', 't', 'alt-t', 'i'], label: 'Back to the panes', short: 'back', does: closeSight },
    { keys: ['up', 'k'], shown: '↑↓', label: 'An earlier revision', short: 'revision', does: (ui) => move(ui, -1) },
    { keys: ['down', 'j'], label: 'A later revision', does: (ui) => move(ui, 1) },
    { keys: ['home', 'g'], label: 'The first that is known', does: (ui) => move(ui, -Infinity) },
    { keys: ['end', 'G'], label: 'The newest, and follow it', does: (ui) => changeSight(ui, 'history', { to: undefined, scroll: 0 }) },
    { keys: ['m', 'enter'], label: 'Compare with this revision, or with the one before again', short: 'compare', does: anchor },
    { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], label: 'A page on in the diff', does: (ui) => scroll(ui, 10) },
    { keys: ['pageup', 'ctrl-b', 'ctrl-u'], label: 'A page back', does: (ui) => scroll(ui, -10) },
    { keys: ['n', '.'], label: 'Pause, and step to the next change of the cluster', short: 'step', when: (ui) => !isOver(ui), whyNot: 'the mission is over', does: (ui) => ui.withMission((actions) => ui.attempt('', () => actions.stepTime())) },
    { keys: ['f'], label: 'Fork: go on from this moment', short: 'fork', when: (ui) => !isOver(ui) && !ui.game.view().mission?.isReplay && chosenMs(ui) !== undefined, whyNot: 'not a moment of this mission, or it is over', does: fork },
  ],
};

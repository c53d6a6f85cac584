/** The keys of "why?". */
import { idOf } from '../../engine/lens/lens-view.ts';
import type { Layer } from '../keys.ts';
import { asking, type UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import { openRequest } from './request-keys.ts';
import { changedSight, closedSight, openedSight, typedLine } from './sights.ts';
import { WHY_WIDE, type WhySight } from './sight.ts';
import { whyOf } from './why.ts';

/** Opens the list of what is in trouble, with an object chosen when one is known. */
export const openWhy = ({ state }: Ui, selected = ''): UiState => openedSight(state, { screen: 'why', selected, isReading: false, marked: 0 });

/** Whether the level offers it. */
export const offersWhy = (ui: Ui): boolean => ui.view.mission?.whyCost !== undefined;

function sightOf(ui: Ui): WhySight | undefined {
  const { sight } = ui.state.mission;
  return sight?.screen === 'why' ? sight : undefined;
}

const lensOf = (ui: Ui) => whyOf(ui.view.mission?.lens);
const change = (ui: Ui, changed: Partial<WhySight>) => changedSight(ui, 'why', changed);
const isReading = (ui: Ui) => sightOf(ui)?.isReading === true;
const isChoosing = (ui: Ui) => !isReading(ui);
const isUnpaid = (ui: Ui) => lensOf(ui)?.ref !== undefined && lensOf(ui)?.links === undefined && (isReading(ui) || ui.room.columns >= WHY_WIDE);

function choose(ui: Ui, step: number): UiState {
  const { troubles = [], ref } = lensOf(ui) ?? {};
  const at = troubles.findIndex((trouble) => ref && idOf(trouble.ref) === idOf(ref));
  const next = troubles[Math.max(0, Math.min(troubles.length - 1, at + step))];
  return next ? change(ui, { selected: idOf(next.ref), marked: 0 }) : ui.state;
}

function mark(ui: Ui, step: number): UiState {
  const last = (lensOf(ui)?.links?.length ?? 1) - 1;
  return change(ui, { marked: Math.max(0, Math.min(last, (sightOf(ui)?.marked ?? 0) + step)) });
}

function ask(ui: Ui): UiState {
  const ref = lensOf(ui)?.ref;
  return ref ? asking(change(ui, { isReading: true }), { do: 'askWhy', ref }) : ui.state;
}

function typeCommand(ui: Ui): UiState {
  const chosen = lensOf(ui)?.links?.[sightOf(ui)?.marked ?? 0];
  return chosen ? typedLine(ui, chosen.command) : ui.state;
}

/** Looks at the object itself. */
function explore(ui: Ui): UiState {
  const ref = lensOf(ui)?.ref;
  if (!ref || ref.resource === 'component') return ui.state;
  if (ref.resource === 'request') return openRequest(ui);
  return openedSight(ui.state, { screen: 'explorer', selected: idOf(ref), grouping: 'nodes', zoom: 'auto', isReading: true, tab: 'describe', scroll: 0 });
}

export const WHY: Layer = {
  title: (w) => w.layers.why,
  bindings: [
    { keys: ['enter'], says: (w) => w.keys.why.ask, when: isUnpaid, does: ask },
    { keys: ['enter', 'right', 'l'], says: (w) => w.keys.why.readChain, when: isChoosing, does: (ui) => change(ui, { isReading: true, marked: 0 }) },
    { keys: ['escape', 'left', 'h'], says: (w) => w.keys.why.backToList, when: isReading, does: (ui) => change(ui, { isReading: false }) },
    { keys: ['escape', 'w', 'alt-w', 'i'], says: (w) => w.keys.common.backToPanes, when: isChoosing, does: closedSight },
    { keys: ['down', 'j'], shown: '↑↓', says: (w) => w.keys.why.nextTrouble, when: isChoosing, does: (ui) => choose(ui, 1) },
    { keys: ['up', 'k'], says: (w) => w.keys.common.oneBefore, when: isChoosing, does: (ui) => choose(ui, -1) },
    { keys: ['down', 'j'], shown: '↑↓', says: (w) => w.keys.why.nextLink, when: isReading, does: (ui) => mark(ui, 1) },
    { keys: ['up', 'k'], says: (w) => w.keys.why.linkBefore, when: isReading, does: (ui) => mark(ui, -1) },
    { keys: ['c'], says: (w) => w.keys.why.command, when: isReading, does: typeCommand },
    { keys: ['v'], says: (w) => w.keys.why.look, does: explore },
  ],
};

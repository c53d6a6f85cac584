/** The keys of "why?". */
import { idOf, type ObjectRef } from '../../engine/lens/lens-view.ts';
import type { Layer } from '../keys.ts';
import type { Ui } from '../ui.ts';
import { openRequest } from './request-keys.ts';
import { changeSight, closeSight, openSight, typeLine } from './sights.ts';
import { WIDE, type WhySight } from './sight.ts';
import { whyOf } from './why.ts';

/** Opens the list of what is in trouble, with an object chosen when one is known. */
export function openWhy(ui: Ui, selected?: string): void {
  openSight(ui, { screen: 'why', selected: selected ?? '', isReading: false, marked: 0 });
}

/** Whether the level offers it. */
export const offersWhy = (ui: Ui): boolean => ui.game.view().mission?.whyCost !== undefined;

function sightOf(ui: Ui): WhySight | undefined {
  const { sight } = ui.state.mission;
  return sight?.screen === 'why' ? sight : undefined;
}

const lensOf = (ui: Ui) => whyOf(ui.game.view().mission?.lens);
const change = (ui: Ui, changed: Partial<WhySight>) => changeSight(ui, 'why', changed);
const isReading = (ui: Ui) => sightOf(ui)?.isReading === true;
const isChoosing = (ui: Ui) => !isReading(ui);
const isUnpaid = (ui: Ui) => lensOf(ui)?.ref !== undefined && lensOf(ui)?.links === undefined && (isReading(ui) || ui.room.columns >= WIDE);

function choose(ui: Ui, step: number): void {
  const { troubles = [], ref } = lensOf(ui) ?? {};
  const at = troubles.findIndex((trouble) => ref && idOf(trouble.ref) === idOf(ref));
  const next = troubles[Math.max(0, Math.min(troubles.length - 1, at + step))];
  if (next) change(ui, { selected: idOf(next.ref), marked: 0 });
}

function mark(ui: Ui, step: number): void {
  const last = (lensOf(ui)?.links?.length ?? 1) - 1;
  change(ui, { marked: Math.max(0, Math.min(last, (sightOf(ui)?.marked ?? 0) + step)) });
}

function ask(ui: Ui): void {
  const ref: ObjectRef | undefined = lensOf(ui)?.ref;
  if (!ref) return;
  ui.withMission((actions) => actions.askWhy(ref));
  change(ui, { isReading: true });
}

/** Looks at the object itself. */
function explore(ui: Ui): void {
  const ref = lensOf(ui)?.ref;
  if (ref?.resource === 'request') openRequest(ui);
  else if (ref && ref.resource !== 'component') openSight(ui, { screen: 'explorer', selected: idOf(ref), grouping: 'nodes', zoom: 'auto', isReading: true, tab: 'describe', scroll: 0 });
}

export const WHY: Layer = {
  title: (w) => w.layers.why,
  bindings: [
    { keys: ['enter'], says: (w) => w.keys.why.ask, when: isUnpaid, does: ask },
    { keys: ['enter', 'right', 'l'], says: (w) => w.keys.why.readChain, when: isChoosing, does: (ui) => change(ui, { isReading: true, marked: 0 }) },
    { keys: ['escape', 'left', 'h'], says: (w) => w.keys.why.backToList, when: isReading, does: (ui) => change(ui, { isReading: false }) },
    { keys: ['escape', 'w', 'alt-w', 'i'], says: (w) => w.keys.common.backToPanes, when: isChoosing, does: closeSight },
    { keys: ['down', 'j'], shown: '↑↓', says: (w) => w.keys.why.nextTrouble, when: isChoosing, does: (ui) => choose(ui, 1) },
    { keys: ['up', 'k'], says: (w) => w.keys.common.oneBefore, when: isChoosing, does: (ui) => choose(ui, -1) },
    { keys: ['down', 'j'], shown: '↑↓', says: (w) => w.keys.why.nextLink, when: isReading, does: (ui) => mark(ui, 1) },
    { keys: ['up', 'k'], says: (w) => w.keys.why.linkBefore, when: isReading, does: (ui) => mark(ui, -1) },
    { keys: ['c'], says: (w) => w.keys.why.command, when: isReading, does: (ui) => { const chosen = lensOf(ui)?.links?.[sightOf(ui)?.marked ?? 0]; if (chosen) typeLine(ui, chosen.command); } },
    { keys: ['v'], says: (w) => w.keys.why.look, does: explore },
  ],
};

/** The keys of the stream of Events. */
import { idOf } from '../../engine/lens/lens-view.ts';
import type { Binding, Layer } from '../keys.ts';
import { editLine, EMPTY_LINE } from '../line-editor.ts';
import type { UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import { eventsOf, found, markedEvent } from './events.ts';
import { changedSight, closedSight, openedSight, typedLine } from './sights.ts';
import type { EventsSight } from './sight.ts';

export const openEvents = ({ state }: Ui): UiState => openedSight(state, { screen: 'events', filter: EMPTY_LINE, isFiltering: false, isWarningsOnly: false });

function sightOf(ui: Ui): EventsSight | undefined {
  const { sight } = ui.state.mission;
  return sight?.screen === 'events' ? sight : undefined;
}

const change = (ui: Ui, changed: Partial<EventsSight>) => changedSight(ui, 'events', changed);
const shown = (ui: Ui) => { const sight = sightOf(ui); return sight ? found(eventsOf(ui.view.mission?.lens)?.events ?? [], sight) : []; };
const marked = (ui: Ui) => markedEvent(shown(ui), sightOf(ui)?.selected);

/** At the end the stream is followed. */
function move(ui: Ui, step: number): UiState {
  const events = shown(ui);
  const now = marked(ui);
  if (!now) return ui.state;
  const next = Math.max(0, Math.min(events.length - 1, events.indexOf(now) + step));
  return change(ui, { selected: next === events.length - 1 ? undefined : events[next]!.id });
}

/** Looks at what the Event is about. */
function explore(ui: Ui): UiState {
  const event = marked(ui);
  return event ? openedSight(ui.state, { screen: 'explorer', selected: idOf(event.ref), grouping: 'nodes', zoom: 'auto', isReading: true, tab: 'describe', scroll: 0 }) : ui.state;
}

function typeCommand(ui: Ui): UiState {
  const event = marked(ui);
  return event ? typedLine(ui, `kubectl events --for ${event.ref.resource}/${event.ref.name}${event.ref.namespace ? ` -n ${event.ref.namespace}` : ''}`) : ui.state;
}

const moving: readonly Binding[] = [
  { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], says: (w) => w.keys.common.pageOn, does: (ui) => move(ui, ui.room.rows - 10) },
  { keys: ['pageup', 'ctrl-b', 'ctrl-u'], says: (w) => w.keys.common.pageBack, does: (ui) => move(ui, 10 - ui.room.rows) },
];

const STREAM: Layer = {
  title: (w) => w.layers.inEvents,
  bindings: [
    { keys: ['enter', 'v'], says: (w) => w.keys.events.look, when: (ui) => marked(ui) !== undefined, whyNot: (w) => w.whyNot.noneThere, does: explore },
    { keys: ['up', 'k'], shown: '↑↓', says: (w) => w.keys.events.earlier, does: (ui) => move(ui, -1) },
    { keys: ['down', 'j'], says: (w) => w.keys.events.later, does: (ui) => move(ui, 1) },
    { keys: ['/'], says: (w) => w.keys.events.filter, does: (ui) => change(ui, { isFiltering: true }) },
    { keys: ['w'], says: (w) => w.keys.events.warningsOnly, does: (ui) => change(ui, { isWarningsOnly: sightOf(ui)?.isWarningsOnly !== true }) },
    { keys: ['c'], says: (w) => w.keys.events.command, does: typeCommand },
    { keys: ['g', 'home'], says: (w) => w.keys.events.oldest, does: (ui) => move(ui, -Infinity) },
    { keys: ['G', 'end'], says: (w) => w.keys.events.newest, does: (ui) => change(ui, { selected: undefined }) },
    ...moving,
    { keys: ['escape'], says: (w) => w.keys.events.showAll, when: (ui) => sightOf(ui)?.filter.text !== '', does: (ui) => change(ui, { filter: EMPTY_LINE }) },
    { keys: ['escape', 'e', 'alt-e', 'i'], says: (w) => w.keys.common.backToPanes, does: closedSight },
  ],
};

const FILTER: Layer = {
  title: (w) => w.layers.findEvents,
  bindings: [
    { keys: ['enter', 'tab'], says: (w) => w.keys.common.keepThese, does: (ui) => change(ui, { isFiltering: false }) },
    { keys: ['escape'], says: (w) => w.keys.events.showAll, does: (ui) => change(ui, { isFiltering: false, filter: EMPTY_LINE }) },
    { keys: ['up'], says: (w) => w.keys.events.earlierOne, does: (ui) => move(ui, -1) },
    { keys: ['down'], says: (w) => w.keys.events.later, does: (ui) => move(ui, 1) },
    ...moving,
  ],
  types: (ui, key) => {
    const filter = editLine(sightOf(ui)?.filter ?? EMPTY_LINE, key, []);
    return filter && change(ui, { filter, selected: undefined });
  },
};

export const eventsLayer = ({ isFiltering }: EventsSight): Layer => (isFiltering ? FILTER : STREAM);

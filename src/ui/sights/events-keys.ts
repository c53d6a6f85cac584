/** The keys of the stream of Events. */
import { idOf } from '../../engine/lens/lens-view.ts';
import type { Binding, Layer } from '../keys.ts';
import { editLine, EMPTY_LINE } from '../line-editor.ts';
import type { Ui } from '../ui.ts';
import { eventsOf, found, markedEvent } from './events.ts';
import { changeSight, closeSight, openSight, typeLine } from './sights.ts';
import type { EventsSight } from './sight.ts';

export const openEvents = (ui: Ui): void => openSight(ui, { screen: 'events', filter: EMPTY_LINE, isFiltering: false, isWarningsOnly: false });

function sightOf(ui: Ui): EventsSight | undefined {
  const { sight } = ui.state.mission;
  return sight?.screen === 'events' ? sight : undefined;
}

const change = (ui: Ui, changed: Partial<EventsSight>) => changeSight(ui, 'events', changed);
const shown = (ui: Ui) => { const sight = sightOf(ui); return sight ? found(eventsOf(ui.game.view().mission?.lens)?.events ?? [], sight) : []; };
const marked = (ui: Ui) => markedEvent(shown(ui), sightOf(ui)?.selected);

/** At the end the stream is followed. */
function move(ui: Ui, step: number): void {
  const events = shown(ui);
  const now = marked(ui);
  if (!now) return;
  const next = Math.max(0, Math.min(events.length - 1, events.indexOf(now) + step));
  change(ui, { selected: next === events.length - 1 ? undefined : events[next]!.id });
}

/** Looks at what the Event is about. */
function explore(ui: Ui): void {
  const event = marked(ui);
  if (event) openSight(ui, { screen: 'explorer', selected: idOf(event.ref), grouping: 'nodes', zoom: 'auto', isReading: true, tab: 'describe', scroll: 0 });
}

function typeCommand(ui: Ui): void {
  const event = marked(ui);
  if (event) typeLine(ui, `kubectl events --for ${event.ref.resource}/${event.ref.name}${event.ref.namespace ? ` -n ${event.ref.namespace}` : ''}`);
}

const moving: readonly Binding[] = [
  { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], label: 'A page on', does: (ui) => move(ui, ui.room.rows - 10) },
  { keys: ['pageup', 'ctrl-b', 'ctrl-u'], label: 'A page back', does: (ui) => move(ui, 10 - ui.room.rows) },
];

const STREAM: Layer = {
  title: 'In the Events',
  bindings: [
    { keys: ['enter', 'v'], label: 'Look at what it is about', short: 'look', when: (ui) => marked(ui) !== undefined, whyNot: 'there is none', does: explore },
    { keys: ['up', 'k'], shown: '↑↓', label: 'An earlier one', short: 'move', does: (ui) => move(ui, -1) },
    { keys: ['down', 'j'], label: 'A later one', does: (ui) => move(ui, 1) },
    { keys: ['/'], label: 'Only those with these words: a reason, a kind, a name', short: 'filter', does: (ui) => change(ui, { isFiltering: true }) },
    { keys: ['w'], label: 'Warnings only, or all', short: 'warnings', does: (ui) => change(ui, { isWarningsOnly: sightOf(ui)?.isWarningsOnly !== true }) },
    { keys: ['c'], label: 'The command that lists its object’s Events, typed at the prompt', short: 'command', does: typeCommand },
    { keys: ['g', 'home'], label: 'The oldest', does: (ui) => move(ui, -Infinity) },
    { keys: ['G', 'end'], label: 'The newest, and follow them', does: (ui) => change(ui, { selected: undefined }) },
    ...moving,
    { keys: ['escape'], label: 'All Events again', short: 'show all', when: (ui) => sightOf(ui)?.filter.text !== '', does: (ui) => change(ui, { filter: EMPTY_LINE }) },
    { keys: ['escape', 'e', 'alt-e', 'i'], label: 'Back to the panes', short: 'back', does: closeSight },
  ],
};

const FILTER: Layer = {
  title: 'Find Events',
  bindings: [
    { keys: ['enter', 'tab'], label: 'Keep these', short: 'keep', does: (ui) => change(ui, { isFiltering: false }) },
    { keys: ['escape'], label: 'All Events again', short: 'show all', does: (ui) => change(ui, { isFiltering: false, filter: EMPTY_LINE }) },
    { keys: ['up'], label: 'An earlier one', does: (ui) => move(ui, -1) },
    { keys: ['down'], label: 'A later one', does: (ui) => move(ui, 1) },
    ...moving,
  ],
  types: (ui, key) => {
    const filter = editLine(sightOf(ui)?.filter ?? EMPTY_LINE, key, []);
    if (filter) change(ui, { filter, selected: undefined });
    return filter !== undefined;
  },
};

export const eventsLayer = ({ isFiltering }: EventsSight): Layer => (isFiltering ? FILTER : STREAM);

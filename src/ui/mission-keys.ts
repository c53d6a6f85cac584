/** The keys of a mission: which layers there are, those of a pane, and of the game itself. */
import type { Phrase } from '../language/words.ts';
import { SPEEDS, type Speed } from '../engine/view.ts';
import { editorLayer } from './text-editor-keys.ts';
import { insideOf, layoutOf, PANES } from './layout.ts';
import type { Binding, Layer } from './keys.ts';
import { focusedOn, isOver, leave, retry, toggleDoor } from './mission-deeds.ts';
import { paneRows } from './screens/mission.ts';
import { sightLayer } from './sights/layers.ts';
import { OPENING } from './sights/open-keys.ts';
import { asking, inMission, opened, type UiState } from './state/state.ts';
import { COPY, promptLayer, startCopying, toPrompt, TRANSCRIPT } from './terminal-keys.ts';
import { TABS } from './tabs-keys.ts';
import type { Ui } from './ui.ts';

/** The layers of the mission screen, top first. */
export function missionLayers(ui: Ui): Layer[] {
  const { isTyping, focus, editor, isCopying, sight } = ui.state.mission;
  if (isCopying) return [COPY];
  if (sight && !editor) return [sightLayer(sight), GAME];
  if (editor) return [editorLayer(editor.buffer)];
  return [...(isTyping ? [promptLayer(ui)] : focus === 'terminal' ? [TRANSCRIPT] : [READING]), GAME];
}

const scrolling: readonly Binding[] = [
  { keys: ['j', 'down'], shown: 'j k', says: (w) => w.keys.common.scrollDown, does: (ui) => scrollBy(ui, 1) },
  { keys: ['k', 'up'], says: (w) => w.keys.common.scrollUp, does: (ui) => scrollBy(ui, -1) },
  { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], says: (w) => w.keys.mission.pageDown, does: (ui) => scrollBy(ui, 10) },
  { keys: ['pageup', 'ctrl-b', 'ctrl-u'], says: (w) => w.keys.mission.pageUp, does: (ui) => scrollBy(ui, -10) },
  { keys: ['g', 'home'], says: (w) => w.keys.mission.toTop, does: (ui) => scrollBy(ui, -Infinity) },
  { keys: ['G', 'end'], says: (w) => w.keys.mission.toBottom, does: (ui) => scrollBy(ui, Infinity) },
];

const READING: Layer = { title: (w) => w.layers.inPane, bindings: [toPrompt, ...scrolling] };

const OVER: Phrase = (w) => w.whyNot.missionOver;

const GAME: Layer = {
  title: (w) => w.layers.inMission,
  bindings: [
    { keys: ['h', 'alt-h', 'f5'], says: (w) => w.keys.mission.hint, when: (ui) => !isOver(ui) && hasHints(ui), whyNot: (w) => w.whyNot.noHints, does: ({ state }) => opened(state, { kind: 'hint' }) },
    { keys: ['tab', 'alt-n'], says: (w) => w.keys.mission.nextPane, does: (ui) => nextPane(ui, 1) },
    { keys: ['shift-tab'], says: (w) => w.keys.mission.paneBefore, does: (ui) => nextPane(ui, -1) },
    { keys: ['p', 'alt-p', 'f6', 'space'], says: (w) => w.keys.mission.pause, when: (ui) => !isOver(ui), whyNot: OVER, does: (ui) => setSpeed(ui, (speed) => speed === 'paused' ? 1 : 'paused') },
    { keys: ['s', 'alt-s', 'f7'], says: (w) => w.keys.mission.pace, when: (ui) => !isOver(ui), whyNot: OVER, does: (ui) => setSpeed(ui, faster) },
    { keys: ['1', 'alt-1', 'f2'], says: (w) => w.keys.mission.mission, does: (ui) => focusedOn(ui, 'mission') },
    { keys: ['2', 'alt-2', 'f3'], says: (w) => w.keys.mission.terminal, does: (ui) => focusedOn(ui, 'terminal') },
    { keys: ['3', 'alt-3', 'f4'], says: (w) => w.keys.mission.cluster, does: (ui) => focusedOn(ui, 'cluster') },
    ...OPENING,
    ...TABS,
    { keys: ['c', 'alt-c', 'f9'], says: (w) => w.keys.mission.copy, does: startCopying },
    { keys: ['b'], says: (w) => w.keys.mission.briefingAgain, does: ({ state }) => opened(state, { kind: 'briefing', scroll: 0 }) },
    { keys: ['d', 'alt-enter'], says: (w) => w.keys.mission.debriefAgain, when: isOver, whyNot: (w) => w.whyNot.missionGoesOn, does: ({ state }) => opened(state, { kind: 'debrief', scroll: 0 }) },
    { keys: ['u', 'alt-z'], says: (w) => w.keys.mission.undo, when: (ui) => !isOver(ui) && hasCommands(ui), whyNot: (w) => w.whyNot.noCommand, does: ({ state }) => asking(state, { do: 'undo' }) },
    { keys: ['A', 'alt-o'], says: (w) => w.keys.mission.door, when: (ui) => ui.view.mission?.doorRefusal === undefined, whyNot: (w) => w.whyNot.doorShut, does: toggleDoor },
    { keys: ['R'], says: (w) => w.keys.mission.again, does: retry },
    { keys: ['q', 'alt-q'], says: (w) => w.keys.mission.leave, does: leave },
  ],
};

function nextPane({ state }: Ui, step: number): UiState {
  const next = PANES[(PANES.indexOf(state.mission.focus) + step + PANES.length) % PANES.length]!;
  return inMission(state, { sight: undefined, focus: next, isTyping: false });
}

function scrollBy({ state, room: size, theme, view }: Ui, rows: number): UiState {
  const { focus, scroll: offsets } = state.mission;
  if (focus === 'terminal' || !view.mission) return state;
  const room = insideOf(layoutOf(size, focus), focus);
  const total = paneRows(focus, view.mission, room, theme).length;
  return inMission(state, { scroll: { ...offsets, [focus]: Math.max(0, Math.min(offsets[focus] + rows, total - room.height)) } });
}

/** From its own pace to a hundred times, and back to its own. */
const faster = (speed: Speed): Speed => (speed === 'paused' ? 1 : SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length]!);

const setSpeed = ({ state, view: { mission } }: Ui, next: (speed: Speed) => Speed): UiState => (mission ? asking(state, { do: 'setSpeed', speed: next(mission.speed) }) : state);

const hasHints = (ui: Ui) => (ui.view.mission?.hints.length ?? 0) > 0;

const hasCommands = (ui: Ui) => ui.view.mission?.canUndo === true;

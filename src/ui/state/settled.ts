/** What follows by itself from the state and the game as it looks, whatever the message was. */
import type { GameView, MissionView } from '../../engine/view.ts';
import { lensOf } from '../sights/sight.ts';
import { atTab } from '../tabs.ts';
import { openText } from '../text-editor.ts';
import { tourAfter } from '../tour.ts';
import { uiOf } from '../ui.ts';
import { asking, inMission, opened, type UiState } from './state.ts';

/** The same state when there is nothing to follow. */
export function settled(state: UiState, view: GameView): UiState {
  const { mission } = view;
  const after = mission && state.screen === 'mission' ? FOLLOWING.reduce((now, follow) => follow(now, mission), state) : state;
  return looking(after, view);
}

const FOLLOWING: readonly ((state: UiState, view: MissionView) => UiState)[] = [inShell, editing, checking, withoutShutDoor, debriefed, submittingNext, guided];

function inShell(state: UiState, view: MissionView): UiState {
  const mission = atTab(state.mission, view);
  return mission === state.mission ? state : { ...state, mission };
}

/** The editor that a command has opened, or none. */
function editing(state: UiState, { editor: wanted }: MissionView): UiState {
  if (wanted?.id === state.mission.editor?.id) return state;
  return inMission(state, { editor: wanted && { id: wanted.id, buffer: openText(wanted.fileName, wanted.text, wanted.style, wanted.isReadOnly) } });
}

/** Has the engine look at what is being written. */
function checking(state: UiState): UiState {
  const { editor } = state.mission;
  if (!editor || editor.buffer.isReadOnly || editor.checked === editor.buffer.lines) return state;
  return asking(inMission(state, { editor: { ...editor, checked: editor.buffer.lines } }), { do: 'checkText', buffer: editor.buffer });
}

function withoutShutDoor(state: UiState, { door }: MissionView): UiState {
  const dialogs = door ? state.dialogs : state.dialogs.filter(({ kind }) => kind !== 'door');
  return dialogs.length === state.dialogs.length ? state : { ...state, dialogs };
}

/** Opens the debrief as the mission ends. */
function debriefed(state: UiState, { debrief }: MissionView): UiState {
  const isOver = debrief !== undefined;
  if (isOver === state.mission.isOver) return state;
  const after = inMission(state, { isOver });
  return isOver ? opened(after, { kind: 'debrief', scroll: 0 }) : after;
}

/** The next of the lines that wait, if the prompt is there. */
function submittingNext(state: UiState, { prompt }: MissionView): UiState {
  const [line, ...ahead] = state.mission.ahead;
  if (line === undefined || prompt.state === 'running' || state.asks.some((deed) => deed.do === 'submit')) return state;
  return asking(inMission(state, { ahead }), { do: 'submit', line });
}

/** On to the tour's next step, when this one is done. */
function guided(state: UiState, mission: MissionView): UiState {
  const tour = state.tour && tourAfter(state.tour, { mission, sight: state.mission.sight });
  return tour === state.tour ? state : { ...state, tour };
}

/** Asks the engine for what the screen needs to show, whenever that is something else. */
function looking(state: UiState, view: GameView): UiState {
  const { sight } = state.mission;
  const wanted = sight && lensOf(sight, uiOf(state, view).room);
  const lens = wanted && JSON.stringify(wanted);
  return lens === state.lens ? state : asking({ ...state, lens }, { do: 'look', lens: wanted });
}

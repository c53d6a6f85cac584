/** Several shells behind tabs of the terminal: each has its own line, lines typed ahead and place in what it printed. */
import type { MissionView } from '../engine/view.ts';
import type { Binding } from './keys.ts';
import { EMPTY_LINE } from './line-editor.ts';
import type { Line, Piece } from './text.ts';
import type { Theme } from './theme.ts';
import { asking, inMission, type MissionUi, type UiState } from './state/state.ts';
import type { Ui } from './ui.ts';

export type ParkedTab = Pick<MissionUi, 'line' | 'ahead' | 'terminalEnd' | 'editor'>;

const FRESH: ParkedTab = { line: EMPTY_LINE, ahead: [], terminalEnd: undefined, editor: undefined };
const TABS_MAX = 9;

const numbersOf = ({ tabs }: Pick<MissionView, 'tabs'>) => tabs?.map(({ tab }) => tab) ?? [0];
const countOf = ({ view }: Ui) => view.mission?.tabs?.length ?? 1;
const hasSeveral = (ui: Ui) => countOf(ui) > 1;

/** The mission with the shell that is looked at now; what was typed in the one before waits there, unless it has ended. */
export function atTab(mission: MissionUi, view: Pick<MissionView, 'tabs' | 'tab'>): MissionUi {
  const { tab: before = 0, line, ahead, terminalEnd, editor, parked = {} } = mission;
  const tab = view.tab ?? 0;
  if (tab === before) return mission;
  const open = numbersOf(view);
  const kept = Object.entries({ ...parked, [before]: { line, ahead, terminalEnd, editor } }).filter(([number]) => open.includes(Number(number)));
  return { ...mission, tab, ...(parked[tab] ?? FRESH), parked: Object.fromEntries(kept) };
}

const goToTab = ({ state }: Ui, tab: number): UiState => asking(inMission(state, { focus: 'terminal', isTyping: true, sight: undefined }), { do: 'chooseTab', tab });
const openTabs = ({ view: { mission } }: Ui) => (mission ? numbersOf(mission) : []);

/** In the first number that is free. */
function openTab(ui: Ui): UiState {
  const open = openTabs(ui);
  return goToTab(ui, Array.from({ length: TABS_MAX }, (_, tab) => tab).find((tab) => !open.includes(tab))!);
}

function step(ui: Ui, by: number): UiState {
  const open = openTabs(ui);
  return goToTab(ui, open.at((open.indexOf(ui.view.mission?.tab ?? 0) + by) % open.length)!);
}

/** The keys of tabs, at the prompt and elsewhere in a mission. */
export const TABS: readonly Binding[] = [
  { keys: ['+', 'alt-+', 'f11'], says: (w) => w.keys.shells.another, when: (ui) => countOf(ui) < TABS_MAX, whyNot: (w) => w.whyNot.shellsMax(TABS_MAX), does: openTab },
  { keys: [']', 'alt-]', 'f12'], says: (w) => w.keys.shells.nextShell, when: hasSeveral, whyNot: (w) => w.whyNot.onlyShell, does: (ui) => step(ui, 1) },
  { keys: ['[', 'alt-f12'], says: (w) => w.keys.shells.shellBefore, when: hasSeveral, whyNot: (w) => w.whyNot.onlyShell, does: (ui) => step(ui, -1) },
];

/** `1 quest  2 worker-1●`: nothing while there is one shell. */
export function shellTabs({ tabs, tab = 0 }: Pick<MissionView, 'tabs' | 'tab'>, theme: Theme): Line {
  return (tabs ?? []).flatMap(({ tab: number, machine, isRunning }): Piece[] => [
    { text: ' ' }, { text: ` ${number + 1} ${machine}${isRunning ? theme.glyphs.health.busy : ''} `, style: number === tab ? 'selected' : 'dim' },
  ]);
}

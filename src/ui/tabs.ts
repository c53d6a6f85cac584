/** Several shells behind tabs of the terminal: each has its own line, lines typed ahead and place in what it printed. */
import type { MissionView } from '../engine/view.ts';
import { EMPTY_LINE } from './line-editor.ts';
import type { MissionUi } from './state/state.ts';

export type ParkedTab = Pick<MissionUi, 'line' | 'ahead' | 'terminalEnd' | 'editor'>;

const FRESH: ParkedTab = { line: EMPTY_LINE, ahead: [], terminalEnd: undefined, editor: undefined };

export const numbersOf = ({ tabs }: Pick<MissionView, 'tabs'>) => tabs?.map(({ tab }) => tab) ?? [0];

/** The mission with the shell that is looked at now; what was typed in the one before waits there, unless it has ended. */
export function atTab(mission: MissionUi, view: Pick<MissionView, 'tabs' | 'tab'>): MissionUi {
  const { tab: before = 0, line, ahead, terminalEnd, editor, parked = {} } = mission;
  const tab = view.tab ?? 0;
  if (tab === before) return mission;
  const open = numbersOf(view);
  const kept = Object.entries({ ...parked, [before]: { line, ahead, terminalEnd, editor } }).filter(([number]) => open.includes(Number(number)));
  return { ...mission, tab, ...(parked[tab] ?? FRESH), parked: Object.fromEntries(kept) };
}

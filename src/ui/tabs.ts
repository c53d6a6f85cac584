/** Several shells behind tabs of the terminal: each has its own line, lines typed ahead and place in what it printed. */
import type { MissionView } from '../engine/view.ts';
import type { Binding } from './keys.ts';
import { EMPTY_LINE } from './line-editor.ts';
import type { Line, Piece } from './text.ts';
import type { Theme } from './theme.ts';
import type { MissionUi, Ui } from './ui.ts';

export type ParkedTab = Pick<MissionUi, 'line' | 'ahead' | 'terminalEnd' | 'editor'>;

const FRESH: ParkedTab = { line: EMPTY_LINE, ahead: [], terminalEnd: undefined, editor: undefined };
const TABS_MAX = 9;

const countOf = (ui: Ui) => ui.game.view().mission?.tabs?.length ?? 1;
const hasSeveral = (ui: Ui) => countOf(ui) > 1;

/** Goes to a shell; what was typed in the one before waits there. */
function goToTab(ui: Ui, tab: number): void {
  ui.withMission((actions, { tab: now = 0 }) => {
    const { line, ahead, terminalEnd, editor, parked = {} } = ui.state.mission;
    ui.changeMission({ ...(parked[tab] ?? FRESH), parked: { ...parked, [now]: { line, ahead, terminalEnd, editor } }, focus: 'terminal', isTyping: true, sight: undefined });
    actions.chooseTab(tab);
  });
}

function step(ui: Ui, by: number): void {
  const now = ui.game.view().mission?.tab ?? 0;
  goToTab(ui, (now + by + countOf(ui)) % countOf(ui));
}

/** The keys of tabs, at the prompt and elsewhere in a mission. */
export const TABS: readonly Binding[] = [
  { keys: ['+', 'alt-+', 'f11'], says: (w) => w.keys.shells.another, when: (ui) => countOf(ui) < TABS_MAX, whyNot: (w) => w.whyNot.shellsMax(TABS_MAX), does: (ui) => goToTab(ui, countOf(ui)) },
  { keys: [']', 'alt-]', 'f12'], says: (w) => w.keys.shells.nextShell, when: hasSeveral, whyNot: (w) => w.whyNot.onlyShell, does: (ui) => step(ui, 1) },
  { keys: ['[', 'alt-f12'], says: (w) => w.keys.shells.shellBefore, when: hasSeveral, whyNot: (w) => w.whyNot.onlyShell, does: (ui) => step(ui, -1) },
];

/** `1 quest  2 worker-1●`: nothing while there is one shell. */
export function shellTabs({ tabs, tab = 0 }: Pick<MissionView, 'tabs' | 'tab'>, theme: Theme): Line {
  return (tabs ?? []).flatMap(({ machine, isRunning }, index): Piece[] => [
    { text: ' ' }, { text: ` ${index + 1} ${machine}${isRunning ? theme.glyphs.health.busy : ''} `, style: index === tab ? 'selected' : 'dim' },
  ]);
}

/** The keys of the shells behind tabs. */
import type { Binding } from './keys.ts';
import { asking, inMission, type UiState } from './state/state.ts';
import { numbersOf } from './tabs.ts';
import type { Ui } from './ui.ts';

const TABS_MAX = 9;

const countOf = ({ view }: Ui) => view.mission?.tabs?.length ?? 1;
const hasSeveral = (ui: Ui) => countOf(ui) > 1;

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

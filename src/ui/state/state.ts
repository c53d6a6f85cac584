/** The state of the screens, as one plain object: which screen, which dialog, what is focused, typed and scrolled. */
import type { GameView, TextProblem } from '../../engine/view.ts';
import type { Words } from '../../language/words.ts';
import type { Pane } from '../layout.ts';
import { EMPTY_LINE, type EditedLine } from '../line-editor.ts';
import type { Sight } from '../sights/sight.ts';
import type { ParkedTab } from '../tabs.ts';
import type { Size } from '../terminal/screen-writer.ts';
import type { TextEditor } from '../text-editor.ts';
import type { ColourDepth } from '../theme.ts';
import type { Tour } from '../tour.ts';
import { BUSY, type Deed } from './deeds.ts';

export type Screen = 'title' | 'name' | 'players' | 'levels' | 'map' | 'progress' | 'sandbox' | 'settings' | 'mission';

export type Dialog =
  | { readonly kind: 'help' | 'briefing' | 'debrief'; readonly scroll: number }
  | { readonly kind: 'hint' | 'door' }
  | { readonly kind: 'manual'; readonly title: string; readonly text: string; readonly scroll: number }
  | { readonly kind: 'palette'; readonly query: EditedLine; readonly index: number }
  | { readonly kind: 'problem'; readonly text: string }
  | { readonly kind: 'confirm'; readonly title: string; readonly text: string; readonly yes: string; readonly no: string; readonly then: Deed };

/** What the terminal is like. */
interface Terminal {
  readonly size: Size;
  readonly depth: ColourDepth;
  /** Whether there is a shell to give it back to for a while. */
  readonly canSuspend: boolean;
}

export interface UiState extends Terminal {
  readonly screen: Screen;
  /** What lies over the screen, top last. */
  readonly dialogs: readonly Dialog[];
  /** What is being waited for. */
  readonly busy?: keyof Words['busy'];
  /** Ctrl-C was pressed once. */
  readonly isQuitArmed: boolean;
  readonly name: EditedLine;
  /** The marked line of the menu. */
  readonly menuIndex: number;
  readonly levels: { readonly selected?: string; readonly filter: EditedLine; readonly isFiltering: boolean };
  readonly mission: MissionUi;
  /** Being shown around, in the mission that is on the screen. */
  readonly tour?: Tour;
  /** The lens that the engine was last asked for. */
  readonly lens?: string;
  /** What the last message leads to. */
  readonly asks: readonly Deed[];
}

export interface OpenEditor {
  readonly id: number;
  readonly buffer: TextEditor;
  /** The lines that the engine was last asked about, and what is wrong with them; undefined where they are no manifest. */
  readonly checked?: readonly string[];
  readonly problems?: readonly TextProblem[] | undefined;
  /** What could be typed at the cursor; gone with the next key. */
  readonly offered?: readonly string[] | undefined;
}

export interface MissionUi {
  readonly focus: Pane;
  /** Keys go to the prompt; otherwise single letters are the game's. */
  readonly isTyping: boolean;
  readonly line: EditedLine;
  /** Lines typed ahead or pasted, submitted as the prompt comes back. */
  readonly ahead: readonly string[];
  readonly scroll: Readonly<Record<'mission' | 'cluster', number>>;
  /** The number (from the transcript's very first) of the last line shown; undefined follows the end. */
  readonly terminalEnd?: number;
  /** The transcript alone, without frames, for the terminal's own selection. */
  readonly isCopying?: boolean;
  readonly editor?: OpenEditor;
  /** The shell that is looked at, when it is not the first. */
  readonly tab?: number;
  /** The other shells as they were left, by their numbers. */
  readonly parked?: Readonly<Record<number, ParkedTab>>;
  /** What lies over the panes. */
  readonly sight?: Sight;
  /** The debrief has been shown. */
  readonly isOver: boolean;
}

export const NEW_MISSION: MissionUi = { focus: 'terminal', isTyping: true, line: EMPTY_LINE, ahead: [], scroll: { mission: 0, cluster: 0 }, isOver: false };

export function firstState({ player, players }: GameView, terminal: Terminal): UiState {
  return {
    ...terminal, screen: player ? 'title' : players.length > 0 ? 'players' : 'name',
    dialogs: [], isQuitArmed: false, name: EMPTY_LINE, menuIndex: 0, levels: { filter: EMPTY_LINE, isFiltering: false }, mission: NEW_MISSION, asks: [],
  };
}

export const inMission = (state: UiState, change: Partial<MissionUi>): UiState => ({ ...state, mission: { ...state.mission, ...change } });

export const goneTo = (state: UiState, screen: Screen): UiState => ({ ...state, screen, dialogs: [], menuIndex: 0, name: EMPTY_LINE });

export const opened = (state: UiState, dialog: Dialog): UiState => ({ ...state, dialogs: [...state.dialogs, dialog] });

export const closed = (state: UiState): UiState => ({ ...state, dialogs: state.dialogs.slice(0, -1) });

/** With another dialog in place of the top one: its scrolling. */
export const withTop = (state: UiState, dialog: Dialog): UiState => opened(closed(state), dialog);

export function asking(state: UiState, deed: Deed): UiState {
  const busy = BUSY[deed.do] ?? state.busy;
  return { ...state, ...(busy ? { busy } : {}), asks: [...state.asks, deed] };
}

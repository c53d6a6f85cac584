/** The user interface's own state, outside React: which screen, which dialog, what is focused, typed and scrolled. */
import { GameProblem, type Game, type GameView, type MissionActions, type MissionView, type Settings } from '../engine/view.ts';
import { EMPTY_LINE, type EditedLine } from './line-editor.ts';
import type { Layer } from './keys.ts';
import type { Pane } from './layout.ts';
import { looksSame } from './same-view.ts';
import { lensOf, type Sight } from './sights/sight.ts';
import type { Size } from './terminal/screen-writer.ts';
import { tourAfter, tourRows, type Tour } from './tour.ts';
import { atTab, type ParkedTab } from './tabs.ts';
import { openText, type TextEditor } from './text-editor.ts';
import { Painter } from './text.ts';
import { createTheme, type ColourDepth, type Theme } from './theme.ts';
import type { Words } from '../language/words.ts';

export type Screen = 'title' | 'name' | 'players' | 'levels' | 'map' | 'progress' | 'sandbox' | 'settings' | 'mission';

export type Dialog =
  | { kind: 'help'; layers: readonly Layer[]; scroll: number }
  | { kind: 'briefing'; scroll: number }
  | { kind: 'debrief'; scroll: number }
  | { kind: 'hint' }
  | { kind: 'door' }
  | { kind: 'manual'; title: string; text: string; scroll: number }
  | { kind: 'palette'; layers: readonly Layer[]; query: EditedLine; index: number }
  | { kind: 'problem'; text: string }
  | { kind: 'confirm'; title: string; text: string; yes: string; no: string; then: (ui: Ui) => void };

export interface UiState {
  readonly screen: Screen;
  /** What lies over the screen, top last. */
  readonly dialogs: readonly Dialog[];
  /** What is being waited for. */
  readonly busy?: string;
  /** Ctrl-C was pressed once. */
  readonly isQuitArmed: boolean;
  readonly name: EditedLine;
  /** The marked line of the menu. */
  readonly menuIndex: number;
  readonly levels: { readonly selected?: string; readonly filter: EditedLine; readonly isFiltering: boolean };
  readonly mission: MissionUi;
  /** Being shown around, in the mission that is on the screen. */
  readonly tour?: Tour;
  readonly size: Size;
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
  readonly editor?: { readonly id: number; readonly buffer: TextEditor };
  /** The shell that is looked at, when it is not the first. */
  readonly tab?: number;
  /** The other shells as they were left, by their numbers. */
  readonly parked?: Readonly<Record<number, ParkedTab>>;
  /** What lies over the panes. */
  readonly sight?: Sight;
}

const NEW_MISSION: MissionUi = { focus: 'terminal', isTyping: true, line: EMPTY_LINE, ahead: [], scroll: { mission: 0, cluster: 0 } };

export class Ui {
  readonly game: Game;
  readonly #listeners = new Set<() => void>();
  readonly #depth: ColourDepth;
  readonly #exit: () => void;
  /** Gives the terminal to the shell that started the game, until it is called back; missing where there is no such thing. */
  readonly suspend: (() => void) | undefined;
  #state: UiState;
  #painter: Painter;
  #settings: Settings;
  #language: string;
  #shown: GameView | undefined;
  #hadDebrief = false;
  #isSubmitting = false;
  /** The lens that the engine was last asked for. */
  #asked: string | undefined;

  constructor(game: Game, options: { depth: ColourDepth; size: Size; exit: () => void; suspend?: () => void }) {
    this.game = game;
    this.#depth = options.depth;
    this.#exit = options.exit;
    this.suspend = options.suspend;
    const { settings, language } = game.view();
    this.#settings = settings;
    this.#language = language;
    this.#painter = new Painter(createTheme(options.depth, settings, language));
    this.#state = {
      screen: game.view().player ? 'title' : game.view().players.length > 0 ? 'players' : 'name',
      dialogs: [], isQuitArmed: false, name: EMPTY_LINE, menuIndex: 0, levels: { filter: EMPTY_LINE, isFiltering: false }, mission: NEW_MISSION, size: options.size,
    };
    game.subscribe(() => this.#gameChanged());
  }

  get state(): UiState {
    return this.#state;
  }

  /** The game as it is drawn: the same until something looks otherwise. */
  get shown(): GameView {
    const now = this.game.view();
    if (this.#shown === undefined || !looksSame(this.#shown, now)) this.#shown = now;
    return this.#shown;
  }

  get painter(): Painter {
    return this.#painter;
  }

  get theme(): Theme {
    return this.#painter.theme;
  }

  get words(): Words {
    return this.theme.words;
  }

  /** The room for a mission: the screen without the strip of the tour. */
  get room(): Size {
    const { size, tour } = this.#state;
    return tour ? { columns: size.columns, rows: size.rows - tourRows(tour, size.columns, this.theme).length } : size;
  }

  get dialog(): Dialog | undefined {
    return this.#state.dialogs.at(-1);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly subscribeGame = (listener: () => void): (() => void) => this.game.subscribe(listener);

  change(change: Partial<UiState>): void {
    this.#state = { ...this.#state, ...change };
    this.#guide();
    this.#look();
    for (const listener of this.#listeners) listener();
  }

  changeMission(change: Partial<MissionUi>): void {
    this.change({ mission: { ...this.#state.mission, ...change } });
  }

  goTo(screen: Screen): void {
    this.change({ screen, dialogs: [], menuIndex: 0 });
  }

  openDialog(dialog: Dialog): void {
    this.change({ dialogs: [...this.#state.dialogs, dialog] });
  }

  /** Replaces the top dialog: its scrolling. */
  changeDialog(dialog: Dialog): void {
    this.change({ dialogs: [...this.#state.dialogs.slice(0, -1), dialog] });
  }

  closeDialog(): void {
    this.change({ dialogs: this.#state.dialogs.slice(0, -1) });
  }

  /** The mission that is played, as it looks and as it is acted on. */
  withMission(act: (actions: MissionActions, view: MissionView) => void): void {
    const actions = this.game.mission();
    const view = this.game.view().mission;
    if (actions && view) act(actions, view);
  }

  /** On to the tour's next step, when this one is done. */
  #guide(): void {
    const { tour, mission: { sight } } = this.#state;
    const { mission } = this.game.view();
    if (tour && mission) this.#state = { ...this.#state, tour: tourAfter(tour, { mission, sight }) };
  }

  /** Asks the engine for what the screen needs to show, whenever that is something else. */
  #look(): void {
    const lens = lensOf(this.#state.mission.sight, this.room);
    const asked = lens && JSON.stringify(lens);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.game.mission()?.look(lens);
  }

  /** Waits for what the game does; what the player can mend is shown, anything else is a bug and crashes. */
  attempt(busy: string, work: () => Promise<void>, then: () => void = () => {}): void {
    this.change({ busy });
    work().then(
      () => { this.change({ busy: undefined }); then(); },
      (error: unknown) => {
        this.change({ busy: undefined });
        if (!(error instanceof GameProblem)) throw error;
        this.openDialog({ kind: 'problem', text: error.message });
      },
    );
  }

  /** Begins a mission and shows its briefing when it is new. */
  begin(busy: string, start: () => Promise<void>, then: () => void = () => {}): void {
    this.attempt(busy, start, () => {
      const view = this.game.view().mission;
      this.#hadDebrief = false;
      this.#asked = undefined;
      const isNew = view !== undefined && view.elapsedMs === 0 && !view.isResumed && !view.isReplay && view.briefing !== '';
      this.change({ screen: 'mission', mission: view?.isReplay ? { ...NEW_MISSION, isTyping: false } : NEW_MISSION, tour: undefined, dialogs: isNew ? [{ kind: 'briefing', scroll: 0 }] : [] });
      this.#gameChanged();
      then();
    });
  }

  /** Submits the lines that wait, for as long as the prompt is there; the others follow as it comes back. */
  submitAhead(): void {
    if (this.#isSubmitting) return; // The game tells of changes while it takes a line.
    this.#isSubmitting = true;
    for (let [next, ...rest] = this.#state.mission.ahead; next !== undefined && this.#hasPrompt(); [next, ...rest] = this.#state.mission.ahead) {
      this.changeMission({ ahead: rest });
      this.game.mission()?.submit(next);
    }
    this.#isSubmitting = false;
  }

  #hasPrompt(): boolean {
    const { mission } = this.game.view();
    return mission !== undefined && mission.prompt.state !== 'running' && !mission.debrief;
  }

  quit(): void {
    this.#exit();
  }

  #gameChanged(): void {
    const { settings, language, mission } = this.game.view();
    if (settings !== this.#settings || language !== this.#language) this.#painter = new Painter(createTheme(this.#depth, settings, language));
    this.#settings = settings;
    this.#language = language;
    if (mission && this.#state.screen === 'mission') this.#missionChanged(mission);
    this.#guide();
    for (const listener of this.#listeners) listener();
  }

  #missionChanged(view: MissionView): void {
    const mission = atTab(this.#state.mission, view);
    if (mission !== this.#state.mission) this.changeMission(mission);
    const { editor } = this.#state.mission;
    const request = view.editor;
    if (request?.id !== editor?.id) {
      const buffer = request && openText(request.fileName, request.text, request.style, request.isReadOnly);
      this.changeMission({ editor: request && buffer && { id: request.id, buffer } });
    }
    if (!view.door && this.#state.dialogs.some(({ kind }) => kind === 'door')) this.change({ dialogs: this.#state.dialogs.filter(({ kind }) => kind !== 'door') });
    if (view.debrief && !this.#hadDebrief) this.openDialog({ kind: 'debrief', scroll: 0 });
    this.#hadDebrief = view.debrief !== undefined;
    this.submitAhead();
  }
}

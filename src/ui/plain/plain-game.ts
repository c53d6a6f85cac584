/** The whole game line by line: takes what is typed, tells what happens. Nothing is ever redrawn. */
import { GameProblem, type Game, type MissionActions, type MissionView } from '../../engine/view.ts';
import { wordsIn, type Words } from '../../language/words.ts';
import { COMMANDS, type PlainCommand } from './commands.ts';
import { editLineFile, openLineFile, type LineFile } from './line-file.ts';
import type { PlainOutput } from './output.ts';
import { briefingLines, debriefLines, goalChanges, levelLines, numbered } from './words.ts';

/** 'live': the cluster's time is the player's. 'stepped': it passes while commands run and when it is asked to. */
export type Pace = 'live' | 'stepped';

export interface PlainState {
  readonly place: 'players' | 'name' | 'levels' | 'mission' | 'left';
  readonly pace: Pace;
  readonly editor?: { readonly id: number; readonly file: LineFile };
  /** The goals as they were last told. */
  readonly told?: Pick<MissionView, 'objectives' | 'guards'>;
  readonly isDebriefed: boolean;
}

/** How finely time is cut while a command runs, what a command takes with the player, and what is too long. */
const STEP_MS = 250;
const THOUGHT_MS = 2_000;
const ENTER_MS = 5_000;
const ENDLESS_MS = 120_000;
const LAST_WAIT_MS = 600_000;

export class PlainGame {
  readonly game: Game;
  readonly out: PlainOutput;
  /** A person at a terminal, whose own lines are on the screen already. */
  readonly #isTerminal: boolean;
  #isSilent = false;
  #isBusy = false;
  state: PlainState;

  constructor(game: Game, out: PlainOutput, options: { pace: Pace; isTerminal: boolean }) {
    this.game = game;
    this.out = out;
    this.#isTerminal = options.isTerminal;
    this.state = { place: 'levels', pace: options.pace, isDebriefed: false };
    game.subscribe(() => this.#follow());
  }

  get words(): Words {
    return wordsIn(this.game.view().language);
  }

  change(change: Partial<PlainState>): void {
    this.state = { ...this.state, ...change };
  }

  /** What there is to see first. */
  async start(level?: string): Promise<void> {
    const { plain: words, title } = this.words;
    this.out.say([words.welcome]);
    if (level) return this.begin(level, { unlock: true });
    const { player, players } = this.game.view();
    if (player) return this.toLevels();
    this.change({ place: players.length > 0 ? 'players' : 'name' });
    this.out.say(players.length > 0 ? [words.who, ...players.map(({ name, stars }, index) => `  ${index + 1}. ${name}, ${words.stars(stars)}`), words.numberOrName] : [`${title.nameQuestion} ${title.nameNote}`]);
  }

  /** The prompt once more, where something was said behind the last one. */
  promptAgain(): void {
    if (this.out.hasSpoken && !this.#isBusy) this.prompt();
  }

  prompt(): void {
    if (this.state.place === 'left' || !this.#isTerminal) return;
    const { mission } = this.game.view();
    const isAtShell = this.state.place === 'mission' && mission && !mission.debrief && !this.state.editor;
    this.out.prompt(isAtShell ? mission.prompt.spans.map(({ text }) => text).join('') : this.state.editor ? `${this.state.editor.file.name}: ` : '> ');
  }

  /** One line of input, to its end. */
  async take(line: string): Promise<void> {
    if (this.#isTerminal) this.out.entered();
    this.#isBusy = true;
    try {
      await this.#take(line);
    } catch (error) {
      if (!(error instanceof GameProblem)) throw error;
      this.out.say([error.message]);
    }
    this.#isBusy = false;
    this.out.endLine();
  }

  /** What happens meanwhile is not told. */
  async silently(act: () => Promise<void> | void): Promise<void> {
    this.#isSilent = true;
    try {
      await act();
    } finally {
      this.#isSilent = false;
    }
    const view = this.game.view().mission;
    if (view) this.out.skip(view.transcript);
  }

  /** There will be no more lines: what was begun gets the time to come true. */
  async end(): Promise<void> {
    if (this.state.place === 'mission' && this.state.pace === 'stepped') await this.pass(LAST_WAIT_MS);
    if (this.state.place === 'mission') await this.game.mission()?.quit();
    this.change({ place: 'left' });
  }

  /** Lets so much of the cluster's time pass at once; ends early when the mission does. */
  async pass(ms: number): Promise<void> {
    const mission = this.game.mission();
    const untilMs = this.#elapsedMs() + ms;
    if (this.game.view().mission?.speed !== 1) mission?.setSpeed(1);
    while (mission && this.#elapsedMs() < untilMs && !this.game.view().mission?.debrief) await mission.tick(Math.min(1000, untilMs - this.#elapsedMs()));
  }

  async toLevels(): Promise<void> {
    await this.game.warmUp?.();
    this.change({ place: 'levels', editor: undefined });
    const view = this.game.view();
    const next = numbered(view.worlds).findIndex(({ state }) => state === 'started' || state === 'open') + 1;
    this.out.say([...levelLines(view, this.words), '', this.words.plain.levelsNote(next)]);
  }

  async begin(id: string, options: { fresh?: boolean; unlock?: boolean } = {}): Promise<void> {
    await this.arrive(() => this.game.startLevel(id, options));
  }

  /** Into a mission, with its briefing. */
  async arrive(start: () => Promise<void>): Promise<void> {
    this.change({ place: 'levels', editor: undefined, told: undefined, isDebriefed: false });
    await start();
    const view = this.game.view().mission;
    if (!view) return;
    this.out.skip({ ...view.transcript, lines: [] });
    this.change({ place: 'mission', told: view });
    this.out.say([...briefingLines(view, this.words), '', view.isResumed ? this.words.plain.resumed : '', this.state.pace === 'live' ? this.words.plain.liveNote : this.words.plain.steppedNote]);
    this.#follow();
  }

  /** Ctrl-C: ends the command that runs; false when there is none. */
  interrupt(): boolean {
    const { mission } = this.game.view();
    if (this.state.place !== 'mission' || mission?.prompt.state !== 'running') return false;
    this.game.mission()?.interrupt();
    return true;
  }

  async #take(line: string): Promise<void> {
    if (this.state.editor) return this.#edit(this.state.editor.file, line);
    const [, name, rest = ''] = /^\s*:([a-z?]+)(?:\s+(.*))?$/.exec(line) ?? [];
    const command = name === undefined ? undefined : COMMANDS.find((candidate) => candidate.names.some((known) => known === name));
    if (command) return this.#command(command, rest.trim());
    if (name !== undefined && this.state.place !== 'mission') return this.out.say([this.words.plain.noCommand(name)]);
    switch (this.state.place) {
      case 'players': case 'name': return this.#choosePlayer(line.trim());
      case 'levels': return this.#chooseLevel(line.trim());
      case 'mission': return this.#submit(line);
      case 'left': return undefined;
    }
  }

  async #command(command: PlainCommand, rest: string): Promise<void> {
    const why = command.unless?.(this);
    if (why) return this.out.say([why]);
    const mission = this.state.place === 'mission' ? this.game.view().mission : undefined;
    await command.does(this, rest, mission);
  }

  async #choosePlayer(text: string): Promise<void> {
    if (!text) return;
    const { players } = this.game.view();
    const chosen = this.state.place === 'players' ? players[Number(text) - 1] ?? players.find(({ name }) => name === text) : undefined;
    await (chosen ? this.game.choosePlayer(chosen.id) : this.game.createPlayer(text));
    await this.toLevels();
  }

  async #chooseLevel(text: string): Promise<void> {
    if (!text) return;
    const { worlds } = this.game.view();
    const levels = numbered(worlds);
    const level = /^\d+$/.test(text) ? levels[Number(text) - 1] : levels.find(({ id }) => id === text);
    if (level?.state === 'locked') return this.out.say([this.words.plain.lockedLevel(level.title, level.needs?.join(', ') ?? '', text)]);
    if (level) return this.begin(level.id);
    const words = text.toLowerCase().split(/\s+/);
    const found = levelLines({ worlds }, this.words, ({ title, teaches }, world) => words.every((word) => `${title} ${world.title} ${teaches.join(' ')}`.toLowerCase().includes(word)));
    this.out.say(found.length > 0 ? found : [this.words.plain.noLevel(text, levels.length)]);
  }

  async #submit(line: string): Promise<void> {
    const mission = this.game.mission();
    const view = this.game.view().mission;
    if (!mission || !view) return;
    if (view.debrief) return this.out.say([this.words.plain.overAdvice]);
    if (line.trim() === '' && this.state.pace === 'stepped' && view.prompt.state === 'ready') return this.pass(ENTER_MS);
    this.#follow();
    if (this.#isTerminal) await this.silently(() => mission.submit(line));
    else mission.submit(line);
    await this.#runToPrompt(mission);
    if (this.state.pace === 'stepped' && !this.state.editor) await this.pass(THOUGHT_MS);
  }

  /** Until the prompt is back, an editor opens or the mission is over. */
  async #runToPrompt(mission: MissionActions): Promise<void> {
    const sinceMs = this.#elapsedMs();
    const isRunning = () => {
      const view = this.game.view().mission;
      return view !== undefined && view.prompt.state === 'running' && !view.debrief && !(view.editor && this.state.editor);
    };
    while (isRunning()) {
      if (this.state.pace === 'live') await this.#nextChange();
      else await mission.tick(STEP_MS);
      if (this.state.pace === 'stepped' && isRunning() && this.#elapsedMs() - sinceMs > ENDLESS_MS) {
        this.out.say([this.words.plain.stopped(ENDLESS_MS / 1000)]);
        mission.interrupt();
        await mission.tick(STEP_MS);
        await mission.tick(STEP_MS);
      }
    }
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.game.subscribe(() => { stop(); resolve(); });
    });
  }

  async #edit(before: LineFile, line: string): Promise<void> {
    const { file, say } = editLineFile(before, line, this.words.plain.file);
    this.out.say(say);
    if (!file.isClosed) return this.change({ editor: { ...this.state.editor!, file } });
    const mission = this.game.mission();
    this.change({ editor: undefined });
    mission?.closeEditor(file.written);
    if (mission) await this.#runToPrompt(mission);
  }

  #elapsedMs(): number {
    return this.game.view().mission?.elapsedMs ?? 0;
  }

  /** Tells all that was written and all that came true. */
  #follow(): void {
    const view = this.game.view().mission;
    if (this.state.place !== 'mission' || !view || this.#isSilent) return;
    this.out.follow(view.transcript);
    const { told } = this.state;
    if (told && (told.objectives !== view.objectives || told.guards !== view.guards)) {
      this.change({ told: view });
      this.out.say(goalChanges(told, view, this.words));
    }
    if (view.editor && view.editor.id !== this.state.editor?.id) {
      const file = openLineFile(view.editor.fileName, view.editor.text);
      this.change({ editor: { id: view.editor.id, file } });
      this.out.say([this.words.plain.file.open(file.name, file.lines.length), ...this.words.plain.file.help]);
    }
    if (view.debrief && !this.state.isDebriefed) {
      this.change({ isDebriefed: true });
      this.out.say(debriefLines(view.title, view.debrief, this.words));
    }
  }
}

/** A mission as the screen drives it: real ticks in, views out, one thing at a time. */
import { english } from '../language/english.ts';
import type { Words } from '../language/words.ts';
import { completeLine } from '../shell/completion.ts';
import { helpForWord, type WordHelp } from '../shell/word-help.ts';
import { ClusterViewer } from './cluster-view.ts';
import { completeField } from './field-completion.ts';
import { LensMaker } from './lens/lens-maker.ts';
import { idOf, type Lens, type ObjectRef } from './lens/lens-view.ts';
import { manifestProblems } from './manifest-check.ts';
import { type Attempt, type Input, newAttempt, until, withoutLastCommand, TERMINALS_MAX } from './mission/attempt.ts';
import { Mission } from './mission/mission.ts';
import { debriefOf } from './mission-look.ts';
import type { Level } from './pack/level.ts';
import { PackError } from './pack/problems.ts';
import { type DoorOpener, SessionDoor } from './session-door.ts';
import { SessionPicture } from './session-picture.ts';
import { SessionTabs } from './session-tabs.ts';
import { type Completion, type DebriefView, type FieldCompletion, GameProblem, type MissionActions, type MissionView, type Speed, type TextProblem } from './view.ts';

/** How long a tick may be made of virtual time: a machine that slept does not make the cluster hurry. */
const TICK_MAX_MS = 2000;

/** The longest step to the next change, in virtual time. */
const STEP_MAX_MS = 60_000;

/** How often an attempt is kept while nothing is typed: what is lost with a crash is time alone. */
const KEEP_EVERY_MS = 20_000;

/** Longer texts are not looked at with every key. */
const CHECKED_MAX = 100_000;

export interface SessionHost {
  changed(): void;
  /** Keeps the attempt; called after each input and now and then. */
  keep(attempt: Attempt): void;
  /** The mission is over. */
  finished(mission: Mission): void;
  nextLevel(level: Level): { id: string; title: string } | undefined;
  left(): Promise<void>;
  editorStyle(): 'vi' | 'nano';
  /** The language that is spoken; English where that is missing. */
  words?(): Words;
  /** Lets the player's own tools in; missing where that cannot be. */
  openDoor?: DoorOpener;
  /** Lets others have their turn while a scene is built. */
  breathe?: (() => Promise<void>) | undefined;
}

export interface SessionOptions { level: Level; attempt: Attempt; isSandbox: boolean; host: SessionHost }

export class MissionSession implements MissionActions {
  #options: SessionOptions;
  readonly #tabs = new SessionTabs(() => this.#mission.terminals);
  #mission!: Mission;
  #viewer!: ClusterViewer;
  #lenses!: LensMaker;
  #lens: Lens | undefined;
  #speed: Speed = 1;
  #debrief: DebriefView | undefined;
  #serial: Promise<unknown> = Promise.resolve();
  #view: MissionView | undefined;
  #picture = new SessionPicture();
  #unkeptMs = 0;
  #owedMs = 0;
  #isResumed = false;
  #told = false;
  readonly #door: SessionDoor;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#door = new SessionDoor({
      open: options.host.openDoor, mission: () => this.#mission, exclusive: (act) => this.#exclusive(act), tell: (text) => this.tell(text),
      changed: () => {
        this.#changed();
        void this.#exclusive(() => this.#refreshLens()).then(() => this.#afterStep());
      },
    });
  }

  /** Builds the scene, or brings a mission that was left back to where it was. Throws GameProblem. */
  static async open(options: SessionOptions): Promise<MissionSession> {
    const session = new MissionSession(options);
    await session.#load(options.attempt);
    return session;
  }

  get attempt(): Attempt { return this.#mission.attempt; }

  get isSandbox(): boolean { return this.#options.isSandbox; }

  get #words(): Words { return this.#options.host.words?.() ?? english; }

  get #problems(): Words['problems'] { return this.#words.problems; }

  view(): MissionView {
    return this.#view ??= this.#picture.view({
      mission: this.#mission, tabs: this.#tabs, door: this.#door, cluster: this.#viewer.view(), lens: this.#lens && this.#lenses.view,
      isSandbox: this.#options.isSandbox, isResumed: this.#isResumed, speed: this.#speed, debrief: this.#debrief,
    });
  }

  submit(line: string, tab = this.#tabs.active): void {
    const command = this.#tabs.typed(line, tab);
    if (command === undefined) return this.#changed();
    this.#act(() => this.#mission.submit(command, tab), tab);
  }

  interrupt(typed?: string, tab = this.#tabs.active): void {
    if (typed !== undefined && !this.#mission.terminals.at(tab).isBusy) this.#tabs.givenUp(typed, tab);
    this.#act(() => this.#mission.interrupt(tab), tab);
  }

  chooseTab(tab: number): void {
    if (tab < 0 || tab >= TERMINALS_MAX) return;
    this.#tabs.choose(tab);
    this.#changed();
  }

  endInput(): void { this.interrupt(); }

  async complete(text: string, cursor: number): Promise<Completion> {
    return this.#exclusive(() => completeLine(this.#mission.terminals.at(this.#tabs.active), text, cursor));
  }

  async checkText(text: string): Promise<readonly TextProblem[] | undefined> {
    if (text.length > CHECKED_MAX) return undefined;
    return /^ *"?apiVersion"?:/m.test(text) && /^ *"?kind"?:/m.test(text) ? manifestProblems(text, { mayDefineKinds: true }) : undefined;
  }

  async completeField(lines: readonly string[], row: number, column: number): Promise<FieldCompletion> { return completeField(lines, row, column); }

  async explainWord(text: string, cursor: number): Promise<WordHelp | undefined> {
    return this.#exclusive(() => helpForWord(this.#mission.terminals.at(this.#tabs.active), text, cursor));
  }

  setSpeed(speed: Speed): void {
    if (this.#mission.level.exam) return this.tell(this.#problems.examClock);
    this.#speed = speed;
    this.#changed();
  }

  askWhy(ref: ObjectRef): void {
    this.#mission.askWhy(idOf(ref));
    this.#keep();
    void this.#exclusive(() => this.#refreshLens()).then(() => this.#changed());
  }

  takeHint(): void {
    this.#mission.takeHint();
    this.#keep();
    this.#changed();
  }

  async undoLastCommand(): Promise<void> {
    if (this.#mission.level.exam) throw new GameProblem(this.#problems.examUndo);
    const before = withoutLastCommand(this.#mission.attempt);
    if (!before) throw new GameProblem(this.#problems.nothingToUndo);
    await this.#exclusive(async () => {
      const undone = this.#mission.commands.at(-1) ?? '';
      await this.#load(structuredClone(before));
      this.#tabs.say(this.#problems.undone(undone.split('\n')[0]!), 'accent');
    });
    this.#keep();
    this.#changed();
  }

  async stepTime(): Promise<void> {
    this.#speed = 'paused';
    if (this.#debrief) return;
    await this.#exclusive(async () => {
      await this.#mission.advanceToChange(STEP_MAX_MS);
      await this.#refreshLens();
    });
    this.#afterStep();
  }

  async fork(elapsedMs: number): Promise<void> {
    await this.#exclusive(async () => {
      await this.#load(structuredClone(until(this.#mission.attempt, elapsedMs)));
      this.#tabs.say(this.#problems.goneBack(Math.round(elapsedMs / 1000)), 'accent');
      await this.#refreshLens();
    });
    this.#keep();
    this.#changed();
  }

  async retry(): Promise<void> {
    await this.#exclusive(async () => {
      const { level, attempt } = this.#options;
      this.#tabs.reset();
      await this.#load(newAttempt(level.id, attempt.packDigest, `${attempt.seed}+`, attempt.id, attempt.player));
    });
    this.#keep();
    this.#changed();
  }

  /** Begins again with the level as it is now. Throws GameProblem when it cannot be played. */
  async reload(level: Level, packDigest: string): Promise<void> {
    await this.#exclusive(async () => {
      const { id, seed, player } = this.#options.attempt;
      this.#options = { ...this.#options, level };
      this.#tabs.reset();
      await this.#load(newAttempt(level.id, packDigest, seed, id, player));
      this.#tabs.say(this.#problems.changed, 'accent');
    });
    this.#changed();
  }

  /** Says something to the player beside what the cluster says. */
  tell(text: string): void {
    for (const line of text.split('\n')) this.#tabs.say(line, 'warning');
    this.#changed();
  }

  async quit(): Promise<void> {
    await this.#door.close();
    await this.#serial;
    this.#keep();
    await this.#options.host.left();
  }

  /** What a client outside asked in an attempt that is seen again. */
  repeatOutside(input: Extract<Input, { do: 'outside' }>): void { this.#act(async () => this.#mission.repeatOutside(input)); }

  closeDoor(): Promise<void> { return this.#door.close(); }

  toggleDoor(): Promise<void> { return this.#door.toggle(); }

  clear(): void {
    this.#tabs.transcript.clear();
    this.#changed();
  }

  look(lens: Lens | undefined): void {
    this.#lens = lens;
    if (!lens) return this.#changed();
    void this.#exclusive(() => this.#refreshLens()).then(() => this.#changed());
  }

  async #refreshLens(): Promise<void> {
    if (this.#lens) await this.#lenses.refresh(this.#lens);
  }

  closeEditor(text: string | undefined, tab = this.#tabs.active): void {
    this.#tabs.at(tab).editor = undefined;
    this.#act(() => this.#mission.closeEditor(text, tab), tab);
  }

  /** Lets time pass; after the end only as long as something that was typed runs, so that one can look around. */
  async tick(realMs: number): Promise<void> {
    if (this.#speed === 'paused' || (this.#debrief && !this.#mission.terminals.isBusy)) return;
    this.#owedMs += Math.min(realMs, TICK_MAX_MS) * Number(this.#speed);
    await this.#exclusive(async () => {
      const wholeMs = Math.floor(this.#owedMs); // A cluster's clock knows no part of a millisecond.
      this.#owedMs -= wholeMs;
      await this.#mission.advance(wholeMs);
      await this.#refreshLens();
    });
    this.#afterStep();
    this.#unkeptMs += realMs;
    if (this.#unkeptMs >= KEEP_EVERY_MS) this.#keep();
  }

  /** What the player does waits for the tick that runs, and shows as running until it is taken in. */
  #act(deed: () => Promise<void>, tab = this.#tabs.active): void {
    const at = this.#tabs.at(tab);
    at.deeds++;
    this.#changed();
    void this.#exclusive(async () => {
      await deed();
      await this.#mission.advance(0);
      await this.#refreshLens();
    }).finally(() => {
      at.deeds--;
      this.#keep();
      this.#afterStep();
    });
  }

  #afterStep(): void {
    if (this.#mission.fault && !this.#told) {
      this.#told = true;
      this.#tabs.say(this.#problems.mistake(this.#mission.fault.message), 'warning');
    }
    if (this.#mission.isOver && !this.#debrief) {
      this.#debrief = debriefOf(this.#mission, this.#options.host.nextLevel(this.#mission.level));
      void this.#door.close();
      this.#options.host.finished(this.#mission);
    }
    this.#changed();
  }

  #keep(): void {
    this.#unkeptMs = 0;
    const { attempt, isOver } = this.#mission;
    if (!isOver) this.#options.host.keep({ ...attempt, inputs: [...attempt.inputs] }); // no input ever changes
  }

  async #load(attempt: Attempt): Promise<void> {
    const isResumed = this.#isResumed = attempt.inputs.length > 0 || attempt.elapsedMs > 0;
    this.#tabs.beforeLoad(isResumed);
    this.#debrief = undefined;
    try {
      const output = {
        words: this.#words,
        write: (_stream: 'stdout' | 'stderr', text: string, tab: number) => this.#tabs.at(tab).transcript.write(text),
        edit: (fileName: string, text: string, tab: number) => this.#tabs.edit(tab, { fileName, text, style: this.#options.host.editorStyle() }),
        closed: (tab: number) => this.#tabs.closed(tab),
        repeated: (prompt: string, line: string, tab: number) => this.#tabs.repeated(prompt, line, tab),
        say: (text: string) => this.#tabs.say(text, 'accent'),
        outside: (line: string) => this.#tabs.say(`${this.#problems.outside}: ${line}`, 'dim'),
        ...(this.#options.host.breathe ? { breathe: this.#options.host.breathe } : {}),
      };
      const { level } = this.#options;
      this.#mission = isResumed ? await Mission.replay(level, attempt, output) : await Mission.start(level, attempt, output);
      this.#tabs.loaded(attempt.inputs.flatMap((input) => (input.do === 'run' ? [input.line] : [])));
      if (isResumed) await this.#door.clear();
      this.#door.enter();
      this.#viewer = new ClusterViewer(this.#mission.cluster);
      this.#lenses = new LensMaker(this.#mission);
      this.#picture = new SessionPicture();
    } catch (error) {
      if (error instanceof PackError) throw new GameProblem(this.#problems.unplayable(error.message));
      throw error;
    }
  }

  /** One driver at a time: ticks, undo and completion wait for each other. */
  #exclusive<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#serial.then(act);
    this.#serial = result.catch(() => undefined);
    return result;
  }

  #changed(): void {
    this.#view = undefined;
    this.#options.host.changed();
  }
}

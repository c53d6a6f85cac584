/** A level being played: its cluster, its terminal, its goals, and the record of what the player did. */
import { english } from '../../language/english.ts';
import type { Words } from '../../language/words.ts';
import { Cluster } from '../../cluster/cluster.ts';
import { PlayerShell } from '../../shell/player-shell.ts';
import { isIncomplete } from '../../shell/syntax.ts';
import { applyManifests, ManifestError, parseManifests } from '../manifests.ts';
import { nodeGroupsOf, nodesOf } from '../nodes.ts';
import { type Goals, GoalTracker } from '../objectives.ts';
import { durationMs, type Level } from '../pack/level.ts';
import { PackError } from '../pack/problems.ts';
import { drawnFor } from '../pack/read-level.ts';
import { layOut } from './home.ts';
import { type Score, scoreOf, whyCost } from '../score/score.ts';
import type { Attempt, Input } from './attempt.ts';
import { type Call, Outside } from './outside.ts';
import { RequestLog } from '../xray/request-log.ts';
import { checkWorld } from './check-world.ts';
import { notedWorld, type NotedWorld } from './noted-world.ts';
import { Terminals } from './terminals.ts';
import { TrafficSource } from './traffic.ts';

const SAMPLE_MS = 1000;
const SETUP_MS = 20_000; // time for what was set up to come to rest
const PREPARE_LIMIT_MS = 600_000;
const ARRIVAL_MS = 5_000;
/** What ends an exam, as an answer. */
const HAND_IN = 'hand-in';

/** How a pack is tested: other goals are followed beside the level's own, and the mission goes on after its end. */
export interface Proving { others: readonly Goals[] }

/** What a mission tells its screen, and in which language. */
export interface MissionOutput {
  /** English unless given. */
  words?: Words;
  /** `tab`: which of the player's shells. */
  write(stream: 'stdout' | 'stderr', text: string, tab: number): void;
  /** An editor is wanted; answered with `closeEditor`. */
  edit?(fileName: string, text: string, tab: number): void;
  /** A shell has ended. */
  closed?(tab: number): void;
  /** A command line has ended. */
  ended?(line: string, exit: number): void;
  /** The player's own kubectl was told something. */
  outside?(line: string): void;
  /** Something happens in the story. */
  say?(text: string): void;
  /** A line taken in again from an attempt, with the prompt it was typed at. */
  repeated?(prompt: string, line: string, tab: number): void;
  /** Any input of an attempt, just before it is taken in again. */
  taken?(input: Input): void;
  /** Called now and then while the scene is built. */
  breathe?(): Promise<void>;
}

export class Mission {
  readonly level: Level;
  readonly cluster: Cluster;
  readonly terminals: Terminals;
  readonly goals: GoalTracker;
  /** The trackers of `Proving.others`. */
  readonly others: readonly GoalTracker[];
  readonly attempt: Attempt;
  /** The player's own tools, when they are let in. */
  readonly outside: Outside;
  /** The language it speaks to the player. */
  readonly words: Words;
  readonly #output: MissionOutput;
  readonly #traffic: TrafficSource[];
  readonly #noted: NotedWorld | undefined;
  readonly #answers: string[] = [];
  readonly #commands: string[] = [];
  #isMuted = true;
  #startMs = 0;
  #endMs: number | undefined;
  /** What the API server was asked, for the x-ray; nothing is kept while a pack is proven. */
  requests: RequestLog | undefined;
  /** The pack's mistake, found while playing. */
  fault: Error | undefined;

  private constructor(level: Level, attempt: Attempt, cluster: Cluster, output: MissionOutput, proving: Proving | undefined) {
    this.level = level;
    this.attempt = attempt;
    this.cluster = cluster;
    this.outside = new Outside(cluster);
    this.#output = output;
    this.words = output.words ?? english;
    const { edit } = output;
    this.terminals = new Terminals({
      cluster,
      write: (stream, text, tab) => { if (!this.#isMuted) output.write(stream, text, tab); },
      ...(edit ? { edit: (fileName, text, tab) => { if (!this.#isMuted) edit(fileName, text, tab); } } : {}),
      answer: (word) => void this.#answers.push(word.trim().toLowerCase()),
      ended: (tab) => output.closed?.(tab),
    });
    this.#traffic = (level.traffic ?? []).map((spec) => new TrafficSource(cluster, spec));
    const world = checkWorld(cluster, {
      commands: this.#commands, answers: this.#answers,
      traffic: (name) => this.#traffic.find((source) => source.spec.name === name)?.result ?? { sent: 0, failed: 0, success: 1 },
    });
    this.#noted = proving ? notedWorld(world) : undefined;
    this.goals = new GoalTracker(level, this.#noted?.world ?? world, this.words);
    this.others = (proving?.others ?? []).map((goals) => new GoalTracker(goals, this.#noted!.world));
  }

  /** Builds the scene of a level. Throws PackError when the level's own setup fails. */
  static async start(written: Level, attempt: Attempt, output: MissionOutput, proving?: Proving, startMs?: number): Promise<Mission> {
    const level = drawnFor(written, attempt);
    const requests = proving ? undefined : new RequestLog();
    const cluster = new Cluster({ ...(requests ? { onRequest: (record) => requests.keep(record) } : {}), startMs, seed: attempt.seed, nodes: nodesOf(level.cluster.nodes, level.cluster.addons), addons: level.cluster.addons, nodeGroups: nodeGroupsOf(level.cluster.nodeGroups) });
    await cluster.boot();
    const mission = new Mission(level, attempt, cluster, output, proving);
    mission.requests = requests;
    await mission.#setTheScene();
    return mission;
  }

  /** The same mission again, brought to where the attempt ends. */
  static async replay(level: Level, attempt: Attempt, output: MissionOutput): Promise<Mission> {
    const { inputs, elapsedMs } = attempt;
    const mission = await Mission.start(level, { ...attempt, inputs: [], elapsedMs: 0 }, output);
    for (const input of inputs) {
      await mission.advanceTo(input.atMs);
      await mission.#repeat(input);
    }
    await mission.advanceTo(elapsedMs);
    return mission;
  }

  get elapsedMs(): number { return (this.#endMs ?? this.cluster.world.clock.now()) - this.#startMs; }
  get isOver(): boolean { return this.#endMs !== undefined; }
  /** The player's first shell. */
  get shell(): PlayerShell { return this.terminals.at(0); }
  get hintsTaken(): number { return this.attempt.inputs.filter((input) => input.do === 'hint').length; }
  /** Ids of the objects that were asked about. */
  get whysAsked(): ReadonlySet<string> { return new Set(this.attempt.inputs.flatMap((input) => (input.do === 'why' ? [input.about] : []))); }
  /** Who sends requests here. */
  get traffic(): readonly TrafficSource[] { return this.#traffic; }
  get commands(): readonly string[] { return this.#commands; }

  /** The score as it stands. */
  score(): Score {
    return scoreOf(this.level, {
      reached: this.goals.reached(), broken: this.goals.broken(), hints: Array.from({ length: this.hintsTaken }, (_, i) => i), whys: this.whysAsked.size,
      virtualMs: this.elapsedMs, commands: this.#commands.length,
    }, this.words);
  }

  /** A line at the prompt of a shell. Ignored while another runs there. */
  async submit(line: string, tab = 0): Promise<void> {
    await this.#comeToRest();
    this.begin(line, tab);
  }

  /** A command that was given elsewhere, by the player's own kubectl: several requests may tell of the same. */
  noteCommand(line: string | undefined): void {
    if (line === undefined || this.isOver || this.#commands.at(-1) === line) return;
    this.#commands.push(line);
    this.requests?.begin(line, this.cluster.world.clock.now());
    this.#output.outside?.(line);
  }

  /** Lets a client outside act, at this instant; what it asks is kept. */
  async turn(step: () => void): Promise<void> {
    await this.#comeToRest();
    const calls = this.outside.calls(step);
    if (calls.length === 0) return;
    this.#record({ atMs: this.elapsedMs, do: 'outside', calls });
    this.#noteAll(calls);
    await this.#comeToRest();
  }

  #noteAll(calls: readonly Call[]): void { for (const call of calls) if ('note' in call) this.noteCommand(call.note); }

  /** The same as a step of the world, for who drives its time otherwise. */
  begin(line: string, tab = 0): void {
    const shell = this.terminals.at(tab);
    if (shell.isBusy) return;
    this.#record({ atMs: this.elapsedMs, do: 'run', line, ...inTab(tab) });
    if (!this.isOver && line.trim() && !line.trim().startsWith('#') && !shell.isClosedBy(line)) this.#commands.push(line);
    this.requests?.begin(line, this.cluster.world.clock.now());
    shell.start(line, () => { this.#output.ended?.(line, shell.lastExit); this.#sample(); });
  }

  /** Ctrl-C: ends the command that runs in a shell. */
  async interrupt(tab = 0): Promise<void> {
    await this.#comeToRest();
    const shell = this.terminals.at(tab);
    if (!shell.isBusy) return;
    this.#record({ atMs: this.elapsedMs, do: 'interrupt', ...inTab(tab) });
    this.terminals.answerEditor(tab, undefined);
    shell.interrupt();
  }

  /** Ends a shell's editor with the text last written, or undefined. */
  async closeEditor(text: string | undefined, tab = 0): Promise<void> {
    await this.#comeToRest();
    if (!this.terminals.isEditing(tab)) return;
    this.#record({ atMs: this.elapsedMs, do: 'edit', text: text ?? null, ...inTab(tab) });
    this.terminals.answerEditor(tab, text);
  }

  takeHint(): void {
    if (this.hintsTaken < this.level.hints.length) this.#record({ atMs: this.elapsedMs, do: 'hint' });
  }

  /** Pays for the reasons of an object's trouble, once; nothing where the level does not offer them. */
  askWhy(about: string): void {
    if (whyCost(this.level) && !this.whysAsked.has(about)) this.#record({ atMs: this.elapsedMs, do: 'why', about });
  }

  /** Lets virtual time pass; nothing happens any more once the mission is over. */
  async advance(ms: number): Promise<void> {
    await this.cluster.world.advance(ms);
    if (!this.isOver) this.attempt.elapsedMs = this.elapsedMs;
  }

  /** Lets time pass until `elapsedMs` after the player's arrival. */
  async advanceTo(elapsedMs: number): Promise<void> {
    await this.advance(Math.max(0, this.#startMs + elapsedMs - this.cluster.world.clock.now()));
  }

  /** Lets time pass until something in the cluster changes, at most for `limitMs`. */
  async advanceToChange(limitMs: number): Promise<void> {
    const { clock } = this.cluster.world;
    const untilMs = clock.now() + limitMs;
    const before = this.requests?.writes;
    while (this.requests?.writes === before && clock.now() < untilMs) await this.advance(Math.min(untilMs, clock.nextDueMs() ?? untilMs) - clock.now());
  }

  /** Runs lines one after the other to their ends, as an author's solution does. */
  async play(script: string, limitMs: number): Promise<void> {
    for (const line of commandsOf(script)) {
      const wait = /^#\s*wait\s+(\S+)/.exec(line.trim());
      if (wait) { await this.advance(durationMs(wait[1]!)); continue; }
      await this.submit(line);
      const untilMs = this.cluster.world.clock.now() + limitMs;
      await this.cluster.world.settle();
      while (this.shell.isBusy && this.cluster.world.clock.now() < untilMs) {
        const nextMs = this.cluster.world.clock.nextDueMs();
        if (nextMs === undefined) break;
        await this.cluster.world.advanceTo(Math.min(nextMs, untilMs));
      }
      await this.interrupt();
    }
    await this.#comeToRest();
  }

  /** Whatever is due happens before the player acts and before an attempt is kept: so a replay meets the same moment. */
  async #comeToRest(): Promise<void> {
    await this.advance(0);
  }

  async #setTheScene(): Promise<void> {
    const { level, cluster } = this;
    try {
      if (level.setup) await applyManifests(cluster.adminTransport(), parseManifests(level.setup), (ms) => this.#pass(ms));
    } catch (error) {
      if (error instanceof ManifestError) throw new PackError([{ file: level.file, line: 0, column: 0, message: `setup: ${error.message}` }]);
      throw error;
    }
    await this.#pass(SETUP_MS);
    for (const tracker of this.#trackers()) tracker.rememberBefore();
    layOut(this.shell.host, level);
    if (level.prepare) await this.#prepare(level.prepare);
    await this.#pass(level.settle ? durationMs(level.settle) : ARRIVAL_MS);
    for (const source of this.#traffic) source.reset();
    this.#startMs = cluster.world.clock.now();
    for (const tracker of this.#trackers()) tracker.begin(this.#startMs);
    this.#isMuted = false;
    this.#scheduleEvents();
    this.#sampleLater();
  }

  /** Lets time pass in the scene; in breaths, when somebody wants to breathe. */
  async #pass(ms: number): Promise<void> {
    const { world } = this.cluster;
    if (!this.#output.breathe) return world.advance(ms);
    for (const endMs = world.clock.now() + ms; world.clock.now() < endMs;) {
      await this.#output.breathe();
      await world.advanceTo(Math.min(endMs, world.clock.nextDueMs() ?? endMs));
    }
  }

  async #prepare(script: string): Promise<void> {
    let said = '';
    const shell = new PlayerShell(this.cluster, { write: (_stream, text) => { said += text; }, edit: async () => undefined, answer: () => undefined, isTerminal: false }, this.cluster.adminKubeconfig());
    layOut(shell.host, this.level);
    for (const line of commandsOf(script)) {
      const ended = await shell.runToEnd(line, PREPARE_LIMIT_MS);
      if (!ended || shell.lastExit !== 0) throw new PackError([{ file: this.level.file, line: 0, column: 0, message: `prepare: "${line.split('\n')[0]}" failed: ${said.trim().split('\n').pop() ?? ''}` }]);
    }
  }

  #scheduleEvents(): void {
    for (const event of this.level.events ?? []) {
      this.cluster.world.clock.after(durationMs(event.at), 'event', () => {
        if (event.say) this.#output.say?.(event.say);
        if (event.surge) this.#traffic.find((source) => source.spec.name === event.surge!.traffic)?.setRate(event.surge.rps);
        const { run } = event;
        if (run) {
          const silent = { stdout: () => undefined, stderr: () => undefined };
          this.cluster.world.start('event', () => this.shell.runOn(this.shell.host, run, silent));
        }
      });
    }
  }

  #sampleLater(): void {
    this.cluster.world.clock.after(SAMPLE_MS, 'goals', () => {
      if (this.isOver) return;
      this.#sample();
      this.#sampleLater();
    });
  }

  #sample(): void {
    if (this.isOver || this.#isMuted) return;
    try {
      this.#noted?.forget();
      for (const tracker of this.#trackers()) tracker.sample(this.cluster.world.clock.now());
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.fault ??= error;
    }
    if (!this.#noted && (this.goals.isWon || this.goals.isLost || this.#isHandedIn())) {
      this.#endMs = this.cluster.world.clock.now();
      this.attempt.elapsedMs = this.elapsedMs;
    }
  }

  /** An exam ends with its time, or when the player says `answer hand-in`. */
  #isHandedIn(): boolean {
    const { exam } = this.level;
    return exam !== undefined && (this.#answers.includes(HAND_IN) || this.elapsedMs >= exam.minutes * 60_000);
  }

  #trackers(): GoalTracker[] { return [this.goals, ...this.others]; }

  #record(input: Input): void {
    if (!this.isOver) this.attempt.inputs.push(input);
  }

  /** What a client outside asked, once more. */
  repeatOutside(input: Extract<Input, { do: 'outside' }>): void {
    this.#record(input);
    for (const call of input.calls) this.outside.repeat(call);
    this.#noteAll(input.calls);
  }

  async #repeat(input: Input): Promise<void> {
    this.#output.taken?.(input);
    if (input.do === 'run') {
      this.#output.repeated?.(this.terminals.at(input.tab ?? 0).prompt, input.line, input.tab ?? 0);
      await this.submit(input.line, input.tab);
    } else if (input.do === 'interrupt') await this.interrupt(input.tab);
    else if (input.do === 'edit') await this.closeEditor(input.text ?? undefined, input.tab);
    else if (input.do === 'why') this.askWhy(input.about);
    else if (input.do === 'outside') this.repeatOutside(input);
    else this.takeHint();
    await this.cluster.world.settle();
  }
}

const inTab = (tab: number): { tab?: number } => (tab > 0 ? { tab } : {});

/** A script's commands: lines, with here-documents, continuations and blocks kept whole. */
export function commandsOf(script: string): string[] {
  const commands: string[] = [];
  let current = '';
  for (const line of script.split('\n')) {
    current = current ? `${current}\n${line}` : line;
    if (isIncomplete(current)) continue;
    if (current.trim() && (!current.trim().startsWith('#') || /^#\s*wait\s/.test(current.trim()))) commands.push(current);
    current = '';
  }
  if (current.trim()) commands.push(current);
  return commands;
}

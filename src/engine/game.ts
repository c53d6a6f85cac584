/** The game: players, the course, the mission that is open. Implements the port that the screens use. */
import { nanoid } from 'nanoid';
import { wordsIn, type Words } from '../language/words.ts';
import type { Saves } from '../saves/saves.ts';
import { SaveError } from '../saves/atomic-file.ts';
import { keyOf, type LevelRecord, type Profile } from '../saves/profile.ts';
import { playerView, worldViews } from './course-views.ts';
import { type Attempt, newAttempt } from './mission/attempt.ts';
import type { MissionSession, SessionOptions } from './mission-session.ts';
import type { DoorOpener } from './session-door.ts';
import type { ReplaySession } from './replay-session.ts';
import type { Level, Pack } from './pack/level.ts';
import { FALLBACK_LANGUAGE } from './pack/texts.ts';
import { PackError } from './pack/problems.ts';
import { practiceOf, type PracticeView } from './practice.ts';
import { Progress } from './progress.ts';
import { sandboxLevel, sandboxSizes } from './sandbox.ts';
import { DEFAULT_SETTINGS, type Game, GameProblem, type GameView, type MissionActions, type PlayerView, type Settings, type WorldView } from './view.ts';

/** The cluster and the shell are most of the program; the title does without them. */
const loadSession = () => import('./mission-session.ts');

export interface GameOptions {
  now?: () => number;
  openDoor?: DoorOpener;
  later?: (act: () => void, afterMs: number) => void;
  /** A tag such as `de-AT`. */
  systemLanguage?: string;
  /** Instead of the player's setting. */
  language?: string | undefined;
  /** Lets keys and frames have their turn; without it nothing is built ahead. */
  breathe?: () => Promise<void>;
  /** Where the surroundings say something: the settings of the first player here. */
  standardSettings?: Partial<Settings>;
}

export class KubeQuest implements Game {
  readonly #loadCourse: (language: string) => Promise<Pack>;
  readonly #systemLanguage: string;
  /** Asked for when the game was started; until the setting is changed. */
  #askedLanguage: string | undefined;
  /** Of the course that is loaded, or on its way. */
  #courseLanguage = '';
  #course: Promise<Pack> | undefined;
  #pack: Pack | undefined;
  readonly #progress: Progress;
  readonly #openDoor: DoorOpener | undefined;
  readonly #breathe: (() => Promise<void>) | undefined;
  /** A level's scene that has been built, or is being built, before anybody began it. */
  #ahead: { level: Level; player: string; session: Promise<MissionSession> } | undefined;
  readonly #listeners = new Set<() => void>();
  #session: MissionSession | ReplaySession | undefined;
  #sessionKey = '';
  #view: GameView | undefined;
  #worlds: readonly WorldView[] | undefined;
  #players: readonly PlayerView[] | undefined;
  #practice: PracticeView | undefined;
  readonly #now: () => number;

  /** The course is loaded with the first mission or by `warmUp`; until then there are no worlds. */
  constructor(loadCourse: (language: string) => Promise<Pack>, saves: Saves, { now = Date.now, openDoor, later, systemLanguage = FALLBACK_LANGUAGE, language, breathe, standardSettings }: GameOptions = {}) {
    this.#systemLanguage = systemLanguage;
    this.#askedLanguage = language;
    this.#loadCourse = loadCourse;
    this.#openDoor = openDoor;
    this.#breathe = breathe;
    this.#now = now;
    this.#progress = new Progress(saves, { now, later, changed: () => this.#changed(), tell: (text) => this.#session?.tell(text) }, { ...DEFAULT_SETTINGS, ...standardSettings });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  view(): GameView {
    this.#view ??= this.#build();
    return this.#view;
  }

  mission(): MissionActions | undefined { return this.#session; }

  async createPlayer(name: string): Promise<void> {
    const trimmed = name.trim();
    if (!trimmed) throw new GameProblem(this.#words.problems.nameless);
    if (this.#progress.players.some((p) => p.name.toLowerCase() === trimmed.toLowerCase())) throw new GameProblem(this.#words.problems.sameName(trimmed));
    asProblem(() => this.#progress.create(trimmed));
  }

  async choosePlayer(id: string): Promise<void> {
    if (!this.#progress.choose(id)) throw new GameProblem(this.#words.problems.noPlayer);
    await this.#translated();
  }

  async startLevel(id: string, options: { fresh?: boolean; unlock?: boolean } = {}): Promise<void> {
    const pack = await this.#loaded();
    const level = pack.levels.find((l) => l.id === id);
    if (!level) throw new GameProblem(this.#words.problems.noLevel(id));
    const key = keyOf(pack, id);
    const left = options.fresh ? undefined : this.#player?.open[key];
    const resumed = left?.packDigest === pack.digest ? structuredClone(left) : undefined;
    const ahead = resumed ? undefined : await this.#takeAhead(level);
    await this.#open(key, ahead ?? await this.#sceneOf(key, { level, attempt: resumed ?? this.#newAttempt(level, pack), isSandbox: false }));
  }

  async prepareLevel(id: string): Promise<void> {
    const pack = await this.#loaded();
    const level = pack.levels.find((l) => l.id === id);
    const key = keyOf(pack, id);
    if (!level || !this.#breathe || this.#session || this.#ahead?.level === level || this.#player?.open[key]?.packDigest === pack.digest) return;
    const session = this.#sceneOf(key, { level, attempt: this.#newAttempt(level, pack), isSandbox: false });
    this.#ahead = { level, player: this.#player?.name ?? '', session };
    await session.catch(() => undefined); // what is wrong with it is told to who begins it
  }

  /** The scene that was built ahead, if it is of this level and player. */
  async #takeAhead(level: Level): Promise<MissionSession | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.level === level && ahead.player === (this.#player?.name ?? '')) return ahead.session.catch(() => undefined);
  }

  #newAttempt(level: Level, { digest }: Pack): Attempt {
    return newAttempt(level.id, digest, nanoid(8), nanoid(12), ...(level.template ? [this.#player?.name ?? ''] : []));
  }

  async startSandbox(size: string): Promise<void> {
    const level = sandboxLevel(size, this.#words);
    if (!level) throw new GameProblem(this.#words.problems.noSandbox(size));
    await this.#open(level.id, await this.#sceneOf(level.id, { level, attempt: this.#newAttempt(level, await this.#loaded()), isSandbox: true }));
  }

  /** Shows an attempt of the course again; nothing of it is kept. */
  async startReplay(attempt: Attempt): Promise<void> {
    const level = (await this.#loaded()).levels.find(({ id }) => id === attempt.level);
    if (!level) throw new GameProblem(this.#words.problems.noLevel(attempt.level));
    this.#sessionKey = '';
    const [{ MissionSession: Session }, { ReplaySession: Replay }] = await Promise.all([loadSession(), import('./replay-session.ts')]);
    const changed = () => this.#missionChanged();
    const session = await Session.open({
      level, attempt: { ...structuredClone(attempt), inputs: [], elapsedMs: 0 }, isSandbox: false,
      host: { changed, keep: () => undefined, finished: () => undefined, nextLevel: () => undefined, left: async () => { this.#session = undefined; this.#changed(); }, editorStyle: () => this.#settings().editor, words: () => this.#words },
    });
    this.#session = new Replay(session, attempt, changed);
    this.#changed();
  }

  async warmUp(): Promise<void> {
    await this.#loaded();
    await loadSession();
  }

  /** The course, read once. Throws PackError. */
  async #loaded(): Promise<Pack> {
    const language = this.#language;
    if (!this.#course || this.#courseLanguage !== language) this.#course = this.#loadCourse(language);
    this.#courseLanguage = language;
    const pack = await this.#course;
    if (language !== this.#language) return this.#loaded(); // it has been changed meanwhile
    if (this.#pack !== pack) {
      this.#pack = pack;
      this.#changed();
    }
    return pack;
  }

  /** The course in the player's language, where it has been read in another. */
  async #translated(): Promise<void> {
    if (this.#course) await this.#loaded();
  }

  get #player(): Profile | undefined { return this.#progress.player; }

  get #words(): Words { return wordsIn(this.#language); }

  get #language(): string {
    const { language } = this.#settings();
    return this.#askedLanguage ?? (language === 'system' ? this.#systemLanguage : language);
  }

  /** The pack was written anew: the open level begins again as it is now; what is wrong with it is told in the mission. */
  async reload(read: (language: string) => Pack): Promise<void> {
    try {
      const pack = read(this.#language);
      this.#courseLanguage = this.#language;
      this.#course = Promise.resolve(pack);
      this.#pack = pack;
      const level = this.#session && pack.levels.find(({ id }) => id === this.#session!.attempt.level);
      if (level) await this.#session?.reload(level, pack.digest);
    } catch (error) {
      if (!(error instanceof PackError) && !(error instanceof GameProblem)) throw error;
      this.#session?.tell(error.message);
    }
    this.#changed();
  }

  async changeSettings(change: Partial<Settings>): Promise<void> {
    if (!this.#player) return;
    if (change.language !== undefined) this.#askedLanguage = undefined;
    this.#progress.changeSettings(change);
    await this.#translated();
  }

  async close(): Promise<void> {
    await this.#session?.closeDoor();
    if (this.#session && this.#sessionKey && !this.#session.isSandbox) this.#progress.keep(this.#sessionKey, this.#session.attempt, true);
    this.#progress.write();
  }

  async #open(key: string, session: MissionSession): Promise<void> {
    this.#progress.begin(key);
    this.#sessionKey = key;
    this.#session = session;
    if (!session.isSandbox) this.#progress.keep(key, session.attempt, true);
    this.#changed();
  }

  /** Builds the scene of a mission that is kept under `key`. Throws GameProblem. */
  async #sceneOf(key: string, what: Pick<SessionOptions, 'level' | 'attempt' | 'isSandbox'>): Promise<MissionSession> {
    const { MissionSession: Session } = await loadSession();
    const { isSandbox } = what;
    return Session.open({
      ...what,
      host: {
        breathe: this.#breathe,
        changed: () => this.#missionChanged(),
        keep: (kept) => { if (!isSandbox) this.#progress.keep(key, kept, false); },
        finished: (mission) => { if (!isSandbox) this.#progress.finished(key, mission); },
        nextLevel: (current) => this.#next(current),
        left: async () => {
          this.#session = undefined;
          this.#progress.write();
          this.#changed();
        },
        editorStyle: () => this.#settings().editor, words: () => this.#words, openDoor: this.#openDoor,
      },
    });
  }

  #next(current: Level): { id: string; title: string } | undefined {
    const levels = this.#pack?.levels ?? [];
    const at = levels.findIndex((level) => level.id === current.id);
    const next = levels.slice(at + 1).find((level) => !this.#recordOf(level.id)?.stars) ?? levels[at + 1];
    return next && { id: next.id, title: next.title };
  }

  #recordOf(id: string): LevelRecord | undefined { return this.#pack && this.#player?.levels[keyOf(this.#pack, id)]; }

  #settings(): Settings { return this.#progress.settings; }

  /** Only the mission has changed: everything else keeps its identity. */
  #missionChanged(): void {
    this.#view = undefined;
    this.#tell();
  }

  #changed(): void {
    this.#view = undefined;
    this.#worlds = undefined;
    this.#players = undefined;
    this.#practice = undefined;
    this.#tell();
  }

  #tell(): void {
    this.#progress.writeInTime();
    for (const listener of this.#listeners) listener();
  }

  #build(): GameView {
    this.#worlds ??= this.#pack ? worldViews(this.#pack, this.#player) : [];
    this.#players ??= this.#progress.players.map(playerView);
    const profile = this.#player;
    const player = this.#players.find(({ id }) => id === profile?.id);
    if (profile) this.#practice ??= practiceOf({ levels: this.#worlds.flatMap(({ levels }) => levels), records: (id) => this.#recordOf(id), days: profile.days, nowMs: this.#now() });
    return {
      players: this.#players, ...(player ? { player, ...(this.#practice ? { practice: this.#practice } : {}) } : {}), worlds: this.#worlds, sandboxes: sandboxSizes(this.#words), settings: this.#settings(), language: this.#language, systemLanguage: this.#systemLanguage,
      ...(this.#session ? { mission: this.#session.view() } : {}),
    };
  }

}

function asProblem<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof SaveError) throw new GameProblem(error.message);
    throw error;
  }
}

/** The game: players, the course, the mission that is open. Implements the port that the screens use. */
import { nanoid } from 'nanoid';
import { wordsIn, type Words } from '../language/words.ts';
import type { Saves } from '../saves/saves.ts';
import { SaveError } from '../saves/atomic-file.ts';
import { keyOf, type LevelRecord, type Profile } from '../saves/profile.ts';
import { type Attempt, newAttempt } from './mission/attempt.ts';
import type { Mission } from './mission/mission.ts';
import type { MissionSession } from './mission-session.ts';
import type { DoorOpener } from './session-door.ts';
import type { ReplaySession } from './replay-session.ts';
import type { Level, Pack } from './pack/level.ts';
import { FALLBACK_LANGUAGE } from './pack/texts.ts';
import { PackError } from './pack/problems.ts';
import { dayOf, practiceOf, type PracticeView } from './practice.ts';
import { sandboxLevel, sandboxSizes } from './sandbox.ts';
import { DEFAULT_SETTINGS, type Game, GameProblem, type GameView, type LevelView, type MissionActions, type PlayerView, type Settings, type WorldView } from './view.ts';

const KEEP_MS = 1000; // progress is written this often at most, and at the end

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
  readonly #saves: Saves;
  readonly #openDoor: DoorOpener | undefined;
  readonly #listeners = new Set<() => void>();
  #profiles: Profile[];
  #profile: Profile | undefined;
  #session: MissionSession | ReplaySession | undefined;
  #sessionKey = '';
  #view: GameView | undefined;
  #worlds: readonly WorldView[] | undefined;
  #players: readonly PlayerView[] | undefined;
  #practice: PracticeView | undefined;
  readonly #now: () => number;
  readonly #later: ((act: () => void, afterMs: number) => void) | undefined;
  #keptMs = 0;
  #unsaid: string | undefined;
  #unkept = false;

  /** The course is loaded with the first mission or by `warmUp`; until then there are no worlds. */
  constructor(loadCourse: (language: string) => Promise<Pack>, saves: Saves, { now = Date.now, openDoor, later, systemLanguage = FALLBACK_LANGUAGE, language }: GameOptions = {}) {
    this.#systemLanguage = systemLanguage;
    this.#askedLanguage = language;
    this.#loadCourse = loadCourse;
    this.#openDoor = openDoor;
    this.#saves = saves;
    this.#now = now;
    this.#later = later;
    this.#profiles = saves.list();
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
    if (this.#profiles.some((p) => p.name.toLowerCase() === trimmed.toLowerCase())) throw new GameProblem(this.#words.problems.sameName(trimmed));
    this.#profile = asProblem(() => this.#saves.create(trimmed));
    this.#profiles = [...this.#profiles, this.#profile];
    this.#changed();
  }

  async choosePlayer(id: string): Promise<void> {
    const found = this.#profiles.find((p) => p.id === id);
    if (!found) throw new GameProblem(this.#words.problems.noPlayer);
    this.#profile = found;
    this.#changed();
    await this.#translated();
  }

  async startLevel(id: string, options: { fresh?: boolean; unlock?: boolean } = {}): Promise<void> {
    const pack = await this.#loaded();
    const level = pack.levels.find((l) => l.id === id);
    if (!level) throw new GameProblem(this.#words.problems.noLevel(id));
    const left = options.fresh ? undefined : this.#profile?.open[keyOf(pack, id)];
    const isSame = left?.packDigest === pack.digest;
    const attempt = left && isSame ? structuredClone(left) : newAttempt(id, pack.digest, nanoid(8), nanoid(12), ...(level.template ? [this.#profile?.name ?? ''] : []));
    await this.#open(level, attempt, false, keyOf(pack, id));
  }

  async startSandbox(size: string): Promise<void> {
    const level = sandboxLevel(size, this.#words);
    if (!level) throw new GameProblem(this.#words.problems.noSandbox(size));
    await this.#open(level, newAttempt(level.id, (await this.#loaded()).digest, nanoid(8), nanoid(12)), true, level.id);
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
    if (!this.#profile) return;
    if (change.language !== undefined) this.#askedLanguage = undefined;
    this.#update({ ...this.#profile, settings: { ...this.#profile.settings, ...change } });
    this.#write();
    await this.#translated();
  }

  async close(): Promise<void> {
    await this.#session?.closeDoor();
    if (this.#session && this.#sessionKey) this.#keep(this.#sessionKey, this.#session.attempt, true);
    this.#write();
  }

  async #open(level: Level, attempt: Attempt, isSandbox: boolean, key: string): Promise<void> {
    if (this.#profile) this.#saves.beginMission(this.#profile, key);
    this.#sessionKey = key;
    const { MissionSession: Session } = await loadSession();
    this.#session = await Session.open({
      level, attempt, isSandbox,
      host: {
        changed: () => this.#missionChanged(),
        keep: (kept) => { if (!isSandbox) this.#keep(key, kept, false); },
        finished: (mission) => { if (!isSandbox) this.#finished(key, mission); },
        nextLevel: (current) => this.#next(current),
        left: async () => {
          this.#session = undefined;
          this.#write();
          this.#changed();
        },
        editorStyle: () => this.#settings().editor, words: () => this.#words, openDoor: this.#openDoor,
      },
    });
    if (!isSandbox) this.#keep(key, attempt, true);
    this.#changed();
  }

  #keep(key: string, attempt: Attempt, now: boolean): void {
    if (!this.#profile || key.startsWith('sandbox')) return;
    // Later than what was kept before, also when the clock has been put back meanwhile.
    const openedAt = Math.max(this.#now(), (this.#profile.openedAt[key] ?? 0) + 1);
    this.#profile = { ...this.#profile, open: { ...this.#profile.open, [key]: attempt }, openedAt: { ...this.#profile.openedAt, [key]: openedAt } };
    if (!this.#unkept) this.#later?.(() => { if (this.#unkept) this.#write(); }, KEEP_MS);
    this.#unkept = true;
    if (now || this.#isTimeToKeep()) this.#write();
  }

  #isTimeToKeep(): boolean { return Math.abs(this.#now() - this.#keptMs) >= KEEP_MS; }

  #finished(key: string, mission: Mission): void {
    if (!this.#profile) return;
    const { total, stars, won } = mission.score();
    const before: LevelRecord = this.#profile.levels[key] ?? { stars: 0, bestScore: 0, wins: 0, attempts: 0 };
    const isBest = won && total >= before.bestScore;
    const proof = isBest ? { best: structuredClone(mission.attempt) } : before.best ? { best: before.best } : {};
    const times = { playedMs: (before.playedMs ?? 0) + mission.elapsedMs, ...(won ? { lastWonMs: this.#now() } : before.lastWonMs === undefined ? {} : { lastWonMs: before.lastWonMs }) };
    const record = { stars: Math.max(before.stars, stars), bestScore: Math.max(before.bestScore, won ? total : 0), wins: before.wins + (won ? 1 : 0), attempts: before.attempts + 1, ...times, ...proof };
    const ended = this.#saves.endMission(this.#profile, key);
    const today = dayOf(this.#now());
    this.#update({ ...ended, levels: { ...ended.levels, [key]: record }, ...(won ? { days: { ...ended.days, [today]: (ended.days[today] ?? 0) + 1 } } : {}) });
    this.#write();
  }

  #update(profile: Profile): void {
    this.#profile = profile;
    this.#profiles = this.#profiles.map((p) => (p.id === profile.id ? profile : p));
    this.#changed();
  }

  /** Progress on disk. What cannot be written stays in memory and is tried again. */
  #write(): void {
    if (!this.#profile) return;
    this.#keptMs = this.#now();
    try {
      const merged = this.#saves.save(this.#profile);
      this.#profile = merged;
      this.#profiles = this.#profiles.map((p) => (p.id === merged.id ? merged : p));
      this.#unkept = false;
      this.#unsaid = this.#saves.unsaved = undefined;
    } catch (error) {
      if (!(error instanceof SaveError)) throw error;
      this.#saves.unsaved = error.message;
      if (this.#unsaid === error.message) return;
      this.#unsaid = error.message;
      this.#session?.tell(error.message);
    }
  }

  #next(current: Level): { id: string; title: string } | undefined {
    const levels = this.#pack?.levels ?? [];
    const at = levels.findIndex((level) => level.id === current.id);
    const next = levels.slice(at + 1).find((level) => !this.#recordOf(level.id)?.stars) ?? levels[at + 1];
    return next && { id: next.id, title: next.title };
  }

  #recordOf(id: string): LevelRecord | undefined { return this.#pack && this.#profile?.levels[keyOf(this.#pack, id)]; }

  #settings(): Settings { return this.#profile?.settings ?? DEFAULT_SETTINGS; }

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
    if (this.#unkept && this.#isTimeToKeep()) this.#write();
    for (const listener of this.#listeners) listener();
  }

  #build(): GameView {
    this.#worlds ??= this.#pack ? this.#worldViews(this.#pack) : [];
    this.#players ??= this.#profiles.map(playerView);
    const player = this.#players.find((p) => p.id === this.#profile?.id);
    const profile = this.#profile;
    if (profile) this.#practice ??= practiceOf({ levels: this.#worlds.flatMap(({ levels }) => levels), records: (id) => this.#recordOf(id), days: profile.days, nowMs: this.#now() });
    return {
      players: this.#players, ...(player ? { player, ...(this.#practice ? { practice: this.#practice } : {}) } : {}), worlds: this.#worlds, sandboxes: sandboxSizes(this.#words), settings: this.#settings(), language: this.#language, systemLanguage: this.#systemLanguage,
      ...(this.#session ? { mission: this.#session.view() } : {}),
    };
  }

  #worldViews({ worlds, levels }: Pack): WorldView[] {
    return worlds.map(({ id, title }) => ({ id, title, levels: levels.filter((level) => level.world === id).map((level) => this.#levelView(level, levels)) }));
  }

  #levelView(level: Level, levels: readonly Level[]): LevelView {
    const record = this.#recordOf(level.id);
    const missing = (level.needs ?? []).filter((need) => !this.#recordOf(need)?.wins);
    const state = record?.wins ? 'won' : this.#pack && this.#profile?.open[keyOf(this.#pack, level.id)] ? 'started' : missing.length > 0 ? 'locked' : 'open';
    return {
      id: level.id, title: level.title, world: level.world, difficulty: level.difficulty, minutes: level.minutes, teaches: level.teaches, stars: record?.stars ?? 0,
      ...(record?.bestScore ? { bestScore: record.bestScore } : {}), state,
      ...(state === 'locked' ? { needs: missing.map((id) => levels.find((l) => l.id === id)?.title ?? id) } : {}),
      ...(level.needs?.length ? { after: level.needs } : {}),
      summary: summaryOf(level.briefing),
    };
  }
}

function playerView(profile: Profile): PlayerView {
  const records = Object.values(profile.levels);
  return { id: profile.id, name: profile.name, stars: records.reduce((sum, r) => sum + r.stars, 0), score: records.reduce((sum, r) => sum + r.bestScore, 0) };
}

function asProblem<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof SaveError) throw new GameProblem(error.message);
    throw error;
  }
}

const SUMMARY_MIN = 60;

/** The first sentences of a briefing, until they say something. */
function summaryOf(briefing: string): string {
  const sentences = briefing.replace(/[*`_#]/g, '').trim().split(/(?<=[.!?])\s+/);
  return sentences.reduce((said, sentence) => (said.length < SUMMARY_MIN ? `${said} ${sentence}`.trim() : said), '').replace(/\s+/g, ' ');
}

/** What the players have reached: kept in memory at once, and on disk now and then and at what matters. */
import { SaveError } from '../saves/atomic-file.ts';
import type { LevelRecord, Profile } from '../saves/profile.ts';
import type { Saves } from '../saves/saves.ts';
import type { Attempt } from './mission/attempt.ts';
import type { Mission } from './mission/mission.ts';
import { dayOf } from './practice.ts';
import type { Settings } from './view.ts';

const KEEP_MS = 1000; // progress is written this often at most, and at the end

export interface ProgressHost {
  now(): number;
  /** Does something later; missing where nothing runs by itself. */
  later?: ((act: () => void, afterMs: number) => void) | undefined;
  /** The players, or what is known of one, are others. */
  changed(): void;
  /** Tells the player what keeps progress from being written. */
  tell(text: string): void;
}

export class Progress {
  #players: readonly Profile[];
  #player: Profile | undefined;
  readonly #saves: Saves;
  readonly #host: ProgressHost;
  readonly #standard: Settings;
  #keptMs = 0;
  #unsaid: string | undefined;
  #unkept = false;

  /** `standard` are the settings where nobody has played yet. */
  constructor(saves: Saves, host: ProgressHost, standard: Settings) {
    this.#standard = standard;
    this.#saves = saves;
    this.#host = host;
    this.#players = saves.list();
  }

  get players(): readonly Profile[] { return this.#players; }

  /** Who plays; undefined until one is chosen or created. */
  get player(): Profile | undefined { return this.#player; }

  /** The player's; before one is chosen those of the newest player here, for the terminal is the same. */
  get settings(): Settings {
    if (this.#player) return this.#player.settings;
    const newest = this.#players.reduce<Profile | undefined>((last, each) => (last && last.createdAt > each.createdAt ? last : each), undefined);
    return newest?.settings ?? this.#standard;
  }

  /** Somebody new, with the settings as they are. Throws SaveError. */
  create(name: string): void {
    this.#player = this.#saves.create(name, this.settings);
    this.#players = [...this.#players, this.#player];
    this.#host.changed();
  }

  /** False when there is no such player. */
  choose(id: string): boolean {
    const found = this.#players.find((p) => p.id === id);
    if (!found) return false;
    this.#player = found;
    this.#host.changed();
    return true;
  }

  changeSettings(change: Partial<Settings>): void {
    if (!this.#player) return;
    this.#update({ ...this.#player, settings: { ...this.#player.settings, ...change } });
    this.write();
  }

  /** A mission begins that another process may have open, too. */
  begin(key: string): void {
    if (this.#player) this.#saves.beginMission(this.#player, key);
  }

  /** Keeps an attempt that is not over; on disk at once with `now`. */
  keep(key: string, attempt: Attempt, now: boolean): void {
    if (!this.#player) return;
    // Later than what was kept before, also when the clock has been put back meanwhile.
    const openedAt = Math.max(this.#host.now(), (this.#player.openedAt[key] ?? 0) + 1);
    this.#player = { ...this.#player, open: { ...this.#player.open, [key]: attempt }, openedAt: { ...this.#player.openedAt, [key]: openedAt } };
    if (!this.#unkept) this.#host.later?.(() => { if (this.#unkept) this.write(); }, KEEP_MS);
    this.#unkept = true;
    if (now) this.write(); else this.writeInTime();
  }

  /** A mission is over: its record, and the day's. */
  finished(key: string, mission: Mission): void {
    if (!this.#player) return;
    const { won } = mission.score();
    const record = recordAfter(this.#player.levels[key], mission, this.#host.now());
    const ended = this.#saves.endMission(this.#player, key);
    const today = dayOf(this.#host.now());
    this.#update({ ...ended, levels: { ...ended.levels, [key]: record }, ...(won ? { days: { ...ended.days, [today]: (ended.days[today] ?? 0) + 1 } } : {}) });
    this.write();
  }

  /** Writes what is not on disk, when the last time is long enough ago. */
  writeInTime(): void {
    if (this.#unkept && Math.abs(this.#host.now() - this.#keptMs) >= KEEP_MS) this.write();
  }

  /** Progress on disk. What cannot be written stays in memory and is tried again. */
  write(): void {
    if (!this.#player) return;
    this.#keptMs = this.#host.now();
    try {
      this.#replace(this.#saves.save(this.#player));
      this.#unkept = false;
      this.#unsaid = this.#saves.unsaved = undefined;
    } catch (error) {
      if (!(error instanceof SaveError)) throw error;
      this.#saves.unsaved = error.message;
      if (this.#unsaid === error.message) return;
      this.#unsaid = error.message;
      this.#host.tell(error.message);
    }
  }

  #update(profile: Profile): void {
    this.#replace(profile);
    this.#host.changed();
  }

  #replace(profile: Profile): void {
    this.#player = profile;
    this.#players = this.#players.map((p) => (p.id === profile.id ? profile : p));
  }
}

function recordAfter(before: LevelRecord = { stars: 0, bestScore: 0, wins: 0, attempts: 0 }, mission: Mission, nowMs: number): LevelRecord {
  const { total, stars, won } = mission.score();
  const isBest = won && total >= before.bestScore;
  const best = isBest ? structuredClone(mission.attempt) : before.best;
  const lastWonMs = won ? nowMs : before.lastWonMs;
  return {
    stars: Math.max(before.stars, stars), bestScore: Math.max(before.bestScore, won ? total : 0), wins: before.wins + (won ? 1 : 0), attempts: before.attempts + 1,
    playedMs: (before.playedMs ?? 0) + mission.elapsedMs, ...(lastWonMs === undefined ? {} : { lastWonMs }), ...(best ? { best } : {}),
  };
}

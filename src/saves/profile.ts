/** What is kept of a player: one file each, with a schema version. */
import type { Attempt } from '../engine/mission/attempt.ts';
import { DEFAULT_SETTINGS, type Settings } from '../engine/view.ts';

export const SCHEMA = 2;

export interface LevelRecord { stars: number; bestScore: number; wins: number; attempts: number; /** The attempt that `bestScore` is of: its proof. */ best?: Attempt }

export interface Profile {
  schema: number;
  id: string;
  name: string;
  createdAt: string;
  settings: Settings;
  /** By level; of packs other than the course by `PACK/LEVEL`. */
  levels: Record<string, LevelRecord>;
  /** Missions that were left, by level. */
  open: Record<string, Attempt>;
  /** When each open mission was last written, so that two games can be merged. */
  openedAt: Record<string, number>;
}

/** The pack that ships with the game; its levels are kept by their bare names. */
export const COURSE = 'course';

/** Under which name a level's progress is kept: packs do not mix. */
export function keyOf(pack: { name: string }, level: string): string {
  return pack.name === COURSE ? level : `${pack.name}/${level}`;
}

/** A new player. */
export function newProfile(id: string, name: string, now: Date): Profile {
  return { schema: SCHEMA, id, name, createdAt: now.toISOString(), settings: DEFAULT_SETTINGS, levels: {}, open: {}, openedAt: {} };
}

/** Thrown for a file that is no save, or one of a newer version. */
export class UnreadableSave extends Error {}

/** A profile of any known schema as the newest. Throws UnreadableSave. */
export function migrate(data: unknown): Profile {
  if (typeof data !== 'object' || data === null || !('schema' in data) || typeof data.schema !== 'number') throw new UnreadableSave('is not a kube-quest save');
  if (data.schema > SCHEMA) throw new UnreadableSave(`was written by a newer kube-quest (schema ${data.schema}, this one knows ${SCHEMA})`);
  const profile = { ...(data as Profile) };
  // Schema 1 did not note when an open mission was written.
  if (profile.schema < 2) profile.openedAt = Object.fromEntries(Object.keys(profile.open ?? {}).map((id) => [id, 0]));
  const blank = newProfile(String(profile.id), String(profile.name), new Date(0));
  const merged = { ...blank, ...profile, settings: { ...blank.settings, ...profile.settings }, schema: SCHEMA };
  if (!merged.id || !isRecord(merged.levels) || !isRecord(merged.open)) throw new UnreadableSave('is not a kube-quest save');
  return merged;
}

/** The attempt of a level that is open, else the best one that won. */
export const attemptOf = (profile: Profile, level: string): Attempt | undefined => profile.open[level] ?? profile.levels[level]?.best;

/** Two versions of one player's save as one: nothing that either has won is lost. */
export function merge(disk: Profile, own: Profile, removed: ReadonlySet<string>): Profile {
  const levels: Record<string, LevelRecord> = { ...disk.levels };
  for (const [id, record] of Object.entries(own.levels)) {
    const other = levels[id];
    levels[id] = other ? { stars: Math.max(other.stars, record.stars), bestScore: Math.max(other.bestScore, record.bestScore), wins: Math.max(other.wins, record.wins), attempts: Math.max(other.attempts, record.attempts), ...bestOf(other, record) } : record;
  }
  const open = { ...disk.open };
  const openedAt = { ...disk.openedAt };
  for (const [id, attempt] of Object.entries(own.open)) {
    if ((openedAt[id] ?? -1) > (own.openedAt[id] ?? 0)) continue;
    open[id] = attempt;
    openedAt[id] = own.openedAt[id] ?? 0;
  }
  for (const id of removed) {
    delete open[id];
    delete openedAt[id];
  }
  return { ...disk, ...own, levels, open, openedAt };
}

function bestOf(disk: LevelRecord, own: LevelRecord): Pick<LevelRecord, 'best'> {
  const best = own.best && (own.bestScore >= disk.bestScore || !disk.best) ? own.best : disk.best;
  return best ? { best } : {};
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

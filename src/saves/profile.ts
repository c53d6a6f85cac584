/** What is kept of a player: one file each, with a schema version. */
import { isAttempt } from '../engine/attempt-file.ts';
import type { Attempt } from '../engine/mission/attempt.ts';
import { DEFAULT_SETTINGS, type Settings } from '../engine/view.ts';

export const SCHEMA = 2;

export interface LevelRecord { stars: number; bestScore: number; wins: number; attempts: number; /** Milliseconds since 1970. */ lastWonMs?: number; /** Virtual milliseconds of attempts that ended. */ playedMs?: number; /** The attempt that `bestScore` is of: its proof. */ best?: Attempt }

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
  /** Levels won by local day, such as 2026-03-01. */
  days: Record<string, number>;
}

/** The pack that ships with the game; its levels are kept by their bare names. */
export const COURSE = 'course';

/** Under which name a level's progress is kept: packs do not mix. */
export function keyOf(pack: { name: string }, level: string): string {
  return pack.name === COURSE ? level : `${pack.name}/${level}`;
}

/** A new player. */
export function newProfile(id: string, name: string, now: Date, settings: Settings = DEFAULT_SETTINGS): Profile {
  return { schema: SCHEMA, id, name, createdAt: now.toISOString(), settings, levels: {}, open: {}, openedAt: {}, days: {} };
}

/** Thrown for a file that is no save. */
export class UnreadableSave extends Error {}

/** Thrown for a save that only a newer kube-quest can read. */
export class NewerSave extends UnreadableSave {}

/** A profile of any known schema as the newest. Throws UnreadableSave. */
export function migrate(data: unknown): Profile {
  if (!isRecord(data) || typeof data['schema'] !== 'number') throw new UnreadableSave('is not a kube-quest save');
  if (data['schema'] > SCHEMA) throw new NewerSave(`was written by a newer kube-quest (schema ${data['schema']}, this one knows ${SCHEMA})`);
  // Schema 1 did not note when an open mission was written.
  const openedAt = data['schema'] < 2 && isRecord(data['open']) ? Object.fromEntries(Object.keys(data['open']).map((id) => [id, 0])) : data['openedAt'];
  const settings = isRecord(data['settings']) ? { ...DEFAULT_SETTINGS, ...data['settings'] } : data['settings'];
  const merged: Record<string, unknown> = { days: {}, ...data, openedAt, settings, schema: SCHEMA };
  const wrong = Object.entries(PARTS).find(([part, isGood]) => !isGood(merged[part]))?.[0];
  if (wrong) throw new UnreadableSave(`is not a whole kube-quest save: something is wrong with its ${wrong}`);
  return merged as unknown as Profile;
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isMaybe = (check: Check): Check => (value) => value === undefined || check(value);
const isMapOf = (check: Check): Check => (value) => isRecord(value) && Object.values(value).every(check);
const isShape = (shape: Record<string, Check>): Check => (value) => isRecord(value) && Object.entries(shape).every(([name, check]) => check(value[name]));
/** A setting that a newer version gave a value unknown here is of the same type. */
const isSettings = isShape(Object.fromEntries(Object.entries(DEFAULT_SETTINGS).map(([name, standard]) => [name, (value: unknown) => typeof value === typeof standard])));

/** What a save is made of. The id names its file, so it must not lead elsewhere. */
const PARTS: Record<Exclude<keyof Profile, 'schema'>, Check> = {
  id: (value) => typeof value === 'string' && /^[\w-]{1,64}$/.test(value),
  name: isText,
  createdAt: isText,
  settings: isSettings,
  levels: isMapOf(isShape({ stars: isCount, bestScore: isCount, wins: isCount, attempts: isCount, lastWonMs: isMaybe(isCount), playedMs: isMaybe(isCount), best: isMaybe(isRecord) })),
  open: isMapOf(isAttempt),
  openedAt: isMapOf(isCount),
  days: isMapOf(isCount),
};

/** The attempt of a level that is open, else the best one that won. */
export const attemptOf = (profile: Profile, level: string): Attempt | undefined => profile.open[level] ?? profile.levels[level]?.best;

/** Two versions of one player's save as one: nothing that either has won is lost. */
export function merge(disk: Profile, own: Profile, removed: ReadonlySet<string>): Profile {
  const levels: Record<string, LevelRecord> = { ...disk.levels };
  for (const [id, record] of Object.entries(own.levels)) {
    const other = levels[id];
    levels[id] = other ? { ...maxima(other, record), ...bestOf(other, record) } : record;
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
  return { ...disk, ...own, levels, open, openedAt, days: maximaByKey(disk.days, own.days) };
}

/** Of two copies of a record the larger counts: neither is older in all of them. */
function maxima(a: LevelRecord, b: LevelRecord): LevelRecord {
  const most = (name: 'lastWonMs' | 'playedMs') => a[name] === undefined && b[name] === undefined ? {} : { [name]: Math.max(a[name] ?? 0, b[name] ?? 0) };
  return { stars: Math.max(a.stars, b.stars), bestScore: Math.max(a.bestScore, b.bestScore), wins: Math.max(a.wins, b.wins), attempts: Math.max(a.attempts, b.attempts), ...most('lastWonMs'), ...most('playedMs') };
}

const maximaByKey = (a: Record<string, number>, b: Record<string, number>): Record<string, number> =>
  Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, Math.max(a[key] ?? 0, b[key] ?? 0)]));

function bestOf(disk: LevelRecord, own: LevelRecord): Pick<LevelRecord, 'best'> {
  const best = own.best && (own.bestScore >= disk.bestScore || !disk.best) ? own.best : disk.best;
  return best ? { best } : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

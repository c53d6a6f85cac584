/** How well what was learnt still sits: streaks of days, mastery by concept, and what would be worth a short drill. */
import type { LevelView } from './view.ts';

const DAY_MS = 86_400_000;
/** The first repetition comes after a week; each win makes the next pause longer. */
const FIRST_PAUSE_DAYS = 7;
const PAUSE_FACTOR = 2.5;
const PAUSE_MAX_DAYS = 180;
const DRILLS_MAX = 3;

/** What is known of a level's plays. */
export interface Played { readonly wins: number; readonly attempts: number; /** Milliseconds since 1970. */ readonly lastWonMs?: number; /** Virtual milliseconds of attempts that ended. */ readonly playedMs?: number }

export interface ConceptView {
  readonly name: string;
  /** Levels that teach it, and how many of them were won. */
  readonly levels: number;
  readonly won: number;
  /** 0 to 1: what was won, fading slowly. */
  readonly mastery: number;
  readonly lastWonMs?: number;
  readonly isDue: boolean;
  /** The shortest level that refreshes it: a won one, else one that is open. */
  readonly levelId?: string;
}

/** A level that is worth a few minutes again, for what it teaches. */
export interface DrillView { readonly levelId: string; readonly title: string; readonly minutes: number; readonly concept: string; readonly daysAgo: number }

export interface PracticeView {
  readonly nowMs: number;
  /** Days in a row, up to today or yesterday. */
  readonly streak: number;
  readonly bestStreak: number;
  /** Wins by local day, such as 2026-03-01. */
  readonly days: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly wins: number;
  readonly playedMs: number;
  /** Due ones first, then the weakest of those that were met. */
  readonly concepts: readonly ConceptView[];
  readonly drills: readonly DrillView[];
}

export interface PracticeOf {
  readonly levels: readonly LevelView[];
  readonly records: (levelId: string) => Played | undefined;
  readonly days: Readonly<Record<string, number>>;
  readonly nowMs: number;
}

/** Everything about practice, from what was played. */
export function practiceOf({ levels, records, days, nowMs }: PracticeOf): PracticeView {
  const played = levels.flatMap((level) => records(level.id) ?? []);
  const sum = (of: (record: Played) => number) => played.reduce((total, record) => total + of(record), 0);
  const concepts = [...new Set(levels.flatMap(({ teaches }) => teaches))].map((name) => conceptOf(name, levels.filter(({ teaches }) => teaches.includes(name)), records, nowMs));
  const order = (concept: ConceptView) => (concept.isDue ? 0 : concept.won > 0 ? 1 : 2);
  concepts.sort((a, b) => order(a) - order(b) || a.mastery - b.mastery || (a.lastWonMs ?? 0) - (b.lastWonMs ?? 0));
  return { nowMs, ...streaksOf(days, nowMs), days, attempts: sum(({ attempts }) => attempts), wins: sum(({ wins }) => wins), playedMs: sum(({ playedMs = 0 }) => playedMs), concepts, drills: drillsOf(concepts, levels, nowMs) };
}

function conceptOf(name: string, teaching: readonly LevelView[], records: PracticeOf['records'], nowMs: number): ConceptView {
  const won = teaching.filter((level) => records(level.id)?.wins);
  const wins = won.reduce((sum, level) => sum + records(level.id)!.wins, 0);
  const lastWonMs = Math.max(...won.map((level) => records(level.id)!.lastWonMs ?? 0));
  const shortest = (won.length > 0 ? won : teaching.filter(({ state }) => state !== 'locked')).reduce<LevelView | undefined>((best, level) => (best && best.minutes <= level.minutes ? best : level), undefined);
  const base = { name, levels: teaching.length, won: won.length, ...(shortest ? { levelId: shortest.id } : {}) };
  if (won.length === 0 || lastWonMs === 0) return { ...base, mastery: won.length / teaching.length, isDue: false };
  const pauseMs = Math.min(PAUSE_MAX_DAYS, FIRST_PAUSE_DAYS * PAUSE_FACTOR ** (wins - 1)) * DAY_MS;
  const sinceMs = nowMs - lastWonMs;
  // Half of what fades is gone when the pause is over twice; a third of it stays for good.
  const kept = 1 / 3 + (2 / 3) * 0.5 ** (sinceMs / (2 * pauseMs));
  return { ...base, mastery: (won.length / teaching.length) * Math.min(1, kept), lastWonMs, isDue: sinceMs > pauseMs };
}

/** One drill a level, for the concept that has waited longest. */
function drillsOf(concepts: readonly ConceptView[], levels: readonly LevelView[], nowMs: number): DrillView[] {
  const due = concepts.filter(({ isDue, levelId }) => isDue && levelId !== undefined).sort((a, b) => a.lastWonMs! - b.lastWonMs!);
  const firsts = due.filter(({ levelId }, index) => due.findIndex((other) => other.levelId === levelId) === index);
  return firsts.flatMap(({ name, levelId, lastWonMs }) => {
    const level = levels.find(({ id }) => id === levelId);
    return level ? [{ levelId: level.id, title: level.title, minutes: level.minutes, concept: name, daysAgo: Math.floor((nowMs - lastWonMs!) / DAY_MS) }] : [];
  }).slice(0, DRILLS_MAX);
}

/** The local day of a moment. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}

/** The day so many days before; noon, so that the hour that summer takes does not matter. */
export function dayBefore(ms: number, days: number): string {
  const date = new Date(ms);
  return dayOf(new Date(date.getFullYear(), date.getMonth(), date.getDate() - days, 12).getTime());
}

function streaksOf(days: PracticeOf['days'], nowMs: number): Pick<PracticeView, 'streak' | 'bestStreak'> {
  const streakUpTo = (ago: number) => {
    let length = 0;
    while (days[dayBefore(nowMs, ago + length)]) length += 1;
    return length;
  };
  let bestStreak = 0;
  let run = 0;
  let before: string | undefined;
  for (const day of Object.keys(days).sort()) {
    run = before !== undefined && dayBefore(Date.parse(`${day}T12:00`), 1) === before ? run + 1 : 1;
    bestStreak = Math.max(bestStreak, run);
    before = day;
  }
  return { streak: streakUpTo(0) || streakUpTo(1), bestStreak };
}

/** `today`, `yesterday`, `5 days ago`, `3 weeks ago`, `4 months ago`. */
export function agoInWords(days: number): string {
  if (days < 1) return 'today';
  if (days < 2) return 'yesterday';
  const [count, unit] = days < 14 ? [days, 'day'] : days < 70 ? [days / 7, 'week'] : [days / 30.4, 'month'];
  return `${Math.floor(count)} ${unit}s ago`;
}

/** When a CronJob is to run (cronjob/utils.go). */
import { type CronSchedule, nextTime } from '../../api/cron-schedule.ts';
import type { CronJob } from '../../api/types.ts';

const MISSED_MAX = 100;

export interface Due {
  /** From when on runs were looked for. */
  readonly sinceMs: number;
  /** The last time at which it should have run and has not; undefined: none. */
  readonly lastMs: number | undefined;
  /** How many runs were missed besides, roughly: the first gap is taken for all. */
  readonly missed: number;
  readonly isTooMany: boolean;
}

/** What is due now, since the last run or the CronJob's creation, as far back as its deadline reaches. */
export function due({ metadata, spec, status }: CronJob, schedule: CronSchedule, nowMs: number, deadlineSeconds = spec.startingDeadlineSeconds ?? Infinity): Due {
  const sinceMs = Math.max(Date.parse(String(status.lastScheduleTime ?? metadata.creationTimestamp)), nowMs - deadlineSeconds * 1000);
  const next = (afterMs: number) => nextIn(schedule, afterMs, spec.timeZone) ?? Infinity;
  const first = next(sinceMs);
  const second = next(first);
  if (nowMs < second) return { sinceMs, lastMs: nowMs < first ? undefined : first, missed: 0, isTooMany: false };
  const period = second - first;
  const missed = Math.floor((nowMs - first) / period) + 1;
  let lastMs: number | undefined;
  for (let time = next(first + (missed - 2) * period); time <= nowMs; time = next(time)) lastMs = time;
  return { sinceMs, lastMs, missed, isTooMany: missed > MISSED_MAX };
}

/** When to look again: at the next time after the one that is due, or was last; undefined: never. */
export function wakeMs(cronJob: CronJob, schedule: CronSchedule, nowMs: number): number | undefined {
  const { sinceMs, lastMs, missed } = due(cronJob, schedule, nowMs, Infinity);
  return nextIn(schedule, lastMs ?? (missed > 0 ? nowMs : sinceMs), cronJob.spec.timeZone);
}

/** The next time after `afterMs`, by the clock of a time zone; UTC without one. */
export function nextIn(schedule: CronSchedule, afterMs: number, timeZone: string | undefined): number | undefined {
  if (!timeZone || 'every' in schedule) return nextTime(schedule, afterMs);
  const local = nextTime(schedule, afterMs + offsetMs(afterMs, timeZone));
  if (local === undefined) return undefined;
  const guess = local - offsetMs(afterMs, timeZone);
  return local - offsetMs(guess, timeZone);
}

/** Whether the zone is in the database of time zones. */
export function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function offsetMs(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(ms);
  const at = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second')) - Math.floor(ms / 1000) * 1000;
}

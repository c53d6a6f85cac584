/** When a CronJob is to run (cronjob/utils.go). */
import { type CronSchedule, nextTime } from '../../api/cron-schedule.ts';
import type { CronJob } from '../../api/types.ts';

const MISSED_MAX = 100;

export interface Due {
  /** The last time at which it should have run and has not; undefined: none. */
  readonly lastMs: number | undefined;
  /** More than a hundred runs were missed: `missed` of them. */
  readonly missed: number;
  readonly isTooMany: boolean;
}

/** What is due now, since the last run or the CronJob's creation, as far back as its deadline reaches. */
export function due({ metadata, spec, status }: CronJob, schedule: CronSchedule, nowMs: number): Due {
  const sinceMs = Date.parse(String(status.lastScheduleTime ?? metadata.creationTimestamp));
  const limitMs = spec.startingDeadlineSeconds === undefined ? -Infinity : nowMs - spec.startingDeadlineSeconds * 1000;
  const next = (afterMs: number) => nextIn(schedule, afterMs, spec.timeZone) ?? Infinity;
  const first = next(Math.max(sinceMs, limitMs));
  if (first > nowMs) return { lastMs: undefined, missed: 0, isTooMany: false };
  const second = next(first);
  if (second > nowMs) return { lastMs: first, missed: 0, isTooMany: false };
  const period = second - first;
  const missed = Math.floor((nowMs - first) / period) + 1;
  let lastMs = first;
  // Uneven schedules have no better guess than the first gap; from there it is searched.
  for (let time = next(first + Math.max(0, missed - 2) * period - 1); time <= nowMs; time = next(time)) lastMs = time;
  return { lastMs, missed, isTooMany: missed > MISSED_MAX };
}

/** The next time after `afterMs`, by the clock of a time zone; UTC without one. */
export function nextIn(schedule: CronSchedule, afterMs: number, timeZone: string | undefined): number | undefined {
  if (!timeZone || 'every' in schedule) return nextTime(schedule, afterMs);
  const local = nextTime(schedule, afterMs + offsetMs(afterMs, timeZone));
  if (local === undefined) return undefined;
  const guess = local - offsetMs(afterMs, timeZone);
  return local - offsetMs(guess, timeZone);
}

function offsetMs(ms: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(ms);
  const at = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second')) - Math.floor(ms / 1000) * 1000;
}

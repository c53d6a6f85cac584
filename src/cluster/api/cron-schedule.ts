/** Cron schedules as the CronJob controller reads them (robfig/cron's standard parser), with its errors. Times are UTC. */

/** A schedule that cannot be parsed; the message is the parser's. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

/** When to run: at matching minutes, or at an interval (`@every 5m`). */
export type CronSchedule =
  | { readonly every: number }
  | { readonly minutes: ReadonlySet<number>; readonly hours: ReadonlySet<number>; readonly days: ReadonlySet<number>; readonly months: ReadonlySet<number>; readonly weekdays: ReadonlySet<number>; readonly anyDay: boolean; readonly anyWeekday: boolean };

interface Bounds { min: number; max: number; names?: readonly string[] }

const bounds: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
};

/** Parses a schedule of five fields or a descriptor. Throws ScheduleError. */
export function parseSchedule(text: string): CronSchedule {
  if (text === '') throw new ScheduleError('empty spec string');
  if (text.startsWith('@')) return parseDescriptor(text);
  const fields = text.trim().split(/\s+/).filter(Boolean);
  if (fields.length !== bounds.length) throw new ScheduleError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minutes, hours, days, months, weekdays] = fields.map((field, index) => parseField(field, bounds[index] ?? { min: 0, max: 0 }));
  const isAny = (field: string | undefined) => /(^|,)[*?]/.test(field ?? '');
  return { minutes: minutes!, hours: hours!, days: days!, months: months!, weekdays: weekdays!, anyDay: isAny(fields[2]), anyWeekday: isAny(fields[4]) };
}

function parseDescriptor(text: string): CronSchedule {
  const standard = descriptors[text];
  if (standard) return parseSchedule(standard);
  const every = /^@every (\d+)(s|m|h)$/.exec(text);
  if (!every) throw new ScheduleError(text.startsWith('@every ') ? `failed to parse duration ${text}: time: invalid duration "${text.slice(7)}"` : `unrecognized descriptor: ${text}`);
  const unit = { s: 1000, m: 60_000, h: 3_600_000 }[every[2] as 's' | 'm' | 'h']; // the pattern allows no other
  return { every: Math.max(1000, Number(every[1]) * unit) };
}

function parseField(text: string, limits: Bounds): ReadonlySet<number> {
  return new Set(text.split(',').filter(Boolean).flatMap((part) => parseRange(part, limits)));
}

function parseRange(text: string, { min, max, names }: Bounds): number[] {
  const [range = '', stepText, ...moreSteps] = text.split('/');
  const [lowText = '', highText, ...moreHyphens] = range.split('-');
  const isAny = lowText === '*' || lowText === '?';
  const low = isAny ? min : parseNumber(lowText, names);
  if (!isAny && moreHyphens.length > 0) throw new ScheduleError(`too many hyphens: ${text}`);
  let high = isAny ? max : highText === undefined ? low : parseNumber(highText, names);
  if (moreSteps.length > 0) throw new ScheduleError(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  // `N/step` means from N to the end.
  if (stepText !== undefined && !isAny && highText === undefined) high = max;
  if (low < min) throw new ScheduleError(`beginning of range (${low}) below minimum (${min}): ${text}`);
  if (high > max) throw new ScheduleError(`end of range (${high}) above maximum (${max}): ${text}`);
  if (low > high) throw new ScheduleError(`beginning of range (${low}) beyond end of range (${high}): ${text}`);
  if (step === 0) throw new ScheduleError(`step of range should be a positive number: ${text}`);
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, index) => low + index * step);
}

function parseNumber(text: string, names?: readonly string[]): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0 && text !== '') return named;
  if (/^-\d+$/.test(text)) throw new ScheduleError(`negative number (${text}) not allowed: ${text}`);
  if (!/^\d+$/.test(text)) throw new ScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SEARCH_DAYS = 5 * 366; // cron gives up after five years

/** The first time after `afterMs` at which the schedule is due, in ms; undefined when there is none within five years. */
export function nextTime(schedule: CronSchedule, afterMs: number): number | undefined {
  if ('every' in schedule) return Math.floor(afterMs / 1000) * 1000 + schedule.every;
  const from = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
  for (let day = Math.floor(from / DAY_MS), end = day + SEARCH_DAYS; day < end; day++) {
    if (!isDayDue(schedule, new Date(day * DAY_MS))) continue;
    const time = firstOnDay(schedule, Math.max(0, from - day * DAY_MS));
    if (time !== undefined) return day * DAY_MS + time;
  }
  return undefined;
}

type Fields = Exclude<CronSchedule, { every: number }>;

/** When both day fields are restricted, either may match. */
function isDayDue({ days, months, weekdays, anyDay, anyWeekday }: Fields, date: Date): boolean {
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const [day, weekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
  return anyDay || anyWeekday ? day && weekday : day || weekday;
}

function firstOnDay({ hours, minutes }: Fields, fromMs: number): number | undefined {
  for (let minute = Math.ceil(fromMs / MINUTE_MS); minute < 24 * 60; minute++) {
    if (hours.has(Math.floor(minute / 60)) && minutes.has(minute % 60)) return minute * MINUTE_MS;
  }
  return undefined;
}

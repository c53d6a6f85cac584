import { expect, test } from 'vitest';
import { nextTime, parseSchedule } from '../../../src/cluster/api/cron-schedule.ts';

const at = (text: string) => Date.parse(`${text}Z`);

test.each([
  ['*/5 * * * *', '2026-01-01T00:00:00', '2026-01-01T00:05:00'],
  ['0 0 1 * *', '2026-01-01T00:00:00', '2026-02-01T00:00:00'],
  ['30 9 * * mon-fri', '2026-01-02T10:00:00', '2026-01-05T09:30:00'],
  ['0 0 13 * 5', '2026-01-01T00:00:00', '2026-01-02T00:00:00'],
  ['@hourly', '2026-01-01T00:59:59', '2026-01-01T01:00:00'],
  ['0 0 29 2 *', '2026-01-01T00:00:00', '2028-02-29T00:00:00'],
])('%s after %s is due at %s', (schedule, after, next) => {
  expect(nextTime(parseSchedule(schedule), at(after))).toBe(at(next));
});

test('an impossible date is never due', () => {
  expect(nextTime(parseSchedule('0 0 31 2 *'), 0)).toBeUndefined();
});

test.each([
  ['bad', 'expected exactly 5 fields, found 1: [bad]'],
  ['61 * * * *', 'end of range (61) above maximum (59): 61'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['5-2 * * * *', 'beginning of range (5) beyond end of range (2): 5-2'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@often', 'unrecognized descriptor: @often'],
])('%s is refused', (schedule, message) => {
  expect(() => parseSchedule(schedule)).toThrow(message);
});

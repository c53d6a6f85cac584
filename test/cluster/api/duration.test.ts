import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ageSince, formatGoDuration, humanDuration, microTimestamp, parseGoDuration, shortHumanDuration, timestamp } from '../../../src/cluster/api/duration.ts';

test.each([
  [-2, '<invalid>'], [-1, '0s'], [119, '119s'], [120, '2m'], [599, '9m59s'], [10_799, '179m'], [10_800, '3h'], [28_799, '7h59m'],
  [172_799, '47h'], [172_800, '2d'], [691_199, '7d23h'], [63_072_000, '2y'], [63_158_400, '2y1d'],
])('%d seconds read %s', (seconds, text) => {
  expect(humanDuration(seconds * 1000)).toBe(text);
});

test('an object without a time has an unknown age', () => {
  expect(ageSince(undefined, 0)).toBe('<unknown>');
  expect(ageSince('2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1, 0, 5))).toBe('5m');
});

test('timestamps have whole seconds, or microseconds', () => {
  expect(timestamp(Date.UTC(2026, 0, 1) + 999)).toBe('2026-01-01T00:00:00Z');
  expect(microTimestamp(Date.UTC(2026, 0, 1) + 999)).toBe('2026-01-01T00:00:00.999000Z');
});

test.each([['1h30m', 5_400_000], ['500ms', 500], ['-2s', -2000], ['1.5s', 1500], ['0', 0], ['5', undefined], ['', undefined], ['1d', undefined]])('Go reads %s', (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms);
});

test.each([[0, '0s'], [90_000, '1m30s'], [3_600_000, '1h0m0s'], [250, '250ms'], [1500, '1.5s']])('Go writes %d ms', (ms, text) => {
  expect(formatGoDuration(ms)).toBe(text);
});

const facts = join(import.meta.dirname, '../../../../shared/facts/controller-cases/quantities-durations.json');
describe.skipIf(!existsSync(facts))('ages that Kubernetes printed', () => {
  const cases: { seconds: number; human: string; short: string }[] = existsSync(facts) ? JSON.parse(readFileSync(facts, 'utf8')).durations : [];
  test.each(cases)('$seconds s', ({ seconds, human, short }) => {
    expect([humanDuration(seconds * 1000), shortHumanDuration(seconds * 1000)]).toEqual([human, short]);
  });
});

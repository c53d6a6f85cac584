import { expect, test } from 'vitest';
import { type Kept, play } from './long.ts';

const EVERY_MINUTES = 12;

// The long form: `npm run simulate -- --long 8`.
test('ordinary play keeps the last ten minutes of history, and no more objects and timers than it has use for', async () => {
  const kept: Kept[] = [];
  await play(0.6, EVERY_MINUTES * 60_000, (each) => void kept.push(each));
  const [early, late] = [kept[0]!, kept.at(-1)!];
  expect(late.minute).toBe(36);
  expect(late.revision - early.revision).toBeGreaterThan(1000);
  // Every five minutes all is forgotten that was there five minutes before.
  expect(late.revisions).toBeLessThan((late.revision - early.revision) / 2);
  expect(late.objects).toBeLessThanOrEqual(early.objects + 15);
  expect(late.connections).toBeLessThanOrEqual(early.connections + 10);
  expect(late.timers).toBeLessThanOrEqual(early.timers * 1.3);
});

import { expect, test } from 'vitest';
import { Simulation } from '../../src/time/simulation.ts';

test('timers that set each other at one instant are named, not waited for', async () => {
  const world = new Simulation({ seed: 1, startMs: 0 });
  const again = () => { world.clock.after(0, 'the snake', again); };
  again();
  await expect(world.advance(1)).rejects.toThrow(/time does not pass: \d+ timers at one instant, the last: the snake/);
});

test('as many timers over time are no circle', async () => {
  const world = new Simulation({ seed: 1, startMs: 0 });
  let fired = 0;
  const again = () => { fired++; world.clock.after(1, 'a heart', again); };
  again();
  await world.advance(600_000);
  expect(fired).toBe(600_001);
});

/** Traffic by the second, and the Events of a mission, as they are shown. */
import { expect, test } from 'vitest';
import { eventsLens } from '../../../src/engine/lens/events-lens.ts';
import { trafficLens } from '../../../src/engine/lens/traffic-lens.ts';
import { newAttempt } from '../../../src/engine/mission/attempt.ts';
import { Mission } from '../../../src/engine/mission/mission.ts';
import { loadPack } from '../../../src/engine/pack/load.ts';

const pack = await loadPack('levels');

async function begun(id: string): Promise<Mission> {
  return Mission.start(pack.levels.find((level) => level.id === id)!, newAttempt(id, '', '1', 'a'), { write: () => undefined });
}

test('each second is a sample; an outage shows as errors and burns the budget that the guard leaves', async () => {
  const mission = await begun('scale-to-five');
  await mission.advance(10_000);
  const [before] = trafficLens(mission).sources;
  expect(before).toMatchObject({ name: 'shoppers', to: 'http://web.shop', rate: 200, wanted: 0.95, failed: 0 });
  expect(before!.seconds).toHaveLength(10);
  expect(before!.seconds[0]!.sent).toBeCloseTo(200);
  expect(before!.seconds[0]!.medianMs).toBeGreaterThan(0);
  await mission.submit('kubectl scale deployment/web --replicas=0 -n shop');
  await mission.advance(5000);
  const [after] = trafficLens(mission).sources;
  expect(after!.seconds.at(-1)!.failed).toBeCloseTo(200);
  expect(after!.seconds.at(-1)!.medianMs).toBeUndefined();
  expect(after!.failed).toBeGreaterThan(500);
  expect(before!.seconds).toHaveLength(10); // what was shown does not change
});

test('a surge of the story is seen in the rate', async () => {
  const mission = await begun('scale-to-five');
  await mission.advance(25_000);
  expect(trafficLens(mission).sources[0]!.rate).toBe(600);
});

test('Events come in their order, with what they are about and how often', async () => {
  const mission = await begun('crash-loop');
  await mission.advance(60_000);
  const { events } = eventsLens(mission);
  const backOff = events.findLast(({ reason }) => reason === 'BackOff')!;
  expect(backOff).toMatchObject({ isWarning: true, source: 'kubelet', ref: { resource: 'pod', namespace: 'station' } });
  expect(backOff.count).toBeGreaterThan(1);
  const seconds = events.map(({ elapsedMs }) => Math.floor(elapsedMs / 1000)); // within one they stand as they were written
  expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  expect(events[0]!.elapsedMs).toBeLessThan(0);
});

/** The stream of Events. */
import { expect, test } from 'vitest';
import { eventsLens } from '../../../src/engine/lens/events-lens.ts';
import { newAttempt } from '../../../src/engine/mission/attempt.ts';
import { Mission } from '../../../src/engine/mission/mission.ts';
import { sandboxLevel } from '../../../src/engine/sandbox.ts';

test('what happened within a second is told in the order in which it was written, a Pod scheduled before it is started', async () => {
  const level = sandboxLevel('small')!;
  const mission = await Mission.start(level, newAttempt(level.id, '', 'seed', 'a'), { write: () => undefined });
  await mission.play('kubectl create deployment web --image=nginx:1.27', 60_000);
  await mission.advance(20_300);
  await mission.play('kubectl scale deployment web --replicas=2', 60_000);
  await mission.advance(10_000);
  const { events } = eventsLens(mission);
  const second = events.findLast(({ reason }) => reason === 'Scheduled')!.ref.name;
  expect(events.filter(({ ref }) => ref.name === second).map(({ reason }) => reason)).toEqual(['Scheduled', 'Pulled', 'Created', 'Started']);
});

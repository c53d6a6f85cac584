/** Lines typed at `kube-quest serve`: what a level needs besides kubectl, and for scripts how long to wait. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Mission } from '../engine/mission/mission.ts';
import { durationMs } from '../engine/pack/level.ts';
import type { OpenDoor } from '../server/door.ts';
import { isIncomplete } from '../shell/syntax.ts';

const LOOK_EVERY_MS = 20;

/**
 * `wait 30s` lets that much of the cluster's time pass at once and is answered by `waited 30s`; with a level every other
 * line runs in its terminal (`answer WORD`, `ssh NODE`). Lines are taken one after the other.
 */
export function takeLines(input: Readable, door: OpenDoor, mission: Mission | undefined, say: (text: string) => void): void {
  let work = Promise.resolve();
  let typed = '';
  createInterface({ input }).on('line', (line) => {
    typed = typed ? `${typed}\n${line}` : line;
    if (isIncomplete(typed)) return;
    const whole = typed;
    typed = '';
    work = work.then(() => take(whole, door, mission, say));
  });
}

async function take(line: string, door: OpenDoor, mission: Mission | undefined, say: (text: string) => void): Promise<void> {
  const [, duration = ''] = /^wait\s+(\d+(?:ms|s|m|h))$/.exec(line.trim()) ?? [];
  if (duration) {
    await door.leap(durationMs(duration));
    return say(`waited ${duration}`);
  }
  if (!line.trim()) return;
  if (!mission) return say(`not understood: ${line.trim()}; wait 30s is`);
  await new Promise<void>((begun) => door.step('line', () => { mission.begin(line); begun(); }));
  while (mission.shell.isBusy) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

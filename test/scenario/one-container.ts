/** Scenes of a Pod with one container on one node: what it runs, what its status says, when that changes. */
import { pod, type Scene } from './scene.ts';

export const FOREVER = 'while true; do sleep 1; done';
export const sh = (script: string, more: object = {}) => ({ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', script], ...more });
export const here = (name: string, container: object, more: object = {}, metadata: object = {}) => pod(name, { nodeName: 'w1', containers: [container], ...more }, metadata);
export const status = (at: Scene, name: string, path: string) => at.see(`pod ${name}`, `.status.${path}`);
export const restarts = async (at: Scene, name: string) => Number(await status(at, name, 'containerStatuses[0].restartCount'));
export const columns = async (at: Scene, name: string) => (await at.k(`get pod ${name} --no-headers`)).split(/ +/).slice(1, 3).join(' ');

/** The seconds, counted from now, at which `seen` took another value. */
export async function changes(at: Scene, seconds: number, seen: () => Promise<string | number>, step = 1): Promise<number[]> {
  const times: number[] = [];
  let last = await seen();
  for (let second = step; second <= seconds; second += step) {
    await at.wait(step);
    const now = await seen();
    if (now !== last) times.push(second);
    last = now;
  }
  return times;
}

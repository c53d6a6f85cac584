import { join } from 'node:path';
import { bundle, inFolder, ROOT, type Row } from '../row.ts';

/** 200 watches and 50 clients that create and delete 10,000 objects over HTTPS; the same through a mission's door, with the screen's delays. */
export async function server(objects: number): Promise<Row[]> {
  const [{ served }, { underLoad, createPods }, { doorUnderLoad }] = await Promise.all([import('../../server/scene.ts'), import('../../server/load.ts'), import('../door.ts')]);
  return inFolder(async (folder) => {
    const at = await served(1);
    const podsPerSecond = await createPods(at, { clients: 64, objects: 1_000 });
    await underLoad(at, { watches: 20, clients: 50, objects: Math.ceil(objects / 4) }); // what is compiled and kept once is there now
    const { requestsPerSecond, seen, heapBeforeMb, heapAfterMb, slowestMs } = await underLoad(at, { watches: 200, clients: 50, objects });
    await at.door.close();
    const program = join(folder, 'clients.mjs');
    await bundle({ entryPoints: [join(ROOT, 'test/bench/clients.ts')] }, program);
    const door = await doorUnderLoad(program, { watches: 200, clients: 50, objects });
    const lost = (all: typeof seen) => all.reduce((sum, { added, deleted }) => sum + 2 * objects - added - deleted, 0);
    const { median: usual, p99, max, cpuP99 } = door.delayMs;
    return [
      { what: 'Pods created over 64 connections', value: `${Math.round(podsPerSecond)} a second`, reference: 'the real one, two cores: 280-360', ratio: (podsPerSecond / 320).toFixed(2) },
      { what: 'writes over HTTPS under 200 watches', value: `${Math.round(requestsPerSecond)} a second`, reference: `slowest ${Math.round(slowestMs)} ms`, ratio: '' },
      { what: `events lost by 200 watches of ${2 * objects}`, value: String(lost(seen)), reference: `through the door: ${lost(door.seen)}`, ratio: '' },
      { what: 'heap before and after', value: `${Math.round(heapBeforeMb)}, ${Math.round(heapAfterMb)} MB`, reference: '', ratio: (heapAfterMb / heapBeforeMb).toFixed(2) },
      { what: 'a mission under the same load: event loop delay', value: `p99 ${p99.toFixed(0)} ms`, reference: `idle p99 ${door.idleMs.p99.toFixed(0)}; ${usual.toFixed(0)} to ${max.toFixed(0)}`, ratio: (p99 / door.idleMs.p99).toFixed(2) },
      { what: 'processor time between two frames, p99', value: `${cpuP99.toFixed(0)} ms`, reference: 'a frame has 50 ms', ratio: (cpuP99 / 50).toFixed(2) },
      { what: 'writes through the door meanwhile', value: `${Math.round(door.requestsPerSecond)} a second`, reference: '', ratio: '' },
    ];
  }, join(ROOT, 'node_modules'));
}

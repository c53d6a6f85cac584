/** What is done again at each save. */
import { watch } from 'node:fs';
import { loadPack } from '../../engine/pack/load.ts';
import { PackError } from '../../engine/pack/problems.ts';
import { packTest, type PackTestOptions } from '../pack-test.ts';

const CALM_MS = 200; // editors write a file in several steps

/** Calls `changed` once files of a folder have been written and it has been calm for a moment; returns the way to stop. */
export function atEachSave(folder: string, changed: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, (_event, name) => {
    if (name !== null && !name.endsWith('.yaml')) return;
    clearTimeout(timer);
    timer = setTimeout(changed, CALM_MS);
  });
  return () => { clearTimeout(timer); watcher.close(); };
}

/** `pack test --watch`: all that was asked for, then whatever changed; until Ctrl-C. */
export async function testAtEachSave(folder: string, only: readonly string[], options: PackTestOptions): Promise<number> {
  let known = new Map<string, string>();
  const test = async () => {
    try {
      const { levels } = loadPack(folder);
      const now = new Map(levels.filter(({ id }) => only.length === 0 || only.includes(id)).map((level) => [level.id, JSON.stringify(level)]));
      const changed = [...now].filter(([id, text]) => known.get(id) !== text).map(([id]) => id);
      known = now;
      if (changed.length > 0) await packTest(folder, changed, options);
    } catch (error) {
      if (!(error instanceof PackError)) throw error;
      process.stdout.write(`${error.message}\n`);
    }
    process.stdout.write('\nWaiting for the next save; Ctrl-C ends.\n');
  };
  let running = Promise.resolve();
  const next = () => { running = running.then(test); return running; };
  await next();
  await new Promise<void>((resolve, reject) => {
    const stop = atEachSave(folder, () => { next().catch(reject); });
    process.once('SIGINT', () => { stop(); resolve(); });
  });
  return 0;
}

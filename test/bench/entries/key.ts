import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { inFolder, median, ROOT, type Row } from '../row.ts';

/** From a key to the frame that shows it, through a pseudo-terminal, against the echo of a bare terminal program. */
export function key(): Promise<Row[]> {
  return inFolder(async (folder) => {
    const ours = await keyTimes([join(ROOT, 'dist/cli.js'), '--saves', folder], /name|player/i);
    const bare = await keyTimes(['-e', 'process.stdin.setRawMode(true);process.stdout.write("name");process.stdin.on("data",(d)=>process.stdout.write(d))'], /name/);
    return [{ what: 'key press to frame (wall clock)', value: `${ours.toFixed(1)} ms`, reference: `echo of a bare program: ${bare.toFixed(1)} ms`, ratio: (ours / bare).toFixed(1) }];
  });
}

async function keyTimes(args: string[], shown: RegExp): Promise<number> {
  const child = spawn(process.execPath, args, { cols: 80, rows: 24, env: { ...process.env, CI: 'false', TERM: 'xterm-256color' } as Record<string, string> });
  let heard: (() => void) | undefined;
  let text = '';
  child.onData((data) => { text += data; heard?.(); });
  const next = () => new Promise<void>((done) => { heard = done; });
  while (!shown.test(text)) await next();
  await new Promise((done) => { setTimeout(done, 500); });
  const times: number[] = [];
  for (const letter of 'thequickbrownfox') {
    const begin = process.hrtime.bigint();
    child.write(letter);
    await next();
    times.push(Number(process.hrtime.bigint() - begin) / 1e6);
    await new Promise((done) => { setTimeout(done, 60); });
  }
  child.kill('SIGKILL');
  return median(times);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import { bare } from '../../../.config/bundle-options.mjs';
import { bundle, cpuRow, inFolder, median, ROOT, type Row } from '../row.ts';

const RUNS = 7;
const HELLO = "import { render, Text } from 'ink';\nrender(<Text>hello world</Text>);\nsetTimeout(() => undefined, 60_000);\n";

/** CPU time to the first interactive frame, against a bare Ink program bundled the same way. */
export function start(): Promise<Row[]> {
  return inFolder(async (folder) => {
    const hello = await bundle({ stdin: { contents: HELLO, loader: 'tsx', resolveDir: ROOT } }, join(folder, 'hello.mjs'), bare);
    const ours: number[] = [];
    const hellos: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      hellos.push(await cpuUntil([hello], 'hello world'));
      ours.push(await cpuUntil([join(ROOT, 'dist/cli.js'), '--saves', join(folder, `saves-${i}`)], /\bname\b|player/i));
    }
    return [cpuRow('start to first interactive frame', median(ours), 'bare Ink, bundled', median(hellos))];
  });
}

/** CPU milliseconds of a program in a terminal until it has shown something. */
function cpuUntil(args: string[], shown: string | RegExp): Promise<number> {
  return new Promise((done) => {
    const env = { ...process.env, CI: 'false', TERM: 'xterm-256color', NODE_EXTRA_CA_CERTS: undefined };
    const child = spawn(process.execPath, args, { cols: 80, rows: 24, env: Object.fromEntries(Object.entries(env).filter((e): e is [string, string] => e[1] !== undefined)) });
    let text = '';
    child.onData((data) => {
      text += data;
      if (!(typeof shown === 'string' ? text.includes(shown) : shown.test(text))) return;
      done(cpuOf(child));
      text = '';
      child.kill('SIGKILL');
    });
  });
}

function cpuOf(child: IPty): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

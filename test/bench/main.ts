/** `npm run bench`: figures as ratios within one run; nothing here is asserted. `-- NAME` runs one entry; `-- server 1000` with fewer objects. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import { build, type BuildOptions } from 'esbuild';
import { common } from '../../.config/bundle-options.mjs';
import { Cluster } from '../../src/cluster/cluster.ts';
import { deployments } from '../../src/cluster/client/resources.ts';
import { nodesOf } from '../../src/engine/nodes.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const RUNS = 7;

interface Row { what: string; value: string; reference: string; ratio: string }

const entries: Record<string, () => Promise<Row[]>> = { start, 'deployment-200': pods200, key, frames, scale, server };

const only = process.argv[2];
const rows: Row[] = [];
for (const [name, entry] of Object.entries(entries)) if (!only || only === name) rows.push(...await entry());
process.stdout.write(`${['figure', 'measured', 'reference', 'ratio'].map((h, i) => h.padEnd([48, 20, 36, 6][i]!)).join('')}\n`);
for (const { what, value, reference, ratio } of rows) process.stdout.write(`${what.padEnd(48)}${value.padEnd(20)}${reference.padEnd(36)}${ratio}\n`);

/** CPU time to the first interactive frame, against a bare Ink program bundled the same way. */
async function start(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-quest-bench-'));
  try {
    const hello = await bundleHello(folder);
    const ours: number[] = [];
    const bare: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      bare.push(await cpuUntil([hello], 'hello world'));
      ours.push(await cpuUntil([join(ROOT, 'dist/cli.js'), '--saves', join(folder, `saves-${i}`)], /\bname\b|player/i));
    }
    return [{ what: 'start to first interactive frame (CPU)', value: `${median(ours)} ms`, reference: `bare Ink, bundled: ${median(bare)} ms`, ratio: (median(ours) / median(bare)).toFixed(2) }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundleHello(folder: string): Promise<string> {
  const contents = "import { render, Text } from 'ink';\nrender(<Text>hello world</Text>);\nsetTimeout(() => undefined, 60_000);\n";
  return bundle({ stdin: { contents, loader: 'tsx', resolveDir: ROOT } }, join(folder, 'hello.mjs'));
}

/** Bundles a program as ours is bundled; gives its path. */
async function bundle(program: Pick<BuildOptions, 'stdin' | 'entryPoints'>, outfile: string): Promise<string> {
  await build({ ...common, ...program, outfile });
  return outfile;
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

/** CPU time until a Deployment of 200 Pods is ready, against booting the same cluster. */
async function pods200(): Promise<Row[]> {
  const nodes = nodesOf([{ name: 'control-plane', role: 'control-plane', cpu: 8, memory: '16Gi' }, ...Array.from({ length: 4 }, (_, i) => ({ name: `worker-${i + 1}`, cpu: 32, memory: '64Gi' }))]);
  const cluster = new Cluster({ seed: 1, nodes });
  const boot = await cpu(() => cluster.boot());
  const ready = await cpu(async () => {
    const labels = { app: 'web' };
    cluster.admin().create(deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' }, spec: { replicas: 200, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } } } });
    for (let s = 0; s < 300; s++) {
      await cluster.world.advance(1000);
      if (cluster.admin().get(deployments, 'web', 'default')?.status.readyReplicas === 200) return;
    }
    throw new Error('not ready after 300 s');
  });
  return [{ what: 'a Deployment of 200 Pods until Ready (CPU)', value: `${ready} ms`, reference: `boot of its 5-node cluster: ${boot} ms`, ratio: (ready / boot).toFixed(2) }];
}

/** 200 watches and 50 clients that create and delete 10,000 objects over HTTPS; the same through a mission's door, with the screen's delays. */
async function server(objects = Number(process.argv[3] ?? 10_000)): Promise<Row[]> {
  const [{ served }, { underLoad, createPods }, { doorUnderLoad }] = await Promise.all([import('../server/scene.ts'), import('../server/load.ts'), import('./door.ts')]);
  const folder = mkdtempSync(join(ROOT, 'node_modules/.kube-quest-bench-'));
  try {
    const at = await served(1);
    const podsPerSecond = await createPods(at, { clients: 64, objects: 1_000 });
    const { requestsPerSecond, seen, heapBeforeMb, heapAfterMb, slowestMs } = await underLoad(at, { watches: 200, clients: 50, objects });
    await at.door.close();
    const program = join(folder, 'clients.mjs');
    await build({ ...common, entryPoints: [join(ROOT, 'test/bench/clients.ts')], outfile: program });
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
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 10,000 Pods made through the API and bound, on 1,000 nodes, against the same on 100. No kubelets. */
async function scale(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-quest-bench-'));
  try {
    const program = await bundle({ entryPoints: [join(ROOT, 'test/bench/scale.ts')] }, join(folder, 'scale.mjs'));
    const [large, small] = [1000, 100].map((nodes) => scaleRun(program, nodes, 10_000)) as [ScaleRun, ScaleRun];
    return [{ what: 'scale: 10,000 Pods on 1,000 nodes (CPU, peak)', value: `${large.cpuMs} ms, ${large.peakMb} MB`, reference: `on 100 nodes: ${small.cpuMs} ms, ${small.peakMb} MB`, ratio: (large.cpuMs / small.cpuMs).toFixed(2) }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface ScaleRun { cpuMs: number; peakMb: number }

function scaleRun(program: string, nodes: number, pods: number): ScaleRun {
  const said = execFileSync(process.execPath, [program, String(nodes), String(pods)], { encoding: 'utf8', cwd: ROOT });
  return JSON.parse(said) as ScaleRun;
}

/** Key press to frame over 1,000 nodes and 10,000 Pods that change 100 times a second, and what a frame costs in bytes. */
async function frames(): Promise<Row[]> {
  const { measureFrames } = await import('./frames.ts');
  const scenes = { 'at the prompt': ['', ['x', '\x7f']], 'on the map': ['\x1bv', ['\x1b[C', '\x1b[D']], 'on rows of nodes': ['\x1bvzz', ['\x1b[B', '\x1b[A']] } as const;
  const rows: Row[] = [];
  for (const [where, [sight, keys]] of Object.entries(scenes)) {
    const { medianMs, p95Ms, p95CpuMs, bytesAKey, bytesACell, cpuShare } = await measureFrames(sight, keys);
    rows.push({ what: `key to frame ${where} (95 %)`, value: `${p95CpuMs.toFixed(1)} ms of CPU`, reference: `33 ms; clock ${p95Ms.toFixed(0)}, median ${medianMs.toFixed(0)}; ${Math.round(cpuShare * 100)} % of a core`, ratio: (p95CpuMs / 33).toFixed(2) });
    rows.push({ what: `bytes for one cell, ${where}`, value: String(bytesACell), reference: `a key with its changes: ${Math.round(bytesAKey)}`, ratio: '' });
  }
  return rows;
}

/** From a key to the frame that shows it, through a pseudo-terminal, against the echo of a bare terminal program. */
async function key(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-quest-bench-'));
  try {
    const ours = await keyTimes([join(ROOT, 'dist/cli.js'), '--saves', folder], /name|player/i);
    const bare = await keyTimes(['-e', 'process.stdin.setRawMode(true);process.stdout.write("name");process.stdin.on("data",(d)=>process.stdout.write(d))'], /name/);
    return [{ what: 'key press to frame (wall clock)', value: `${ours.toFixed(1)} ms`, reference: `echo of a bare program: ${bare.toFixed(1)} ms`, ratio: (ours / bare).toFixed(1) }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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

async function cpu(act: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 1000);
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

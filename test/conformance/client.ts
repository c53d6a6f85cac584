/**
 * Runs the recorded sessions with the real kubectl against `kube-quest serve`, and counts equal answers.
 *
 *   npm run conformance:client -- [--show N] [--only NAME] [--min PERCENT] [--shared FOLDER]
 *
 * Every step runs in bash in an empty home; a `wait` lets that much of the cluster's time pass at once. Wording that only
 * the client's own version decides is left aside by the rules below, each counted and printed.
 * Without a kubectl or without the recordings it says so and ends well.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

interface Step { run?: string; wait?: string; stdout?: string; stderr?: string; exit?: number }
interface Session { steps: Step[] }
interface Answer { stdout: string; stderr: string; exit: number }
interface Masks { mask(text: string): string; unstable: ReadonlySet<string> }

const STEP_LIMIT_MS = 60_000;
const root = resolve(import.meta.dirname, '../..');

/** A difference that only the client's own version makes: `rewrite` brings either text to the same form. */
interface Rule { why: string; rewrite?: (text: string) => string; /** The step shows nothing but the client. */ isClientOnly?: (run: string) => boolean }

/** Applied where answers differ; what is the same then counts as the same, and is printed by rule. */
const CLIENT_WORDING: readonly Rule[] = [
  { why: 'empty creationTimestamp in client-side objects (gone since 1.34)', rewrite: (text) => text.replace(/^ *creationTimestamp: null\n/gm, '').replace(/,?\n *"creationTimestamp": null(?=,?\n)/g, '') },
  { why: 'the namespace of what was deleted (named since 1.34)', rewrite: (text) => text.replace(/ from [\w-]+ namespace$/gm, '') },
  { why: 'usage errors by klog or cobra before 1.35', rewrite: (text) => text.replace(/^E\d{4} [\d:.]+ +\d+ \S+\] "command failed" err="(.*)"$/gm, (_line, error: string) => `error: ${error.replaceAll('\\"', '"')}`).replace(/^Error: unknown/gm, 'error: unknown') },
  { why: 'kyaml among the output formats (since 1.34)', rewrite: (text) => text.replace('kyaml,', '') },
  { why: 'drain says cannot delete twice (before 1.35)', rewrite: (text) => text.replaceAll('cannot delete cannot delete', 'cannot delete') },
  { why: 'scale of what does not exist (before 1.34)', rewrite: (text) => text.replace('error: no objects passed to scale ', 'Error from server (NotFound): ') },
  { why: 'describe: Kube-Proxy Version (before 1.33), Time Zone of CronJobs and Namespace of DaemonSets (since 1.33)', rewrite: (text) => text.replace(/^ *(Kube-Proxy Version|Time Zone|Namespace):.*\n/gm, '') },
  { why: 'the version of kubectl itself', isClientOnly: (run) => /^kubectl version\b/.test(run) },
  { why: 'the log of requests: klog texts and discovery before each (before 1.34)', isClientOnly: (run) => /(^| )-{1,2}v[= ]?\d/.test(run) },
  { why: 'descriptions of fields, which are not copied', isClientOnly: (run) => run.startsWith('kubectl explain') },
];

const { values: options } = parseArgs({ options: { show: { type: 'string', default: '0' }, only: { type: 'string', default: '' }, min: { type: 'string', default: '0' }, shared: { type: 'string', default: join(root, '../shared') } } });

async function main(): Promise<number> {
  const folder = join(options.shared, 'conformance');
  const version = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  if (version.status !== 0) return leftOut('there is no kubectl on the PATH');
  if (!existsSync(join(folder, 'kubectl'))) return leftOut(`there are no recorded sessions in ${options.shared}`);
  say(version.stdout.trim().split('\n')[0]);
  const masks: Masks = await import(pathToFileURL(join(folder, 'mask.mjs')).href);
  const files = readdirSync(join(folder, 'kubectl')).filter((name) => name.endsWith('.json') && name.includes(options.only)).sort();
  const total = { same: 0, steps: 0 };
  const aside = new Map<string, number>();
  let shown = 0;
  for (const file of files) {
    const { same, steps, misses } = await replay(join(folder, 'kubectl', file), file.replace(/\.json$/, ''), folder, masks, aside);
    total.same += same;
    total.steps += steps;
    say(`${file.replace(/\.json$/, '')}: ${same}/${steps}`);
    for (const miss of misses) if (shown++ < Number(options.show)) say(miss);
  }
  for (const [why, count] of aside) say(`left aside ${count}: ${why}`);
  const percent = total.steps > 0 ? (100 * total.same) / total.steps : 0;
  say(`${total.same} passed, ${total.steps - total.same} failed`);
  say(`${percent.toFixed(1)} % of ${total.steps} answers are the same as Kubernetes v1.36.2's`);
  return percent < Number(options.min) ? 1 : 0;
}

function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

function leftOut(why: string): number {
  say(`left out: ${why}`);
  return 0;
}

async function replay(file: string, name: string, folder: string, { mask, unstable }: Masks, aside: Map<string, number>): Promise<{ same: number; steps: number; misses: string[] }> {
  const { steps }: Session = JSON.parse(readFileSync(file, 'utf8'));
  const home = mkdtempSync(join(tmpdir(), 'kube-quest-home-'));
  const kubeconfig = join(mkdtempSync(join(tmpdir(), 'kube-quest-serve-')), 'kubeconfig');
  const server = await startServer(join(folder, 'nodes.yaml'), kubeconfig);
  const result = { same: 0, steps: 0, misses: [] as string[] };
  try {
    for (const [index, step] of steps.entries()) {
      if (step.wait) { await server.wait(step.wait); continue; }
      const got = await runStep(step.run ?? '', home, kubeconfig);
      if (unstable.has(`${name}#${index}`)) continue;
      const wrong = (['stdout', 'stderr'] as const).filter((part) => mask(step[part] ?? '') !== mask(got[part]));
      const isExitSame = got.exit === step.exit;
      const rules = wrong.length === 0 && isExitSame ? [] : rulesFor(step, got, mask, isExitSame);
      for (const { why } of rules ?? []) aside.set(why, (aside.get(why) ?? 0) + 1);
      if (rules?.some(({ isClientOnly }) => isClientOnly)) continue;
      result.steps++;
      if (rules) { result.same++; continue; }
      const quoted = (text = '') => text.replace(/^/gm, '    | ');
      result.misses.push([`  $ ${step.run}`, ...wrong.map((part) => `  ${part}: want\n${quoted(step[part])}\n  got\n${quoted(got[part])}`), ...(got.exit === step.exit ? [] : [`  exit: want ${step.exit}, got ${got.exit}`])].join('\n'));
    }
  } finally {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
  return result;
}

/** The rules by which the answers are the same; undefined when they differ by more than the client's version. */
function rulesFor(step: Step, got: Answer, mask: Masks['mask'], isExitSame: boolean): Rule[] | undefined {
  const clientOnly = CLIENT_WORDING.find(({ isClientOnly }) => isClientOnly?.(step.run ?? ''));
  if (clientOnly) return [clientOnly];
  const used: Rule[] = [];
  const both = { want: step.stdout + '\u0001' + step.stderr, got: got.stdout + '\u0001' + got.stderr };
  for (const rule of CLIENT_WORDING) {
    const { rewrite = (text) => text } = rule;
    const after = { want: rewrite(both.want), got: rewrite(both.got) };
    if (after.want !== both.want || after.got !== both.got) used.push(rule);
    Object.assign(both, after);
  }
  const halves = (text: string) => text.split('\u0001').map(mask).join('\u0001');
  return isExitSame && halves(both.want) === halves(both.got) ? used : undefined;
}

async function startServer(cluster: string, kubeconfig: string): Promise<{ wait(duration: string): Promise<void>; stop(): Promise<void> }> {
  // An hour behind, so that waits do not bring the cluster ahead of the clock that kubectl counts ages by.
  const child: ChildProcess = spawn(process.execPath, [join(root, 'dist/cli.js'), 'serve', '--cluster', cluster, '--kubeconfig', kubeconfig, '--port', String(await freePort()), '--behind', '1h'], { stdio: ['pipe', 'ignore', 'pipe'] });
  const lines = createInterface({ input: child.stderr! })[Symbol.asyncIterator]();
  const until = async (wanted: RegExp) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('serve has ended');
      if (wanted.test(value)) return;
      process.stderr.write(`${value}\n`);
    }
  };
  await until(/^Serving on/);
  return {
    wait: async (duration) => { child.stdin!.write(`wait ${duration}\n`); await until(/^waited/); },
    stop: () => new Promise((done) => { child.once('exit', () => done()); child.kill('SIGINT'); }),
  };
}

/** The port the recordings were made on, if it is free: their error messages show it. */
function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer().once('error', () => done(0));
    probe.listen(6443, '127.0.0.1', () => probe.close(() => done(6443)));
  });
}

function runStep(command: string, home: string, kubeconfig: string): Promise<Answer> {
  return new Promise((done) => {
    const { PATH = '' } = process.env;
    const child = spawn('bash', ['-c', command], { cwd: home, env: { HOME: home, PATH, KUBECONFIG: kubeconfig, USER: 'root', TERM: 'dumb', CLOUDSDK_CONFIG: home }, stdio: ['ignore', 'pipe', 'pipe'] });
    const answer: Answer = { stdout: '', stderr: '', exit: -1 };
    const limit = setTimeout(() => child.kill('SIGKILL'), STEP_LIMIT_MS);
    child.stdout.on('data', (chunk: Buffer) => { answer.stdout += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { answer.stderr += chunk.toString(); });
    child.on('close', (code) => { clearTimeout(limit); done({ ...answer, exit: code ?? -1 }); });
  });
}

main().then((code) => process.exit(code), (error: unknown) => { process.stderr.write(`${String(error)}\n`); process.exit(1); });

/** The shipped missions, won from outside: the real kubectl in bash, the rest typed at `kube-quest serve --level`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { commandsOf } from '../../src/engine/mission/mission.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { until } from './scene.ts';

const root = resolve(import.meta.dirname, '../..');
const SHIPPED = ['hello-cluster', 'crash-loop', 'scale-to-five', 'rollback', 'gpu-pods', 'selector-mismatch', 'crashed-node', 'lock-down-etcd'];
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'kube-quest-missions-'));
const { levels } = loadPack(join(root, 'levels'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!hasKubectl)('with a kubectl on the PATH (skipped where there is none)', () => {
  test.each(SHIPPED)('%s', async (name) => {
    const level = levels.find(({ id, file }) => id === name || id.endsWith(`/${name}`) || file.endsWith(`-${name}.yaml`))!;
    const kubeconfig = join(folder, `${name}.kubeconfig`);
    const server = spawn(process.execPath, [join(root, 'dist/cli.js'), 'serve', '--level', level.id, '--kubeconfig', kubeconfig, '--speed', '10'], { stdio: 'pipe' });
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    server.stdout.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    try {
      await until(`${name} is served: ${said}`, () => said.includes('Serving on'), 60_000);
      await play(level.solutions[0]!, server, kubeconfig, () => said);
      await until(`${name} is won`, () => /Mission accomplished|The mission is lost/.test(said), 60_000).catch((error: unknown) => { throw new Error(`${String(error)}\n${said}`); });
      expect(said).toContain('Mission accomplished');
      for (const { text } of level.objectives) expect(said).toContain(`[x] ${text}`);
    } finally {
      server.kill('SIGINT');
    }
  }, 200_000);
});

/** kubectl runs outside; `answer`, `ssh` and what follows on a node are typed at the server. */
async function play(script: string, server: ChildProcess, kubeconfig: string, said: () => string): Promise<void> {
  let isOnNode = false;
  for (const line of commandsOf(script)) {
    const [, wait] = /^#\s*wait\s+(\S+)/.exec(line) ?? [];
    if (!isOnNode && /^(kubectl|k) /.test(line)) await outside(line.replace(/^k /, 'kubectl '), kubeconfig);
    else {
      const before = said().length;
      server.stdin!.write(wait ? `wait ${wait}\n` : `${line}\nwait 1s\n`);
      await until(`done: ${line}`, () => said().slice(before).includes('waited'), 60_000);
      isOnNode = /^ssh \S+$/.test(line) || (isOnNode && line !== 'exit');
    }
  }
}

function outside(line: string, kubeconfig: string): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn('bash', ['-o', 'pipefail', '-c', line], { cwd: folder, env: { ...process.env, HOME: folder, KUBECONFIG: kubeconfig }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child.on('close', (code) => (code === 0 ? done() : failed(new Error(`${line}: ${output}`))));
  });
}

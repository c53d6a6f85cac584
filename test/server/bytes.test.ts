/** Bytes that are no text go through exec, cp and port-forward as they are. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { Exec } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange, type Served, served, until } from './scene.ts';

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'kube-quest-bytes-'));
let at: Served;
beforeAll(async () => {
  at = await served();
  writeFileSync(join(folder, 'kubeconfig'), at.door.kubeconfig);
  await exchange(at, '/api/v1/namespaces/default/pods', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ metadata: { name: 'box' }, spec: { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '1000000'] }] } }) });
  await until('box runs', async () => (await exchange(at, '/api/v1/namespaces/default/pods/box')).text.includes('"phase":"Running"'));
});
afterAll(async () => { await at.door.close(); rmSync(folder, { recursive: true, force: true }); });

/** Runs a command with this input; gives what it writes. */
async function run(command: string[], given?: Buffer): Promise<Buffer> {
  const [stdout, stdin] = [new PassThrough(), given ? new PassThrough() : null];
  const chunks: Buffer[] = [];
  stdout.on('data', (chunk: Buffer) => void chunks.push(chunk));
  let isOver = false;
  await new Exec(at.config).exec('default', 'box', 'c', command, stdout, stdout, stdin, false, () => { isOver = true; });
  stdin?.end(given);
  await until(`${command.join(' ')} ends`, () => isOver);
  return Buffer.concat(chunks);
}

test('what is piped in comes out, byte for byte, and lies so on the disk', async () => {
  const bytes = randomBytes(5_000);
  expect((await run(['cat'], bytes)).equals(bytes)).toBe(true);
  await run(['sh', '-c', 'cat > /tmp/file'], bytes);
  expect((await run(['cat', '/tmp/file'])).equals(bytes)).toBe(true);
  expect((await run(['sha256sum', '/tmp/file'])).toString()).toBe(`${createHash('sha256').update(bytes).digest('hex')}  /tmp/file\n`);
  expect((await run(['sh', '-c', 'echo é'])).toString()).toBe('é\n');
});

test('tar packs and unpacks folders, long names, links and modes, and leads nowhere else', async () => {
  const long = `${'d'.repeat(60)}/${'f'.repeat(60)}`;
  await run(['sh', '-c', `mkdir -p /a/${'d'.repeat(60)} && echo deep > /a/${long} && echo plain > /a/b && chmod 600 /a/b && ln -s b /a/link && cd / && tar cf /tmp/a.tar a`]);
  expect((await run(['tar', 'tf', '/tmp/a.tar'])).toString().split('\n').sort().filter(Boolean)).toEqual(['a/', 'a/b', `a/${'d'.repeat(60)}/`, `a/${long}`, 'a/link'].sort());
  expect((await run(['sh', '-c', `mkdir /to && tar xf /tmp/a.tar -C /to && cat /to/a/${long} /to/a/link && stat -c %a /to/a/b`])).toString()).toBe('deep\nplain\n600\n');
  const evil = await run(['sh', '-c', 'cd /tmp && mkdir -p e && echo bad > e/x && tar cf - e/x']);
  evil.write('../../x\0', 0);
  evil.write(`${evil.subarray(0, 148).reduce((sum, byte) => sum + byte, 0).toString(8)}`, 148);
  await run(['sh', '-c', 'mkdir -p /jail/inner && tar xf - -C /jail/inner'], evil);
  expect((await run(['sh', '-c', 'ls /jail; ls /jail/inner'])).toString()).toBe('inner\nx\n');
  expect((await run(['sh', '-c', 'echo nonsense | tar xf -'])).toString()).toContain('tar:');
});

test.skipIf(!hasKubectl)('kubectl cp there and back (skipped where there is no kubectl)', async () => {
  const kubectl = (...words: string[]) => promisify(execFile)('kubectl', words, { cwd: folder, env: { ...process.env, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') } });
  const bytes = randomBytes(50_000);
  mkdirSync(join(folder, 'tree/sub'), { recursive: true });
  for (const name of ['tree/one', 'tree/sub/two']) writeFileSync(join(folder, name), bytes);
  await kubectl('cp', 'tree', 'box:/tmp/tree');
  expect((await run(['cat', '/tmp/tree/sub/two'])).equals(bytes)).toBe(true);
  await kubectl('cp', 'box:/tmp/tree', 'back');
  expect(readFileSync(join(folder, 'back/sub/two')).equals(bytes)).toBe(true);
}, 60_000);

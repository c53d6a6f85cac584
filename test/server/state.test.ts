/** A served cluster that is kept in a file, and what a file must be to be taken for one. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Runner } from '../../src/engine/run.ts';
import { ClusterFile } from '../../src/saves/cluster-file.ts';
import { openDoor } from '../../src/server/door.ts';
import { exchange, served } from './scene.ts';

const folder = mkdtempSync(join(tmpdir(), 'kube-quest-state-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a kubeconfig is good for the cluster that comes back, and so are its tokens', async () => {
  const before = await served();
  const path = join(folder, 'state.json');
  const token = async (at: Parameters<typeof exchange>[0]) => {
    const answer = await exchange(at, '/api/v1/namespaces/default/serviceaccounts/default/token', { method: 'POST', body: JSON.stringify({ kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec: {} }) });
    return (JSON.parse(answer.text) as { status: { token: string } }).status.token;
  };
  const old = await token(before);
  await exchange(before, '/api/v1/namespaces/default/configmaps', { method: 'POST', body: JSON.stringify({ metadata: { name: 'kept' }, data: { a: 'b' } }) });
  await before.door.close();
  new ClusterFile(path).write({ cluster: before.runner.cluster.saved(), door: before.door.keys });
  expect(statSync(path).mode & 0o777).toBe(0o600);

  const { cluster, door: keys } = new ClusterFile(path).read()!;
  const runner = await Runner.restart(cluster);
  const door = await openDoor(runner.cluster, { address: '127.0.0.1', port: 0, speed: 20, keys, log: () => undefined, crash: (error) => { throw error; } });
  expect(door.url).toBe(before.config.getCurrentCluster()!.server);
  const after = { ...before, door, runner };
  expect((await exchange(after, '/api/v1/namespaces/default/configmaps/kept')).text).toContain('"a":"b"');
  const review = async (of: string) => (await exchange(after, '/apis/authentication.k8s.io/v1/tokenreviews', { method: 'POST', body: JSON.stringify({ kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token: of } }) })).text;
  expect(await review(old)).toContain('"authenticated":true');
  const fresh = await token(after);
  expect(fresh).not.toBe(old);
  expect(await review(fresh)).toContain('"authenticated":true');
  await door.close();
}, 60_000);

const HEAD = '{"format":"kube-quest cluster","version":1,"sha256":"00"}\n{}';

test.each([
  ['empty', '', 'is not a cluster that'], ['of another kind', '{"format":"something"}\n{}', 'is not a cluster that'], ['no JSON', '\u0000\u0001', 'is not a cluster that'],
  ['changed', HEAD, 'is damaged'], ['cut short', HEAD.slice(0, -1), 'is damaged'],
  ['older', HEAD.replace('"version":1', '"version":0'), 'an older kube-quest'], ['newer', HEAD.replace('"version":1', '"version":2'), 'a newer kube-quest'],
])('a file that is %s is refused in one sentence and stays as it is', (name, text, said) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  expect(() => new ClusterFile(path).read()).toThrow(said);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('a file that somebody else has written meanwhile is not written over', async () => {
  const path = join(folder, 'shared.json');
  const [mine, other] = [new ClusterFile(path), new ClusterFile(path)];
  const content = { cluster: (await Runner.start({ seed: 1 })).cluster.saved(), door: { certificate: '', key: '', playerToken: '', port: 1 } };
  expect(mine.read()).toBeUndefined();
  mine.write(content);
  mine.write(content);
  expect(() => other.write(content)).toThrow('was changed by another program');
  expect(() => new ClusterFile(join(folder, 'nowhere', 'x')).write(content)).toThrow('the folder is gone');
});

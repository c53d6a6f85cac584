/** A mission whose door is open: what comes in counts, is shown, is kept, and plays again to the byte. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Exec, KubeConfig, Watch } from '@kubernetes/client-node';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { commandLine } from '../../src/commands/outside-command.ts';
import { attemptText, parseAttempt } from '../../src/engine/attempt-file.ts';
import { isAttempt } from '../../src/engine/attempts/bundle.ts';
import { verifyAttempt } from '../../src/engine/attempts/verify.ts';
import { type Attempt, newAttempt } from '../../src/engine/mission/attempt.ts';
import { Mission } from '../../src/engine/mission/mission.ts';
import { MissionSession } from '../../src/engine/mission-session.ts';
import type { Level } from '../../src/engine/pack/level.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { missionDoors } from '../../src/server/mission-door.ts';
import { putUnderLoad } from './load.ts';
import { exchange, until } from './scene.ts';

vi.setConfig({ testTimeout: 60_000 });
const pack = loadPack('levels');
const folder = mkdtempSync(join(tmpdir(), 'kube-quest-door-'));
const kubeconfig = join(folder, 'outside.kubeconfig');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const levelOf = (id: string): Level => pack.levels.find((level) => level.id === id)!;
const PATCH = { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json', 'kubectl-command': 'kubectl scale', 'user-agent': 'kubectl/v1.32.0' } };
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web';

/** A mission that real time drives, its door open. */
async function playing(level: Level, speed = 10 as const, attempt: Attempt = newAttempt(level.id, pack.digest, 'seed', 'attempt')) {
  const problems: string[] = [];
  let ended: Mission | undefined;
  const session = await MissionSession.open({
    level, attempt, isSandbox: false,
    host: {
      changed: () => undefined, keep: () => undefined, finished: (mission) => { ended = mission; }, nextLevel: () => undefined, left: async () => undefined, editorStyle: () => 'vi',
      openDoor: missionDoors({ publish: (text) => { writeFileSync(kubeconfig, text, { mode: 0o600 }); return kubeconfig; }, commandOf: commandLine, log: (text) => void problems.push(text) }),
    },
  });
  session.setSpeed(speed);
  let isTicking = false;
  const timer = setInterval(() => {
    if (isTicking) return;
    isTicking = true;
    void session.tick(50).finally(() => { isTicking = false; });
  }, 50);
  stops.push(async () => { clearInterval(timer); await session.closeDoor(); });
  const open = async () => {
    await session.toggleDoor();
    const config = new KubeConfig();
    config.loadFromString(readFileSync(kubeconfig, 'utf8'));
    return config;
  };
  return { session, problems, open, ended: () => ended };
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => { for (const stop of stops.splice(0)) await stop(); });

const linesOf = (session: MissionSession) => session.view().transcript.lines.map(({ spans }) => spans.map(({ text }) => text).join(''));
const etcdOf = ({ cluster }: Mission) => Buffer.from(cluster.saved().etcd.groups[0]!.store, 'base64').toString('utf8');

test('a level is won from outside, and its attempt is verified and plays again to the byte', async () => {
  const level = levelOf('scale-to-five');
  const { session, problems, open, ended } = await playing(level);
  expect(session.view()).toMatchObject({ canUndo: false });
  expect(session.view().doorRefusal).toBeUndefined();
  const config = await open();
  expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
  expect(session.view().door).toMatchObject({ kubeconfig, url: config.getCurrentCluster()!.server });
  const seen: string[] = [];
  await new Watch(config).watch('/api/v1/namespaces/shop/pods', {}, (type) => void seen.push(type), () => undefined);
  const [output, input] = [new PassThrough(), new PassThrough()];
  let said = '';
  output.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  const { items } = JSON.parse((await exchange({ config }, '/api/v1/namespaces/shop/pods')).text) as { items: { metadata: { name: string } }[] };
  await new Exec(config).exec('shop', items[0]!.metadata.name, 'web', ['sh', '-c', 'read word; echo "heard $word"; echo "$word" > /tmp/word'], output, output, input, false);
  input.end('anchor\n');
  await until('the process answers', () => said.includes('heard anchor'));
  const answer = await exchange({ config }, WEB, { ...PATCH, body: '{"spec":{"replicas":5}}' });
  expect(answer.status).toBe(200);
  await until('the mission is won', () => session.view().debrief !== undefined);
  expect(session.view().debrief).toMatchObject({ outcome: 'won', stars: 3 });
  expect(seen.filter((type) => type === 'ADDED').length).toBe(5);
  expect(linesOf(session)).toContain('outside: kubectl scale deployments web -n shop');
  await until('the door is shut with the end', () => !existsSync(kubeconfig) && session.view().door === undefined);
  expect(session.view().doorRefusal).toBe('the mission is over');
  await expect(exchange({ config }, '/version')).rejects.toThrow();
  expect(problems).toEqual([]);

  const attempt = parseAttempt(attemptText(session.attempt), 'a file');
  expect(isAttempt(attempt)).toBe(true);
  const { total, stars } = ended()!.score();
  expect(await verifyAttempt(pack, attempt, { score: total, stars }, true)).toMatchObject({ verdict: 'ok', commands: 1 });
  const forged = { ...attempt, inputs: attempt.inputs.map((input) => (input.do === 'outside' ? { ...input, calls: input.calls.filter((call) => !('ask' in call && call.ask.method === 'PATCH')) } : input)) };
  expect(await verifyAttempt(pack, forged, { score: total, stars }, true)).toMatchObject({ verdict: 'edited' });
  const [first, second] = [await Mission.replay(level, structuredClone(attempt), { write: () => undefined }), await Mission.replay(level, structuredClone(attempt), { write: () => undefined })];
  expect(etcdOf(first)).toBe(etcdOf(ended()!));
  expect(etcdOf(second)).toBe(etcdOf(first));
  expect(first.commands).toEqual(['kubectl scale deployments web -n shop']);
});

test('what came from outside is undone and gone on with like a command; who was connected comes in again', async () => {
  const level = levelOf('scale-to-five');
  const { session, open } = await playing(level);
  const config = await open();
  const replicas = async () => (JSON.parse((await exchange({ config }, WEB)).text) as { spec: { replicas: number } }).spec.replicas;
  let cuts = 0;
  await new Watch(config).watch('/api/v1/nodes', {}, () => undefined, () => { cuts++; });
  await exchange({ config }, WEB, { ...PATCH, body: '{"spec":{"replicas":3}}' });
  expect(await replicas()).toBe(3);
  expect(session.view().canUndo).toBe(true);
  await session.undoLastCommand();
  await until('the watch was cut', () => cuts === 1);
  expect(await replicas()).toBe(2);
  expect(session.view().canUndo).toBe(false);
  await exchange({ config }, WEB, { ...PATCH, body: '{"spec":{"replicas":4}}' });
  await session.toggleDoor();
  expect(existsSync(kubeconfig)).toBe(false);

  const again = await playing(level, 10, structuredClone(session.attempt));
  const late = await again.open();
  expect(late.getCurrentCluster()!.server).toMatch(/^https:\/\/127\.0\.0\.1:/);
  expect((JSON.parse((await exchange({ config: late }, WEB)).text) as { spec: { replicas: number } }).spec.replicas).toBe(4);
});

test('many clients at once lose nothing, and what they did plays again to the byte', async () => {
  const level = levelOf('scale-to-five');
  const { session, open } = await playing(level);
  const load = { watches: 5, clients: 5, objects: 40 };
  const { seen } = await putUnderLoad(await open(), load);
  expect(seen).toEqual(Array.from({ length: load.watches }, () => ({ added: load.objects, deleted: load.objects })));
  await session.toggleDoor();
  const attempt = structuredClone(session.attempt);
  const calls = attempt.inputs.flatMap((input) => (input.do === 'outside' ? input.calls : []));
  expect(calls.filter((call) => 'ask' in call && call.ask.method !== 'GET')).toHaveLength(2 * load.objects);
  const [one, other] = [await Mission.replay(level, structuredClone(attempt), { write: () => undefined }), await Mission.replay(level, attempt, { write: () => undefined })];
  expect(etcdOf(one)).toBe(etcdOf(other));
});

test('with time standing still requests are answered, and the player may less', async () => {
  const { session, open } = await playing(levelOf('scale-to-five'));
  session.setSpeed('paused');
  const config = await open();
  config.setCurrentContext('player@kubernetes');
  const { server = '' } = config.getCurrentCluster()!;
  const token = config.getCurrentUser()!.token!;
  const as = (path: string, method = 'GET') => exchange({ config }, path, { method, as: 'nobody', headers: { authorization: `Bearer ${token}` } });
  const before = session.view().elapsedMs;
  expect(server).not.toBe('');
  await until('the roles are there', async () => (await as('/api/v1/nodes')).status === 200);
  expect((await as('/api/v1/nodes/worker-1', 'DELETE')).status).toBe(403);
  expect(session.view().elapsedMs).toBe(before);
});

test('in an exam the door stays shut, unless the exam allows it', async () => {
  const exam = pack.levels.find((level) => level.exam)!;
  const { session } = await playing(exam);
  expect(session.view().doorRefusal).toContain('only the terminal here counts');
  await expect(session.toggleDoor()).rejects.toThrow('The door stays shut');
  const { data, ...template } = exam.template!;
  const allowed = await playing({ ...exam, template: { ...template, data: { ...data as object, exam: { ...exam.exam!, outside: true } } } });
  const config = await allowed.open();
  expect((await exchange({ config }, '/version')).status).toBe(200);
});

test.each([
  [{ ask: { method: 'TRACE', path: '/' } }], [{ ask: { method: 'GET', path: 'api' } }], [{ open: 'spy', stream: 1, ask: { method: 'GET', path: '/' } }], [{ stream: 1 }], [{ stream: 'x', close: true }], [{ ask: { method: 'GET', path: '/', as: { name: 'x' } } }], [{ ask: { method: 'POST', path: '/', body: {} } }], [[]], [null],
])('an attempt with the call %j is none', (call) => {
  expect(isAttempt({ ...newAttempt('a', 'b', 'c', 'd'), inputs: [{ atMs: 1, do: 'outside', calls: [call] }] })).toBe(false);
});

test('what a forged attempt holds for prototypes reaches none', async () => {
  const attempt: Attempt = { ...newAttempt('scale-to-five', pack.digest, 's', 'id'), elapsedMs: 10, inputs: [{ atMs: 1, do: 'outside', calls: [
    { ask: { method: 'POST', path: '/api/v1/namespaces/default/configmaps', as: { name: 'kubernetes-admin', groups: ['kubeadm:cluster-admins'] }, body: '{"metadata":{"name":"x","__proto__":{"spoilt":"yes"}},"__proto__":{"spoilt":"yes"}}' } },
    { stream: 7, close: true },
  ] }] };
  await Mission.replay(levelOf('scale-to-five'), attempt, { write: () => undefined });
  expect(Reflect.get({}, 'spoilt')).toBeUndefined();
});

/** What a client library does with the served API. */
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { AppsV1Api, AuthenticationV1Api, CoordinationV1Api, CoreV1Api, Exec, Log, makeInformer, PatchStrategy, setHeaderOptions, type V1ConfigMap, type V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange, type Served, served, until } from './scene.ts';

let at: Served;
let core: CoreV1Api;
const namespace = 'default';
beforeAll(async () => {
  at = await served();
  core = at.config.makeApiClient(CoreV1Api);
});
afterAll(async () => {
  expect(at.problems).toEqual([]);
  await at.door.close();
});

async function startedPod(name: string, script: string): Promise<void> {
  await core.createNamespacedPod({ namespace, body: { metadata: { name }, spec: { containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', script] }] } } });
  await until(`${name} runs`, async () => (await core.readNamespacedPod({ namespace, name })).status?.phase === 'Running');
}

test('nodes are listed and pages follow each other', async () => {
  expect((await core.listNode()).items.map((node) => node.metadata?.name)).toEqual(['control-plane', 'worker-1', 'worker-2']);
  const first = await core.listNode({ limit: 2 });
  expect([first.items.length, first.metadata?.remainingItemCount]).toEqual([2, 1]);
  const next = await core.listNode({ limit: 2, _continue: first.metadata?._continue });
  expect(next.items.map((node) => node.metadata?.name)).toEqual(['worker-2']);
});

test('an informer sees a thousand changes, each once and in order', async () => {
  const seen = new Map<string, string[]>();
  const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'of=informer' });
  const informer = makeInformer<V1ConfigMap>(at.config, `/api/v1/namespaces/${namespace}/configmaps`, list, 'of=informer');
  const note = (what: string) => ({ metadata, data }: V1ConfigMap) => void seen.set(metadata!.name!, [...(seen.get(metadata!.name!) ?? []), `${what} ${data?.['turn']}`]);
  informer.on('add', note('add'));
  informer.on('update', note('update'));
  informer.on('delete', note('delete'));
  await informer.start();
  const names = Array.from({ length: 250 }, (_, i) => `seen-${i}`);
  const body = (name: string, turn: string): V1ConfigMap => ({ metadata: { name, labels: { of: 'informer' } }, data: { turn } });
  for (const name of names) await core.createNamespacedConfigMap({ namespace, body: body(name, '0') });
  for (const turn of ['1', '2']) await Promise.all(names.map((name) => core.replaceNamespacedConfigMap({ namespace, name, body: body(name, turn) })));
  await Promise.all(names.map((name) => core.deleteNamespacedConfigMap({ namespace, name })));
  await until('all deletions seen', () => names.every((name) => seen.get(name)?.at(-1)?.startsWith('delete')));
  await informer.stop();
  for (const name of names) expect(seen.get(name), name).toEqual(['add 0', 'update 1', 'update 2', 'delete 2']);
}, 180_000);

test('a Deployment is created, patched and rolled out', async () => {
  const apps = at.config.makeApiClient(AppsV1Api);
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
  await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'web' }, spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template } } });
  await apps.patchNamespacedDeployment({ namespace, name: 'web', body: { spec: { replicas: 3 } } }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
  await until('three replicas', async () => (await apps.readNamespacedDeployment({ namespace, name: 'web' })).status?.readyReplicas === 3);
  await expect(apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } }, template } } })).rejects.toMatchObject({ code: 409 });
});

test('exec tells both streams and the exit code, and takes input', async () => {
  await startedPod('run', 'sleep 3600');
  const run = async (command: string[], input?: string) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const said = { out: '', err: '' };
    stdout.on('data', (chunk: Buffer) => { said.out += chunk.toString(); });
    stderr.on('data', (chunk: Buffer) => { said.err += chunk.toString(); });
    const stdin = input === undefined ? null : new PassThrough();
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(at.config).exec(namespace, 'run', 'main', command, stdout, stderr, stdin, false, resolve).catch(reject);
      stdin?.end(input);
    });
    return { ...said, status: status.status, code: status.details?.causes?.[0]?.message };
  };
  expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 7'])).toEqual({ out: 'out\n', err: 'err\n', status: 'Failure', code: '7' });
  expect(await run(['cat'], 'hello')).toEqual({ out: 'hello', err: '', status: 'Success', code: undefined });
});

test('exec -it of a command that reads nothing does not wait for the first line', async () => {
  await startedPod('terminal', 'sleep 3600');
  const stdout = new PassThrough();
  let text = '';
  stdout.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(at.config).exec(namespace, 'terminal', 'main', ['sh', '-c', 'sleep 1; hostname'], stdout, null, new PassThrough(), true, resolve).catch(reject);
  });
  expect([status.status, text]).toEqual(['Success', 'terminal\r\n']);
});

test('a followed log goes on until the container ends', async () => {
  await startedPod('speaker', 'for i in 1 2 3; do echo line $i; sleep 2; done; sleep 20');
  const out = new PassThrough();
  let text = '';
  out.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  out.on('error', () => undefined); // the abort below
  const follow = await new Log(at.config).log(namespace, 'speaker', 'main', out, { follow: true });
  await until('three lines', () => text === 'line 1\nline 2\nline 3\n');
  follow.abort();
  expect(await core.readNamespacedPodLog({ namespace, name: 'speaker', tailLines: 1 })).toBe('line 3\n');
});

test('of ten candidates one holds a Lease at any time, and the next takes over', async () => {
  const leases = at.config.makeApiClient(CoordinationV1Api);
  await leases.createNamespacedLease({ namespace, body: { metadata: { name: 'leader' }, spec: {} } });
  const campaign = async (me: string): Promise<boolean> => {
    const lease = await leases.readNamespacedLease({ namespace, name: 'leader' });
    if (lease.spec?.holderIdentity) return false;
    try {
      await leases.replaceNamespacedLease({ namespace, name: 'leader', body: { ...lease, spec: { holderIdentity: me, leaseTransitions: (lease.spec?.leaseTransitions ?? 0) + 1 } } });
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 409 });
      return false;
    }
  };
  const candidates = Array.from({ length: 10 }, (_, i) => `candidate-${i}`);
  for (let term = 1; term <= 3; term++) {
    const won = await Promise.all(candidates.map(campaign));
    expect(won.filter(Boolean)).toHaveLength(1);
    const lease = await leases.readNamespacedLease({ namespace, name: 'leader' });
    expect([lease.spec?.holderIdentity, lease.spec?.leaseTransitions]).toEqual([candidates[won.indexOf(true)], term]);
    await leases.replaceNamespacedLease({ namespace, name: 'leader', body: { ...lease, spec: { ...lease.spec, holderIdentity: '' } } });
  }
});

test('a ServiceAccount token verifies against the JWKS, and TokenReview agrees', async () => {
  const { status: issued } = await core.createNamespacedServiceAccountToken({ namespace, name: 'default', body: { spec: { audiences: [] } } });
  const token = issued?.token ?? '';
  const [head = '', claims = '', signature = ''] = token.split('.');
  const { keys }: { keys: (JsonWebKey & { kid: string })[] } = JSON.parse((await exchange(at, '/openid/v1/jwks')).text);
  const { kid }: { kid: string } = JSON.parse(Buffer.from(head, 'base64url').toString());
  const key = createPublicKey({ key: keys.find((known) => known.kid === kid)!, format: 'jwk' });
  expect(verify(null, Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
  expect(verify(null, Buffer.from(`${head}.${claims}x`), key, Buffer.from(signature, 'base64url'))).toBe(false);
  const { issuer }: { issuer: string } = JSON.parse((await exchange(at, '/.well-known/openid-configuration')).text);
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ iss: issuer, sub: 'system:serviceaccount:default:default' });
  const review = await at.config.makeApiClient(AuthenticationV1Api).createTokenReview({ body: { spec: { token } } });
  expect(review.status?.user?.username).toBe('system:serviceaccount:default:default');
  const asAccount = { headers: { authorization: `Bearer ${token}` }, as: 'nobody' } as const;
  expect((await exchange(at, '/api/v1/nodes', asAccount)).text).toContain('nodes is forbidden: User \\"system:serviceaccount:default:default\\" cannot list resource');
});

/** The face below the client libraries: who gets in, in which form answers come, and what hostile clients get. */
import { connect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { request } from 'node:https';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../../src/server/x509.ts';
import { type Answer, exchange, type Served, served } from './scene.ts';

let at: Served;
beforeAll(async () => { at = await served(1); });
afterAll(async () => {
  expect(at.problems).toEqual([]);
  await at.door.close();
});

const json = (answer: Answer): { message?: string; kind?: string; reason?: string; items?: unknown[] } => JSON.parse(answer.text);
const post = (path: string, body: string | Buffer, type = 'application/json') => exchange(at, path, { method: 'POST', body, headers: { 'content-type': type } });
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

describe('who gets in', () => {
  test('nobody may do what the flags do not allow to everybody', async () => {
    expect((await exchange(at, '/version', { as: 'nobody' })).status).toBe(200);
    const refused = await exchange(at, '/api/v1/pods', { as: 'nobody' });
    expect([refused.status, json(refused).message]).toEqual([403, 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope']);
    expect((await exchange(at, '/api/v1/pods', { as: 'nobody', headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  });

  test('a certificate of another authority is no identity', async () => {
    const { certificate, key } = createAuthority('elsewhere', Date.now()).issue({ commonName: 'kubernetes-admin', organizations: ['system:masters'] });
    const { server = '', caData = '' } = at.config.getCurrentCluster() ?? {};
    const status = await new Promise((resolve, reject) => {
      request(`${server}/api/v1/pods`, { ca: Buffer.from(caData, 'base64'), cert: certificate, key, agent: false }, (response) => { response.resume(); resolve(response.statusCode); }).on('error', reject).end();
    });
    expect(status).toBe(401);
  });

  test('the player edits in namespaces and reads nodes, but no more', async () => {
    const { token = '' } = at.config.getUser('player') ?? {};
    const as = (path: string, method = 'GET', body?: string) => exchange(at, path, { as: 'nobody', method, body, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } });
    expect((await as('/api/v1/nodes')).status).toBe(200);
    expect((await as(CONFIG_MAPS, 'POST', '{"metadata":{"name":"mine"}}')).status).toBe(201);
    expect((await as('/api/v1/nodes/worker-1', 'DELETE')).status).toBe(403);
    expect((await as('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', 'POST', '{"metadata":{"name":"all"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"}}')).status).toBe(403);
  });

  test('impersonation asks the cluster', async () => {
    const answer = await exchange(at, '/api/v1/nodes', { headers: { 'impersonate-user': 'jane' } });
    expect(json(answer).message).toContain('User "jane" cannot list resource "nodes"');
    const as = (headers: Record<string, string>) => exchange(at, '/apis/authentication.k8s.io/v1/selfsubjectreviews', { method: 'POST', body: '{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}', headers: { 'content-type': 'application/json', 'impersonate-user': 'jane', 'impersonate-group': 'dev', 'impersonate-uid': '42', 'Impersonate-Extra-Example.com%2Fscope': 'shop', ...headers } });
    expect(json(await as({}))).toMatchObject({ status: { userInfo: { username: 'jane', uid: '42', groups: ['dev', 'system:authenticated'], extra: { 'example.com/scope': ['shop'] } } } });
    const { token = '' } = at.config.getUser('player') ?? {};
    expect(json(await exchange(at, '/api/v1/pods', { as: 'nobody', headers: { authorization: `Bearer ${token}`, 'impersonate-user': 'player' } })).message).toContain('cannot impersonate resource "users"');
    const only = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'acts' }, rules: [{ apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] }, { apiGroups: ['authentication.k8s.io'], resources: ['uids'], verbs: ['impersonate'] }] };
    await post('/apis/rbac.authorization.k8s.io/v1/clusterroles', JSON.stringify(only));
    await post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', JSON.stringify({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'acts' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'acts' }, subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'player' }] }));
    const denied = await exchange(at, '/api/v1/pods', { as: 'nobody', headers: { authorization: `Bearer ${token}`, 'impersonate-user': 'jane', 'impersonate-extra-scope': 'shop' } });
    expect(json(denied).message).toContain('cannot impersonate resource "userextras/scope" in API group "authentication.k8s.io"');
  });
});

describe('forms', () => {
  test('headers that clients look for are there', async () => {
    const { headers } = await exchange(at, '/api/v1/namespaces', { headers: { 'audit-id': 'mine' } });
    expect(headers).toMatchObject({ 'audit-id': 'mine', 'cache-control': 'no-cache, private', 'content-type': 'application/json' });
    expect(headers['x-kubernetes-pf-flowschema-uid']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('what is not served is 406 or 415, and JSON is fallen back to', async () => {
    expect((await exchange(at, '/api/v1/pods', { headers: { accept: 'application/cbor' } })).status).toBe(406);
    const both = await exchange(at, '/api/v1/pods', { headers: { accept: 'application/vnd.kubernetes.protobuf, application/json' } });
    expect([both.status, both.headers['content-type']]).toEqual([200, 'application/json']);
    expect((await post(CONFIG_MAPS, 'a', 'application/cbor')).status).toBe(415);
  });

  test('tables, metadata and YAML come when asked for', async () => {
    const as = async (accept: string) => exchange(at, '/api/v1/namespaces', { headers: { accept } });
    expect(json(await as('application/json;as=Table;v=v1;g=meta.k8s.io,application/json')).kind).toBe('Table');
    expect(json(await as('application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')).kind).toBe('PartialObjectMetadataList');
    expect((await as('application/yaml')).text).toContain('kind: NamespaceList');
  });

  test('discovery comes as one document or in pieces', async () => {
    const whole = await exchange(at, '/apis', { headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' } });
    expect(whole.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    expect(json(whole).kind).toBe('APIGroupDiscoveryList');
    expect(json(await exchange(at, '/apis')).kind).toBe('APIGroupList');
  });

  test('OpenAPI describes fields and parameters', async () => {
    const { components, paths } = JSON.parse((await exchange(at, '/openapi/v3/apis/apps/v1')).text);
    const { containers } = components.schemas['io.k8s.api.core.v1.PodSpec'].properties;
    expect(containers).toMatchObject({ type: 'array', 'x-kubernetes-patch-merge-key': 'name', 'x-kubernetes-list-type': 'map' });
    expect(paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'].patch.parameters.map((p: { name: string }) => p.name)).toContain('fieldValidation');
    expect(Object.keys(JSON.parse((await exchange(at, '/openapi/v3')).text).paths)).toContain('apis/apps/v1');
  });

  test('large answers are zipped for who can read that', async () => {
    const { server = '', caData = '' } = at.config.getCurrentCluster() ?? {};
    const { certData = '', keyData = '' } = at.config.getCurrentUser() ?? {};
    const bytes = await new Promise<{ encoding: unknown; body: Buffer }>((resolve, reject) => {
      const of = (text: string) => Buffer.from(text, 'base64');
      request(`${server}/openapi/v3/api/v1`, { ca: of(caData), cert: of(certData), key: of(keyData), headers: { 'accept-encoding': 'gzip' } }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part)).on('end', () => resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(parts) }));
      }).on('error', reject).end();
    });
    expect(bytes.encoding).toBe('gzip');
    expect(JSON.parse(gunzipSync(bytes.body).toString()).openapi).toBe('3.0.0');
  });

  test('health and metrics speak the usual names', async () => {
    expect((await exchange(at, '/readyz')).text).toBe('ok');
    expect((await exchange(at, '/livez?verbose')).text).toMatch(/^\[\+\]ping ok\n[\s\S]*livez check passed\n$/);
    const { text } = await exchange(at, '/metrics');
    expect(text).toMatch(/^apiserver_request_total\{code="200".*resource="namespaces".*\} \d+$/m);
  });

  test('a deprecated kind is warned of', async () => {
    expect((await exchange(at, '/api/v1/componentstatuses')).headers['warning']).toBe('299 - "v1 ComponentStatus is deprecated in v1.19+"');
  });
});

describe('watches', () => {
  test('a streaming list ends its beginning with a bookmark, and a timeout ends it', async () => {
    const { text } = await exchange(at, '/api/v1/namespaces?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1');
    const events: { type: string; object: { metadata: { name?: string; annotations?: Record<string, string> } } }[] = text.trim().split('\n').map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'ADDED', 'ADDED', 'BOOKMARK']);
    expect(events.at(-1)!.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  test('a version that is gone is told by one ERROR of 410', async () => {
    await at.runner.cluster.admin();
    const { status, text } = await exchange(at, '/api/v1/namespaces?watch=1&resourceVersion=999999999');
    expect([status, JSON.parse(text).message]).toEqual([504, expect.stringContaining('Too large resource version: 999999999')]);
  });
});

describe('hostile clients', () => {
  test('broken JSON is told where, as Go tells it', async () => {
    const wrong = async (body: string) => json(await post('/api/v1/namespaces/default/pods', body)).message;
    const about = "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error:";
    expect(await wrong('{bad')).toBe(`${about} invalid character 'b' looking for beginning of object key string ({bad)`);
    expect(await wrong('{"a":1')).toBe(`${about} unexpected end of JSON input ({"a":1)`);
    expect(await wrong('{"a":1}}')).toBe(`${about} invalid character '}' after top-level value ({"a":1}})`);
  });

  test('bodies and depths have bounds', async () => {
    const big = await post(CONFIG_MAPS, Buffer.alloc(4 * 1024 * 1024, 'a'));
    expect([big.status, json(big).message]).toEqual([413, 'Request entity too large: limit is 3145728']);
    const deep = await post(CONFIG_MAPS, `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`);
    expect([deep.status, json(deep).message]).toEqual([400, expect.stringContaining('exceeded max depth')]);
    expect((await post(CONFIG_MAPS, `${'['.repeat(5_000)}${']'.repeat(5_000)}`)).status).toBe(400);
  });

  test('a hundred megabytes without a length are cut off, not kept', async () => {
    const { server = '', caData = '' } = at.config.getCurrentCluster() ?? {};
    const { certData = '', keyData = '' } = at.config.getCurrentUser() ?? {};
    const [ca, cert, key] = [caData, certData, keyData].map((text) => Buffer.from(text, 'base64'));
    const before = process.memoryUsage().rss;
    const status = await new Promise<number>((resolve) => {
      let sent = 0;
      const asked = request(`${server}${CONFIG_MAPS}`, { method: 'POST', ca, cert, key, agent: false, headers: { 'content-type': 'application/json' } }, (response) => { response.resume(); resolve(response.statusCode ?? 0); });
      asked.on('error', () => resolve(0)); // cut off before the answer was read
      const more = () => { while (!asked.destroyed && sent++ < 100) if (!asked.write(Buffer.alloc(1 << 20, 0x20))) return void asked.once('drain', more); asked.end(); };
      more();
    });
    expect([413, 0]).toContain(status);
    expect(process.memoryUsage().rss - before).toBeLessThan(80e6);
    expect((await exchange(at, '/healthz')).text).toBe('ok');
  });

  test('forged tokens are nobody\'s', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = part({ iss: 'https://kubernetes.default.svc.cluster.local', sub: 'system:serviceaccount:kube-system:default', aud: ['https://kubernetes.default.svc.cluster.local'], exp: 4e9, iat: 1, nbf: 1 });
    for (const token of [`${part({ alg: 'none' })}.${claims}.`, `${part({ alg: 'HS256' })}.${claims}.${part({})}`, `${part({ alg: 'RS256', kid: '../../x' })}.${claims}.AAAA`, '..', 'a.b.c', 'x'.repeat(20_000)]) {
      expect((await exchange(at, '/api/v1/pods', { as: 'nobody', headers: { authorization: `Bearer ${token}` } })).status, token.slice(0, 30)).toBe(401);
    }
  });

  test('keys that would reach a prototype reach nothing', async () => {
    const answer = await post(CONFIG_MAPS, '{"metadata":{"name":"polluted"},"__proto__":{"polluted":"yes"},"data":{"__proto__":"x","constructor":"y"}}');
    expect(answer.status).toBe(201);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('paths lead nowhere else', async () => {
    for (const path of ['/api/v1/namespaces/../../etc/passwd', '/..%2f..%2fetc/passwd', '/api/v1/namespaces/default/configmaps/%00', '/apis//v1/x', '/api/v1/namespaces/default/configmaps/a/b/c/d/e', '/api/v1/__proto__', '/apis/constructor/v1/x']) expect((await exchange(at, path)).status, path).toBeGreaterThanOrEqual(400);
    expect((await exchange(at, '/api/v1/pods/%zz')).status).toBe(400);
  });

  test('what is not HTTP ends the connection, not the server', async () => {
    const { port } = new URL(at.door.url);
    await new Promise<void>((resolve) => {
      const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false }, () => socket.write('GIBBERISH\r\n\r\n\0\0\0'));
      socket.on('close', () => resolve()).on('error', () => undefined).resume();
    });
    expect((await exchange(at, '/healthz')).text).toBe('ok');
  });

  test('whatever is sent, the answer has a status and the server lives', async () => {
    const word = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('pods', 'namespaces', 'default', '__proto__', 'constructor', 'status', 'scale', 'watch', '%2e%2e'));
    const path = fc.array(word, { maxLength: 6 }).map((words) => `/${words.map(encodeURIComponent).join('/')}`);
    const type = fc.constantFrom('application/json', 'application/yaml', 'application/merge-patch+json', 'application/json-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml', 'application/vnd.kubernetes.protobuf', 'text/plain');
    const body = fc.oneof(fc.json({ maxDepth: 5 }), fc.string(), fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])));
    const root = fc.constantFrom('', '/api/v1', '/apis/apps/v1/namespaces/default', '/api/v1/namespaces/default', '/api/v1/namespaces/default/configmaps/kube-root-ca.crt', '/apis/apps/v1/namespaces/kube-system/deployments/coredns');
    await fc.assert(fc.asyncProperty(root, path, type, body, fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'GET'), async (first, rest, contentType, sent, method) => {
      const { status } = await exchange(at, first + rest, { method, headers: { 'content-type': contentType }, ...(method === 'GET' ? {} : { body: sent }) });
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status, `${method} ${first + rest}`).toBeLessThan(500);
    }), { numRuns: 150, seed: 7 });
    expect((await exchange(at, '/healthz')).text).toBe('ok');
  });
});

import { expect, test } from 'vitest';
import { groupResource } from '../../../../src/cluster/api/kind.ts';
import { allKinds } from '../../../../src/cluster/api/kinds/index.ts';
import { ApiServer } from '../../../../src/cluster/apiserver/api-server.ts';
import { parseEncryptionConfiguration } from '../../../../src/cluster/apiserver/encryption/configuration.ts';
import { transformerFor } from '../../../../src/cluster/apiserver/encryption/transformer.ts';
import { OPEN_SECURITY } from '../../../../src/cluster/apiserver/security.ts';
import { EtcdStore } from '../../../../src/cluster/etcd/store.ts';
import { Simulation } from '../../../../src/time/simulation.ts';

const key = (name: string, fill: number) => `{name: ${name}, secret: ${Buffer.alloc(32, fill).toString('base64')}}`;
const PATH = '/registry/secrets/default/db';

/** One etcd, and API servers started over it with one configuration after another. */
function setUp() {
  const world = new Simulation({ seed: 'at rest', startMs: 0 });
  const etcd = new EtcdStore({ clock: world.clock });
  let running: ApiServer | undefined;
  const serve = (providers?: string) => {
    running?.stop();
    const configuration = providers && parseEncryptionConfiguration(`apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{resources: [secrets], providers: [${providers}]}]`, 'enc.yaml');
    running = new ApiServer({
      world, random: world.random.fork(providers ?? 'none'), etcd, kinds: allKinds, security: () => OPEN_SECURITY, dialKubelet: () => { throw new Error('no kubelet'); },
      ...(configuration && { transformer: (kind) => transformerFor(configuration, groupResource(kind)) }),
    });
    running.start();
    const server = running;
    return (method: 'GET' | 'POST' | 'PUT', name = '', body?: unknown) => server.handle({ method, path: `/api/v1/namespaces/default/secrets${name && `/${name}`}`, body });
  };
  const stored = () => Buffer.from(etcd.range(PATH).kvs[0]!.value.bytes()).toString('latin1');
  return { serve, stored };
}

const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, stringData: { password: 'hunter2' } };

test('a Secret is encrypted once it is rewritten, and lost with its key', () => {
  const { serve, stored } = setUp();
  serve()('POST', '', secret);
  expect(stored()).toMatch(/^k8s/);
  expect(stored()).toContain(Buffer.from('hunter2').toString('base64'));

  const encrypting = serve(`{aescbc: {keys: [${key('key1', 1)}]}}, {identity: {}}`);
  expect(stored()).not.toMatch(/^k8s:enc:/);
  const { body } = encrypting('GET', 'db');
  encrypting('PUT', 'db', body);
  expect(stored()).toMatch(/^k8s:enc:aescbc:v1:key1:/);
  expect(stored()).not.toContain(Buffer.from('hunter2').toString('base64'));
  expect(encrypting('GET', 'db').code).toBe(200);

  const rotating = serve(`{aescbc: {keys: [${key('key2', 2)}, ${key('key1', 1)}]}}`);
  rotating('PUT', 'db', rotating('GET', 'db').body);
  expect(stored()).toMatch(/^k8s:enc:aescbc:v1:key2:/);
  const version = () => (rotating('GET', 'db').body as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
  const before = version();
  rotating('PUT', 'db', rotating('GET', 'db').body);
  expect(version(), 'an equal write in the same form is none').toBe(before);
  expect(serve('{identity: {}}')('GET', 'db')).toMatchObject({ code: 500, body: { message: `Internal error occurred: unable to transform key "${PATH}": no matching prefix found` } });
  expect(serve()('GET').body).toMatchObject({ message: `Internal error occurred: unable to transform key "${PATH}": identity transformer tried to read encrypted data` });
});

/** A chart with CRDs, hooks and everything that --wait waits for: installed, upgraded, rolled back, taken away. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chart, Helm, type Manifest } from './helm.ts';
import { exchange, type Served, served } from './scene.ts';

let at: Served;
beforeAll(async () => { at = await served(60); });
afterAll(() => at.door.close());

const labels = { app: 'shop' };
const hook = (name: string, events: string, policy: string, weight: number, script: string): Manifest => ({
  apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations: { 'helm.sh/hook': events, 'helm.sh/hook-delete-policy': policy, 'helm.sh/hook-weight': String(weight) } },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', script] }] } } },
});
const deployment = (image: string, replicas: number, env?: object[], sidecar?: object): Manifest => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop', labels },
  spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image, ...(env ? { env } : {}) }, ...(sidecar ? [sidecar] : [])] } } },
});
const config = (data: object): Manifest => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop' }, data });
const menu = (cakes: number): Manifest => ({ apiVersion: 'example.com/v1', kind: 'Menu', metadata: { name: 'today' }, spec: { cakes } });
const CRD: Manifest = {
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'menus.example.com' },
  spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'menus', singular: 'menu', kind: 'Menu' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { cakes: { type: 'integer' } } } } } } }] },
};
const SERVICE: Manifest = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop' }, spec: { type: 'LoadBalancer', selector: labels, ports: [{ name: 'http', port: 80 }] } };
const VOLUME: Manifest = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'shop' }, spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
const HOOKS = [hook('second', 'pre-install,pre-upgrade', 'hook-succeeded', 5, 'sleep 1'), hook('first', 'pre-install', 'before-hook-creation', -5, 'echo schema'), hook('check', 'post-install,post-upgrade,post-rollback', 'before-hook-creation,hook-succeeded', 0, 'true')];

const first: Chart = { crds: [CRD], manifests: [deployment('nginx:1.27', 2, [{ name: 'A', value: '1' }, { name: 'B', value: '2' }], { name: 'log', image: 'busybox', command: ['sleep', '1000000'] }), SERVICE, VOLUME, config({ colour: 'red', size: 'small' }), menu(3), ...HOOKS, hook('once', 'test', 'hook-succeeded', 0, 'false')] };
const second: Manifest[] = [deployment('nginx:1.28', 3, [{ name: 'B', value: '3' }]), SERVICE, VOLUME, config({ colour: 'blue' }), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'extra' }, data: {} }, ...HOOKS];

const see = async (helm: Helm, manifest: Manifest) => (await helm.get(manifest)) as { metadata: { labels?: object }; spec: { replicas: number; cakes: number; template: { spec: { containers: { name: string; image: string; env?: { name: string; value: string }[] }[] } } }; data: object } | undefined;

test('install with CRDs, hooks and --wait; upgrade; rollback; uninstall', async () => {
  await exchange(at, '/api/v1/persistentvolumes', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ metadata: { name: 'disk' }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/disk' } } }) });
  const helm = new Helm(at);
  await helm.install('shop', first);
  expect(helm.log).toEqual(['pre-install first', 'pre-install second', 'post-install check']);
  expect(await helm.get(HOOKS[0]!)).toBeUndefined();
  expect(await helm.get(HOOKS[1]!)).toBeDefined();
  expect((await see(helm, menu(0)))?.spec.cakes).toBe(3);
  expect((await helm.releases('shop')).map(({ version, info }) => [version, info.status])).toEqual([[1, 'deployed']]);

  // Somebody changes the live object: what the chart does not say stays, what it says comes back.
  await exchange(at, '/apis/apps/v1/namespaces/default/deployments/shop', { method: 'PATCH', headers: { 'content-type': 'application/strategic-merge-patch+json' }, body: JSON.stringify({ metadata: { labels: { mine: 'yes' } }, spec: { replicas: 1, template: { spec: { containers: [{ name: 'web', env: [{ name: 'C', value: 'own' }] }] } } } }) });
  helm.log.length = 0;
  await helm.upgrade('shop', second);
  expect(helm.log).toEqual(['pre-upgrade second', 'post-upgrade check']);
  const upgraded = (await see(helm, second[0]!))!;
  expect(upgraded.spec.replicas).toBe(3);
  expect(upgraded.metadata.labels).toMatchObject({ mine: 'yes', 'app.kubernetes.io/managed-by': 'Helm' });
  expect(upgraded.spec.template.spec.containers.map(({ name, image }) => `${name} ${image}`)).toEqual(['web nginx:1.28']);
  expect(upgraded.spec.template.spec.containers[0]!.env).toEqual(expect.arrayContaining([{ name: 'B', value: '3' }, { name: 'C', value: 'own' }]));
  expect(upgraded.spec.template.spec.containers[0]!.env).toHaveLength(2);
  expect((await see(helm, config({})))?.data).toEqual({ colour: 'blue' });
  expect(await helm.get(menu(0))).toBeUndefined();

  await helm.rollback('shop', 1);
  const back = (await see(helm, second[0]!))!;
  expect([back.spec.replicas, ...back.spec.template.spec.containers.map(({ image }) => image)]).toEqual([2, 'nginx:1.27', 'busybox']);
  expect((await see(helm, config({})))?.data).toEqual({ colour: 'red', size: 'small' });
  expect(await helm.get(second[4]!)).toBeUndefined();
  expect((await helm.releases('shop')).map(({ version, info }) => [version, info.status])).toEqual([[1, 'superseded'], [2, 'superseded'], [3, 'deployed']]);

  await helm.uninstall('shop');
  expect(await helm.get(second[0]!)).toBeUndefined();
  expect(await helm.releases('shop')).toEqual([]);
  expect(await helm.get(CRD)).toBeDefined();
}, 180_000);

test('what k9s asks at its start is answered', async () => {
  const post = (path: string, body: object) => exchange(at, path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  for (const [verb, resource] of [['list', 'pods'], ['watch', 'pods'], ['delete', 'nodes']]) {
    const { text } = await post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec: { resourceAttributes: { verb, resource, namespace: '' } } });
    expect(JSON.parse(text)).toMatchObject({ status: { allowed: true } });
  }
  const groups = JSON.parse((await exchange(at, '/apis', { headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' } })).text) as { kind: string; items: unknown[] };
  expect([groups.kind, groups.items.length > 15]).toEqual(['APIGroupDiscoveryList', true]);
  const lines = async (path: string, accept: string) => (await exchange(at, path, { headers: { accept } })).text.trim().split('\n').map((line) => JSON.parse(line) as { type: string; object: { kind: string; columnDefinitions?: { name: string }[]; rows?: { cells: unknown[]; object: { kind: string } }[] } });
  const table = await lines('/api/v1/pods?watch=true&resourceVersion=0&timeoutSeconds=1', 'application/json;as=Table;v=v1;g=meta.k8s.io');
  expect(table.length).toBeGreaterThan(5);
  expect(table[0]).toMatchObject({ type: 'ADDED', object: { kind: 'Table', rows: [{ object: { kind: 'PartialObjectMetadata' } }] } });
  expect(table[0]!.object.columnDefinitions?.map(({ name }) => name).slice(0, 3)).toEqual(['Name', 'Ready', 'Status']);
  const metadata = await lines('/apis/apps/v1/deployments?watch=true&resourceVersion=0&timeoutSeconds=1', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io');
  expect(metadata[0]).toMatchObject({ type: 'ADDED', object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' } });
  expect((await exchange(at, '/apis/metrics.k8s.io/v1beta1/nodes')).status).toBe(404); // metrics-server is an add-on
}, 60_000);

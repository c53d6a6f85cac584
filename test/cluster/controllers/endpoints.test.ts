import { expect, test } from 'vitest';
import type { EndpointSlice } from '../../../src/cluster/api/types.ts';
import { endpointSlices, endpoints, pods, services } from '../../../src/cluster/client/resources.ts';
import { type Endpoint, pack } from '../../../src/cluster/controllers/endpoints/packing.ts';
import { Scene } from './scene.ts';

const scene = (nodes?: Parameters<Scene['addNode']>[0][]) => new Scene({ controllers: ['endpointslice-controller', 'endpoints-controller', 'endpointslice-mirroring-controller', 'garbage-collector-controller'], nodes });

function pod(name: string, labels: Record<string, string> = { app: 'web' }, spec: object = {}): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels }, spec: { containers: [{ name: 'main', image: 'nginx', ports: [{ name: 'http', containerPort: 8080 }] }], ...spec } };
}

function service(name: string, spec: object = {}): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default', labels: { tier: 'front' } }, spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec } };
}

function slicesOf(at: Scene, name = 'web'): EndpointSlice[] {
  return at.client.list(endpointSlices, { labelSelector: `kubernetes.io/service-name=${name}` });
}

const conditionsOf = (at: Scene) => Object.fromEntries(slicesOf(at).flatMap((slice) => slice.endpoints.map((e) => [e.targetRef!.name!, e.conditions])));

test('a Service without Pods has one empty slice', async () => {
  const at = scene();
  at.create(services, service('web'));
  await at.wait(1);
  const [slice] = slicesOf(at);
  expect(slice).toMatchObject({ addressType: 'IPv4', endpoints: [], metadata: { generateName: 'web-', labels: { tier: 'front', 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' }, ownerReferences: [{ kind: 'Service', name: 'web' }] } });
  expect(at.get(endpoints, 'web').subsets).toBeUndefined();
});

test('endpoints follow readiness and the end of Pods', async () => {
  const at = scene();
  at.create(services, service('web'));
  for (const name of ['a', 'b', 'c']) at.create(pods, pod(name));
  await at.wait(3);
  at.setPod(at.get(pods, 'b'), 'running');
  at.stopMs = 60_000;
  at.client.delete(pods, 'c', 'default');
  await at.wait(1);
  expect(conditionsOf(at)).toEqual({
    a: { ready: true, serving: true, terminating: false }, b: { ready: false, serving: false, terminating: false }, c: { ready: false, serving: true, terminating: true },
  });
  expect(slicesOf(at)[0]!.ports).toEqual([{ name: '', port: 8080, protocol: 'TCP' }]);
  const subset = at.get(endpoints, 'web').subsets![0]!;
  expect([subset.addresses!.map((a) => a.targetRef!.name), subset.notReadyAddresses!.map((a) => a.targetRef!.name)]).toEqual([['a'], ['b']]);
  await at.wait(60);
  expect(Object.keys(conditionsOf(at))).toEqual(['a', 'b']);
});

test('a label or a selector that changes moves Pods in and out', async () => {
  const at = scene();
  at.create(services, service('web'));
  at.create(pods, pod('a'));
  at.create(pods, pod('b', { app: 'api' }));
  await at.wait(3);
  expect(Object.keys(conditionsOf(at))).toEqual(['a']);
  at.client.patch(pods, 'b', 'default', { metadata: { labels: { app: 'web' } } });
  await at.wait(1);
  expect(Object.keys(conditionsOf(at))).toEqual(['a', 'b']);
  at.client.patch(services, 'web', 'default', { spec: { selector: { app: 'nobody' } } });
  await at.wait(1);
  expect(conditionsOf(at)).toEqual({});
  expect(slicesOf(at)).toHaveLength(1);
});

test('a hundred endpoints fill a slice, and one that goes changes one slice', async () => {
  const at = scene();
  at.create(services, service('web'));
  for (let i = 0; i < 250; i++) at.create(pods, pod(`p${i}`));
  await at.wait(10);
  const before = slicesOf(at);
  expect(before.map((slice) => slice.endpoints.length).sort()).toEqual([100, 100, 50]);
  at.client.delete(pods, 'p7', 'default', { gracePeriodSeconds: 0 });
  await at.wait(3);
  const changed = slicesOf(at).filter((slice) => before.find((b) => b.metadata.name === slice.metadata.name)?.metadata.resourceVersion !== slice.metadata.resourceVersion);
  expect(changed).toHaveLength(1);
});

test('zones are told, and preferred when the Service asks for it', async () => {
  const at = scene([{ metadata: { name: 'a', labels: { 'topology.kubernetes.io/zone': 'z1' } } }]);
  at.create(services, service('web', { trafficDistribution: 'PreferSameZone' }));
  at.create(pods, pod('a'));
  await at.wait(3);
  expect(slicesOf(at)[0]!.endpoints[0]).toMatchObject({ zone: 'z1', nodeName: 'a', hints: { forZones: [{ name: 'z1' }] } });
});

test('publishNotReadyAddresses makes everyone ready; a headless Service names its Pods', async () => {
  const at = scene();
  at.fate = () => 'running';
  at.create(services, service('web', { clusterIP: 'None', publishNotReadyAddresses: true }));
  at.create(pods, pod('db-0', { app: 'web' }, { hostname: 'db-0', subdomain: 'web' }));
  await at.wait(3);
  expect(slicesOf(at)[0]).toMatchObject({ metadata: { labels: { 'service.kubernetes.io/headless': '' } }, endpoints: [{ hostname: 'db-0', conditions: { ready: true, serving: false } }] });
});

test('Endpoints written by hand become slices, while the Service has no selector', async () => {
  const at = scene();
  at.create(services, service('web', { selector: undefined, ports: [{ port: 5432 }] }));
  at.create(endpoints, { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'web', namespace: 'default' }, subsets: [{ addresses: [{ ip: '192.168.1.5' }], ports: [{ port: 5432 }] }] });
  await at.wait(1);
  expect(slicesOf(at)).toMatchObject([{ endpoints: [{ addresses: ['192.168.1.5'], conditions: { ready: true } }], ports: [{ port: 5432 }] }]);
  at.client.delete(endpoints, 'web', 'default');
  await at.wait(1);
  expect(slicesOf(at)).toEqual([]);
});

test('with the Service its slices and Endpoints go', async () => {
  const at = scene();
  at.create(services, service('web'));
  at.create(pods, pod('a'));
  await at.wait(3);
  at.client.delete(services, 'web', 'default');
  await at.wait(2);
  expect(slicesOf(at)).toEqual([]);
  expect(at.has(endpoints, 'web')).toBe(false);
});

test('packing fills the fullest slice first and drops empty ones', () => {
  const endpoint = (n: number): Endpoint => ({ addresses: [`10.0.0.${n}`], targetRef: { uid: String(n) } });
  const slice = (name: string, ...numbers: number[]) => ({ metadata: { name }, ports: [], endpoints: numbers.map(endpoint) }) as unknown as EndpointSlice;
  const [a, b, c] = [slice('a', 1), slice('b', 2, 3), slice('c', 9)];
  const packed = pack([a, b, c], [{ ports: [], endpoints: [1, 2, 3, 4].map(endpoint) }]);
  expect(packed.keep.map((each) => [each.slice.metadata.name, each.endpoints.length])).toEqual([['a', 1], ['b', 3]]);
  expect([packed.create, packed.remove]).toEqual([[], [c]]);
});

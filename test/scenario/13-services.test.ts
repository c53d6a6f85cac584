import { expect, test } from 'vitest';
import { deployment, GATED, pod, Scene } from './scene.ts';

const service = (name: string, spec: object = {}) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec } });
const ip = (at: Scene, name: string) => at.see(`svc ${name}`, '.spec.clusterIP');
const offset = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) - (10 * 2 ** 24 + 96 * 2 ** 16);
const slices = (at: Scene, path: string, name = 'web') => at.see(`endpointslices -l kubernetes.io/service-name=${name}`, path);
const conditions = (at: Scene) => slices(at, 'range .items[*].endpoints[*]}{.targetRef.name}:{.conditions.ready}/{.conditions.serving}/{.conditions.terminating} {end');

test('13.1 addresses come from above the static band; the first is the API server, the tenth DNS', async () => {
  const at = await Scene.hollow();
  await at.apply(...Array.from({ length: 30 }, (_, i) => service(`s${i}`)));
  const offsets = (await at.see('svc', '.items[*].spec.clusterIP')).split(' ').map(offset).sort((a, b) => a - b);
  expect([offsets[0], offsets[1]! > 256]).toEqual([1, true]);
  expect(await (await Scene.kubeadm()).see('svc kube-dns -n kube-system', '.spec.clusterIP')).toBe('10.96.0.10');
});

test('13.1 an address is taken once, lies in the range, has an object and is never changed', async () => {
  const at = await Scene.hollow();
  await at.apply(service('a', { clusterIP: '10.96.0.77' }));
  expect(await at.make(service('b', { clusterIP: '10.96.0.77' }))).toContain('spec.clusterIPs: Invalid value: ["10.96.0.77"]: failed to allocate IP 10.96.0.77: provided IP is already allocated');
  expect(await at.make(service('b', { clusterIP: '192.168.0.1' }))).toContain('failed to allocate IP 192.168.0.1: the provided network does not match the current range');
  expect(await at.patch('svc a', { spec: { clusterIP: '10.96.0.78', clusterIPs: ['10.96.0.78'] } })).toContain('spec.clusterIPs[0]: Invalid value: ["10.96.0.78"]: may not change once set');
  expect(await at.see('ipaddress 10.96.0.77', '.spec.parentRef.resource} {.spec.parentRef.namespace}/{.spec.parentRef.name')).toBe('services default/a');
  expect(await at.k('get servicecidr')).toMatch(/^NAME +CIDRS +AGE\nkubernetes +10\.96\.0\.0\/12 /);
  await at.k('delete svc a');
  expect(await at.k('get ipaddress 10.96.0.77')).toBe('Error from server (NotFound): ipaddresses.networking.k8s.io "10.96.0.77" not found');
  expect(await at.make(service('b', { clusterIP: '10.96.0.77' }))).toBe('service/b created');
});

test('13.2 node ports: dynamic ones above the first 86, chosen ones once and within the range; the type may change and keeps the address', async () => {
  const at = await Scene.hollow();
  await at.apply(...Array.from({ length: 20 }, (_, i) => service(`s${i}`, { type: 'NodePort' })), service('own', { type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }] }));
  const ports = (await at.see('svc', '.items[*].spec.ports[0].nodePort')).split(' ').map(Number).sort((a, b) => a - b);
  expect([ports[0], ports[1]! >= 30086, ports.at(-1)! <= 32767]).toEqual([30001, true, true]);
  expect(await at.make(service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }] }))).toContain('spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated');
  expect(await at.make(service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 8080 }] }))).toContain('spec.ports[0].nodePort: Invalid value: 8080: provided port is not in the valid range. The range of valid ports is 30000-32767');
  const before = await ip(at, 'own');
  await at.patch('svc own', { spec: { type: 'ClusterIP' } });
  expect([await ip(at, 'own'), await at.see('svc own', '.spec.ports[0].nodePort')]).toEqual([before, '']);
});

test('13.2 a LoadBalancer has node ports too, a port for health checks under Local, and stays pending without a cloud', async () => {
  const at = await Scene.hollow();
  await at.apply(service('a', { type: 'LoadBalancer' }), service('b', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }), service('c', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }));
  const fields = (name: string) => at.see(`svc ${name}`, '.spec.ports[0].nodePort} {.spec.healthCheckNodePort');
  expect([await fields('a'), await fields('b'), await fields('c')]).toEqual([expect.stringMatching(/^\d{5}$/), expect.stringMatching(/^\d{5} \d{5}$/), '']);
  await at.patch('svc b', { spec: { externalTrafficPolicy: 'Cluster' } });
  expect(await fields('b')).toMatch(/^\d{5}$/);
  expect(await at.patch('svc b', { spec: { healthCheckNodePort: 31_999 } })).toContain('spec.healthCheckNodePort: Invalid value: 31999: may only be set when `type` is');
});

test('13.2 what a Service is given when it says nothing', async () => {
  const at = await Scene.hollow();
  await at.apply(service('a', { type: 'NodePort', sessionAffinity: 'ClientIP' }), service('e', { type: 'ExternalName', externalName: 'example.com', ports: undefined, selector: undefined }), service('h', { clusterIP: 'None' }));
  expect(await at.see('svc a', '.spec.sessionAffinityConfig.clientIP.timeoutSeconds} {.spec.internalTrafficPolicy} {.spec.externalTrafficPolicy} {.spec.ports[0].protocol} {.spec.ports[0].targetPort} {.spec.ipFamilyPolicy')).toBe('10800 Cluster Cluster TCP 80 SingleStack');
  expect([await at.k('get svc e --no-headers'), await ip(at, 'h'), await slices(at, '.items[*].metadata.name', 'e')]).toEqual([expect.stringMatching(/^e +ExternalName +<none> +example\.com +<none> /), 'None', '']);
});

test('13.3 an endpoint is ready with its Pod, serves while it ends, and is gone with it', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(service('web'), pod('a', { terminationGracePeriodSeconds: 20, containers: [{ name: 'c', image: 'busybox', command: ['sleep', '1000000'] }] }, { labels: { app: 'web' } }), pod('b', GATED, { labels: { app: 'web' } }), pod('done', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox', command: ['true'] }] }, { labels: { app: 'web' } }), pod('waits', { nodeSelector: { no: 'where' } }, { labels: { app: 'web' } }));
  await at.wait(15);
  expect((await conditions(at)).trim().split(' ').sort()).toEqual(['a:true/true/false', 'b:false/false/false']);
  await at.k('delete pod a --wait=false');
  await at.wait(5);
  expect((await conditions(at)).trim().split(' ').sort()).toEqual(['a:false/true/true', 'b:false/false/false']);
  await at.wait(25);
  expect((await conditions(at)).trim()).toBe('b:false/false/false');
  await at.patch('svc web', { spec: { publishNotReadyAddresses: true } });
  await at.wait(3);
  expect((await conditions(at)).trim()).toBe('b:true/false/false');
});

test('13.3 a slice holds a hundred endpoints; without a selector there are none but those by hand', async () => {
  const at = await Scene.hollow({ w1: { pods: '300', cpu: '100' }, w2: { pods: '300', cpu: '100' } });
  await at.apply(service('web'), deployment('web', { replicas: 230 }), service('hand', { selector: undefined }));
  await at.wait(20);
  const names = (await slices(at, '.items[*].metadata.name')).split(' ');
  const sizes: number[] = [];
  for (const name of names) sizes.push((await at.see(`endpointslice ${name}`, '.endpoints[*].addresses[0]')).split(' ').length);
  expect([sizes.sort((a, b) => b - a), await slices(at, '.items[*].metadata.name', 'hand'), await slices(at, '.items[0].metadata.labels.endpointslice\\.kubernetes\\.io/managed-by')]).toEqual([[100, 100, 30], '', 'endpointslice-controller.k8s.io']);
});

test('13.3 Endpoints of old warn whoever reads them', async () => {
  const at = await Scene.hollow();
  await at.apply(service('web'), deployment('web', { replicas: 2 }));
  await at.wait(6);
  expect(await at.k('get endpoints web')).toContain('Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice');
});

test.each([['PreferSameZone', 'forZones'], ['PreferClose', 'forZones'], ['PreferSameNode', 'forNodes']])('13.7 trafficDistribution %s gives hints', async (trafficDistribution, kind) => {
  const zone = (name: string) => ({ labels: { 'topology.kubernetes.io/zone': name } });
  const at = await Scene.hollow({ a: zone('a'), b: zone('b') });
  await at.apply(service('web', { trafficDistribution }), pod('pa', { nodeName: 'a' }, { labels: { app: 'web' } }), pod('pb', { nodeName: 'b' }, { labels: { app: 'web' } }));
  await at.wait(6);
  expect((await slices(at, `range .items[*].endpoints[*]}{.zone}>{.hints.${kind}[*].name} {end`)).trim().split(' ').sort()).toEqual(['a>a', 'b>b']);
});

test('13.1 ports need names when they are several', async () => {
  const at = await Scene.hollow();
  expect(await at.make(service('a', { ports: [{ port: 80 }, { port: 81 }] }))).toContain('spec.ports[0].name: Required value');
  expect(await at.make({ ...service('a'), metadata: { name: '9lives' } })).toBe('service/9lives created');
});

test('13.1 13.2 a Service that a quota refuses, or a dry run, leaves neither address nor port taken', async () => {
  const at = await Scene.hollow();
  await at.k('create quota q --hard=services=2');
  await at.wait(2);
  const service = (name: string, clusterIP: string, nodePort: number) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { type: 'NodePort', clusterIP, ports: [{ port: 80, nodePort }] } });
  expect(await at.make(service('one', '10.96.0.20', 30020))).toBe('service/one created');
  expect(await at.make(service('two', '10.96.0.21', 30021))).toContain('exceeded quota: q, requested: services=1, used: services=2, limited: services=2');
  expect(await at.k('get ipaddress 10.96.0.21')).toContain('not found');
  await at.k('delete quota q');
  expect(await at.run(`kubectl create --dry-run=server -f - <<E\n${JSON.stringify(service('three', '10.96.0.21', 30021))}\nE`)).toBe('service/three created (server dry run)');
  expect(await at.make(service('two', '10.96.0.21', 30021))).toBe('service/two created');
  expect(await at.see('ipaddress 10.96.0.21', '.spec.parentRef.name')).toBe('two');
});

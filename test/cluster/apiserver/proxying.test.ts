import { beforeAll, expect, test } from 'vitest';
import { Scene } from '../../scenario/scene.ts';

const IN_SHOP = '/api/v1/namespaces/default';
let at: Scene;

beforeAll(async () => {
  at = await Scene.kubeadm({ w1: {} });
  await at.k('create deployment web --image=nginx:1.27 --port=80');
  await at.k('expose deployment web --port=8080 --target-port=80');
  await at.k('run quiet --image=busybox -- sleep 1000000');
  await at.wait(15);
});

const raw = (path: string, flags = '') => at.k(`get --raw '${path}' ${flags}`);

test('a Service passes requests on to one of its Pods, by the number of its port or by none when that has no name', async () => {
  expect(await raw(`${IN_SHOP}/services/web:8080/proxy/`)).toContain('Welcome to nginx!');
  expect(await raw(`${IN_SHOP}/services/http:web:8080/proxy/index.html?a=b`)).toContain('Welcome to nginx!');
  expect(await raw(`${IN_SHOP}/services/web/proxy`)).toContain('Welcome to nginx!');
  expect(await at.k('logs deployment/web')).toMatch(/"GET \/index\.html\?a=b HTTP\/1\.1" 200/);
  expect(await raw(`${IN_SHOP}/services/web:8080/proxy/nope`)).toBe('Error from server (NotFound): the server could not find the requested resource');
});

test('a namespace and a Service may be called proxy', async () => {
  await at.k('create namespace proxy');
  await at.k('create deployment proxy --image=nginx:1.27 -n proxy');
  await at.k('expose deployment proxy --port=80 -n proxy');
  await at.wait(10);
  expect(await raw('/api/v1/namespaces/proxy/services/proxy:80/proxy/')).toContain('Welcome to nginx!');
  expect(await raw('/api/v1/namespaces/proxy/services/proxy:80/proxy/index.html?to=/proxy/')).toContain('Welcome to nginx!');
});

test('what a Service cannot pass on', async () => {
  expect(await raw(`${IN_SHOP}/services/web:81/proxy/`)).toBe('Error from server (ServiceUnavailable): no service port "81" found for service "web"');
  expect(await raw(`${IN_SHOP}/services/nobody/proxy/`)).toBe('Error from server (NotFound): services "nobody" not found');
  expect(await raw(`${IN_SHOP}/services/ftp:web:8080/proxy/`)).toBe('Error from server (BadRequest): invalid service request "ftp:web:8080"');
  await at.k('scale deployment web --replicas=0');
  await at.wait(5);
  expect(await raw(`${IN_SHOP}/services/web:8080/proxy/`)).toBe('Error from server (ServiceUnavailable): no endpoints available for service "web"');
  await at.k('scale deployment web --replicas=1');
  await at.wait(5);
});

test('a Pod is asked at its first port, or at the one that is named', async () => {
  const web = (await at.names('pods -l app=web'))[0]!;
  const ip = await at.see('pod quiet', '.status.podIP');
  expect(await raw(`${IN_SHOP}/pods/${web}/proxy/`)).toContain('Welcome to nginx!');
  expect(await raw(`${IN_SHOP}/pods/quiet:8080/proxy/`)).toBe(`Error from server (ServiceUnavailable): error trying to reach service: dial tcp ${ip}:8080: connect: connection refused`);
});

test('a kubelet tells what runs and how it is configured, to those who may ask', async () => {
  expect(await raw('/api/v1/nodes/w1/proxy/healthz')).toBe('ok');
  expect(JSON.parse(await raw('/api/v1/nodes/w1/proxy/pods'))).toMatchObject({ kind: 'PodList' });
  expect(JSON.parse(await raw('/api/v1/nodes/w1:10250/proxy/configz'))).toMatchObject({ kubeletconfig: { authentication: { anonymous: { enabled: false } }, authorization: { mode: 'Webhook' }, nodeStatusUpdateFrequency: '10s' } });
  expect(await raw('/api/v1/nodes/w1/proxy/metrics', '--as=bob')).toBe('Error from server (Forbidden): nodes "w1" is forbidden: User "bob" cannot get resource "nodes/proxy" in API group "" at the cluster scope');
});

test('subresources that are only written cannot be read', async () => {
  expect(await raw(`${IN_SHOP}/pods/quiet/binding`)).toBe('Error from server (MethodNotAllowed): the server does not allow this method on the requested resource');
});

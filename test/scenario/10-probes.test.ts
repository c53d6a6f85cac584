/** Section 10.8: when probes ask, what counts as an answer, what follows from it. */
import { expect, test } from 'vitest';
import { changes, columns, FOREVER, here, restarts, sh } from './one-container.ts';
import { Scene } from './scene.ts';

test('10.8 three failures of liveness in ten seconds each restart a container, and no readiness probe means ready', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(here('a', sh(`touch /tmp/well; sleep 12; rm /tmp/well; ${FOREVER}`, { livenessProbe: { exec: { command: ['cat', '/tmp/well'] } } }), { terminationGracePeriodSeconds: 1 }));
  await at.wait(5);
  expect(await columns(at, 'a')).toBe('1/1 Running');
  const [first = 0] = await changes(at, 60, () => restarts(at, 'a'));
  expect(first + 5).toBeGreaterThanOrEqual(12 + 20);
  expect(first + 5).toBeLessThanOrEqual(12 + 34);
  expect(await at.events('a')).toContain('Unhealthy: Liveness probe failed: cat: /tmp/well: No such file or directory');;
});

test('10.8 not ready before the first answer, and again once it fails: never restarted, out of the Service', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(
    here('a', sh(FOREVER, { readinessProbe: { exec: { command: ['cat', '/tmp/ready'] }, initialDelaySeconds: 8, periodSeconds: 2 } }), {}, { labels: { app: 'a' } }),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { selector: { app: 'a' }, ports: [{ port: 80 }] } },
  );
  const endpoint = () => at.see('endpointslices -l kubernetes.io/service-name=a', '.items[0].endpoints[0].conditions.ready');
  await at.wait(4);
  await at.k('exec a -- touch /tmp/ready');
  expect([await columns(at, 'a'), await endpoint()]).toEqual(['0/1 Running', 'false']);
  await at.wait(10);
  expect([await columns(at, 'a'), await endpoint()]).toEqual(['1/1 Running', 'true']);
  await at.k('exec a -- rm /tmp/ready');
  await at.wait(10);
  expect([await columns(at, 'a'), await endpoint(), await restarts(at, 'a')]).toEqual(['0/1 Running', 'false', 0]);
});

test.each<[string, object, boolean]>([
  ['200', { httpGet: { path: '/', port: 80 } }, true], ['404', { httpGet: { path: '/nothing', port: 80 } }, false], ['301', { httpGet: { path: '/moved', port: 80 } }, true], ['an open port', { tcpSocket: { port: 80 } }, true],
  ['a closed port', { tcpSocket: { port: 81 } }, false], ['exit 0', { exec: { command: ['true'] } }, true], ['exit 1', { exec: { command: ['false'] } }, false], ['gRPC of who does not speak it', { grpc: { port: 80 } }, false],
])('10.8 a probe that meets %#: %s', async (_, readinessProbe, isReady) => {
  const at = await Scene.kubeadm({ w1: {} });
  const conf = 'server { listen 80; location / { root /usr/share/nginx/html; } location /moved { return 301 http://example.com/; } }';
  await at.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data: { 'default.conf': conf } });
  await at.apply(here('a', { name: 'c', image: 'nginx:1.27', readinessProbe: { ...readinessProbe, periodSeconds: 2 }, volumeMounts: [{ name: 'v', mountPath: '/etc/nginx/conf.d' }] }, { volumes: [{ name: 'v', configMap: { name: 'conf' } }] }));
  await at.wait(15);
  expect(await columns(at, 'a')).toBe(isReady ? '1/1 Running' : '0/1 Running');
});

test('10.8 a gRPC probe is answered by who serves health checks', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const asking = (port: number) => ({ readinessProbe: { grpc: { port }, periodSeconds: 2 } });
  await at.apply(here('health', { name: 'c', image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: ['grpc-health-checking'], ...asking(5000) }), here('own', { name: 'c', image: 'example.com/shop:1', ports: [{ containerPort: 9000 }], ...asking(9000) }));
  await at.wait(10);
  expect([await columns(at, 'health'), await columns(at, 'own')]).toEqual(['1/1 Running', '1/1 Running']);
});

test('10.8 a liveness probe may have a grace period of its own', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const stubborn = (own: object) => sh(`trap '' TERM; ${FOREVER}`, { livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1, ...own } });
  await at.apply(here('own', stubborn({ terminationGracePeriodSeconds: 3 }), { terminationGracePeriodSeconds: 40 }), here('of-pod', stubborn({}), { terminationGracePeriodSeconds: 40 }));
  await at.wait(15);
  expect([await restarts(at, 'own') > 0, await restarts(at, 'of-pod')]).toEqual([true, 0]);
  await at.wait(40);
  expect(await restarts(at, 'of-pod')).toBe(1);
});

test('10.8 while a Pod ends liveness asks no longer, readiness does', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const probe = (command: string) => ({ exec: { command: ['sh', '-c', command] }, periodSeconds: 1, failureThreshold: 1 });
  await at.apply(here('a', sh(`trap 'touch /tmp/ending; sleep 15; exit 0' TERM; ${FOREVER}`, { livenessProbe: probe('! test -f /tmp/ending'), readinessProbe: probe('! test -f /tmp/ending') })));
  await at.wait(5);
  await at.k('delete pod a --wait=false');
  await at.wait(8);
  const events = await at.events('a');
  expect([await columns(at, 'a'), events.some((event) => event.startsWith('Unhealthy: Readiness')), events.some((event) => event.startsWith('Unhealthy: Liveness'))]).toEqual(['0/1 Terminating', true, false]);
  await at.wait(10);
  expect(await at.names('pods')).toEqual([]);
});

/** Section 10: resources that change while a Pod runs, and resources of a Pod as a whole. */
import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const sized = (name: string, requests: object, limits?: object, more: object = {}) => pod(name, { nodeName: 'w1', containers: [{ name: 'c', image: 'nginx:1.27', resources: { requests, ...(limits ? { limits } : {}) }, ...more }] });
const resize = (at: Scene, name: string, resources: object) => at.k(`patch pod ${name} --subresource resize -p '${JSON.stringify({ spec: { containers: [{ name: 'c', resources }] } })}'`);
const conditionOf = (at: Scene, name: string, type: string) => at.see(`pod ${name}`, `.status.conditions[?(@.type=="${type}")].status} {.status.conditions[?(@.type=="${type}")].reason} {.status.conditions[?(@.type=="${type}")].message`);

test('10.17 a Pod is resized in place: no restart, the status says what it has, the cgroup follows', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(sized('a', { cpu: '100m', memory: '64Mi' }, { cpu: '200m', memory: '128Mi' }));
  await at.wait(10);
  expect(await resize(at, 'a', { requests: { cpu: '300m' }, limits: { cpu: '600m' } })).toBe('pod/a patched');
  await at.wait(2);
  expect(await at.see('pod a', '.status.containerStatuses[0].allocatedResources.cpu} {.status.containerStatuses[0].resources.limits.cpu} {.status.containerStatuses[0].restartCount')).toBe('300m 600m 0');
  expect(await at.run("ssh w1 'crictl inspect $(crictl ps -q --label io.kubernetes.pod.name=a)' | grep cpuQuota")).toBe('"cpuQuota": "60000",');
  expect(await at.events('a')).toContain('ResizeCompleted: Pod resize completed: {"containers":[{"name":"c","resources":{"limits":{"cpu":"600m","memory":"128Mi"},"requests":{"cpu":"300m","memory":"64Mi"}}}],"generation":2}');
});

test('10.17 more than the node has is infeasible, more than is left is deferred until there is room', async () => {
  const at = await Scene.kubeadm({ w1: { cpu: '2' } });
  await at.apply(sized('a', { cpu: '500m' }), sized('b', { cpu: '1' }));
  await at.wait(10);
  await resize(at, 'a', { requests: { cpu: '5' } });
  await at.wait(2);
  expect(await conditionOf(at, 'a', 'PodResizePending')).toBe("True Infeasible Node didn't have enough capacity: cpu, requested: 5000, capacity: 2000");
  expect(await at.see('pod a', '.status.containerStatuses[0].allocatedResources.cpu')).toBe('500m');
  await resize(at, 'a', { requests: { cpu: '1500m' } });
  await at.wait(2);
  expect(await conditionOf(at, 'a', 'PodResizePending')).toMatch(/^True Deferred Node didn't have enough resource: cpu, requested: 1500, used: \d+, capacity: 2000$/);
  await at.k('delete pod b');
  await at.wait(40);
  expect([await conditionOf(at, 'a', 'PodResizePending'), await at.see('pod a', '.status.containerStatuses[0].allocatedResources.cpu')]).toEqual(['', '1500m']);
});

test('10.17 a container restarts for a resource whose resizePolicy says so', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(sized('a', { cpu: '100m', memory: '64Mi' }, undefined, { resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] }));
  await at.wait(10);
  await resize(at, 'a', { requests: { cpu: '150m' } });
  await at.wait(5);
  expect(await at.see('pod a', '.status.containerStatuses[0].restartCount')).toBe('0');
  await resize(at, 'a', { requests: { memory: '96Mi' } });
  await at.wait(15);
  expect(await at.see('pod a', '.status.containerStatuses[0].restartCount')).toBe('1');
  expect(await at.events('a')).toContain('Killing: Container c resize requires restart');
});

test('10.17 a memory limit below what is in use is not applied', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(pod('a', { nodeName: 'w1', containers: [{ name: 'c', image: 'polinux/stress', command: ['stress', '--vm', '1', '--vm-bytes', '100M'], resources: { requests: { memory: '50Mi' }, limits: { memory: '200Mi' } } }] }));
  await at.wait(10);
  await resize(at, 'a', { limits: { memory: '80Mi' } });
  await at.wait(3);
  expect(await conditionOf(at, 'a', 'PodResizeInProgress')).toMatch(/^True Error attempting to set container "c" memory limit \(83886080\) below current usage \(\d+\)$/);
  expect(await at.see('pod a', '.status.phase} {.status.containerStatuses[0].restartCount')).toBe('Running 0');
});

test('10.17 the QoS class stays, and nothing but cpu and memory may change', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(pod('best', { nodeName: 'w1' }), sized('a', { cpu: '100m' }));
  expect(await at.k(`patch pod best --subresource resize -p '{"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}]}}'`)).toBe('The Pod "best" is invalid: spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing');
  expect(await at.k(`patch pod a --subresource resize -p '{"spec":{"containers":[{"name":"c","image":"busybox"}]}}'`)).toMatch(/^The Pod "a" is invalid: spec: Forbidden: only cpu and memory resources are mutable/);
  expect(await at.k(`patch pod a -p '{"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}]}}'`)).toContain('pod updates may not change fields other than');
});

test('10.17 the memory of a Pod as a whole is limited: its greediest container is killed', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const container = (name: string, size: string) => ({ name, image: 'polinux/stress', command: ['stress', '--vm', '1', '--vm-bytes', size] });
  await at.apply(pod('a', { nodeName: 'w1', restartPolicy: 'Never', resources: { requests: { memory: '100Mi' }, limits: { memory: '200Mi' } }, containers: [container('small', '50M'), container('large', '180M')] }));
  await at.wait(10);
  expect(await at.see('pod a', 'range .status.containerStatuses[*]}{.name}={.state.terminated.reason} {end')).toBe('small= large=OOMKilled');
});

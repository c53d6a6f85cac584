import { expect, test } from 'vitest';
import { leases } from '../../../../src/cluster/client/resources.ts';
import { NodeScene } from '../node-scene.ts';

const nginx = { name: 'c', image: 'nginx:1.27' };

test('a Pod that is bound runs within seconds and says so', async () => {
  const scene = new NodeScene();
  scene.addMachine('worker-1');
  scene.run('web', { containers: [nginx] });
  await scene.wait(0);
  expect(scene.pod('web').status.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
  await scene.wait(10);
  const { status } = scene.pod('web');
  expect(status.phase).toBe('Running');
  expect(status.conditions?.map(({ type, status: is }) => `${type}=${is}`)).toEqual(['PodReadyToStartContainers=True', 'Initialized=True', 'Ready=True', 'ContainersReady=True', 'PodScheduled=True']);
  expect(scene.eventsOf('web').map((e) => e.split(':')[0])).toEqual(expect.arrayContaining(['Pulling', 'Pulled', 'Created', 'Started']));
});

test('a node registers, beats every ten seconds, and says when its runtime is down', async () => {
  const scene = new NodeScene();
  const { runtime } = scene.addMachine('worker-1');
  await scene.wait(25);
  expect(scene.node('worker-1')?.metadata.labels?.['kubernetes.io/hostname']).toBe('worker-1');
  expect(scene.get(leases, 'worker-1', 'kube-node-lease')?.spec.renewTime).toBe('2026-11-23T17:00:20.000000Z');
  runtime.setUp(false);
  await scene.wait(10);
  const ready = scene.node('worker-1')?.status.conditions?.find(({ type }) => type === 'Ready');
  expect(ready).toMatchObject({ status: 'False', reason: 'KubeletNotReady', message: 'container runtime is down' });
});

test('a crashing container restarts at once, then after 10 s, 20 s, 40 s', async () => {
  const scene = new NodeScene();
  scene.addMachine('worker-1');
  scene.run('crash', { containers: [{ name: 'app', image: 'busybox:1.36', command: ['sh', '-c', 'echo starting; sleep 1; exit 1'] }] });
  await scene.wait(30);
  const { status } = scene.pod('crash');
  expect(status.phase).toBe('Running');
  const [app] = status.containerStatuses ?? [];
  expect(app?.restartCount).toBe(2);
  expect(app?.state?.waiting?.reason).toBe('CrashLoopBackOff');
  expect(app?.state?.waiting?.message).toBe(`back-off 20s restarting failed container=app pod=crash_default(${scene.pod('crash').metadata.uid})`);
  expect(app?.lastState?.terminated?.exitCode).toBe(1);
  expect(scene.logs('crash')).toBe('starting\n');
  expect(scene.logs('crash', '?previous=true')).toBe('starting\n');
});

test('a Pod that runs to completion succeeds, one that fails says Error', async () => {
  const scene = new NodeScene();
  scene.addMachine('worker-1');
  scene.run('done', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'echo done'] }] });
  scene.run('boom', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'echo boom >&2; exit 3'] }] });
  await scene.wait(20);
  expect(scene.pod('done').status).toMatchObject({ phase: 'Succeeded', containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }] });
  expect(scene.pod('done').status.conditions?.[0]).toMatchObject({ type: 'PodReadyToStartContainers', status: 'False' });
  expect(scene.pod('boom').status).toMatchObject({ phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 3, reason: 'Error' } } }] });
  expect(scene.logs('boom')).toBe('boom\n');
});

test('images that cannot be pulled wait with growing pauses', async () => {
  const scene = new NodeScene();
  scene.addMachine('worker-1');
  scene.run('bad', { containers: [{ name: 'c', image: 'nginx:doesnotexist' }] });
  scene.run('odd', { containers: [{ name: 'c', image: 'Nginx:Latest!' }] });
  await scene.wait(5);
  expect(scene.pod('bad').status).toMatchObject({ phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }] });
  expect(scene.pod('odd').status.containerStatuses?.[0]?.state?.waiting?.reason).toBe('InvalidImageName');
  expect(scene.eventsOf('bad')).toContain('Failed: Failed to pull image "nginx:doesnotexist": rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:doesnotexist": failed to resolve reference "docker.io/library/nginx:doesnotexist": docker.io/library/nginx:doesnotexist: not found');
  expect(scene.eventsOf('odd')).toContain('InspectFailed: Failed to apply default image tag "Nginx:Latest!": couldn\'t parse image name "Nginx:Latest!": invalid reference format: repository name (library/Nginx) must be lowercase');
  expect(scene.logs('bad')).toContain('container \\"c\\" in pod \\"bad\\" is waiting to start: trying and failing to pull image');
});

test('init containers run one by one, sidecars stay', async () => {
  const scene = new NodeScene();
  scene.addMachine('worker-1');
  scene.run('app', {
    initContainers: [
      { name: 'first', image: 'busybox:1.36', command: ['sh', '-c', 'sleep 5'] },
      { name: 'logger', image: 'busybox:1.36', restartPolicy: 'Always', command: ['sh', '-c', 'while true; do sleep 5; done'] },
    ],
    containers: [nginx],
  });
  await scene.wait(4);
  expect(scene.pod('app').status).toMatchObject({ phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }] });
  expect(scene.pod('app').status.conditions?.[1]).toMatchObject({ status: 'False', reason: 'ContainersNotInitialized', message: 'containers with incomplete status: [first logger]' });
  await scene.wait(16);
  expect(scene.pod('app').status).toMatchObject({ phase: 'Running', initContainerStatuses: [{ state: { terminated: { reason: 'Completed' } } }, { ready: true }], containerStatuses: [{ ready: true }] });
});

test('a deleted Pod gets its grace period; a shell as process 1 ignores SIGTERM', async () => {
  const scene = new NodeScene();
  scene.addMachine('worker-1');
  scene.run('quick', { containers: [nginx] });
  scene.run('slow', { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sleep', '3600'] }] });
  await scene.wait(15);
  for (const name of ['quick', 'slow']) scene.client.delete({ group: '', version: 'v1', plural: 'pods', namespaced: true }, name, 'default');
  await scene.wait(2);
  expect(scene.podGone('quick')).toBe(true);
  expect(scene.podGone('slow')).toBe(false);
  await scene.wait(30);
  expect(scene.podGone('slow')).toBe(true);
  expect(scene.eventsOf('quick')).toContain('Killing: Stopping container c');
});

test('a failing liveness probe restarts the container, a failing readiness probe does not', async () => {
  const scene = new NodeScene();
  scene.addMachine('worker-1');
  scene.run('wrong-port', { containers: [{ ...nginx, livenessProbe: { httpGet: { path: '/', port: 8081 }, periodSeconds: 2, failureThreshold: 2 } }] });
  scene.run('not-ready', { containers: [{ ...nginx, readinessProbe: { httpGet: { path: '/ready', port: 80 }, periodSeconds: 2 } }] });
  await scene.wait(20);
  expect(scene.pod('wrong-port').status.containerStatuses?.[0]?.restartCount).toBeGreaterThan(0);
  expect(scene.eventsOf('wrong-port').some((e) => /^Unhealthy: Liveness probe failed: Get "http:\/\/10\.244\.2\.\d+:8081\/": dial tcp 10\.244\.2\.\d+:8081: connect: connection refused/.test(e))).toBe(true);
  expect(scene.eventsOf('wrong-port').some((e) => e.startsWith('Killing: Container c failed liveness probe, will be restarted'))).toBe(true);
  expect(scene.pod('not-ready').status).toMatchObject({ phase: 'Running', containerStatuses: [{ ready: false, restartCount: 0, state: { running: {} } }] });
  expect(scene.eventsOf('not-ready').some((e) => e.startsWith('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404'))).toBe(true);
});

test('a missing ConfigMap holds a container back until it is there', async () => {
  const scene = new NodeScene();
  scene.addMachine('worker-1');
  scene.run('env', { containers: [{ ...nginx, envFrom: [{ configMapRef: { name: 'app' } }] }] });
  scene.run('volume', { containers: [{ ...nginx, volumeMounts: [{ name: 'v', mountPath: '/etc/app' }] }], volumes: [{ name: 'v', configMap: { name: 'app' } }] });
  await scene.wait(10);
  expect(scene.pod('env').status.containerStatuses?.[0]?.state?.waiting).toEqual({ reason: 'CreateContainerConfigError', message: 'configmap "app" not found' });
  expect(scene.pod('volume').status.containerStatuses?.[0]?.state?.waiting?.reason).toBe('ContainerCreating');
  expect(scene.eventsOf('volume')[0]).toContain('FailedMount: MountVolume.SetUp failed for volume "v" : configmap "app" not found');
  scene.client.create({ group: '', version: 'v1', plural: 'configmaps', namespaced: true }, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app', namespace: 'default' }, data: { a: '1' } } as never);
  await scene.wait(30);
  expect(scene.pod('env').status.phase).toBe('Running');
  expect(scene.pod('volume').status.phase).toBe('Running');
});

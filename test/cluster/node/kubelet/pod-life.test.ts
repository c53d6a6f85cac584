import { expect, test } from 'vitest';
import { configMaps, persistentVolumeClaims, persistentVolumes, pods } from '../../../../src/cluster/client/resources.ts';
import type { Container } from '../../../../src/cluster/api/types.ts';
import { NodeScene } from '../node-scene.ts';

const nginx: Container = { name: 'c', image: 'nginx:1.27' };
const script = (text: string, more: Partial<Container> = {}): Container => ({ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', text], ...more });
const forever = 'while true; do sleep 1; done';

function sceneWithNode(options: Parameters<NodeScene['addMachine']>[1] = {}): NodeScene {
  const scene = new NodeScene();
  scene.addMachine('worker-1', options);
  return scene;
}

function statusOf(scene: NodeScene, name: string) {
  const [status] = scene.pod(name).status.containerStatuses ?? [];
  if (!status) throw new Error(`${name} has no container status`);
  return status;
}

async function exec(scene: NodeScene, name: string, ...command: string[]): Promise<{ out: string; code: number | undefined }> {
  const result: { out: string; code: number | undefined } = { out: '', code: undefined };
  const query = [...command.map((word) => `command=${encodeURIComponent(word)}`), 'stdout=true'].join('&');
  scene.server.connect({ method: 'POST', path: `/api/v1/namespaces/default/pods/${name}/exec?${query}` }, {
    stdout: (text) => { result.out += text; }, stderr: (text) => { result.out += text; }, closed: (code) => { result.code = code; },
  });
  await scene.wait(2);
  return result;
}

test('a container that takes more memory than its limit is killed', async () => {
  const scene = sceneWithNode();
  scene.run('oom', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'polinux/stress', command: ['stress', '--vm', '1', '--vm-bytes', '250M'], resources: { limits: { memory: '100Mi' } } }] });
  await scene.wait(10);
  expect(statusOf(scene, 'oom').state?.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
});

test('a program that is not there is a StartError', async () => {
  const scene = sceneWithNode();
  scene.run('no-binary', { containers: [{ name: 'c', image: 'busybox:1.36', command: ['nosuchbinary'] }] });
  await scene.wait(5);
  const { state, lastState, restartCount } = statusOf(scene, 'no-binary');
  expect(restartCount).toBe(1);
  expect(state?.waiting?.reason).toBe('CrashLoopBackOff');
  expect(lastState?.terminated).toMatchObject({ reason: 'StartError', exitCode: 128 });
  expect(scene.eventsOf('no-binary').some((event) => event.includes('exec: "nosuchbinary": executable file not found in $PATH'))).toBe(true);
});

test('the startup probe holds the others back, and kills what never starts', async () => {
  const scene = sceneWithNode();
  const startupProbe = { exec: { command: ['test', '-f', '/tmp/started'] }, periodSeconds: 2, failureThreshold: 5 };
  scene.run('slow', { containers: [script(`sleep 6; touch /tmp/started; ${forever}`, { startupProbe, livenessProbe: { exec: { command: ['true'] }, periodSeconds: 1 } })] });
  scene.run('never', { containers: [script(forever, { startupProbe, terminationMessagePolicy: 'File' })], terminationGracePeriodSeconds: 1 });
  await scene.wait(5);
  expect(statusOf(scene, 'slow')).toMatchObject({ started: false, ready: false });
  await scene.wait(12);
  expect(statusOf(scene, 'slow')).toMatchObject({ started: true, ready: true, restartCount: 0 });
  expect(statusOf(scene, 'never').restartCount).toBe(1);
  expect(scene.eventsOf('never').some((event) => event.startsWith('Killing: Container c failed startup probe, will be restarted'))).toBe(true);
});

test('preStop runs within the grace period, sidecars are stopped last', async () => {
  const scene = sceneWithNode();
  scene.run('app', {
    terminationGracePeriodSeconds: 20,
    initContainers: [{ ...nginx, name: 'proxy', restartPolicy: 'Always' }],
    containers: [{ ...nginx, name: 'web', command: undefined, image: 'redis:7', lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 5; echo stopped > /proc/1/fd/1'] } } } }],
  });
  await scene.wait(12);
  expect(scene.pod('app').status.phase).toBe('Running');
  scene.client.delete(pods, 'app', 'default');
  await scene.wait(3);
  expect(scene.pod('app').status.containerStatuses?.[0]?.state?.running).toBeDefined();
  await scene.wait(5);
  expect(scene.podGone('app')).toBe(true);
  const killing = scene.eventsOf('app').filter((event) => event.startsWith('Killing'));
  expect(killing.sort()).toEqual(['Killing: Stopping container proxy', 'Killing: Stopping container web']);
});

test('environment, fields and mounted files reach the container; a changed ConfigMap reaches its files', async () => {
  const scene = sceneWithNode();
  const config = scene.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'app', namespace: 'default' }, data: { mode: 'fast' } });
  scene.run('app', {
    containers: [script(`echo $MODE $POD $LIMIT; ${forever}`, {
      env: [{ name: 'MODE', valueFrom: { configMapKeyRef: { name: 'app', key: 'mode' } } }, { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }, { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } }],
      resources: { limits: { memory: '64Mi' } },
      volumeMounts: [{ name: 'v', mountPath: '/etc/app' }, { name: 'v', mountPath: '/etc/one', subPath: 'mode' }, { name: 'scratch', mountPath: '/data' }],
    })],
    volumes: [{ name: 'v', configMap: { name: 'app' } }, { name: 'scratch', emptyDir: {} }],
  });
  await scene.wait(5);
  expect(scene.logs('app')).toBe('fast app 64\n');
  expect(await exec(scene, 'app', 'cat', '/etc/app/mode')).toEqual({ out: 'fast', code: 0 });
  scene.client.update(configMaps, { ...config, data: { mode: 'slow' } });
  await scene.wait(70);
  expect((await exec(scene, 'app', 'sh', '-c', 'cat /etc/app/mode /etc/one; hostname; cat /etc/hostname')).out).toBe('slowfastapp\napp\n');
});

test('exec tells what cannot be run; writing to a ConfigMap volume fails', async () => {
  const scene = sceneWithNode();
  scene.run('web', { containers: [nginx] });
  await scene.wait(5);
  expect((await exec(scene, 'web', 'sh', '-c', 'echo hi > /tmp/x; cat /tmp/x; exit 7'))).toEqual({ out: 'hi\n', code: 7 });
  const answer = scene.server.connect({ method: 'POST', path: '/api/v1/namespaces/default/pods/web/exec?command=nosuch' }, { stdout: () => undefined, stderr: () => undefined, closed: () => undefined });
  expect(answer).toMatchObject({ code: 500, body: { message: expect.stringContaining('exec: "nosuch": executable file not found in $PATH') } });
});

test('kill 1 restarts a server', async () => {
  const scene = sceneWithNode();
  scene.run('web', { containers: [nginx] });
  await scene.wait(5);
  await exec(scene, 'web', 'kill', '1');
  await scene.wait(2);
  expect(statusOf(scene, 'web')).toMatchObject({ restartCount: 1, ready: true });
});

test('a claim keeps its data when the Pod goes', async () => {
  const scene = sceneWithNode();
  scene.client.create(persistentVolumes, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'disk' }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/mnt/disk' } } });
  const claim = scene.client.create(persistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'default' }, spec: { accessModes: ['ReadWriteOnce'], volumeName: 'disk', resources: { requests: { storage: '1Gi' } } } });
  const run = (name: string, text: string) => scene.run(name, { containers: [script(text, { volumeMounts: [{ name: 'd', mountPath: '/d' }] })], volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }], restartPolicy: 'Never' });
  run('writer', 'echo kept > /d/file');
  await scene.wait(3);
  expect(scene.eventsOf('writer')[0]).toContain('PVC default/data is not bound');
  scene.client.updateStatus(persistentVolumeClaims, { ...claim, status: { phase: 'Bound' } });
  await scene.wait(10);
  scene.client.delete(pods, 'writer', 'default');
  run('reader', 'cat /d/file');
  await scene.wait(10);
  expect(scene.logs('reader')).toBe('kept\n');
});

test('a node refuses what does not fit', async () => {
  const scene = sceneWithNode({ capacity: { cpu: '1', memory: '1Gi', pods: '2' } });
  const asks = (cpu: string) => ({ containers: [{ ...nginx, resources: { requests: { cpu } } }] });
  scene.run('first', asks('600m'));
  await scene.wait(1);
  scene.run('second', asks('500m'));
  await scene.wait(5);
  expect(scene.pod('second').status).toMatchObject({ phase: 'Failed', reason: 'OutOfcpu', message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 500, used: 600, capacity: 1000" });
  scene.run('third', { ...asks('100m'), nodeSelector: { disk: 'ssd' } });
  await scene.wait(5);
  expect(scene.pod('third').status).toMatchObject({ phase: 'Failed', reason: 'NodeAffinity' });
});

test('activeDeadlineSeconds ends a Pod', async () => {
  const scene = sceneWithNode();
  scene.run('late', { activeDeadlineSeconds: 5, terminationGracePeriodSeconds: 1, restartPolicy: 'Never', containers: [script(forever)] });
  await scene.wait(20);
  expect(scene.pod('late').status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' });
});

test('the end of the log is the termination message when asked for', async () => {
  const scene = sceneWithNode();
  scene.run('file', { restartPolicy: 'Never', containers: [script('echo why > /dev/termination-log; exit 1')] });
  scene.run('logs', { restartPolicy: 'Never', containers: [script('echo last words; exit 1', { terminationMessagePolicy: 'FallbackToLogsOnError' })] });
  await scene.wait(5);
  expect(statusOf(scene, 'file').state?.terminated?.message).toBe('why\n');
  expect(statusOf(scene, 'logs').state?.terminated?.message).toBe('last words\n');
});

test('force deletion removes the object at once, the containers soon after', async () => {
  const scene = sceneWithNode();
  scene.run('stuck', { containers: [script(forever)] });
  await scene.wait(5);
  scene.client.delete(pods, 'stuck', 'default', { gracePeriodSeconds: 0 });
  await scene.wait(0);
  expect(scene.podGone('stuck')).toBe(true);
  expect(scene.machine('worker-1').runtime.containers()).toHaveLength(1);
  await scene.wait(5);
  expect(scene.machine('worker-1').runtime.containers()).toHaveLength(0);
});

test('a changed image replaces the container', async () => {
  const scene = sceneWithNode();
  const pod = scene.run('web', { containers: [{ name: 'c', image: 'nginx:doesnotexist' }] });
  await scene.wait(3);
  scene.client.patch(pods, 'web', 'default', { spec: { containers: [{ ...pod.spec.containers[0], image: 'nginx:1.27' }] } });
  await scene.wait(5);
  expect(statusOf(scene, 'web').ready).toBe(true);
  scene.client.patch(pods, 'web', 'default', { spec: { containers: [{ ...scene.pod('web').spec.containers[0], image: 'nginx:1.26' }] } });
  await scene.wait(10);
  expect(statusOf(scene, 'web')).toMatchObject({ image: 'docker.io/library/nginx:1.26', restartCount: 1 });
  expect(scene.eventsOf('web')).toContain('Killing: Container c definition changed, will be restarted');
});

test('an ephemeral container joins a running Pod', async () => {
  const scene = sceneWithNode();
  scene.run('web', { containers: [nginx] });
  await scene.wait(5);
  scene.client.patch(pods, 'web', 'default', { spec: { ephemeralContainers: [{ name: 'debugger', image: 'busybox', command: ['sh', '-c', 'wget -q -O- localhost | head -1'] }] } }, { subresource: 'ephemeralcontainers', type: 'strategic' });
  await scene.wait(5);
  expect(scene.pod('web').status.ephemeralContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0);
  expect(scene.logs('web', '?container=debugger')).toContain('<!DOCTYPE html>');
});

test('an ephemeral container whose program is not there has ended, and waits for no other start', async () => {
  const scene = sceneWithNode();
  scene.run('web', { containers: [nginx] });
  await scene.wait(5);
  scene.client.patch(pods, 'web', 'default', { spec: { ephemeralContainers: [{ name: 'debugger', image: 'busybox', command: ['nosuch'] }] } }, { subresource: 'ephemeralcontainers', type: 'strategic' });
  await scene.wait(5);
  expect(scene.pod('web').status.ephemeralContainerStatuses?.[0]?.state).toMatchObject({ terminated: { exitCode: 128, reason: 'StartError' } });
});

test('a log can be followed, cut and stamped', async () => {
  const scene = sceneWithNode();
  scene.run('talk', { restartPolicy: 'Never', containers: [script('for i in 1 2 3 4; do echo line $i; sleep 2; done')] });
  await scene.wait(3);
  let seen = '';
  let isClosed = false;
  scene.server.connect({ method: 'GET', path: '/api/v1/namespaces/default/pods/talk/log?follow=true' }, { stdout: (text) => { seen += text; }, stderr: () => undefined, closed: () => { isClosed = true; } });
  await scene.wait(15);
  expect(seen).toBe('line 1\nline 2\nline 3\nline 4\n');
  expect(isClosed).toBe(true);
  expect(scene.logs('talk', '?tailLines=1')).toBe('line 4\n');
  expect(scene.logs('talk', '?tailLines=1&timestamps=true')).toMatch(/^2026-11-23T17:00:\d\d\.\d{9}Z line 4\n$/);
  const { metadata } = scene.pod('talk');
  expect(scene.machine('worker-1').files.read(`/var/log/pods/default_talk_${metadata.uid}/c/0.log`)).toMatch(/^2026-11-23T17:00:\d\d\.\d+Z stdout F line 1\n/);
});

test('a shell with a terminal waits for whoever attaches, and remembers what it was told', async () => {
  const scene = sceneWithNode();
  scene.run('tmp', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox', stdin: true, stdinOnce: true, tty: true }] });
  await scene.wait(5);
  let seen = '';
  let code: number | undefined;
  const stream = scene.server.connect({ method: 'POST', path: '/api/v1/namespaces/default/pods/tmp/attach?stdin=true&stdout=true&tty=true' }, { stdout: (text) => { seen += text; }, stderr: (text) => { seen += text; }, closed: (exit) => { code = exit; } });
  if (!('send' in stream) || !stream.send) throw new Error('no input');
  for (const line of ['x=5; cd /tmp', 'f() { echo "f $x $(pwd)"; }', 'f', 'echo "unfinished', 'exit 4']) {
    stream.send(`${line}\n`);
    await scene.wait(1);
  }
  expect(seen).toContain('f 5 /tmp\n');
  expect(seen).toContain("unexpected EOF while looking for matching");
  expect(code).toBe(4);
  expect(scene.pod('tmp').status).toMatchObject({ phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 4 } } }] });
});

test('a port of a Pod is reached through its kubelet', async () => {
  const scene = sceneWithNode();
  scene.run('web', { containers: [nginx] });
  await scene.wait(5);
  const { kubelet } = scene.machine('worker-1');
  const connection = kubelet.portForward({ namespace: 'default', pod: 'web', port: 80 });
  if ('code' in connection) throw new Error(connection.message);
  expect(connection.service.http?.({ method: 'GET', path: '/' }, connection.peer).status).toBe(200);
  expect(() => kubelet.portForward({ namespace: 'default', pod: 'web', port: 81 })).toThrow('connection refused');
});

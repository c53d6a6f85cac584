import { expect, test } from 'vitest';
import { nodes, pods } from '../../../../src/cluster/client/resources.ts';
import { NodeScene } from '../node-scene.ts';

const MANIFEST = (image: string) => `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default, labels: {tier: node}}
spec:
  containers: [{name: c, image: "${image}"}]
`;
const nginx = { name: 'c', image: 'nginx:1.27' };
const FOLDER = '/etc/kubernetes/manifests';

test('static Pods run from files, are mirrored, and come back when the mirror is deleted', async () => {
  const scene = new NodeScene();
  const { files, runtime } = scene.addMachine('worker-1', { files: { [`${FOLDER}/web.yaml`]: MANIFEST('nginx:1.27') }, kubelet: { staticPodPath: FOLDER } });
  await scene.wait(5);
  const mirror = scene.pod('web-worker-1');
  expect(mirror.status.phase).toBe('Running');
  expect(mirror.metadata.annotations?.['kubernetes.io/config.source']).toBe('file');
  expect(mirror.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Node', name: 'worker-1' });
  const [before] = runtime.containers();
  scene.client.delete(pods, 'web-worker-1', 'default');
  await scene.wait(5);
  expect(scene.pod('web-worker-1').status.phase).toBe('Running');
  expect(scene.pod('web-worker-1').metadata.uid).not.toBe(mirror.metadata.uid);
  expect(runtime.containers()).toEqual([before]);

  files.write(`${FOLDER}/web.yaml`, MANIFEST('nginx:1.26'));
  await scene.wait(10);
  expect(scene.pod('web-worker-1').status.containerStatuses?.[0]).toMatchObject({ image: 'docker.io/library/nginx:1.26', ready: true });
  expect(runtime.containers()).toHaveLength(1);
  files.remove(`${FOLDER}/web.yaml`);
  await scene.wait(5);
  expect(scene.podGone('web-worker-1')).toBe(true);
  expect(runtime.containers()).toHaveLength(0);
});

test('without an API server static Pods go on, and all is told once it is back', async () => {
  const scene = new NodeScene();
  scene.isApiDown = true;
  const { runtime } = scene.addMachine('worker-1', { files: { [`${FOLDER}/web.yaml`]: MANIFEST('nginx:1.27') }, kubelet: { staticPodPath: FOLDER } });
  await scene.wait(30);
  expect(runtime.containers().map(({ state }) => state)).toEqual(['Running']);
  scene.isApiDown = false;
  await scene.wait(30);
  expect(scene.node('worker-1')).toBeDefined();
  expect(scene.pod('web-worker-1').status.phase).toBe('Running');
});

test('a bad manifest is only a line in the log', async () => {
  const lines: string[] = [];
  const scene = new NodeScene();
  scene.addMachine('worker-1', { files: { [`${FOLDER}/web.yaml`]: 'kind: Pod\nmetadata: [' }, kubelet: { staticPodPath: FOLDER, log: (line) => void lines.push(line) } });
  await scene.wait(5);
  expect(lines[0]).toContain('"Could not process manifest file"');
});

test('containers go on while the kubelet is down; what ended meanwhile is told and restarted', async () => {
  const scene = new NodeScene();
  const machine = scene.addMachine('worker-1');
  scene.run('web', { containers: [nginx] });
  scene.run('crash', { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'sleep 15; exit 1'] }] });
  await scene.wait(8);
  machine.kubelet.stop();
  await scene.wait(30);
  expect(machine.runtime.containers().map(({ config, state }) => `${config.image} ${state}`)).toEqual(['nginx:1.27 Running', 'busybox:1.36 Exited']);
  expect(scene.pod('crash').status.containerStatuses?.[0]?.restartCount).toBe(0);
  machine.kubelet = machine.makeKubelet();
  machine.kubelet.start();
  await scene.wait(3);
  expect(scene.pod('web').status.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true });
  expect(scene.pod('crash').status.containerStatuses?.[0]).toMatchObject({ restartCount: 1 });
});

test('a Pod deleted while the kubelet was down is cleaned up', async () => {
  const scene = new NodeScene();
  const machine = scene.addMachine('worker-1');
  scene.run('gone', { containers: [nginx] });
  scene.run('going', { containers: [nginx] });
  await scene.wait(8);
  machine.kubelet.stop();
  scene.client.delete(pods, 'gone', 'default', { gracePeriodSeconds: 0 });
  scene.client.delete(pods, 'going', 'default');
  await scene.wait(60);
  expect(scene.podGone('going')).toBe(false);
  machine.kubelet = machine.makeKubelet();
  machine.kubelet.start();
  await scene.wait(10);
  expect(scene.podGone('going')).toBe(true);
  expect(machine.runtime.containers()).toHaveLength(0);
});

test('after a power failure Pods run again in new sandboxes', async () => {
  const scene = new NodeScene();
  const machine = scene.addMachine('worker-1');
  scene.run('web', { containers: [nginx] });
  await scene.wait(8);
  const ip = scene.pod('web').status.podIP;
  machine.kubelet.stop();
  machine.runtime.powerOff();
  await scene.wait(20);
  machine.kubelet = machine.makeKubelet();
  machine.kubelet.start();
  await scene.wait(8);
  const { status } = scene.pod('web');
  expect(status.containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true, lastState: { terminated: { exitCode: 255, reason: 'Unknown' } } });
  expect(status.podIP).not.toBe(ip);
  expect(status.podIPs).toEqual([{ ip: status.podIP }]);
  expect(scene.eventsOf('web')).toContain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.');
});

test('a deleted Node is not registered again until the kubelet restarts', async () => {
  const scene = new NodeScene();
  const machine = scene.addMachine('worker-1');
  await scene.wait(15);
  scene.client.delete(nodes, 'worker-1');
  await scene.wait(60);
  expect(scene.node('worker-1')).toBeUndefined();
  machine.kubelet.stop();
  machine.kubelet = machine.makeKubelet();
  machine.kubelet.start();
  expect(scene.node('worker-1')).toBeDefined();
});

test('a network that is not ready keeps Pods from starting, but not those on the node\'s own', async () => {
  const scene = new NodeScene();
  let problem: string | undefined = 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';
  scene.addMachine('worker-1', { kubelet: { networkProblem: () => problem } });
  scene.run('web', { containers: [nginx] });
  scene.run('host', { hostNetwork: true, containers: [nginx] });
  await scene.wait(5);
  expect(scene.node('worker-1')?.status.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(problem);
  expect(scene.pod('host').status.phase).toBe('Running');
  expect(scene.pod('host').status.podIP).toBe('10.0.0.2');
  expect(scene.pod('web').status.phase).toBe('Pending');
  expect(scene.eventsOf('web')[0]).toContain('NetworkNotReady: network is not ready');
  problem = undefined;
  await scene.wait(15);
  expect(scene.pod('web').status.phase).toBe('Running');
});

test('a hollow node runs everything, for ever, a second after it was bound', async () => {
  const scene = new NodeScene();
  scene.addMachine('worker-1', { pretend: true });
  scene.run('once', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'no.such/image:at-all', command: ['true'] }] });
  await scene.wait(0);
  expect(scene.pod('once').status.containerStatuses?.[0]?.state?.waiting?.reason).toBe('ContainerCreating');
  await scene.wait(1);
  expect(scene.pod('once').status).toMatchObject({ phase: 'Running', containerStatuses: [{ ready: true }] });
  const before = scene.requests;
  await scene.wait(300);
  expect(scene.pod('once').status.phase).toBe('Running');
  expect(scene.requests - before).toBeLessThan(40);
  scene.client.delete(pods, 'once', 'default');
  await scene.wait(1);
  expect(scene.podGone('once')).toBe(true);
});

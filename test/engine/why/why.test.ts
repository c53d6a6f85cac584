/** Why? Each scene breaks something and asks for the chain; the last link is the cause, and every kubectl in it works. */
import { expect, test } from 'vitest';
import type { ObjectRef } from '../../../src/engine/lens/lens-view.ts';
import { whyWorld } from '../../../src/engine/why/cluster-world.ts';
import { troubles, why } from '../../../src/engine/why/why.ts';
import { deployment, Scene } from '../../scenario/scene.ts';

const of = (resource: string, name: string): ObjectRef => ({ resource, name, ...(resource === 'node' || resource === 'component' ? {} : { namespace: 'default' }) });

/** The texts of the chain; every command of kubectl in it is run, and none may fail. */
async function chain(scene: Scene, ref: ObjectRef): Promise<string[]> {
  const links = why(whyWorld(scene.cluster), ref);
  for (const { command } of links) {
    if (!command.startsWith('kubectl') || !scene.cluster.apiServer) continue;
    expect([command, await scene.run(command)]).not.toEqual([command, expect.stringMatching(/^(error|Error from server)/m)]);
  }
  return links.map(({ text }) => text);
}

const run = (name: string, overrides: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'nginx:1.27', ...overrides }] } });

test('a Pod too large for every node, beside one that does not tolerate a taint', async () => {
  const scene = await Scene.kubeadm({ w1: { cpu: '2' }, w2: { taints: [{ key: 'team', value: 'ml', effect: 'NoSchedule' }] } });
  await scene.apply(run('big', { resources: { requests: { cpu: '3' } } }));
  await scene.wait(5);
  const texts = await chain(scene, of('pod', 'big'));
  expect(texts[0]).toMatch(/^big is Pending: .*0\/3 nodes are available: .*1 Insufficient cpu/);
  expect(texts).toContainEqual(expect.stringMatching(/^w1: the Pod asks for 3 cpu; of 2 allocatable .* are requested already, .* are left\.$/));
  expect(texts).toContainEqual('w2 is tainted team=ml:NoSchedule, and the Pod does not tolerate it.');
});

test('no node with the label it wants; which labels there are', async () => {
  const scene = await Scene.kubeadm({ w1: { labels: { disk: 'hdd' } } });
  const pod = run('picky', {});
  await scene.apply({ ...pod, spec: { ...pod.spec, nodeSelector: { disk: 'ssd' } } });
  await scene.wait(5);
  const texts = await chain(scene, of('pod', 'picky'));
  expect(texts).toContainEqual('The Pod wants disk=ssd.');
  expect(texts).toContainEqual(expect.stringMatching(/^w1 has disk=hdd/));
});

test('a claim without a class, and a scheduler that nobody runs', async () => {
  const scene = await Scene.kubeadm();
  await scene.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } } });
  const pod = run('db', {});
  await scene.apply({ ...pod, spec: { ...pod.spec, volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } });
  const odd = run('odd', {});
  await scene.apply({ ...odd, spec: { ...odd.spec, schedulerName: 'mine' } });
  await scene.wait(5);
  expect((await chain(scene, of('pod', 'db'))).at(-1)).toBe('There is no StorageClass fast.');
  expect((await chain(scene, of('pod', 'odd'))).at(-1)).toBe('It asks for the scheduler "mine", and none of that name has taken it.');
});

test('a scheduler whose manifest is gone', async () => {
  const scene = await Scene.kubeadm();
  await scene.run('ssh cp mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/');
  await scene.wait(30);
  await scene.apply(run('web', {}));
  await scene.wait(5);
  const texts = await chain(scene, of('pod', 'web'));
  expect(texts.at(-1)).toMatch(/^There is no manifest for it/);
  expect(troubles(whyWorld(scene.cluster)).map(({ ref }) => ref.name)).toEqual(['kube-scheduler', 'web']);
  expect(why(whyWorld(scene.cluster), of('component', 'kube-scheduler')).at(-1)?.command).toBe('ssh cp ls /etc/kubernetes/manifests');
});

test('a container that ends at once, one whose image is not there', async () => {
  const scene = await Scene.kubeadm();
  await scene.apply(run('ends', { image: 'busybox', command: ['sh', '-c', 'echo cannot open /data; exit 3'] }), run('typo', { image: 'nginx:1.27-nope' }), run('keyless', { env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }] }));
  await scene.k('create secret generic db-old --from-literal=password=x');
  await scene.wait(40);
  expect(await chain(scene, of('pod', 'ends'))).toEqual([expect.stringMatching(/ends again and again \(\d restarts\)/), 'It ended with exit code 3 (Error).', 'Its last words: cannot open /data']);
  expect((await chain(scene, of('pod', 'typo')))[0]).toMatch(/has no image: nginx:1.27-nope cannot be had/);
  expect((await chain(scene, of('pod', 'keyless'))).at(-1)).toBe('There is no secret db in default; there is db-old.');
});

test('a readiness probe on the wrong port makes a Service empty', async () => {
  const scene = await Scene.kubeadm();
  const web = { ...run('web', { ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 2 } }) };
  await scene.apply(web);
  await scene.k('expose pod web --port=80');
  await scene.wait(20);
  const texts = await chain(scene, of('service', 'web'));
  expect(texts[0]).toMatch(/^Service web has no ready endpoints/);
  expect(texts.slice(-2)).toEqual([expect.stringMatching(/its readiness probe, GET \/ on port 8080, does not succeed: Readiness probe failed: .*connection refused/), 'The container names these ports: 80.']);
});

test('a Service whose selector fits nobody, and one whose port no container has', async () => {
  const scene = await Scene.kubeadm();
  await scene.apply(run('web', { ports: [{ containerPort: 80, name: 'http' }] }));
  await scene.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'front' }, spec: { selector: { app: 'wep' }, ports: [{ port: 80 }] } });
  await scene.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'named' }, spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'web' }] } });
  await scene.wait(15);
  expect(await chain(scene, of('service', 'front'))).toEqual([expect.any(String), 'No Pod has the labels it selects: app=wep.', 'web has app=web.']);
  expect((await chain(scene, of('service', 'named'))).at(-1)).toBe('Port 80 leads to targetPort web; its Pods name 80 (http).');
  expect(await chain(scene, of('pod', 'web'))).toEqual([]);
});

test('a rollout that waits for an image, and one that a quota stops', async () => {
  const scene = await Scene.kubeadm();
  await scene.k('create deployment web --image=nginx:1.27 --replicas=2');
  await scene.wait(15);
  expect(await chain(scene, of('deployment', 'web'))).toEqual([]);
  await scene.k('set image deployment/web nginx=nginx:9.99');
  await scene.wait(20);
  const texts = await chain(scene, of('deployment', 'web'));
  expect(texts[0]).toBe('Deployment web: 2 of 2 ready, 1 of the new template.');
  expect(texts[1]).toMatch(/has no image: nginx:9.99 cannot be had/);
  await scene.k('create quota small --hard=pods=3');
  await scene.k('create deployment more --image=nginx:1.27');
  await scene.wait(10);
  const stopped = await chain(scene, of('deployment', 'more'));
  expect(stopped.slice(-2)).toEqual([expect.stringMatching(/No Pod can be made for ReplicaSet more-.*exceeded quota: small/), 'A ResourceQuota of the namespace is used up.']);
});

test('a workload that nobody acts on, because the controller manager crashes', async () => {
  const scene = await Scene.kubeadm();
  await scene.run("ssh cp sed -i 's/--leader-elect=true/--leader-erect=true/' /etc/kubernetes/manifests/kube-controller-manager.yaml");
  await scene.wait(40);
  await scene.apply(deployment('web'));
  await scene.wait(5);
  const texts = await chain(scene, of('deployment', 'web'));
  expect(texts.at(-1)).toMatch(/^Its last words: .*unknown flag: --leader-erect/);
});

test('a node whose kubelet was stopped, one without power, one without a runtime', async () => {
  const scene = await Scene.kubeadm({ w1: {}, w2: {}, w3: {} });
  await scene.run('ssh w1 systemctl stop kubelet');
  await scene.run('power w2 off');
  await scene.run('ssh w3 systemctl stop containerd');
  await scene.wait(60);
  expect((await chain(scene, of('node', 'w1')))).toEqual([expect.stringMatching(/^w1 is NotReady: NodeStatusUnknown: Kubelet stopped posting node status/), expect.stringMatching(/last renewed its Lease \d\d seconds ago/), 'kubelet on w1 is inactive.']);
  expect((await chain(scene, of('node', 'w2'))).at(-1)).toBe('The machine w2 is switched off: it does not answer.');
  expect((await chain(scene, of('node', 'w3'))).join('\n')).toMatch(/w3 is NotReady: KubeletNotReady[\s\S]*containerd on w3 is inactive/);
  expect(troubles(whyWorld(scene.cluster)).filter(({ ref }) => ref.resource === 'node').map(({ ref }) => ref.name)).toEqual(['w1', 'w2', 'w3']);
});

test('an API server that does not start says so itself', async () => {
  const scene = await Scene.kubeadm();
  await scene.run("ssh cp sed -i 's/--secure-port=6443/--secure-prot=6443/' /etc/kubernetes/manifests/kube-apiserver.yaml");
  await scene.wait(40);
  const texts = (why(whyWorld(scene.cluster), of('node', 'w1'))).map(({ text }) => text);
  expect(texts[0]).toMatch(/^The API server does not answer/);
  expect(texts.at(-1)).toMatch(/unknown flag: --secure-prot/);
});

test('what is well has no reasons', async () => {
  const scene = await Scene.kubeadm();
  await scene.apply(deployment('web', { replicas: 1 }));
  await scene.wait(20);
  expect(troubles(whyWorld(scene.cluster))).toEqual([]);
});

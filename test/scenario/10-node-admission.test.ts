/** Section 10.11, 10.12 and node allocatable: what a kubelet takes, and what it refuses. */
import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const nginx = (more: object = {}) => ({ name: 'c', image: 'nginx:1.27', ...more });
const here = (name: string, container: object, more: object = {}) => pod(name, { nodeName: 'w1', containers: [container], ...more });
const asking = (requests: object) => nginx({ resources: { requests } });
const configure = (at: Scene, lines: string) => at.run(`ssh w1 'printf "${lines}" >> /var/lib/kubelet/config.yaml && systemctl restart kubelet'`);
const status = (at: Scene, name: string) => at.see(`pod ${name}`, '.status.phase} {.status.reason}: {.status.message');

test('10.11 two Pods cannot have one port of the node; on another address or protocol they can', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const port = (name: string, more: object = {}) => here(name, nginx({ ports: [{ containerPort: 80, hostPort: 8080, ...more }] }));
  await at.apply(port('first', { hostIP: '127.0.0.1' }));
  await at.wait(5);
  await at.apply(port('second'), port('third', { hostIP: '127.0.0.2' }), port('fourth', { protocol: 'UDP', hostIP: '127.0.0.1' }));
  await at.wait(5);
  expect(await status(at, 'second')).toBe("Failed NodePorts: Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports");
  expect(await at.events('second')).toEqual(["NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"]);
  expect(await at.see('pods', 'range .items[*]}{.metadata.name}={.status.phase} {end')).toBe('first=Running fourth=Running second=Failed third=Running');
});

test('10.11 as many Pods as the kubelet is told to run', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await configure(at, 'maxPods: 4\\n');
  await at.wait(5);
  await at.apply(here('a', nginx()), here('b', nginx()));
  await at.wait(5);
  expect(await at.see('node w1', '.status.allocatable.pods')).toBe('4');
  expect([await status(at, 'a'), await status(at, 'b')]).toEqual(['Running :', "Failed OutOfpods: Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 4, capacity: 4"]);
});

test('10.11 a NoExecute taint keeps out what does not tolerate it, an operating system what is made for another', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.k('taint node w1 broken=yes:NoExecute');
  await at.apply(here('a', nginx()), here('b', nginx(), { tolerations: [{ key: 'broken', operator: 'Exists' }] }), here('c', nginx(), { os: { name: 'windows' } }));
  await at.wait(5);
  expect((await at.events('a'))[0]).toBe("TaintToleration: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate");
  expect(await status(at, 'b')).toBe('Running :');
  expect((await at.events('c'))[0]).toBe("PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS");
});

test('a critical Pod makes room for itself: Pods of less quality of service end as Preempting', async () => {
  const at = await Scene.kubeadm({ w1: { cpu: '2' } });
  const limited = { requests: { cpu: '1', memory: '64Mi' }, limits: { cpu: '1', memory: '64Mi' } };
  await at.apply(here('best', nginx()), here('burst', asking({ cpu: '600m' })), here('fixed', nginx({ resources: limited })));
  await at.wait(5);
  await at.apply(pod('vital', { nodeName: 'w1', priorityClassName: 'system-node-critical', containers: [asking({ cpu: '900m' })] }, { namespace: 'kube-system' }));
  await at.wait(40);
  expect(await status(at, 'burst')).toBe('Failed Preempting: Preempted in order to admit critical pod');
  expect([await status(at, 'best'), await status(at, 'fixed'), await status(at, '-n kube-system vital')]).toEqual(['Running :', 'Running :', 'Running :']);
  expect(await at.see('pod burst', '.status.conditions[?(@.type=="DisruptionTarget")].message')).toBe('Pod was preempted by Kubelet to accommodate a critical pod.');
  await at.apply(pod('huge', { nodeName: 'w1', priorityClassName: 'system-node-critical', containers: [asking({ cpu: '3' })] }, { namespace: 'kube-system' }));
  await at.wait(5);
  expect(await status(at, '-n kube-system huge')).toMatch(/^Failed UnexpectedAdmissionError: .*no set of running pods found to reclaim resources: \[\(res: cpu, q: \d+\), \]$/);
});

test.each([
  ['a Secret', 'containers: [{name: c, image: "nginx:1.27", envFrom: [{secretRef: {name: s}}]}]', 'secrets'],
  ['a ConfigMap', 'containers: [{name: c, image: "nginx:1.27"}], volumes: [{name: v, configMap: {name: m}}]', 'configmaps'],
  ['a ServiceAccount', 'serviceAccountName: robot, containers: [{name: c, image: "nginx:1.27"}]', 'serviceaccounts'],
  ['a claim', 'containers: [{name: c, image: "nginx:1.27"}], volumes: [{name: v, persistentVolumeClaim: {claimName: p}}]', 'persistentvolumeclaims'],
])('10.12 a static Pod may not refer to %s', async (_, spec, resource) => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run(`ssh w1 'echo "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {${spec.replaceAll('"', '\\"')}}}" > /etc/kubernetes/manifests/web.yaml'`);
  await at.wait(25);
  expect(await at.names('pods')).toEqual([]);
  expect(await at.run("ssh w1 'journalctl -u kubelet | grep manifests/web.yaml'")).toContain(`static pods may not reference ${resource}`);
});

test('what the system and Kubernetes keep for themselves is not allocatable', async () => {
  const at = await Scene.kubeadm({ w1: { cpu: '2', memory: '4Gi' } });
  await configure(at, 'systemReserved: {cpu: 200m, memory: 256Mi}\\nkubeReserved: {cpu: 300m, memory: 256Mi, ephemeral-storage: 1Gi}\\nevictionHard: {memory.available: 512Mi}\\n');
  await at.wait(5);
  expect(await at.see('node w1', '.status.allocatable.cpu} {.status.allocatable.memory} {.status.allocatable.ephemeral-storage} {.status.capacity.cpu')).toBe('1500m 3Gi 39Gi 2');
  await at.apply(pod('big', { containers: [asking({ cpu: '1600m' })] }), here('bound', asking({ memory: '3500Mi' })));
  await at.wait(5);
  expect(await at.k('describe pod big')).toMatch(/1 Insufficient cpu/);
  expect(await status(at, 'bound')).toMatch(/^Failed OutOfmemory: .* capacity: 3221225472$/);
  await configure(at, '').then(() => at.run("ssh w1 'sed -i s/200m/9/ /var/lib/kubelet/config.yaml; systemctl restart kubelet'"));
  expect(await at.run("ssh w1 'journalctl -u kubelet -n 5'")).toContain('invalid Node Allocatable configuration. Resource \\"cpu\\" has a reservation of 9300m but capacity of 2. Expected capacity >= reservation.');
});

test('a node whose kube-proxy is stopped goes on with old rules, and has new ones once it is back', async () => {
  const at = await Scene.kubeadm({ w1: {}, w2: {} });
  await at.apply(pod('web', { nodeName: 'w1' }, { labels: { app: 'web' } }), { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
  await at.wait(10);
  const [old, service] = [await at.see('pod web', '.status.podIP'), await at.see('service web', '.spec.clusterIP')];
  await at.patch('-n kube-system ds kube-proxy', { spec: { template: { spec: { nodeSelector: { nowhere: 'yes' } } } } });
  await at.wait(40);
  await at.k('delete pod web');
  await at.apply(pod('web', { nodeName: 'w1' }, { labels: { app: 'web' } }));
  await at.wait(10);
  const now = await at.see('pod web', '.status.podIP');
  const rules = () => at.run("ssh w2 'iptables-save | grep default/web'");
  expect(now).not.toBe(old);
  expect(await rules()).toContain(`--to-destination ${old}:80`);
  expect(await rules()).not.toContain(`${now}:80`);
  expect(await at.run(`ssh w2 'curl -s -m 2 -o /dev/null http://${service}; echo $?'`)).toMatch(/^(7|28)$/);
  await at.k(`patch -n kube-system ds kube-proxy --type=json -p '[{"op":"remove","path":"/spec/template/spec/nodeSelector/nowhere"}]'`);
  await at.wait(30);
  expect(await rules()).toContain(`--to-destination ${now}:80`);
  expect(await at.run(`ssh w2 'curl -s -m 2 -o /dev/null http://${service}; echo $?'`)).toBe('0');
});

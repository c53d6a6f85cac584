import { expect, test } from 'vitest';
import { deployment, pod, Scene, template } from './scene.ts';

const ready = (at: Scene, node: string) => at.see(`node ${node}`, '.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].reason} {.status.conditions[?(@.type=="Ready")].message');
const taints = (at: Scene, node: string) => at.see(`node ${node}`, 'range .spec.taints[*]}{.key}:{.effect} {end');
const leaving = async (at: Scene, name: string) => (await at.see(`pod ${name}`, '.metadata.deletionTimestamp')) !== '';
const on = (node: string, more: object = {}) => ({ nodeName: node, ...more });
const tolerates = (key: string, tolerationSeconds?: number) => ({ key, operator: 'Exists', effect: 'NoExecute', ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }) });
const UNREACHABLE = 'node.kubernetes.io/unreachable';

/** A real cluster; Pods on w1, which then loses its power. */
async function dead(...pods: object[]): Promise<Scene> {
  const at = await Scene.kubeadm({ w1: {}, w2: {} });
  if (pods.length > 0) await at.apply(...pods);
  await at.wait(20);
  await at.run('power w1 off');
  return at;
}

test('9.1 a kubelet renews its Lease every ten seconds, and posts its status when it changes or every five minutes', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const renewed = async () => Date.parse(await at.see('lease w1 -n kube-node-lease', '.spec.renewTime'));
  const heartbeat = async () => Date.parse(await at.see('node w1', '.status.conditions[?(@.type=="Ready")].lastHeartbeatTime'));
  expect(await at.see('lease w1 -n kube-node-lease', '.spec.leaseDurationSeconds} {.spec.holderIdentity} {.metadata.ownerReferences[0].kind')).toBe('40 w1 Node');
  const [lease, beat] = [await renewed(), await heartbeat()];
  await at.wait(100);
  expect([await renewed() - lease, await heartbeat() - beat]).toEqual([100_000, 0]);
  await at.wait(250);
  expect(await heartbeat() - beat).toBeGreaterThanOrEqual(299_000);
});

test('9.2 after fifty seconds without a sign of life every condition is unknown', async () => {
  const at = await dead();
  await at.wait(38);
  expect(await ready(at, 'w1')).toMatch(/^True KubeletReady/);
  await at.wait(20);
  expect(await ready(at, 'w1')).toBe('Unknown NodeStatusUnknown Kubelet stopped posting node status.');
  expect(await at.see('node w1', '.status.conditions[?(@.type!="NetworkUnavailable")].status')).toBe('Unknown Unknown Unknown Unknown');
  expect(await at.events('w1')).toContain('NodeNotReady: Node w1 status is now: NodeNotReady');
  expect(await at.k('get node w1 --no-headers')).toMatch(/^w1 +NotReady /);
});

test('9.2 a Node that never reported is unknown after a minute', async () => {
  const at = await Scene.hollow();
  await at.make({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'paper' } });
  await at.wait(50);
  expect(await ready(at, 'paper')).toBe('');
  await at.wait(20);
  expect(await ready(at, 'paper')).toBe('Unknown NodeStatusNeverUpdated Kubelet never posted node status.');
});

test('9.3 not ready, unreachable and unschedulable become taints', async () => {
  const at = await dead();
  await at.k('cordon w2');
  await at.wait(65);
  expect([await taints(at, 'w1'), await taints(at, 'w2')]).toEqual([`${UNREACHABLE}:NoSchedule ${UNREACHABLE}:NoExecute`, 'node.kubernetes.io/unschedulable:NoSchedule']);
  await at.run('power w1 on');
  await at.k('uncordon w2');
  await at.wait(40);
  expect([await ready(at, 'w1'), await taints(at, 'w1'), await taints(at, 'w2')]).toEqual([expect.stringMatching('^True'), '', '']);
});

test.each([
  [{ type: 'Ready', status: 'False' }, 'node.kubernetes.io/not-ready:NoSchedule node.kubernetes.io/not-ready:NoExecute'],
  [{ type: 'MemoryPressure', status: 'True' }, 'node.kubernetes.io/memory-pressure:NoSchedule'],
  [{ type: 'DiskPressure', status: 'True' }, 'node.kubernetes.io/disk-pressure:NoSchedule'],
  [{ type: 'PIDPressure', status: 'True' }, 'node.kubernetes.io/pid-pressure:NoSchedule'],
  [{ type: 'NetworkUnavailable', status: 'True' }, 'node.kubernetes.io/network-unavailable:NoSchedule'],
])('9.3 the condition %o taints the node', async (condition, expected) => {
  const at = await Scene.hollow();
  await at.make({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  const conditions = [...(condition.type === 'Ready' ? [] : [{ type: 'Ready', status: 'True' }]), condition];
  await at.patch('node n', { status: { conditions } }, '--subresource=status --type=strategic');
  await at.wait(6);
  expect((await taints(at, 'n')).split(' ').sort()).toEqual(expected.split(' ').sort());
});

test('9.4 each Pod tolerates a node that is away for five minutes; then it is evicted', async () => {
  const at = await dead(pod('a', on('w1')), pod('short', on('w1', { tolerations: [tolerates(UNREACHABLE, 30)] })), pod('stays', on('w1', { tolerations: [tolerates(UNREACHABLE)] })), pod('both', on('w1', { tolerations: [tolerates(UNREACHABLE, 60), { operator: 'Exists', tolerationSeconds: 20, effect: 'NoExecute' }] })));
  expect(await at.see('pod a', 'range .spec.tolerations[*]}{.key}:{.effect}:{.tolerationSeconds} {end')).toBe('node.kubernetes.io/not-ready:NoExecute:300 node.kubernetes.io/unreachable:NoExecute:300');
  await at.wait(60);
  expect([await leaving(at, 'short'), await leaving(at, 'both')]).toEqual([false, false]);
  await at.wait(25);
  expect([await leaving(at, 'short'), await leaving(at, 'both'), await leaving(at, 'a')]).toEqual([expect.any(Boolean), true, false]);
  await at.wait(245);
  expect([await leaving(at, 'short'), await leaving(at, 'a')]).toEqual([true, false]);
  await at.wait(40);
  expect([await leaving(at, 'a'), await leaving(at, 'stays')]).toEqual([true, false]);
  expect(await at.events('a')).toContain('TaintManagerEviction: Marking for deletion Pod default/a');
  expect(await at.see('pod a', '.status.conditions[?(@.type=="DisruptionTarget")].reason}: {.status.conditions[?(@.type=="DisruptionTarget")].message')).toBe('DeletionByTaintManager: Taint manager: deleting due to NoExecute taint');
});

test('9.4 a NoExecute taint that is not tolerated evicts at once; one that goes in time does not', async () => {
  const at = await Scene.hollow();
  await at.apply(pod('a', on('w1')), pod('b', on('w1', { tolerations: [tolerates('mine', 60)] })), pod('c', on('w1', { tolerations: [tolerates('mine')] })));
  await at.wait(5);
  await at.k('taint node w1 mine=x:NoExecute');
  await at.wait(5);
  expect(await at.names('pods')).toEqual(['b', 'c']);
  await at.wait(30);
  await at.k('taint node w1 mine-');
  await at.wait(60);
  expect(await at.names('pods')).toEqual(['b', 'c']);
  expect(await at.events('b')).toContain('TaintManagerEviction: Cancelling deletion of Pod default/b');
});

test('9.5 Pods of a node that is not ready are not ready either, and leave their Service', async () => {
  const at = await Scene.kubeadm({ w1: {}, w2: {} });
  await at.apply(deployment('web', { replicas: 1, template: template({ app: 'web' }, 'nginx:1.27', { nodeSelector: { 'kubernetes.io/hostname': 'w1' } }) }));
  await at.k('expose deploy web --port=80');
  await at.wait(20);
  const endpoint = () => at.see('endpointslices -l kubernetes.io/service-name=web', '.items[0].endpoints[0].conditions.ready');
  expect(await endpoint()).toBe('true');
  await at.run('power w1 off');
  await at.wait(60);
  const [name] = await at.names('pods');
  expect([await at.see(`pod ${name}`, '.status.conditions[?(@.type=="Ready")].status'), await at.see(`pod ${name}`, '.status.phase'), await endpoint()]).toEqual(['False', 'Running', 'false']);
  expect(await at.events(name!)).toContain('NodeNotReady: Node is not ready');
  expect(await at.k(`get pod ${name} --no-headers`)).toMatch(/1\/1 +Running/);
});

test('9.6 an evicted Pod stays until the kubelet returns', async () => {
  const at = await dead(pod('a', on('w1')));
  await at.wait(400);
  expect(await at.k('get pod a --no-headers')).toMatch(/Terminating/);
  await at.run('power w1 on');
  await at.wait(60);
  expect(await at.names('pods')).toEqual([]);
});

test('9.6 9.9 when the Node is deleted its Pods are collected', async () => {
  const at = await dead(pod('a', on('w1')));
  await at.k('delete node w1');
  await at.wait(30);
  expect(await at.names('pods')).toEqual(['a']);
  await at.wait(50);
  expect(await at.names('pods')).toEqual([]);
});

test('9.6 the taint out-of-service lets go of what was evicted on a dead node', async () => {
  const at = await dead(pod('a', on('w1')));
  await at.wait(60);
  await at.k('taint node w1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute');
  await at.wait(45);
  expect(await at.names('pods')).toEqual([]);
});

test('9.6 a Pod bound to a node that does not exist gets no event and is collected within a minute or so', async () => {
  const at = await Scene.hollow();
  await at.apply(pod('a', on('nowhere')));
  await at.wait(70);
  expect([await at.names('pods'), await at.events('a')]).toEqual([[], []]);
});

test('9.7 when all nodes are away nobody is evicted', async () => {
  const at = await Scene.kubeadm({ w1: {}, w2: {} });
  await at.apply(pod('a', on('w1', { tolerations: [tolerates(UNREACHABLE, 10)] })));
  await at.wait(20);
  for (const node of ['w1', 'w2']) await at.run(`power ${node} off`);
  await at.run("ssh cp 'systemctl stop kubelet'");
  await at.wait(180);
  expect([await ready(at, 'w1'), await leaving(at, 'a'), await taints(at, 'w1')]).toEqual(['Unknown NodeStatusUnknown Kubelet stopped posting node status.', false, `${UNREACHABLE}:NoSchedule`]);
  await at.run("ssh cp 'systemctl start kubelet'");
  await at.wait(120);
  expect(await leaving(at, 'a')).toBe(true);
});

test('9.7 in a zone of its own that is mostly down nodes are no more tainted in a small cluster', async () => {
  const zone = (name: string) => ({ labels: { 'topology.kubernetes.io/zone': name } });
  const at = await Scene.kubeadm({ a1: zone('a'), a2: zone('a'), a3: zone('a'), a4: zone('a'), b1: zone('b') });
  for (const node of ['a1', 'a2', 'a3']) await at.run(`power ${node} off`);
  await at.wait(150);
  expect(await at.see('nodes', '.items[*].spec.taints[?(@.effect=="NoExecute")].key')).toBe('');
});

test('9.8 cordon leaves running Pods; drain evicts them, and refuses those that nobody would make again', async () => {
  const at = await Scene.hollow({ w1: {}, w2: {} });
  await at.apply(deployment('web', { replicas: 2, template: template({ app: 'web' }, 'x', { nodeSelector: { 'kubernetes.io/hostname': 'w1' } }) }), pod('bare', on('w1')), { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent' }, spec: { selector: { matchLabels: { app: 'agent' } }, template: template({ app: 'agent' }) } });
  await at.wait(5);
  expect(await at.k('cordon w1')).toBe('node/w1 cordoned');
  await at.wait(5);
  expect(await at.names('pods')).toHaveLength(5);
  expect(await at.k('drain w2')).toMatch(/^node\/w2 cordoned\nerror: unable to drain node "w2" due to error: cannot delete DaemonSet-managed Pods \(use --ignore-daemonsets to ignore\): default\/agent-\w+, continuing command/);
  expect(await at.k('drain w1 --ignore-daemonsets')).toContain('cannot delete cannot delete Pods that declare no controller (use --force to override): default/bare'.replace('cannot delete cannot', 'cannot'));
  const told = await at.k('drain w1 --ignore-daemonsets --force');
  expect(told.split('\n').at(-1)).toMatch(/^Warning: ignoring DaemonSet-managed Pods: default\/agent-\w+; deleting Pods that declare no controller: default\/bare$/);
  expect(told).toContain('node/w1 drained');
});

test('9.8 drain asks again every five seconds while a budget refuses, until its timeout', async () => {
  const at = await Scene.hollow({ w1: {}, w2: {} });
  await at.apply(deployment('web', { replicas: 1 }), { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } });
  await at.wait(5);
  const [name] = await at.names('pods');
  await at.patch('pdb web', { status: { observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 } }, '--subresource=status');
  const startMs = at.nowMs;
  const told = await at.k(`drain ${await at.see(`pod ${name}`, '.spec.nodeName')} --timeout=12s`);
  expect(told.match(/error when evicting pods\/"web-\w+-\w+" -n "default" \(will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget\./g)).toHaveLength(3);
  expect(told).toMatch(/error when evicting pods\/"web-\w+-\w+" -n "default": global timeout reached: 12s/);
  expect(at.nowMs - startMs).toBeGreaterThanOrEqual(12_000);
});

test('9.10 a kubelet changes its own Node and its own Pods only', async () => {
  const at = await Scene.kubeadm({ w1: {}, w2: {} });
  await at.apply(pod('a', on('w2')));
  await at.wait(10);
  const kubelet = (method: 'PATCH' | 'DELETE' | 'GET', path: string, body?: object) => at.ask(method, path, body, { contentType: 'application/merge-patch+json', impersonate: { user: 'system:node:w1', groups: ['system:nodes'] } });
  const label = (node: string, name: string) => kubelet('PATCH', `/api/v1/nodes/${node}`, { metadata: { labels: { [name]: 'x' } } });
  expect(label('w1', 'mine')).toBe('200');
  expect(label('w2', 'mine')).toBe('403 nodes "w2" is forbidden: node "w1" is not allowed to modify node "w2"');
  expect(label('w1', 'node-restriction.kubernetes.io/x')).toBe('403 nodes "w1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/x');
  expect(label('w1', 'node-role.kubernetes.io/master')).toBe('403 nodes "w1" is forbidden: is not allowed to modify labels: node-role.kubernetes.io/master');
  expect(kubelet('DELETE', '/api/v1/namespaces/default/pods/a')).toBe('403 pods "a" is forbidden: node "w1" can only delete pods with spec.nodeName set to itself');
  expect(kubelet('GET', '/api/v1/secrets')).toBe('403 secrets is forbidden: User "system:node:w1" cannot list resource "secrets" in API group "" at the cluster scope: can only read namespaced object of this type');
});

test('9.11 a node without a network says so', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run("ssh w1 'mkdir -p /root/cni && mv /etc/cni/net.d/* /root/cni/'");
  await at.wait(40);
  expect(await ready(at, 'w1')).toBe('False KubeletNotReady container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized');
});

test('9.11 a node without a container runtime says so', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run("ssh w1 'systemctl stop containerd'");
  await at.wait(60);
  expect(await ready(at, 'w1')).toMatch(/^False KubeletNotReady \[?container runtime is down/);
  await at.run("ssh w1 'systemctl start containerd'");
  await at.wait(60);
  expect(await ready(at, 'w1')).toMatch(/^True/);
});

test('9.6 logs and exec of a Pod on a dead node name the kubelet that does not answer', async () => {
  const at = await dead(pod('a', on('w1')));
  await at.wait(5);
  expect(await at.k('logs a')).toBe('Error from server: Get "https://10.0.0.11:10250/containerLogs/default/a/c": dial tcp 10.0.0.11:10250: i/o timeout');
  expect(await at.k('exec a -- ls')).toBe('error: error dialing backend: dial tcp 10.0.0.11:10250: i/o timeout'.replace('error: ', 'Error from server: '));
});

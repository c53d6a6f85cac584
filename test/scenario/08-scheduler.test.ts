import { expect, test } from 'vitest';
import { deployment, pod, Scene, template, type NodePart } from './scene.ts';

const PAUSE = { containers: [{ name: 'c', image: 'pause' }] };
const cpu = (count: string) => ({ containers: [{ name: 'c', image: 'pause', resources: { requests: { cpu: count } } }] });
const nodeOf = (at: Scene, name: string) => at.see(`pod ${name}`, '.spec.nodeName');
const why = (at: Scene, name: string) => at.see(`pod ${name}`, '.status.conditions[?(@.type=="PodScheduled")].message');
const required = (...nodeSelectorTerms: object[]) => ({ ...PAUSE, affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } });
const priority = (name: string, value: number, more: object = {}) => ({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value, ...more });
const zoned = (zone: string, more: NodePart = {}): NodePart => ({ ...more, labels: { 'topology.kubernetes.io/zone': zone, ...more.labels } });
const spread = (maxSkew: number, topologyKey: string, more: object = {}) => ({ ...PAUSE, topologySpreadConstraints: [{ maxSkew, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'a' } }, ...more }] });
const PREEMPTION = 'no new claims to deallocate, preemption: 0/1 nodes are available: 1';

async function scene(nodes: Record<string, NodePart>, ...objects: object[]): Promise<Scene> {
  const at = await Scene.hollow(nodes);
  await at.apply(...objects);
  await at.wait(3);
  return at;
}

/** Where a Pod with this spec goes: its node, or why none. */
async function placed(at: Scene, name: string, spec: object, labels: object = {}): Promise<string> {
  await at.apply(pod(name, spec, { labels }));
  await at.wait(2);
  return await nodeOf(at, name) || why(at, name);
}

test('8.3 what only some kubelets can do goes to a node that declares it, as soon as there is one', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run("ssh w1 'printf \"featureGates: {RestartAllContainersOnContainerExits: false}\\n\" >> /var/lib/kubelet/config.yaml; systemctl restart kubelet'");
  await at.wait(30);
  expect(await at.see('node w1', '.status.declaredFeatures')).not.toContain('RestartAllContainersOnContainerExits');
  await at.apply(pod('web', { containers: [{ name: 'c', image: 'nginx', restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }] }] }), pod('plain', { containers: [{ name: 'c', image: 'nginx' }] }));
  await at.wait(5);
  expect([await nodeOf(at, 'plain'), await why(at, 'web')]).toEqual(['w1', expect.stringContaining('1 node declared features check failed - unsatisfied requirements: RestartAllContainersOnContainerExits')]);
  await at.run("ssh w1 'sed -i /featureGates/d /var/lib/kubelet/config.yaml; systemctl restart kubelet'");
  await at.wait(60);
  expect(await nodeOf(at, 'web')).toBe('w1');
});

test('8.1 the higher priority is tried first, then the older Pod', async () => {
  const at = await scene({ w1: { cpu: '1', taints: [{ key: 'closed', effect: 'NoSchedule' }] } }, priority('high', 1000, { preemptionPolicy: 'Never' }),
    pod('first', cpu('600m')), pod('second', cpu('600m')), pod('important', { ...cpu('300m'), priorityClassName: 'high' }));
  await at.k('taint node w1 closed-');
  await at.wait(15);
  expect([await nodeOf(at, 'important'), await nodeOf(at, 'first'), await nodeOf(at, 'second')]).toEqual(['w1', 'w1', '']);
});

test('8.1 a Pod that fits nowhere waits for something that may help, or five minutes', async () => {
  const at = await scene({ w1: { cpu: '1' } }, pod('big', cpu('2')));
  const tries = async () => (await at.events('big')).length;
  const counted = async () => Number(await at.k("get events --field-selector involvedObject.name=big -o jsonpath='{.items[0].series.count}'") || 1);
  const before = [await tries(), await counted()];
  await at.k('label node w1 some=label');
  await at.k('create cm unrelated');
  await at.wait(60);
  expect([await tries(), await counted()]).toEqual(before);
  await at.wait(300);
  expect(await tries() + await counted()).toBeGreaterThan(before[0]! + before[1]!);
  await at.patch('pod big', { spec: {} });
  await at.patch('node w1', { status: { allocatable: { cpu: '4' }, capacity: { cpu: '4' } } }, '--subresource=status');
  await at.wait(12);
  expect(await nodeOf(at, 'big')).toBe('w1');
});

test('8.2 a node is refused by its first filter alone; Fit names every resource', async () => {
  const at = await scene({ w1: { cpu: '1', memory: '1Gi', taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } });
  const big = { containers: [{ name: 'c', image: 'pause', resources: { requests: { cpu: '2', memory: '2Gi' } } }] };
  expect(await placed(at, 'a', big)).toBe(`0/1 nodes are available: 1 node(s) had untolerated taint(s). ${PREEMPTION} Preemption is not helpful for scheduling.`);
  await at.k('cordon w1');
  expect(await placed(at, 'b', big)).toBe(`0/1 nodes are available: 1 node(s) were unschedulable. ${PREEMPTION} Preemption is not helpful for scheduling.`);
  await at.k('uncordon w1');
  await at.k('taint node w1 gpu-');
  expect(await placed(at, 'c', big)).toBe(`0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. ${PREEMPTION} Preemption is not helpful for scheduling.`);
  expect(await placed(at, 'd', { ...big, nodeSelector: { a: 'b' } })).toBe(`0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. ${PREEMPTION} Preemption is not helpful for scheduling.`);
});

test('8.2 a host port, the node by name, the number of Pods', async () => {
  const at = await scene({ w1: { pods: '2' } }, pod('a', { containers: [{ name: 'c', image: 'pause', ports: [{ containerPort: 80, hostPort: 80 }] }] }));
  expect(await placed(at, 'b', { containers: [{ name: 'c', image: 'pause', ports: [{ containerPort: 8080, hostPort: 80 }] }] })).toBe("0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.");
  expect(await placed(at, 'c', PAUSE)).toBe('w1');
  expect(await placed(at, 'd', PAUSE)).toBe('0/1 nodes are available: 1 Too many pods. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.');
});

test('8.2 without nodes it says so', async () => {
  const at = await scene({ w1: {} });
  await at.k('cordon w1');
  await at.apply(pod('a', { ...PAUSE, nodeSelector: { a: 'b' } }));
  await at.wait(2);
  expect(await at.events('a')).toEqual([`FailedScheduling: 0/1 nodes are available: 1 node(s) were unschedulable. ${PREEMPTION} Preemption is not helpful for scheduling.`]);
});

test('8.3 the only node that fits is taken whatever it scores', async () => {
  const at = await scene({ full: { cpu: '4' }, empty: { cpu: '1' } }, pod('load', { ...cpu('3'), nodeSelector: { 'kubernetes.io/hostname': 'full' } }));
  expect(await placed(at, 'a', { ...cpu('1'), affinity: { podAffinity: {} }, nodeSelector: { 'kubernetes.io/hostname': 'full' } })).toBe('full');
});

test('8.3 ties are broken by chance', async () => {
  const at = await scene({ w1: {}, w2: {}, w3: {} }, ...Array.from({ length: 12 }, (_, i) => pod(`p${i}`, cpu('1m'), {})));
  expect(new Set((await at.see('pods', '.items[*].spec.nodeName')).split(' ')).size).toBe(3);
});

test('8.4 the emptier node wins; a preferred affinity and a preferred taint weigh more', async () => {
  const at = await scene({ busy: { labels: { disk: 'ssd' } }, idle: {} }, pod('load', { ...cpu('2'), nodeSelector: { disk: 'ssd' } }));
  expect(await placed(at, 'a', cpu('100m'))).toBe('idle');
  const preferring = { ...cpu('100m'), affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } }] } } };
  expect(await placed(at, 'b', preferring)).toBe('busy');
  await at.k('taint node busy soft=yes:PreferNoSchedule');
  expect(await placed(at, 'c', preferring)).toBe('idle');
});

test('8.5 Pods without requests count with 100m and 200MB when nodes are scored, with nothing when they are filtered', async () => {
  const at = await scene({ w1: { cpu: '1' }, w2: { cpu: '1' } }, ...Array.from({ length: 10 }, (_, i) => pod(`a${i}`, { ...PAUSE, nodeSelector: { 'kubernetes.io/hostname': 'w1' } })));
  expect(await placed(at, 'b', PAUSE)).toBe('w2');
  expect(await placed(at, 'c', { ...cpu('1'), nodeSelector: { 'kubernetes.io/hostname': 'w1' } })).toBe('w1');
});

test.each([
  ['the largest init container', { initContainers: [{ name: 'i', image: 'x', resources: { requests: { cpu: '3' } } }], ...cpu('1') }, '3'],
  ['the sum of the containers and sidecars', { initContainers: [{ name: 's', image: 'x', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } }], ...cpu('2') }, '3'],
  ['an init container beside the sidecars before it', { initContainers: [{ name: 's', image: 'x', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } }, { name: 'i', image: 'x', resources: { requests: { cpu: '2' } } }], ...cpu('1') }, '3'],
  ['what the Pod as a whole asks for', { resources: { requests: { cpu: '3' } }, ...cpu('1') }, '3'],
])('8.6 a Pod asks for %s', async (_, spec, sum) => {
  const at = await scene({ w1: { cpu: '4' } }, pod('a', spec));
  expect(await nodeOf(at, 'a')).toBe('w1');
  expect(await placed(at, 'more', cpu('1100m'))).toMatch(/Insufficient cpu/);
  expect(await placed(at, 'rest', cpu(String(4 - Number(sum))))).toBe('w1');
});

test('8.7 preemption does not look at nodes that would never do', async () => {
  const at = await scene({ small: { cpu: '1' }, other: { cpu: '4', taints: [{ key: 'a', effect: 'NoSchedule' }] }, full: { cpu: '2' } }, pod('load', { ...cpu('2'), nodeSelector: { 'kubernetes.io/hostname': 'full' } }));
  expect(await placed(at, 'big', cpu('2'))).toBe('0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.');
});

test('8.8 terms are alternatives, their expressions all hold, an empty term matches nothing', async () => {
  const at = await scene({ w1: { labels: { disk: 'ssd' } }, w2: { labels: { disk: 'ssd', cores: '8' } } });
  const is = (key: string, operator: string, ...values: string[]) => ({ key, operator, ...(values.length ? { values } : {}) });
  const never = "didn't match Pod's node affinity/selector";
  const cases: [object, string][] = [
    [required({ matchExpressions: [is('disk', 'In', 'ssd'), is('cores', 'Exists')] }), 'w2'],
    [required({ matchExpressions: [is('disk', 'In', 'hdd')] }, { matchExpressions: [is('cores', 'DoesNotExist')] }), 'w1'],
    [required({ matchExpressions: [is('cores', 'NotIn', '8')] }), 'w1'],
    [required({ matchExpressions: [is('cores', 'Gt', '7')] }), 'w2'],
    [required({}), never],
    [{ ...required({ matchExpressions: [is('disk', 'In', 'ssd')] }), nodeSelector: { cores: '8' } }, 'w2'],
    [required({ matchFields: [is('metadata.name', 'In', 'w1')] }), 'w1'],
  ];
  for (const [i, [spec, where]] of cases.entries()) expect(await placed(at, `p${i}`, spec)).toContain(where);
});

test('8.9 Pods are near to and far from those of their own namespace; a group begins anywhere', async () => {
  const at = await scene({ w1: {}, w2: {} });
  const near = (kind: string, more: object = {}) => ({ ...PAUSE, affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'a' } }, ...more }] } } });
  expect(await placed(at, 'lonely', near('podAffinity'), { app: 'b' })).toContain("2 node(s) didn't match pod affinity rules");
  const first = await placed(at, 'first', near('podAffinity'), { app: 'a' });
  expect(first).toMatch(/^w/);
  expect(await placed(at, 'second', near('podAffinity'), { app: 'a' })).toBe(first);
  const other = first === 'w1' ? 'w2' : 'w1';
  expect(await placed(at, 'hermit', near('podAntiAffinity'), { app: 'h' })).toBe(other);
  expect(await placed(at, 'a3', { ...PAUSE, nodeSelector: { 'kubernetes.io/hostname': other } }, { app: 'a' })).toContain("1 node(s) didn't satisfy existing pods anti-affinity rules");
  await at.k('create ns far');
  await at.k('label ns far team=x');
  await at.wait(1);
  await at.apply(pod('there', near('podAffinity'), { namespace: 'far', labels: { app: 'c' } }), pod('reaching', near('podAffinity', { namespaces: ['default'] }), { namespace: 'far' }));
  await at.wait(2);
  expect([await at.see('pod there -n far', '.spec.nodeName'), await at.see('pod reaching -n far', '.spec.nodeName')]).toEqual(['', first]);
});

test('8.10 the skew is kept within bounds over the zones that count', async () => {
  const at = await scene({ a1: zoned('a'), b1: zoned('b', { taints: [{ key: 'closed', effect: 'NoSchedule' }] }) });
  const zone = 'topology.kubernetes.io/zone';
  expect(await placed(at, 'p1', spread(1, zone), { app: 'a' })).toBe('a1');
  expect(await placed(at, 'p2', spread(1, zone), { app: 'a' })).toContain("1 node(s) didn't match pod topology spread constraints");
  expect(await placed(at, 'p3', spread(1, zone, { nodeTaintsPolicy: 'Honor' }), { app: 'a' })).toBe('a1');
  expect(await placed(at, 'p4', { ...spread(1, zone), nodeSelector: { [zone]: 'a' } }, { app: 'a' })).toBe('a1');
  expect(await placed(at, 'p5', spread(3, zone, { nodeTaintsPolicy: 'Honor', minDomains: 2 }), { app: 'a' })).toContain("didn't match pod topology spread constraints");
  expect(await placed(at, 'p6', spread(1, 'no-such-label'), { app: 'a' })).toContain("didn't match pod topology spread constraints (missing required label)");
});

test('8.10 Pods on their way out do not count, and matchLabelKeys go into the selector', async () => {
  const at = await scene({ w1: {}, w2: {} });
  const host = spread(1, 'kubernetes.io/hostname', { matchLabelKeys: ['version'] });
  const first = await placed(at, 'p1', host, { app: 'a', version: '1' });
  expect(await at.see('pod p1', '.spec.topologySpreadConstraints[0].labelSelector')).toBe('{"matchExpressions":[{"key":"version","operator":"In","values":["1"]}],"matchLabels":{"app":"a"}}');
  await at.patch('pod p1', { metadata: { finalizers: ['example.com/stay'] } });
  await at.k('delete pod p1 --wait=false');
  expect(await placed(at, 'p2', { ...host, nodeSelector: { 'kubernetes.io/hostname': first } }, { app: 'a', version: '1' })).toBe(first);
});

test('8.10 Pods of a Deployment spread by themselves', async () => {
  const at = await scene({ w1: {}, w2: {}, w3: {} }, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }, deployment('web', { replicas: 6, template: template({ app: 'web' }, 'pause') }));
  const nodes = (await at.see('pods', '.items[*].spec.nodeName')).split(' ');
  expect(['w1', 'w2', 'w3'].map((name) => nodes.filter((each) => each === name).length)).toEqual([2, 2, 2]);
});

test('8.11 an empty key with Exists tolerates all, an empty effect every effect', async () => {
  const at = await scene({ w1: { taints: [{ key: 'a', value: 'x', effect: 'NoSchedule' }, { key: 'b', effect: 'NoExecute' }] } });
  const tolerating = (...tolerations: object[]) => ({ ...PAUSE, tolerations });
  expect(await placed(at, 'p1', tolerating({ operator: 'Exists' }))).toBe('w1');
  expect(await placed(at, 'p2', tolerating({ key: 'a', value: 'x' }, { key: 'b', operator: 'Exists' }))).toBe('w1');
  expect(await placed(at, 'p3', tolerating({ key: 'a', value: 'y' }, { key: 'b', operator: 'Exists' }))).toContain('untolerated taint');
  expect(await placed(at, 'p4', tolerating({ key: 'a', value: 'x' }, { key: 'b', operator: 'Exists', effect: 'NoSchedule' }))).toContain('untolerated taint');
  expect(await at.apply(pod('p5', tolerating({ key: 'a', operator: 'Gt', value: '3' })))).toContain('spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists"');
});

test('8.12 victims have a lower priority, end in their own time, and the Pod is nominated meanwhile', async () => {
  const at = await Scene.kubeadm({ w1: { cpu: '2200m' } });
  const sleeper = (name: string, more: object = {}) => pod(name, { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '9999'], resources: { requests: { cpu: '1' } } }], terminationGracePeriodSeconds: 15, ...more });
  await at.apply(priority('low', 10), priority('high', 1000), sleeper('low', { priorityClassName: 'low' }), sleeper('none'));
  await at.wait(15);
  await at.apply(sleeper('high', { priorityClassName: 'high' }));
  await at.wait(5);
  expect([await at.see('pod high', '.status.nominatedNodeName'), await at.see('pod none', '.metadata.deletionTimestamp') !== '', await at.see('pod low', '.metadata.deletionTimestamp')]).toEqual(['w1', true, '']);
  const uid = await at.see('pod high', '.metadata.uid');
  expect(await at.events('none')).toContain(`Preempted: Preempted by pod ${uid} on node w1`);
  expect(await at.see('pod none', '.status.conditions[?(@.type=="DisruptionTarget")].reason}: {.status.conditions[?(@.type=="DisruptionTarget")].message')).toBe('PreemptionByScheduler: default-scheduler: preempting to accommodate a higher priority pod');
  await at.wait(20);
  expect([await nodeOf(at, 'high'), await at.see('pod high', '.status.nominatedNodeName'), await at.names('pods')]).toEqual(['w1', '', ['high', 'low']]);
});

test('8.12 equals are not preempted, and who never preempts waits', async () => {
  const at = await scene({ w1: { cpu: '1' } }, priority('high', 1000), priority('polite', 1000, { preemptionPolicy: 'Never' }), pod('load', { ...cpu('1'), priorityClassName: 'high' }));
  expect(await placed(at, 'equal', { ...cpu('1'), priorityClassName: 'high' })).toBe(`0/1 nodes are available: 1 Insufficient cpu. ${PREEMPTION} No preemption victims found for incoming pod.`);
  await at.k('delete pod load equal --now');
  await at.apply(pod('small', cpu('1')));
  await at.wait(3);
  expect(await placed(at, 'polite', { ...cpu('1'), priorityClassName: 'polite' })).toContain('preemption: not eligible due to preemptionPolicy=Never.');
  expect(await nodeOf(at, 'small')).toBe('w1');
});

test('8.12 the node whose top victim is least important is chosen, and only as many as needed go', async () => {
  const on = (node: string) => ({ nodeSelector: { 'kubernetes.io/hostname': node } });
  const at = await scene({ w1: { cpu: '2' }, w2: { cpu: '2' } }, priority('low', 10), priority('mid', 100), priority('high', 1000),
    pod('mid1', { ...cpu('2'), priorityClassName: 'mid', ...on('w1') }), pod('low1', { ...cpu('1'), priorityClassName: 'low', ...on('w2') }), pod('low2', { ...cpu('1'), priorityClassName: 'low', ...on('w2') }));
  await at.wait(2);
  await at.apply(pod('high', { ...cpu('1'), priorityClassName: 'high' }));
  await at.wait(10);
  expect(await nodeOf(at, 'high')).toBe('w2');
  expect(await at.names('pods')).toHaveLength(3);
  expect(await at.names('pods')).toContain('mid1');
});

test('8.13 priorities of users end at a thousand million; the default class serves who names none', async () => {
  const at = await scene({ w1: {} });
  expect(await at.apply(priority('too-high', 1_000_000_001))).toContain('value: Forbidden: maximum allowed value of a user defined priority is 1000000000');
  expect(await at.apply(priority('system-x', 5))).toContain("metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class");
  expect(await at.see('pc', 'range .items[*]}{.metadata.name}={.value} {end')).toBe('system-cluster-critical=2000000000 system-node-critical=2000001000');
  await at.apply(priority('usual', 7, { globalDefault: true }), pod('a'), pod('b', { priorityClassName: 'system-node-critical' }));
  expect([await at.see('pod a', '.spec.priority} {.spec.priorityClassName'), await at.see('pod b', '.spec.priority')]).toEqual(['7 usual', '2000001000']);
  expect(await at.apply(pod('c', { priorityClassName: 'none' }))).toContain('pods "c" is forbidden: no PriorityClass with name none was found');
});

test('8.14 gates keep a Pod out of the queue, and can only be taken away', async () => {
  const at = await scene({ w1: {} }, pod('a', { schedulingGates: [{ name: 'example.com/a' }, { name: 'example.com/b' }] }));
  expect(await at.k('get pod a --no-headers')).toMatch(/SchedulingGated/);
  expect([await at.see('pod a', '.status.conditions[0].reason'), await at.events('a')]).toEqual(['SchedulingGated', []]);
  expect(await at.patch('pod a', { spec: { schedulingGates: [{ name: 'example.com/c' }] } })).toContain("spec.schedulingGates: Forbidden: only deletion is allowed, but found new scheduling gate 'example.com/c'");
  await at.patch('pod a', { spec: { schedulingGates: [{ name: 'example.com/b' }] } });
  await at.wait(3);
  expect(await nodeOf(at, 'a')).toBe('');
  await at.patch('pod a', { spec: { schedulingGates: null } });
  await at.wait(3);
  expect(await nodeOf(at, 'a')).toBe('w1');
});

test('8.15 a Binding posted by hand places a Pod that the scheduler leaves alone; and only once', async () => {
  const at = await scene({ w1: {}, w2: {} }, pod('mine', { ...PAUSE, schedulerName: 'me' }));
  const bind = (name: string, node: string) => at.make({ apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: node } });
  expect(await nodeOf(at, 'mine')).toBe('');
  await bind('mine', 'w2');
  expect(await nodeOf(at, 'mine')).toBe('w2');
  expect(await bind('mine', 'w1')).toContain('Operation cannot be fulfilled on pods/binding "mine": pod mine is already assigned to node "w2"');
  expect(await bind('nobody', 'w1')).toContain('pods "nobody" not found');
});

/**
 * Section 10: the life of a Pod on its node. Eviction, garbage and OOM are in 10-node-pressure.test.ts, resize in 10-resize.test.ts.
 * | rule | covered elsewhere (test/cluster/node/kubelet) |
 * |---|---|
 * | 10.5 image pull back-off | kubelet.test.ts "images that cannot be pulled wait with growing pauses" |
 * | 10.7 init containers, sidecars | kubelet.test.ts "init containers run one by one, sidecars stay" |
 * | 10.8 startup probe first | pod-life.test.ts "the startup probe holds the others back …"; liveness, readiness: kubelet.test.ts |
 * | 10.9 preStop, sidecars last; force deletion | pod-life.test.ts "preStop runs within …", "force deletion removes …" |
 * | 10.10 StartError | pod-life.test.ts "a program that is not there is a StartError" |
 * | 10.12 static Pods, mirrors, bad manifests | node-life.test.ts, first three |
 * | 10.18 volumes refresh, env does not | pod-life.test.ts "environment, fields and mounted files …"; missing ConfigMap: kubelet.test.ts |
 */
import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const sh = (script: string, more: object = {}) => ({ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', script], ...more });
const here = (name: string, container: object, more: object = {}) => pod(name, { nodeName: 'w1', containers: [container], ...more });
const waiting = (at: Scene, name: string) => at.see(`pod ${name}`, '.status.containerStatuses[0].state.waiting.reason}: {.status.containerStatuses[0].state.waiting.message');
const ready = (at: Scene) => at.see('node w1', '.status.conditions[?(@.type=="Ready")].status');
const config = (at: Scene, lines: string) => at.run(`ssh w1 'printf "${lines}" >> /var/lib/kubelet/config.yaml && systemctl restart kubelet'`);

test('10.1 10.2 phase and conditions from the first container to the last', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(here('once', sh('sleep 5'), { restartPolicy: 'OnFailure' }), here('bad', sh('exit 3'), { restartPolicy: 'Never' }));
  const conditions = (name: string) => at.see(`pod ${name}`, 'range .status.conditions[*]}{.type}={.status}/{.reason} {end');
  await at.wait(3);
  expect([await at.see('pod once', '.status.phase'), await at.see('pod bad', '.status.phase')]).toEqual(['Running', 'Failed']);
  expect(await conditions('once')).toBe('PodReadyToStartContainers=True/ Initialized=True/ Ready=True/ ContainersReady=True/ PodScheduled=True/');
  await at.wait(10);
  expect(await at.see('pod once', '.status.phase')).toBe('Succeeded');
  expect(await conditions('once')).toBe('PodReadyToStartContainers=False/ Initialized=True/PodCompleted Ready=False/PodCompleted ContainersReady=False/PodCompleted PodScheduled=True/');
});

test('10.3 10.4 any exit under Always is a crash loop, up to maxContainerRestartPeriod', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await config(at, 'crashLoopBackOff: {maxContainerRestartPeriod: 15s}\\n');
  await at.apply(here('done', sh('exit 0')));
  await at.wait(3);
  expect(await waiting(at, 'done')).toMatch(/^CrashLoopBackOff: back-off 10s restarting failed container=c pod=done_default\([0-9a-f-]{36}\)$/);
  await at.wait(60);
  expect(await waiting(at, 'done')).toContain('back-off 15s restarting failed');
  expect(Number(await at.see('pod done', '.status.containerStatuses[0].restartCount'))).toBeGreaterThanOrEqual(4);
});

test.each([
  ['a bad name', { image: 'nginx:BAD TAG' }, /^InvalidImageName: Failed to apply default image tag/],
  ['an absent image that may not be pulled', { image: 'redis:7', imagePullPolicy: 'Never' }, /^ErrImageNeverPull: Container image "redis:7" is not present with pull policy of Never$/],
  ['runAsNonRoot with an image for root', { image: 'nginx:1.27', securityContext: { runAsNonRoot: true } }, /^CreateContainerConfigError: container has runAsNonRoot and image will run as root \(pod: "a_default\([0-9a-f-]{36}\)", container: c\)$/],
  ['runAsNonRoot with user 0', { image: 'nginx:1.27', securityContext: { runAsNonRoot: true, runAsUser: 0 } }, /^CreateContainerConfigError: container's runAsUser breaks non-root policy \(pod: "a_default\([0-9a-f-]{36}\)", container: c\)$/],
])('10.5 %s', async (_, container, said) => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(here('a', { name: 'c', ...container }));
  await at.wait(8);
  expect(await waiting(at, 'a')).toMatch(said);
});

test('10.6 restartPolicyRules decide by exit code, above the Pod\'s policy', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const rules = (values: number[]) => ({ restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values } }] });
  await at.apply(here('again', sh('sleep 1; exit 42', rules([42])), { restartPolicy: 'Never' }), here('over', sh('sleep 1; exit 7', rules([42])), { restartPolicy: 'Never' }));
  await at.wait(10);
  expect(await at.see('pods', 'range .items[*]}{.metadata.name}={.status.phase}/{.status.containerStatuses[0].restartCount} {end')).toBe('again=Running/1 over=Failed/0');
});

test('10.10 exit codes: SIGTERM without a handler, SIGKILL at the end of the grace period, a command that is not there', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(here('missing', sh('no-such-command'), { restartPolicy: 'Never' }), here('readonly', sh('echo x > /file', { securityContext: { readOnlyRootFilesystem: true } }), { restartPolicy: 'Never' }));
  await at.wait(8);
  const end = (name: string) => at.see(`pod ${name}`, '.status.containerStatuses[0].state.terminated.exitCode} {.status.containerStatuses[0].state.terminated.reason');
  expect([await end('missing'), await end('readonly')]).toEqual(['127 Error', '1 Error']);
  expect(await at.k('logs readonly')).toMatch(/[Rr]ead-only file system/);
});

test.each([
  ['OutOfcpu', here('a', { name: 'c', image: 'nginx:1.27', resources: { requests: { cpu: '9' } } }), /^Pod was rejected: Node didn't have enough resource: cpu, requested: 9000, used: \d+, capacity: 4000$/],
  ['OutOfmemory', here('a', { name: 'c', image: 'nginx:1.27', resources: { requests: { memory: '90Gi' } } }), /^Pod was rejected: Node didn't have enough resource: memory, requested: 96636764160, used: \d+, capacity: 8589934592$/],
  ['NodeAffinity', here('a', { name: 'c', image: 'nginx:1.27' }, { nodeSelector: { disk: 'ssd' } }), /^Pod was rejected: Predicate NodeAffinity failed: node\(s\) didn't match Pod's node affinity\/selector$/],
])('10.11 a node refuses: %s', async (reason, refused, message) => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(refused);
  await at.wait(5);
  expect(await at.see('pod a', '.status.phase} {.status.reason')).toBe(`Failed ${reason}`);
  expect(await at.see('pod a', '.status.message')).toMatch(message);
  expect(await at.k('get pod a --no-headers')).toMatch(new RegExp(` ${reason} `));
});

test('10.14 QoS is the order in which the kernel kills', async () => {
  const at = await Scene.kubeadm({ w1: { memory: '8Gi' } });
  const sized = (name: string, resources: object) => here(name, { name: 'c', image: 'nginx:1.27', resources });
  await at.apply(sized('best', {}), sized('burst', { requests: { memory: '2Gi' } }), sized('fixed', { limits: { cpu: '100m', memory: '64Mi' } }));
  await at.wait(10);
  const adj = (name: string) => at.run(`ssh w1 'crictl inspect $(crictl ps -q --label io.kubernetes.pod.name=${name})' | grep oomScoreAdj`);
  expect(await at.see('pods', 'range .items[*]}{.status.qosClass} {end')).toBe('BestEffort Burstable Guaranteed');
  expect([await adj('best'), await adj('burst'), await adj('fixed')]).toEqual(['"oomScoreAdj": "1000"', '"oomScoreAdj": "750"', '"oomScoreAdj": "-997"']);
});

test('a kubelet that is stopped: its containers go on, the node is unknown, and all is well once it is back', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(here('web', { name: 'c', image: 'nginx:1.27' }));
  await at.wait(10);
  await at.run("ssh w1 'systemctl stop kubelet'");
  await at.wait(60);
  expect([await ready(at), await at.run("ssh w1 'systemctl is-active kubelet'"), await at.run("ssh w1 'crictl ps --name ^c$ -q' | wc -l")]).toEqual(['Unknown', 'inactive', '1']);
  expect(await at.k('get pod web --no-headers')).toMatch(/1\/1 +Running +0/);
  await at.run("ssh w1 'systemctl start kubelet'");
  await at.wait(15);
  expect([await ready(at), await at.see('pod web', '.status.containerStatuses[0].restartCount')]).toEqual(['True', '0']);
});

test('a kubelet that is stopped while it makes a sandbox, or whose Pod goes meanwhile, leaves none behind', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const sandboxes = () => at.run("ssh w1 'crictl pods --name web -q' | wc -l");
  await at.apply(here('web', { name: 'c', image: 'nginx:1.27' }));
  await at.wait(0.1);
  await at.run("ssh w1 'systemctl restart kubelet'");
  await at.wait(10);
  expect([await at.see('pod web', '.status.phase'), await sandboxes()]).toEqual(['Running', '1']);
  await at.k('delete pod web');
  await at.apply(here('web', { name: 'c', image: 'nginx:1.27' }));
  await at.wait(0.1);
  await at.k('delete pod web');
  await at.wait(10);
  expect(await at.run("ssh w1 'crictl pods --name web --state Ready -q' | wc -l")).toBe('0');
});

test.each([
  ['an unknown field', 's/clusterDomain/clusterDomian/', 'strict decoding error: unknown field'],
  ['a CA that is not there', 's,pki/ca.crt,pki/WRONG.crt,', 'unable to load client CA file /etc/kubernetes/pki/WRONG.crt: open /etc/kubernetes/pki/WRONG.crt: no such file or directory'],
  ['the socket of another runtime', 's,containerd/containerd.sock,crio/crio.sock,', 'dial unix /run/crio/crio.sock: connect: no such file or directory'],
])('a misconfigured kubelet does not start and says why: %s', async (_, edit, why) => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run(`ssh w1 'cp /var/lib/kubelet/config.yaml /root/; sed -i ${edit} /var/lib/kubelet/config.yaml; systemctl restart kubelet'`);
  await at.wait(70);
  expect([await ready(at), await at.run("ssh w1 'systemctl is-active kubelet'")]).toEqual(['Unknown', 'activating']);
  expect(await at.run("ssh w1 'journalctl -u kubelet -n 20'")).toContain(why);
  await at.run("ssh w1 'cp /root/config.yaml /var/lib/kubelet/config.yaml'");
  await at.wait(30);
  expect(await ready(at)).toBe('True');
});

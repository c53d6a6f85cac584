import { expect, test } from 'vitest';
import { pod, Scene, template } from './scene.ts';

const manifest = (program: string) => `/etc/kubernetes/manifests/${program}.yaml`;
/** Gives a program of the control plane another flag, and time to start again. */
async function flag(at: Scene, program: string, text: string): Promise<void> {
  await at.run(`ssh cp "sed -i 's/- ${program}$/&\\n    - ${text}/' ${manifest(program)}"`);
  await at.wait(60);
}
/** A cluster whose programs open or shut gates. */
async function gated(gates: string, ...programs: string[]): Promise<Scene> {
  const at = await Scene.kubeadm({ w1: {} });
  for (const program of programs) await flag(at, program, `--feature-gates=${gates}`);
  return at;
}
const lastWords = (at: Scene, program: string) => at.run(`ssh cp "tail -n 1 \\$(ls -t /var/log/pods/kube-system_${program}-cp_*/${program}/*.log | head -n 1)"`);
const statefulSet = (more: object = {}) => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' }, spec: { replicas: 4, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: template({ app: 'db' }), podManagementPolicy: 'Parallel', ...more } });
const autoscaler = (spec: object) => ({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5, ...spec } });
const QUEUE = { type: 'External', external: { metric: { name: 'queue' }, target: { type: 'Value', value: '10' } } };
const state = async (at: Scene, name: string) => (await at.k('get --raw /metrics')).split('\n').find((line) => line.startsWith(`kubernetes_feature_enabled{name="${name}"`))?.replace('kubernetes_feature_enabled', '');

test('23 which gates are open stands in the metrics', async () => {
  const at = await Scene.hollow();
  expect(await state(at, 'DRAExtendedResource')).toBe('{name="DRAExtendedResource",stage="BETA"} 1');
  expect(await state(at, 'SidecarContainers')).toBe('{name="SidecarContainers",stage=""} 1');
  expect(await state(at, 'HPAScaleToZero')).toBe('{name="HPAScaleToZero",stage="ALPHA"} 0');
  expect(await state(at, 'MaxUnavailableStatefulSet')).toBe('{name="MaxUnavailableStatefulSet",stage="BETA"} 0');
});

test('23 a gate that nobody knows keeps a program from starting', async () => {
  const at = await gated('SidecarContainer=true', 'kube-scheduler');
  expect(await lastWords(at, 'kube-scheduler')).toMatch(/run\.go:72\] "command failed" err="unrecognized feature gate: SidecarContainer"$/);
  expect(await at.k('get pod kube-scheduler-cp -n kube-system --no-headers')).toMatch(/0\/1 +(CrashLoopBackOff|Error)/);
});

test('23 a gate that is locked cannot be shut; one that will go away is warned of', async () => {
  const at = await gated('SidecarContainers=false', 'kube-controller-manager');
  expect(await lastWords(at, 'kube-controller-manager')).toMatch(/err="cannot set feature gate SidecarContainers to false, feature is locked to true"$/);
  await at.run(`ssh cp "sed -i 's/SidecarContainers=false/SidecarContainers=true/' ${manifest('kube-controller-manager')}"`);
  await at.wait(60);
  expect(await lastWords(at, 'kube-controller-manager')).toMatch(/feature_gate\.go:\d+\] Setting GA feature gate SidecarContainers=true\. It will be removed in a future release\.$/);
  expect(await at.k('get pod kube-controller-manager-cp -n kube-system --no-headers')).toMatch(/1\/1 +Running/);
});

test('23 a value that is none is told', async () => {
  const at = await gated('HPAScaleToZero=maybe', 'kube-scheduler');
  expect(await lastWords(at, 'kube-scheduler')).toMatch(/invalid value of HPAScaleToZero=maybe, err: strconv\.ParseBool: parsing /);
});

test('23 AllAlpha opens all that is alpha, but what is named', async () => {
  const at = await gated('AllAlpha=true,HPAScaleToZero=false', 'kube-apiserver');
  expect([await state(at, 'TaintTolerationComparisonOperators'), await state(at, 'HPAScaleToZero'), await state(at, 'MaxUnavailableStatefulSet')]).toEqual([expect.stringMatching(/ 1$/), expect.stringMatching(/ 0$/), expect.stringMatching(/ 0$/)]);
});

test('23 HPAScaleToZero is shut: an autoscaler keeps one replica at least', async () => {
  const at = await Scene.hollow();
  expect(await at.make(autoscaler({ minReplicas: 0, metrics: [QUEUE] }))).toBe('The HorizontalPodAutoscaler "web" is invalid: spec.minReplicas: Invalid value: 0: must be greater than or equal to 1');
});

test('23 HPAScaleToZero opened: none is enough with a metric from outside', async () => {
  const at = await gated('HPAScaleToZero=true', 'kube-apiserver');
  expect(await at.make(autoscaler({ minReplicas: 0 }))).toContain('spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas');
  expect(await at.make(autoscaler({ minReplicas: 0, metrics: [QUEUE] }))).toBe('horizontalpodautoscaler.autoscaling/web created');
});

test('23 MaxUnavailableStatefulSet is shut: the field is dropped', async () => {
  const at = await Scene.hollow();
  await at.make(statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } }));
  expect(await at.see('sts db', '.spec.updateStrategy')).toBe('{"rollingUpdate":{"partition":0},"type":"RollingUpdate"}');
});

test('23 MaxUnavailableStatefulSet opened: two Pods are updated at a time', async () => {
  const at = await gated('MaxUnavailableStatefulSet=true', 'kube-apiserver', 'kube-controller-manager');
  expect(await at.make(statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } } }))).toContain('spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0');
  await at.make(statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } }));
  await at.wait(20);
  let most = 0;
  at.follow({ group: '', version: 'v1', plural: 'pods', namespaced: true }, (pods) => { most = Math.max(most, pods.filter(({ metadata }) => metadata.name.startsWith('db-') && metadata.deletionTimestamp).length); });
  await at.k('set image sts/db main=nginx:1.28');
  await at.wait(60);
  expect([most, await at.see('sts db', '.status.updatedReplicas')]).toEqual([2, '4']);
});

test('23 ReduceDefaultCrashLoopBackOffDecay is shut, and opened lets restarts follow after 1, 2, 4 s and a minute at most', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run("ssh w1 \"echo 'featureGates: {ReduceDefaultCrashLoopBackOffDecay: true}' >> /var/lib/kubelet/config.yaml && systemctl restart kubelet\"");
  await at.wait(20);
  await at.apply(pod('crash', { containers: [{ name: 'c', image: 'busybox', command: ['false'] }] }));
  await at.wait(25);
  expect(Number(await at.see('pod crash', '.status.containerStatuses[0].restartCount'))).toBeGreaterThanOrEqual(4);
  await at.wait(300);
  expect(await at.see('pod crash', '.status.containerStatuses[0].state.waiting.message')).toMatch(/^back-off 1m0s restarting failed container=c/);
});

test('23 KubeletCrashLoopBackOffMax shut: a kubelet that is given a maximum does not start; one that knows no such gate neither', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run("ssh w1 \"printf 'featureGates: {KubeletCrashLoopBackOffMax: false}\\ncrashLoopBackOff: {maxContainerRestartPeriod: 60s}\\n' >> /var/lib/kubelet/config.yaml && systemctl restart kubelet\"");
  await at.wait(15);
  expect(await at.run('ssh w1 "journalctl -u kubelet -n 20"')).toContain('FeatureGate KubeletCrashLoopBackOffMax not enabled, CrashLoopBackOff.MaxContainerRestartPeriod must not be set');
  await at.run("ssh w1 \"sed -i 's/KubeletCrashLoopBackOffMax: false/Imaginary: true/' /var/lib/kubelet/config.yaml && systemctl restart kubelet\"");
  await at.wait(15);
  expect(await at.run('ssh w1 "journalctl -u kubelet -n 20"')).toContain('failed to set feature gates from initial flags-based config: unrecognized feature gate: Imaginary');
});

test('23 TaintTolerationComparisonOperators is shut: no toleration compares', async () => {
  const at = await Scene.hollow();
  expect(await at.make(pod('a', { tolerations: [{ key: 'sla', operator: 'Gt', value: '5', effect: 'NoSchedule' }] }))).toContain('spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists"');
});

test('23 RelaxedServiceNameValidation: a Service may begin with a digit, until the gate is shut', async () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: '1web' }, spec: { ports: [{ port: 80 }] } };
  const open = await Scene.hollow();
  expect(await open.make(service)).toBe('service/1web created');
  const shut = await gated('RelaxedServiceNameValidation=false', 'kube-apiserver');
  expect(await shut.make(service)).toContain("metadata.name: Invalid value: \"1web\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character");
});

test('23 HPAConfigurableTolerance is open, and shut drops the field', async () => {
  const behavior = { behavior: { scaleDown: { tolerance: '0.05' } } };
  const open = await Scene.hollow();
  await open.make(autoscaler(behavior));
  expect(await open.see('hpa web', '.spec.behavior.scaleDown.tolerance')).toBe('50m');
  const shut = await gated('HPAConfigurableTolerance=false', 'kube-apiserver');
  await shut.make(autoscaler(behavior));
  expect(await shut.see('hpa web', '.spec.behavior.scaleDown')).not.toContain('tolerance');
});

test('23 JobManagedBy and JobPodReplacementPolicy are open', async () => {
  const at = await Scene.hollow();
  const job = (name: string, spec: object) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } }, ...spec } });
  await at.make(job('theirs', { managedBy: 'kueue.x-k8s.io/multikueue' }), job('late', { podReplacementPolicy: 'Failed' }));
  await at.wait(3);
  expect(await at.names('pods -l job-name=theirs')).toEqual([]);
  await at.patch(`pod ${(await at.names('pods -l job-name=late'))[0]}`, { metadata: { finalizers: ['batch.kubernetes.io/job-tracking', 'example.com/hold'] } });
  await at.k('delete pod -l job-name=late --wait=false');
  await at.wait(20);
  expect((await at.names('pods -l job-name=late')).length).toBeGreaterThanOrEqual(1);
  expect(await at.patch('job theirs', { spec: { managedBy: null } })).toContain('field is immutable');
});

test('23 MultiCIDRServiceAllocator: addresses of Services are objects of a range', async () => {
  const at = await Scene.hollow();
  await at.k('create service clusterip web --tcp=80');
  const address = await at.see('svc web', '.spec.clusterIP');
  expect([await at.see(`ipaddress ${address}`, '.spec.parentRef.name'), await at.see('servicecidr kubernetes', '.spec.cidrs[0]')]).toEqual(['web', '10.96.0.0/12']);
});

test('23 UserNamespacesSupport: a Pod may have users of its own, and then not the host network', async () => {
  const at = await Scene.hollow();
  expect(await at.make(pod('a', { hostUsers: false }))).toBe('pod/a created');
  expect(await at.make(pod('b', { hostUsers: false, hostNetwork: true }))).toContain('spec.hostNetwork: Forbidden: when `hostUsers` is false');
});

test('23 NodeDeclaredFeatures: a node says what its kubelet can do', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  expect(await at.see('node w1', '.status.declaredFeatures')).toContain('InPlacePodLevelResourcesVerticalScaling');
});

test('23 NFTablesProxyMode: kube-proxy writes nft tables when told to', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run("kubectl get cm kube-proxy -n kube-system -o yaml | sed 's/mode: .*/mode: nftables/' | kubectl apply -f -");
  await at.k('delete pod -n kube-system -l k8s-app=kube-proxy');
  await at.wait(30);
  expect(await at.run('ssh w1 nft list ruleset')).toContain('table ip kube-proxy');
});

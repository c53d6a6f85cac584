import { expect, test } from 'vitest';
import { deployment, pod, Scene, template } from './scene.ts';

const limitRange = (...limits: object[]) => ({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'l' }, spec: { limits } });
const quota = (hard: Record<string, string>, used: Record<string, string>, spec: object = {}) => ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard, ...spec }, used });
const asks = (resources: object) => ({ containers: [{ name: 'c', image: 'x', resources }] });
const refused = (name: string, why: string) => expect.stringContaining(`pods "${name}" is forbidden: ${why}`);
const labelled = (level: string, mode = 'enforce') => `label ns default pod-security.kubernetes.io/${mode}=${level} --overwrite`;
const RESTRICTED = { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }, containers: [{ name: 'c', image: 'x', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } } }] };

/** A cluster with a quota whose use is known already. */
async function limited(...args: Parameters<typeof quota>): Promise<Scene> {
  const at = await Scene.hollow();
  const { used, ...object } = quota(...args);
  await at.apply(object);
  await at.wait(1);
  await at.patch('quota q', { status: { hard: args[0], used } }, '--subresource=status');
  return at;
}

test('14.1 a quota refuses what would exceed it, and on a resource it makes the field mandatory', async () => {
  const at = await limited({ 'requests.cpu': '1', pods: '5' }, { 'requests.cpu': '0', pods: '0' });
  expect(await at.apply(pod('a', asks({ requests: { cpu: '2' } })))).toEqual(refused('a', 'exceeded quota: q, requested: requests.cpu=2, used: requests.cpu=0, limited: requests.cpu=1'));
  expect(await at.apply(pod('b'))).toEqual(refused('b', 'failed quota: q: must specify requests.cpu for: c'));
  expect(await at.apply(pod('c', asks({ requests: { cpu: '600m' } })))).toBe('pod/c created');
  expect(await at.apply(pod('d', asks({ requests: { cpu: '600m' } })))).toEqual(refused('d', 'exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1'));
});

test('14.1 scopes choose the Pods that count', async () => {
  const at = await limited({ pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] });
  expect(await at.apply(pod('a'))).toEqual(refused('a', 'exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0'));
  expect(await at.apply(pod('b', asks({ requests: { cpu: '1m' } })))).toBe('pod/b created');
});

test.each<[string, object, object, object]>([
  ['Terminating', { scopes: ['Terminating'] }, { activeDeadlineSeconds: 60 }, {}],
  ['NotTerminating', { scopes: ['NotTerminating'] }, {}, { activeDeadlineSeconds: 60 }],
  ['BestEffort', { scopes: ['BestEffort'] }, {}, asks({ requests: { cpu: '1m' } })],
  ['NotBestEffort', { scopes: ['NotBestEffort'] }, asks({ requests: { cpu: '1m' } }), {}],
  ['PriorityClass', { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } }, { priorityClassName: 'high' }, {}],
  ['CrossNamespacePodAffinity', { scopes: ['CrossNamespacePodAffinity'] }, { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a', namespaces: ['x'], labelSelector: {} }] } } }, {}],
])('14.1 the scope %s counts those Pods only', async (_scope, spec, inside, outside) => {
  const at = await limited({ pods: '0' }, { pods: '0' }, spec);
  await at.k('create priorityclass high --value=5');
  expect(await at.apply(pod('in', inside))).toEqual(refused('in', 'exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0'));
  expect(await at.apply(pod('out', outside))).toBe('pod/out created');
});

test('14.1 the scope VolumeAttributesClass counts claims by their class', async () => {
  const at = await limited({ persistentvolumeclaims: '0' }, { persistentvolumeclaims: '0' }, { scopeSelector: { matchExpressions: [{ scopeName: 'VolumeAttributesClass', operator: 'In', values: ['gold'] }] } });
  const claim = (name: string, more: object) => at.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more } });
  expect(await claim('a', { volumeAttributesClassName: 'gold' })).toContain('exceeded quota: q, requested: persistentvolumeclaims=1, used: persistentvolumeclaims=0, limited: persistentvolumeclaims=0');
  expect(await claim('b', {})).toBe('persistentvolumeclaim/b created');
});

test('14.1 objects of any kind can be counted; the controller that is refused says so, its owner is made', async () => {
  const at = await limited({ 'count/configmaps': '1', pods: '0' }, { 'count/configmaps': '1', pods: '0' });
  expect(await at.k('create cm a')).toBe('error: failed to create configmap: configmaps "a" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1');
  expect(await at.apply(deployment('web', { replicas: 1 }))).toBe('deployment.apps/web created');
  await at.wait(2);
  expect(await at.see('deploy web', '.status.conditions[?(@.type=="ReplicaFailure")].message')).toMatch(/^pods "web-\w+-\w+" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0$/);
});

test('14.2 a LimitRange fills in limits and requests', async () => {
  const at = await Scene.hollow();
  await at.apply(limitRange({ type: 'Container', default: { cpu: '500m', memory: '256Mi' }, defaultRequest: { cpu: '100m' } }));
  await at.apply(pod('a'), pod('b', asks({ limits: { cpu: '300m' } })), pod('c', asks({ requests: { cpu: '200m' } })));
  const resources = (name: string) => at.see(`pod ${name}`, '.spec.containers[0].resources');
  expect(JSON.parse(await resources('a'))).toEqual({ limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '256Mi' } });
  expect(JSON.parse(await resources('b'))).toMatchObject({ limits: { cpu: '300m' }, requests: { cpu: '300m' } });
  expect(JSON.parse(await resources('c'))).toMatchObject({ limits: { cpu: '500m' }, requests: { cpu: '200m' } });
  expect(await at.see('pod a', '.metadata.annotations.kubernetes\\.io/limit-ranger')).toBe('LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c');
});

test('14.2 then it checks minimum, maximum and ratio, of containers, Pods and claims', async () => {
  const at = await Scene.hollow();
  await at.apply(limitRange({ type: 'Container', min: { cpu: '100m' }, max: { cpu: '1' }, maxLimitRequestRatio: { cpu: '2' } }, { type: 'Pod', max: { cpu: '1500m' } }, { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }));
  const cpu = (request: string, limit: string) => ({ requests: { cpu: request }, limits: { cpu: limit } });
  expect(await at.apply(pod('a', asks(cpu('50m', '60m'))))).toEqual(refused('a', 'minimum cpu usage per Container is 100m, but request is 50m'));
  expect(await at.apply(pod('b', asks(cpu('2', '2'))))).toContain('maximum cpu usage per Container is 1, but limit is 2');
  expect(await at.apply(pod('c', asks(cpu('100m', '500m'))))).toEqual(refused('c', 'cpu max limit to request ratio per Container is 2, but provided ratio is 5.000000'));
  expect(await at.apply(pod('d', { containers: [{ name: 'c', image: 'x', resources: cpu('1', '1') }, { name: 'e', image: 'x', resources: cpu('1', '1') }] }))).toEqual(refused('d', 'maximum cpu usage per Pod is 1500m, but limit is 2'));
  expect(await at.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'p' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } } })).toContain('persistentvolumeclaims "p" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi');
  expect(await at.apply(pod('ok', asks(cpu('500m', '1'))))).toBe('pod/ok created');
});

test('14.3 14.4 restricted says all that is missing; what obeys comes in', async () => {
  const at = await Scene.hollow();
  await at.k(labelled('restricted'));
  expect(await at.apply(pod('a'))).toEqual(refused('a', 'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'));
  expect(await at.apply(pod('b', RESTRICTED))).toBe('pod/b created');
  expect(await at.apply(pod('c', { ...RESTRICTED, volumes: [{ name: 'v', hostPath: { path: '/' } }] }))).toEqual(refused('c', 'violates PodSecurity "restricted:latest": hostPath volumes (volume "v")'.replace('hostPath volumes (volume "v")', 'restricted volume types (volume "v" uses restricted volume type "hostPath")')));
  expect(await at.apply(pod('d', { ...RESTRICTED, securityContext: { ...RESTRICTED.securityContext, runAsUser: 0 } }))).toEqual(refused('d', 'violates PodSecurity "restricted:latest": runAsUser=0 (pod must not set runAsUser=0)'));
});

test('14.4 baseline lets plain Pods in, and nobody into the host', async () => {
  const at = await Scene.hollow();
  await at.k(labelled('baseline'));
  expect(await at.apply(pod('a'))).toBe('pod/a created');
  expect(await at.apply(pod('b', { hostNetwork: true, hostPID: true, containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80 }], securityContext: { privileged: true } }] }))).toEqual(refused('b', 'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true, hostPID=true), hostPort (container "c" uses hostPort 80), privileged (container "c" must not set securityContext.privileged=true)'));
  expect(await at.apply(pod('c', { containers: [{ name: 'c', image: 'x', livenessProbe: { httpGet: { port: 80, host: '10.0.0.1' } } }] }))).toContain('probe or lifecycle host (container "c" uses probe or lifecycle host "10.0.0.1")');
});

test('14.3 warn speaks of templates, enforce only of Pods; a new label warns of what is there already', async () => {
  const at = await Scene.hollow();
  await at.apply(pod('old', { containers: [{ name: 'c', image: 'x', securityContext: { privileged: true } }] }));
  await at.k(labelled('baseline', 'warn'));
  expect(await at.apply(deployment('web', { replicas: 1, template: template({ app: 'web' }, 'x', { hostNetwork: true }) }))).toBe('deployment.apps/web created\nWarning: would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)');
  expect(await at.k(labelled('baseline'))).toContain('Warning: existing pods in namespace "default" violate the new PodSecurity enforce level "baseline:latest"\nWarning: old: privileged'.replace('"baseline:latest"\nWarning: old: privileged', '"baseline:latest"'));
  expect(await at.names('pods')).toContain('old');
});

test('14.5 a Pod gets an account, and its token unless it or the account says no', async () => {
  const at = await Scene.hollow();
  await at.k('create sa quiet');
  await at.patch('sa quiet', { automountServiceAccountToken: false });
  await at.apply(pod('a'), pod('b', { serviceAccountName: 'quiet' }), pod('c', { serviceAccountName: 'quiet', automountServiceAccountToken: true }), pod('d', { automountServiceAccountToken: false }));
  const seen = (name: string) => at.see(`pod ${name}`, '.spec.serviceAccountName} {.spec.containers[0].volumeMounts[0].mountPath');
  expect([await seen('a'), await seen('b'), await seen('c'), await seen('d')]).toEqual(['default /var/run/secrets/kubernetes.io/serviceaccount', 'quiet', 'quiet /var/run/secrets/kubernetes.io/serviceaccount', 'default']);
  expect(await at.see('pod a', '.spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds')).toBe('3607');
  expect(await at.apply(pod('e', { serviceAccountName: 'none' }))).toEqual(refused('e', 'error looking up service account default/none: serviceaccount "none" not found'));
});

test('14.6 admission plug-ins are on as upstream, and can be turned on and off', async () => {
  const at = await Scene.kubeadm();
  const MANIFEST = '/etc/kubernetes/manifests/kube-apiserver.yaml';
  await at.run(`ssh cp 'sed -i s/enable-admission-plugins=NodeRestriction/enable-admission-plugins=NodeRestriction,AlwaysPullImages/ ${MANIFEST}'`);
  await at.wait(60);
  await at.apply(pod('a', { containers: [{ name: 'c', image: 'nginx:1.27' }] }));
  expect(await at.see('pod a', '.spec.containers[0].imagePullPolicy')).toBe('Always');
  await at.run(`ssh cp "sed -i 's/- --enable-admission-plugins=.*/- --disable-admission-plugins=DefaultTolerationSeconds/' ${MANIFEST}"`);
  await at.wait(60);
  await at.apply(pod('b', { containers: [{ name: 'c', image: 'nginx:1.27' }] }));
  expect(await at.see('pod b', '.spec.containers[0].imagePullPolicy} {.spec.tolerations')).toBe('IfNotPresent');
});

test('14.5 a Pod that comes with its namespace waits for the account that is made for it, a second and a half at most', async () => {
  const at = await Scene.kubeadm();
  const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const startMs = at.nowMs;
  expect(await at.apply(namespace('fresh'), pod('bare', {}, { namespace: 'fresh' }))).toBe('namespace/fresh created\npod/bare created');
  expect(at.nowMs - startMs).toBeLessThanOrEqual(300);
  expect(await at.k('create ns other && kubectl apply --server-side -n other -f - <<E\n{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"name":"c","image":"nginx"}]}}\nE')).toContain('pod/x serverside-applied');
  expect(await at.make(pod('named', { serviceAccountName: 'robot' }, { namespace: 'fresh' }))).toContain('pods "named" is forbidden: error looking up service account fresh/robot: serviceaccount "robot" not found');
  await at.run("ssh cp 'mv /etc/kubernetes/manifests/kube-controller-manager.yaml /root'");
  await at.wait(30);
  const laterMs = at.nowMs;
  expect(await at.make(namespace('orphaned'), pod('bare', {}, { namespace: 'orphaned' }))).toMatch(/^namespace\/orphaned created\nError from server \(Forbidden\): error when creating "STDIN": pods "bare" is forbidden: error looking up service account orphaned\/default: serviceaccount "default" not found$/);
  expect(at.nowMs - laterMs).toBe(1350);
});

test('14.1 what has ended counts no more as a Pod, but as an object', async () => {
  const at = await Scene.hollow();
  const { used: _, ...object } = quota({ pods: '5', 'count/pods': '5', 'requests.cpu': '1' }, {});
  await at.apply(object);
  await at.wait(2);
  await at.apply(pod('a', asks({ requests: { cpu: '100m' } })), pod('b', asks({ requests: { cpu: '200m' } })));
  await at.wait(5);
  const used = () => at.see('quota q', '.status.used');
  expect(JSON.parse(await used())).toEqual({ 'count/pods': '2', pods: '2', 'requests.cpu': '300m' });
  await at.patch('pod a', { status: { phase: 'Succeeded' } }, '--subresource=status');
  await at.wait(310);
  expect(JSON.parse(await used())).toEqual({ 'count/pods': '2', pods: '1', 'requests.cpu': '200m' });
});

test('14.1 use is counted anew every five minutes', async () => {
  const at = await Scene.hollow();
  const { used: _, ...object } = quota({ pods: '5' }, {});
  await at.apply(object);
  await at.wait(5);
  await at.patch('quota q', { status: { used: { pods: '4' } } }, '--subresource=status');
  await at.wait(310);
  expect(await at.see('quota q', '.status.used.pods')).toBe('0');
});

test('14.2 a LimitRange leaves alone what is there already', async () => {
  const at = await Scene.hollow();
  await at.apply(pod('old'));
  await at.apply(limitRange({ type: 'Container', min: { cpu: '100m' }, default: { cpu: '500m' } }));
  expect(await at.k('label pod old a=b')).toBe('pod/old labeled');
  expect(await at.see('pod old', '.spec.containers[0].resources')).toBe('{}');
});

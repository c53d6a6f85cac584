import { expect, test } from 'vitest';
import { pods } from '../../src/cluster/client/resources.ts';
import { isResponse, type WatchEvent } from '../../src/cluster/apiserver/request.ts';
import { deployment, pod, Scene } from './scene.ts';

const configMap = (name: string, data: object = {}, metadata: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', ...metadata }, data });
const MANIFESTS = '/etc/kubernetes/manifests';
const TLS = '--endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

test('1.1 one counter gives every write its resourceVersion', async () => {
  const at = await Scene.hollow();
  const versions = [];
  for (const write of ['create cm a', 'create secret generic b', 'label cm a x=y', 'create ns c']) {
    await at.k(write);
    versions.push(Number(await at.see(write.includes('ns') ? 'ns c' : write.includes('secret') ? 'secret b' : 'cm a', '.metadata.resourceVersion')));
  }
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
  expect(new Set(versions).size).toBe(4);
});

test('1.1 a stale PUT conflicts, a PATCH needs no version and the version of a write that changes nothing stays', async () => {
  const at = await Scene.hollow();
  await at.k('create cm a --from-literal=k=1');
  const old = await at.see('cm a', '.metadata.resourceVersion');
  expect(at.ask('PATCH', `${CONFIG_MAPS}/a`, { data: { k: '2' } }, { contentType: 'application/merge-patch+json' })).toBe('200');
  expect(at.ask('PUT', `${CONFIG_MAPS}/a`, configMap('a', { k: '3' }, { resourceVersion: old }))).toBe('409 Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again');
  expect(at.ask('PATCH', `${CONFIG_MAPS}/a`, { metadata: { resourceVersion: old }, data: { k: '4' } }, { contentType: 'application/merge-patch+json' })).toMatch(/^409 /);
  const now = await at.see('cm a', '.metadata.resourceVersion');
  at.ask('PATCH', `${CONFIG_MAPS}/a`, { data: { k: '2' } }, { contentType: 'application/merge-patch+json' });
  expect(await at.see('cm a', '.metadata.resourceVersion')).toBe(now);
});

test('1.1 a PUT without a version is refused where the kind wants one', async () => {
  const at = await Scene.hollow();
  await at.apply({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: {} });
  expect(at.ask('PUT', '/apis/coordination.k8s.io/v1/namespaces/default/leases/l', { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: {} })).toBe('422 leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update');
});

test('1.1 the generation grows with the spec alone, and the status follows it', async () => {
  const at = await Scene.hollow();
  await at.apply(deployment('web', { replicas: 1 }));
  await at.wait(5);
  await at.k('label deploy web tier=front');
  expect(await at.see('deploy web', '.metadata.generation')).toBe('1');
  await at.k('scale deploy web --replicas=2');
  await at.wait(5);
  expect(await at.see('deploy web', '.metadata.generation}{.status.observedGeneration')).toBe('22');
});

test('1.1 Pods have both generations', async () => {
  const at = await Scene.hollow();
  await at.apply(pod('a'));
  await at.wait(5);
  expect(await at.see('pod a', '.metadata.generation}{.status.observedGeneration')).toBe('11');
  await at.k('set image pod/a c=nginx:1.28');
  await at.wait(5);
  expect(await at.see('pod a', '.metadata.generation}{.status.observedGeneration}{.status.conditions[?(@.type=="Ready")].observedGeneration')).toBe('222');
});

test('1.2 generateName adds five characters without vowels, after a base of at most 58', async () => {
  const at = await Scene.hollow();
  expect(await at.make({ ...configMap(''), metadata: { generateName: 'a-' } })).toMatch(/^configmap\/a-[bcdfghjklmnpqrstvwxz2456789]{5} created$/);
  expect(await at.make({ ...configMap(''), metadata: { generateName: 'b'.repeat(70) } })).toMatch(/^configmap\/b{58}[bcdfghjklmnpqrstvwxz2456789]{5} created$/);
});

test('1.3 authorisation comes before admission, defaults before validation, validation before the quota', async () => {
  const at = await Scene.hollow();
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'BAD', image: 'x' }], serviceAccountName: 'none' } };
  const create = (spec: object, more = {}) => at.ask('POST', '/api/v1/namespaces/default/pods', { ...body, spec: { ...body.spec, ...spec } }, more);
  expect(create({}, { impersonate: { user: 'eve' } })).toBe('403 pods is forbidden: User "eve" cannot create resource "pods" in API group "" in the namespace "default"');
  expect(create({})).toBe('403 pods "p" is forbidden: error looking up service account default/none: serviceaccount "none" not found');
  await at.k('create quota q --hard=pods=0');
  await at.patch('quota q', { status: { hard: { pods: '0' }, used: { pods: '0' } } }, '--subresource=status');
  expect(create({ serviceAccountName: 'default' })).toMatch(/^422 Pod "p" is invalid: spec.containers\[0\].name: Invalid value: "BAD"/);
  expect(create({ serviceAccountName: 'default', containers: [{ name: 'good', image: 'x' }] })).toBe('403 pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0');
});

test('1.4 defaults of a Pod', async () => {
  const at = await Scene.hollow();
  await at.apply(pod('a', { containers: [{ name: 'untagged', image: 'nginx' }, { name: 'latest', image: 'nginx:latest' }, { name: 'tagged', image: 'reg:5000/nginx:1', resources: { limits: { cpu: '1', memory: '1Gi' } } }] }));
  expect(await at.see('pod a', '.spec.restartPolicy} {.spec.terminationGracePeriodSeconds} {.spec.dnsPolicy} {.spec.containers[*].imagePullPolicy')).toBe('Always 30 ClusterFirst Always Always IfNotPresent');
  expect(await at.see('pod a', '.spec.containers[2].resources.requests')).toBe('{"cpu":"1","memory":"1Gi"}');
});

test('1.5 defaults of a probe', async () => {
  const at = await Scene.hollow();
  await at.apply(pod('a', { containers: [{ name: 'c', image: 'nginx', readinessProbe: { tcpSocket: { port: 80 } } }] }));
  expect(await at.see('pod a', '.spec.containers[0].readinessProbe')).toBe('{"failureThreshold":3,"periodSeconds":10,"successThreshold":1,"tcpSocket":{"port":80},"timeoutSeconds":1}');
});

test('1.6 defaults of a Service', async () => {
  const at = await Scene.hollow();
  const service = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
  await at.apply(service('a', {}), service('b', { type: 'NodePort', sessionAffinity: 'ClientIP' }));
  expect(await at.see('svc a', '.spec.type} {.spec.sessionAffinity} {.spec.internalTrafficPolicy} {.spec.externalTrafficPolicy} {.spec.ports')).toBe('ClusterIP None Cluster  [{"port":80,"protocol":"TCP","targetPort":80}]');
  expect(await at.see('svc b', '.spec.externalTrafficPolicy} {.spec.sessionAffinityConfig.clientIP.timeoutSeconds')).toBe('Cluster 10800');
});

test('1.7 defaults of a Deployment', async () => {
  const at = await Scene.hollow();
  await at.apply({ ...deployment('a', { replicas: undefined }) });
  expect(await at.see('deploy a', '.spec.replicas} {.spec.strategy} {.spec.minReadySeconds} {.spec.revisionHistoryLimit} {.spec.progressDeadlineSeconds')).toBe('1 {"rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"},"type":"RollingUpdate"}  10 600');
});

test('1.8 defaults of a Job and a CronJob', async () => {
  const at = await Scene.hollow();
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } };
  const job = (name: string, spec: object) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { suspend: true, template, ...spec } });
  await at.apply(job('plain', {}), job('queue', { parallelism: 3 }), job('indexed', { completions: 2, completionMode: 'Indexed', backoffLimitPerIndex: 1 }), job('policy', { podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [3] } }] } }));
  const seen = (name: string) => at.see(`job ${name}`, '.spec.completions} {.spec.parallelism} {.spec.backoffLimit} {.spec.podReplacementPolicy} {.spec.completionMode');
  expect([await seen('plain'), await seen('queue'), await seen('indexed'), await seen('policy')]).toEqual(['1 1 6 TerminatingOrFailed NonIndexed', '3 6 TerminatingOrFailed NonIndexed', '2 1 2147483647 TerminatingOrFailed Indexed', '1 1 6 Failed NonIndexed']);
  await at.apply({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' }, spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } } });
  expect(await at.see('cronjob c', '.spec.concurrencyPolicy} {.spec.successfulJobsHistoryLimit} {.spec.failedJobsHistoryLimit} {.spec.suspend')).toBe('Allow 3 1 false');
});

test('1.9 every five minutes etcd is compacted; who watches from before is told that it is too old', async () => {
  const at = await Scene.kubeadm();
  await at.k('create cm a');
  const old = await at.see('cm a', '.metadata.resourceVersion');
  const watch = (version: string) => {
    const seen: WatchEvent[] = [];
    const stream = at.transport.watch({ method: 'GET', path: `/api/v1/pods?watch=1&resourceVersion=${version}` }, { event: (event) => seen.push(event), closed: () => undefined });
    if (isResponse(stream)) return String(stream.code);
    at.cluster.world.settleSync();
    stream.close();
    return seen.filter(({ type }) => type === 'ERROR').map(({ object }) => ('code' in object ? `${object.code} ${object.reason} ${object.message}` : '')).join() || 'open';
  };
  const inEtcd = () => at.run(`ssh cp "etcdctl ${TLS} get --rev=${old} /registry/configmaps/default/a"`);
  await at.wait(200);
  expect([watch(old), (await inEtcd()).split('\n')[0]]).toEqual(['open', '/registry/configmaps/default/a']);
  await at.wait(660);
  expect(await inEtcd()).toContain('etcdserver: mvcc: required revision has been compacted');
  // A server that has just started knows of no older changes than etcd.
  await at.run(`ssh cp 'mv ${MANIFESTS}/kube-apiserver.yaml /root'`);
  await at.wait(30);
  await at.run(`ssh cp 'mv /root/kube-apiserver.yaml ${MANIFESTS}'`);
  await at.wait(60);
  expect(watch(old)).toMatch(`410 Expired too old resource version: ${old} (`);
  expect(await at.see('cm a', '.metadata.name')).toBe('a');
});

test('1.10 each API server holds a Lease of an hour that it renews every ten seconds', async () => {
  const at = await Scene.kubeadm();
  const [name] = (await at.names('leases -n kube-system')).filter((each) => each.startsWith('apiserver-'));
  expect(name).toMatch(/^apiserver-[a-z0-9]{26}$/);
  const renewed = async () => Date.parse(await at.see(`lease ${name} -n kube-system`, '.spec.renewTime'));
  expect(await at.see(`lease ${name} -n kube-system`, '.spec.leaseDurationSeconds} {.metadata.labels.apiserver\\.kubernetes\\.io/identity')).toBe('3600 kube-apiserver');
  const first = await renewed();
  await at.wait(30);
  expect(await renewed()).toBe(first + 30_000);
});

test('1.10 it makes its own Service again, and the namespaces of the system', async () => {
  const at = await Scene.kubeadm();
  const address = await at.see('svc kubernetes', '.spec.clusterIP');
  await at.k('delete svc kubernetes');
  await at.k('delete ns kube-node-lease');
  await at.wait(70);
  expect([await at.see('svc kubernetes', '.spec.clusterIP'), await at.see('endpointslice kubernetes', '.endpoints[0].addresses[0]'), await at.see('ns kube-node-lease', '.status.phase')]).toEqual([address, '10.0.0.10', 'Active']);
});

test('1.11 events live for an hour', async () => {
  const at = await Scene.hollow();
  await at.apply(pod('a'));
  await at.wait(10);
  expect(await at.events('a')).toHaveLength(5);
  await at.wait(3500);
  expect(await at.events('a')).toHaveLength(5);
  await at.wait(200);
  expect(await at.events('a')).toEqual([]);
  expect(at.cluster.admin().list(pods)).toHaveLength(1);
});

test('1.10 the Lease of a server that has gone is removed after an hour', async () => {
  const at = await Scene.kubeadm();
  const labels = { 'apiserver.kubernetes.io/identity': 'kube-apiserver', 'kubernetes.io/hostname': 'gone' };
  const renewTime = new Date(at.nowMs).toISOString().replace('Z', '000Z');
  await at.make({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'apiserver-gone', namespace: 'kube-system', labels }, spec: { holderIdentity: 'apiserver-gone_x', leaseDurationSeconds: 3600, renewTime } });
  await at.wait(3500);
  expect(await at.names('leases -n kube-system')).toContain('apiserver-gone');
  await at.wait(3800);
  expect((await at.names('leases -n kube-system')).filter((name) => name.startsWith('apiserver-'))).toEqual([expect.stringMatching(/^apiserver-[a-z0-9]{26}$/)]);
});

test('1.1 a dry run makes nothing, and so has no version to show', async () => {
  const at = await Scene.hollow();
  const shown = await at.k('create configmap a --dry-run=server -o yaml');
  expect([shown, await at.k('get configmap a')]).toEqual([expect.stringMatching(/\n {2}name: a\n {2}namespace: default\n {2}uid: /), expect.stringContaining('NotFound')]);
  expect(shown).not.toContain('resourceVersion');
  await at.k('create configmap a');
  expect(await at.k('label configmap a b=c --dry-run=server -o jsonpath={.metadata.resourceVersion}')).toBe(await at.see('configmap a', '.metadata.resourceVersion'));
});

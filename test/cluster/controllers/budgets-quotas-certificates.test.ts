import { expect, test } from 'vitest';
import { certificateSigningRequests, configMaps, deployments, podDisruptionBudgets, pods, resourceQuotas } from '../../../src/cluster/client/resources.ts';
import { createAuthority, createSigningRequest, parseCertificate, signRequest, verifyCertificate } from '../../../src/cluster/pki/certificate.ts';
import { createKey } from '../../../src/cluster/pki/key.ts';
import { Random } from '../../../src/time/random.ts';
import { deployment, Scene } from './scene.ts';

const scene = (...names: string[]) => new Scene({ controllers: ['deployment-controller', 'replicaset-controller', ...names] });
const budget = (spec: object) => ({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec } });

test.each([
  [{ minAvailable: 3 }, { desiredHealthy: 3, disruptionsAllowed: 2, expectedPods: 5 }],
  [{ minAvailable: '50%' }, { desiredHealthy: 3, disruptionsAllowed: 2, expectedPods: 5 }],
  [{ maxUnavailable: 1 }, { desiredHealthy: 4, disruptionsAllowed: 1, expectedPods: 5 }],
  [{ maxUnavailable: '30%' }, { desiredHealthy: 3, disruptionsAllowed: 2, expectedPods: 5 }],
])('a budget of %j over five Pods', async (spec, status) => {
  const at = scene('disruption-controller');
  at.create(deployments, deployment('web', { replicas: 5 }));
  at.create(podDisruptionBudgets, budget(spec));
  await at.wait(5);
  expect(at.get(podDisruptionBudgets, 'b').status).toMatchObject({ ...status, currentHealthy: 5, conditions: [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }] });
});

test('what is evicted counts until its Pod is replaced', async () => {
  const at = scene('disruption-controller');
  at.create(deployments, deployment('web', { replicas: 2 }));
  at.create(podDisruptionBudgets, budget({ minAvailable: 1 }));
  await at.wait(5);
  const [first, second] = at.pods();
  const evict = (name: string) => at.client.createSubresource(pods, name, 'default', 'eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' } });
  evict(first!.metadata.name);
  expect(() => evict(second!.metadata.name)).toThrow("Cannot evict pod as it would violate the pod's disruption budget.");
  await at.wait(10);
  expect(at.get(podDisruptionBudgets, 'b').status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 });
  expect(at.get(podDisruptionBudgets, 'b').status.disruptedPods).toBeUndefined();
});

test('a share of Pods that nobody controls cannot be worked out', async () => {
  const at = scene('disruption-controller');
  at.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', labels: { app: 'web' }, ownerReferences: [{ apiVersion: 'example.org/v1', kind: 'Thing', name: 't', uid: 'u', controller: true }] }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  at.create(podDisruptionBudgets, budget({ maxUnavailable: '10%' }));
  await at.wait(3);
  expect(at.get(podDisruptionBudgets, 'b').status.conditions?.[0]).toMatchObject({ status: 'False', reason: 'SyncFailed', message: 'found no controllers for pod "p"' });
});

test('a quota counts what is there, and again when something goes', async () => {
  const at = scene('resourcequota-controller');
  at.create(deployments, deployment('web', { replicas: 2 }));
  at.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default' } });
  await at.wait(3);
  at.create(resourceQuotas, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'default' }, spec: { hard: { pods: '5', configmaps: '3', 'count/deployments.apps': '2' } } });
  await at.wait(1);
  const used = () => at.get(resourceQuotas, 'q').status.used;
  expect(used()).toEqual({ pods: '2', configmaps: '1', 'count/deployments.apps': '1' });
  at.client.delete(configMaps, 'c', 'default');
  at.client.patch(deployments, 'web', 'default', { spec: { replicas: 0 } });
  await at.wait(5);
  expect(used()).toEqual({ pods: '0', configmaps: '0', 'count/deployments.apps': '1' });
});

const random = new Random('certificates');
const authority = createAuthority('kubernetes', random, Date.UTC(2026, 0, 1));
const signing = () => new Scene({ controllers: ['csrsigning', 'csrcleaner'], manager: { signingAuthority: authority } });

function request(name: string, spec: object, subject = { commonName: 'anna', organizations: ['dev'] }, altNames: string[] = []): object {
  const text = createSigningRequest(createKey(random), subject, altNames);
  return { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec: { request: Buffer.from(text).toString('base64'), signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'], ...spec } };
}

const approve = (at: Scene, name: string) => {
  const found = at.get(certificateSigningRequests, name);
  const now = new Date(at.world.clock.now()).toISOString().replace('.000', '');
  at.client.updateSubresource(certificateSigningRequests, { ...found, status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Test', message: '', lastUpdateTime: now, lastTransitionTime: now }] } }, 'approval');
};

test('an approved request is signed by the cluster, for as long as it asks', async () => {
  const at = signing();
  at.create(certificateSigningRequests, request('anna', { expirationSeconds: 3600 }));
  await at.wait(1);
  expect(at.get(certificateSigningRequests, 'anna').status.certificate).toBeUndefined();
  approve(at, 'anna');
  await at.wait(1);
  const pem = Buffer.from(String(at.get(certificateSigningRequests, 'anna').status.certificate), 'base64').toString();
  const nowMs = at.world.clock.now();
  expect(verifyCertificate(pem, authority.certificate, nowMs, { usage: 'client auth' })).toBeUndefined();
  expect(verifyCertificate(pem, authority.certificate, nowMs, { usage: 'server auth' })).toBeDefined();
  expect(parseCertificate(pem)).toMatchObject({ subject: { commonName: 'anna', organizations: ['dev'] } });
  expect(parseCertificate(pem)!.notAfterMs).toBeLessThanOrEqual(nowMs + 3_600_000);
  await at.wait(2 * 3600);
  expect(at.has(certificateSigningRequests, 'anna')).toBe(false);
});

test('requests go: settled ones after an hour, forgotten ones after a day, and those whose certificate has run out', async () => {
  const at = new Scene({ controllers: ['csrcleaner'], manager: { signingAuthority: authority } });
  const names = ['approved', 'denied', 'signed', 'short', 'pending'];
  for (const name of names) at.create(certificateSigningRequests, request(name, {}));
  const settle = (name: string, type: string, certificate?: object) => {
    const time = new Date(at.world.clock.now()).toISOString().replace('.000', '');
    const found = at.get(certificateSigningRequests, name);
    const decided = at.client.updateSubresource(certificateSigningRequests, { ...found, status: { conditions: [{ type, status: 'True', reason: 'Test', message: '', lastUpdateTime: time, lastTransitionTime: time }] } }, 'approval');
    if (certificate) at.client.updateSubresource(certificateSigningRequests, { ...decided, status: { ...decided.status, ...certificate } }, 'status');
  };
  const signed = (seconds: number) => ({ certificate: Buffer.from(signRequest({ ca: authority, request: createSigningRequest(createKey(random), { commonName: 'a', organizations: [] }), random, notBeforeMs: at.world.clock.now(), notAfterMs: at.world.clock.now() + seconds * 1000, usages: ['client auth'] })).toString('base64') });
  settle('approved', 'Approved');
  settle('denied', 'Denied');
  settle('signed', 'Approved', signed(864_000));
  settle('short', 'Approved', signed(600));
  const left = () => names.filter((name) => at.has(certificateSigningRequests, name));
  await at.wait(3500);
  expect(left()).toEqual(names);
  await at.wait(200);
  expect(left()).toEqual(['approved', 'denied', 'signed', 'pending']);
  await at.wait(3600);
  expect(left()).toEqual(['approved', 'pending']);
  await at.wait(22 * 3600);
  expect(left()).toEqual(['approved', 'pending']);
  await at.wait(2 * 3600);
  expect(left()).toEqual([]);
});

test('a signer refuses what it is not there for', async () => {
  const at = signing();
  at.create(certificateSigningRequests, request('serving', { signerName: 'kubernetes.io/kubelet-serving', usages: ['server auth'] }, { commonName: 'system:node:w', organizations: ['system:nodes'] }));
  approve(at, 'serving');
  await at.wait(1);
  expect(at.get(certificateSigningRequests, 'serving').status.conditions?.at(-1)).toMatchObject({ type: 'Failed', reason: 'SignerValidationFailure', message: 'DNS or IP subjectAltName is required' });
});

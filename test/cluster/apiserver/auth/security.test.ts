import { beforeAll, describe, expect, test } from 'vitest';
import { allKinds } from '../../../../src/cluster/api/kinds/index.ts';
import type { KubeObject } from '../../../../src/cluster/api/types.ts';
import { ApiServer } from '../../../../src/cluster/apiserver/api-server.ts';
import { bootstrapPolicy } from '../../../../src/cluster/apiserver/auth/bootstrap-policy.ts';
import { createSecurity } from '../../../../src/cluster/apiserver/auth/security.ts';
import type { ApiRequest, Credential } from '../../../../src/cluster/apiserver/request.ts';
import { EtcdStore } from '../../../../src/cluster/etcd/store.ts';
import { createAuthority, issueCertificate } from '../../../../src/cluster/pki/certificate.ts';
import { createKey, publicKeyPem } from '../../../../src/cluster/pki/key.ts';
import { Simulation } from '../../../../src/time/simulation.ts';

const NOW = Date.UTC(2026, 10, 23, 17, 0, 0);
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** A whole API server with RBAC, and clients that show certificates. */
function cluster() {
  const world = new Simulation({ seed: 'security', startMs: NOW });
  const ca = createAuthority('kubernetes', world.random.fork('ca'), NOW);
  const saKey = createKey(world.random.fork('sa'));
  const server = new ApiServer({
    world, random: world.random.fork('apiserver'), kinds: allKinds,
    etcd: new EtcdStore({ clock: world.clock }),
    security: (storage) => createSecurity(storage, {
      clock: world.clock, random: world.random.fork('security'), clientCa: ca.certificate, serviceAccountKey: publicKeyPem(saKey), serviceAccountSigningKey: saKey,
      authorizationModes: ['Node', 'RBAC'], enableAdmissionPlugins: ['NodeRestriction'],
    }),
    virtualKinds: ['SelfSubjectAccessReview', 'SelfSubjectRulesReview'].map((kind) => ({ group: 'authorization.k8s.io', version: 'v1', kind, plural: `${kind.toLowerCase()}s`, namespaced: false, verbs: ['create'] })),
    dialKubelet: () => { throw new Error('no kubelet here'); },
  });
  server.start();
  const credentialOf = (commonName: string, ...organizations: string[]): Credential => {
    const { certificate, key } = issueCertificate({ ca, commonName, organizations, usages: ['client auth'], notBeforeMs: NOW, notAfterMs: NOW + 1e9, random: world.random.fork(commonName) });
    return { clientCertificate: certificate, clientKey: key };
  };
  const as = (credential: Credential | undefined) => (method: ApiRequest['method'], path: string, body?: unknown, more: Partial<ApiRequest> = {}) => {
    const response = server.handle({ method, path, body, credential, ...more });
    world.settleSync();
    return response;
  };
  return { server, world, as, credentialOf, admin: as(credentialOf('kubernetes-admin', 'system:masters')) };
}

const message = ({ body }: { body: unknown }) => (body as { message?: string }).message;
const post = (c: ReturnType<typeof cluster>, path: string, object: object) => {
  const response = c.admin('POST', path, object);
  expect(response.code, message(response)).toBe(201);
  return response.body as KubeObject;
};

describe('a server with RBAC', () => {
  let c: ReturnType<typeof cluster>;
  beforeAll(() => {
    c = cluster();
    const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy();
    for (const name of ['kube-system', 'kube-public', 'kube-node-lease', 'dev']) post(c, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (const object of clusterRoles) post(c, `${RBAC}/clusterroles`, object);
    for (const object of clusterRoleBindings) post(c, `${RBAC}/clusterrolebindings`, object);
    for (const object of roles) post(c, `${RBAC}/namespaces/${object.metadata.namespace}/roles`, object);
    for (const object of roleBindings) post(c, `${RBAC}/namespaces/${object.metadata.namespace}/rolebindings`, object);
    post(c, '/api/v1/namespaces/dev/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
    post(c, '/api/v1/namespaces/dev/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' } });
  });

  test('refuses strangers, anonymous or not', () => {
    expect(c.as({ token: 'bad' })('GET', '/api/v1/pods').code).toBe(401);
    expect(message(c.as(undefined)('GET', '/api/v1/pods'))).toBe('pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope');
    expect(c.as(undefined)('GET', '/healthz').code).toBe(200);
    expect(message(c.as(undefined)('GET', '/metrics'))).toBe('forbidden: User "system:anonymous" cannot get path "/metrics"');
  });

  test('impersonation: the administrator may, others not', () => {
    expect(message(c.admin('GET', '/api/v1/namespaces/dev/secrets', undefined, { impersonate: { user: 'jane' } }))).toBe('secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "dev"');
    expect(message(c.as(c.credentialOf('bob'))('GET', '/api/v1/pods', undefined, { impersonate: { user: 'jane' } }))).toBe('users "jane" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope');
    expect(message(c.as(c.credentialOf('bob'))('GET', '/api/v1/pods', undefined, { impersonate: { user: 'system:serviceaccount:dev:ci' } }))).toBe('serviceaccounts "ci" is forbidden: User "bob" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "dev"');
  });

  test('a binding works at once, and nobody grants more than they hold', () => {
    const boss = c.as(c.credentialOf('boss'));
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r' }, rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }] };
    expect(boss('POST', `${RBAC}/namespaces/dev/roles`, role).code).toBe(403);
    post(c, `${RBAC}/namespaces/dev/rolebindings`, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'boss' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' }, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'boss' }] });
    expect(message(boss('POST', `${RBAC}/namespaces/dev/roles`, role))).toBe('roles.rbac.authorization.k8s.io "r" is forbidden: user "boss" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}');
    expect(boss('POST', `${RBAC}/namespaces/dev/roles`, { ...role, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }).code).toBe(201);
  });

  test('reviews are answered', () => {
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } } };
    expect(c.admin('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review)).toMatchObject({ code: 201, body: { status: { allowed: true } } });
    expect(message(c.admin('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { ...review, spec: {} }))).toContain('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  });

  test('a kubelet sees the Secret of its Pod once the Pod is bound, and gets a token for it', () => {
    const kubelet = c.as(c.credentialOf('system:node:worker-1', 'system:nodes'));
    const node = kubelet('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker-1' } });
    expect(node).toMatchObject({ code: 201, body: { spec: { taints: [{ key: 'node.kubernetes.io/not-ready' }] } } });
    const pod = post(c, '/api/v1/namespaces/dev/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: 'nginx' }], volumes: [{ name: 's', secret: { secretName: 'db' } }] } });
    const secret = () => kubelet('GET', '/api/v1/namespaces/dev/secrets/db');
    const pods = (query: string) => kubelet('GET', `/api/v1/pods${query}`);
    expect(message(secret())).toBe(`secrets "db" is forbidden: User "system:node:worker-1" cannot get resource "secrets" in API group "" in the namespace "dev": no relationship found between node 'worker-1' and this object`);
    expect(c.admin('POST', '/api/v1/namespaces/dev/pods/web/binding', { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'web' }, target: { kind: 'Node', name: 'worker-1' } }).code).toBe(201);
    expect(secret().code).toBe(200);
    expect(pods('?fieldSelector=spec.nodeName%3Dworker-1').code).toBe(200);
    expect(message(pods(''))).toContain('can only list/watch pods with spec.nodeName field selector');

    const token = (uid: string) => kubelet('POST', '/api/v1/namespaces/dev/serviceaccounts/default/token', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3607, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'web', uid } } });
    expect(message(token('other'))).toContain('does not match the UID in record');
    const issued = token(pod.metadata.uid).body as { status: { token: string } };
    expect(message(c.as({ token: issued.status.token })('GET', '/api/v1/nodes'))).toContain('User "system:serviceaccount:dev:default" cannot list resource "nodes"');
    c.admin('DELETE', '/api/v1/namespaces/dev/pods/web?gracePeriodSeconds=0');
    expect(secret().code).toBe(403);
    expect(c.as({ token: issued.status.token })('GET', '/api/v1/nodes').code).toBe(401);
  });

  test('a restart forgets nothing', () => {
    post(c, '/api/v1/namespaces/dev/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'again' }, spec: { nodeName: 'worker-1', containers: [{ name: 'c', image: 'nginx' }], volumes: [{ name: 's', secret: { secretName: 'db' } }] } });
    c.server.stop();
    c.server.start();
    expect(c.as(c.credentialOf('system:node:worker-1', 'system:nodes'))('GET', '/api/v1/namespaces/dev/secrets/db').code).toBe(200);
  });
});

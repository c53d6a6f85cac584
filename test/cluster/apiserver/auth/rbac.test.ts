import { describe, expect, test } from 'vitest';
import type { Attributes } from '../../../../src/cluster/apiserver/auth/attributes.ts';
import { createAuthorizer, denial, forbiddenMessage, validateModes } from '../../../../src/cluster/apiserver/auth/authorize.ts';
import { bootstrapPolicy } from '../../../../src/cluster/apiserver/auth/bootstrap-policy.ts';
import { admin, allow, clusterRole, clusterRoleBinding, meta, rbacOf, role, roleBinding, user } from './builders.ts';

const jane = user('jane', 'devs');
const asks = (verb: string, resource: string, more: Partial<Attributes> = {}): Attributes => ({ user: jane, verb, group: '', resource, ...more });

describe('what one rule allows', () => {
  const inDev = { namespace: 'dev' };
  const cases: [string, Parameters<typeof role>[2], Attributes, boolean][] = [
    ['the verb and resource it names', allow('get list', 'pods'), asks('list', 'pods', inDev), true],
    ['no other verb', allow('get list', 'pods'), asks('delete', 'pods', inDev), false],
    ['no other group', allow('get', 'deployments'), asks('get', 'deployments', { ...inDev, group: 'apps' }), false],
    ['its group', allow('get', 'apps:deployments'), asks('get', 'deployments', { ...inDev, group: 'apps' }), true],
    ['no subresource with the resource', allow('get', 'pods'), asks('get', 'pods', { ...inDev, subresource: 'log', name: 'web' }), false],
    ['a subresource by name', allow('get', 'pods/log'), asks('get', 'pods', { ...inDev, subresource: 'log', name: 'web' }), true],
    ['a subresource of everything', allow('get', '*/scale'), asks('get', 'deployments', { ...inDev, subresource: 'scale' }), true],
    ['but not the resource itself', allow('get', '*/scale'), asks('get', 'deployments', inDev), false],
    ['everything with stars', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, asks('frobnicate', 'widgets', { ...inDev, group: 'x.io', subresource: 'y' }), true],
    ['one object by name', allow('get', 'secrets', ['db']), asks('get', 'secrets', { ...inDev, name: 'db' }), true],
    ['no other object', allow('get', 'secrets', ['db']), asks('get', 'secrets', { ...inDev, name: 'other' }), false],
    ['no list with a name', allow('list', 'secrets', ['db']), asks('list', 'secrets', inDev), false],
    ['nothing in another namespace', allow('get', 'pods'), asks('get', 'pods', { namespace: 'prod' }), false],
    ['nothing across namespaces', allow('list', 'pods'), asks('list', 'pods'), false],
  ];
  test.each(cases)('%s', (_name, rule, attributes, expected) => {
    const { rbac } = rbacOf(role('dev', 'r', rule!), roleBinding('dev', 'b', 'Role/r', 'user:jane'));
    expect(rbac.authorize(attributes).allowed).toBe(expected);
  });
});

describe('whom a binding reaches', () => {
  const cases: [string, string, ReturnType<typeof user>, boolean][] = [
    ['the user', 'user:jane', jane, true],
    ['a group', 'group:devs', jane, true],
    ['everybody authenticated', 'group:system:authenticated', jane, true],
    ['not another user', 'user:bob', jane, false],
    ['a ServiceAccount', 'account:team-a:ci', user('system:serviceaccount:team-a:ci'), true],
    ['not its namesake', 'account:team-a:ci', user('system:serviceaccount:team-b:ci'), false],
    ['an account of its own namespace', 'account::ci', user('system:serviceaccount:dev:ci'), true],
  ];
  test.each(cases)('%s', (_name, subject, who, expected) => {
    const { rbac } = rbacOf(role('dev', 'r', allow('get', 'pods')), roleBinding('dev', 'b', 'Role/r', subject));
    expect(rbac.authorize(asks('get', 'pods', { namespace: 'dev', user: who })).allowed).toBe(expected);
  });
});

test('a ClusterRole bound in a namespace counts there only; bound in the cluster, everywhere', () => {
  const reader = clusterRole('reader', allow('list', 'pods nodes'));
  const local = rbacOf(reader, roleBinding('dev', 'b', 'ClusterRole/reader', 'user:jane')).rbac;
  const global = rbacOf(reader, clusterRoleBinding('b', 'reader', 'user:jane')).rbac;
  expect(['dev', 'prod', undefined].map((namespace) => local.authorize(asks('list', 'pods', { namespace })).allowed)).toEqual([true, false, false]);
  expect(['dev', 'prod', undefined].map((namespace) => global.authorize(asks('list', 'pods', { namespace })).allowed)).toEqual([true, true, true]);
});

test('paths are matched whole or by prefix', () => {
  const { rbac } = rbacOf(clusterRole('paths', { verbs: ['get'], nonResourceURLs: ['/healthz', '/metrics/*'] }), clusterRoleBinding('b', 'paths', 'user:jane'));
  const may = (path: string, verb = 'get') => rbac.authorize({ user: jane, verb, path }).allowed;
  expect([may('/healthz'), may('/healthz/etcd'), may('/metrics/slis'), may('/metrics'), may('/healthz', 'post')]).toEqual([true, false, true, false, false]);
});

test('reasons name the binding, or the role that does not exist', () => {
  const { rbac } = rbacOf(role('team-a', 'pod-reader', allow('list', 'pods')), roleBinding('team-a', 'ci-reads', 'Role/pod-reader', 'account:team-a:ci'), roleBinding('team-a', 'ghost', 'Role/absent', 'user:jane'));
  const ci = user('system:serviceaccount:team-a:ci');
  expect(rbac.authorize(asks('list', 'pods', { user: ci, namespace: 'team-a' })).reason).toBe('RBAC: allowed by RoleBinding "ci-reads/team-a" of Role "pod-reader" to ServiceAccount "ci/team-a"');
  expect(rbac.authorize(asks('list', 'pods', { namespace: 'team-a' }))).toEqual({ allowed: false, reason: 'RBAC: role.rbac.authorization.k8s.io "absent" not found' });
});

test('a new binding counts at once', () => {
  const { rbac, add } = rbacOf(clusterRole('reader', allow('list', 'pods')));
  expect(rbac.authorize(asks('list', 'pods')).allowed).toBe(false);
  add(clusterRoleBinding('b', 'reader', 'user:jane'));
  expect(rbac.authorize(asks('list', 'pods')).allowed).toBe(true);
});

describe('the chain', () => {
  const rbac = rbacOf(clusterRole('one', allow('list', 'secrets', ['db'])), clusterRoleBinding('b', 'one', 'user:jane')).rbac;
  const chain = createAuthorizer(['RBAC'], { rbac });

  test('system:masters pass without any rule', () => expect(chain.authorize(asks('delete', 'nodes', { user: admin })).allowed).toBe(true));
  test('a list by metadata.name counts as naming the object', () => {
    expect(chain.authorize(asks('list', 'secrets', { fieldSelector: 'metadata.name=db' })).allowed).toBe(true);
    expect(chain.authorize(asks('list', 'secrets', { fieldSelector: 'metadata.name!=db' })).allowed).toBe(false);
  });
  test('modes are checked as on the command line', () => {
    expect(validateModes(['Node', 'RBAC'])).toBeUndefined();
    expect(validateModes(['RBCA'])).toBe('authorization-mode "RBCA" is not a valid mode');
    expect(validateModes(['RBAC', 'RBAC'])).toBe('authorization-mode ["RBAC","RBAC"] has mode specified more than once');
  });
  test('AlwaysAllow allows', () => expect(createAuthorizer(['AlwaysAllow'], {}).authorize(asks('x', 'y')).allowed).toBe(true));
});

test('refusals are worded as kube-apiserver words them', () => {
  const rows: [Attributes, string, string][] = [
    [asks('list', 'pods', { namespace: 'default' }), '', 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"'],
    [asks('delete', 'pods', { namespace: 'dev', name: 'web' }), '', 'pods "web" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace "dev"'],
    [asks('list', 'deployments', { group: 'apps' }), '', 'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" at the cluster scope'],
    [asks('get', 'pods', { namespace: 'dev', name: 'web', subresource: 'log' }), '', 'pods "web" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "dev"'],
    [{ user: jane, verb: 'get', path: '/metrics' }, '', 'forbidden: User "jane" cannot get path "/metrics"'],
    [asks('list', 'pods', { namespace: 'a' }), 'RBAC: x', 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "a": RBAC: x'],
  ];
  for (const [attributes, reason, expected] of rows) expect(forbiddenMessage(attributes, reason)).toBe(expected);
  expect(denial(asks('list', 'nodes'))).toBe('User "jane" cannot list resource "nodes" in API group "" at the cluster scope');
});

describe('the default roles', () => {
  const policy = bootstrapPolicy();
  const stored = [...policy.clusterRoles, ...policy.clusterRoleBindings, ...policy.roles, ...policy.roleBindings].map((o) => ({ ...o, metadata: { ...meta(o.metadata.name!, o.metadata.namespace), labels: o.metadata.labels } }));
  const { rbac, add } = rbacOf(...stored);
  add(roleBinding('dev', 'v', 'ClusterRole/view', 'user:viewer'));
  add(roleBinding('dev', 'e', 'ClusterRole/edit', 'user:editor'));
  add(roleBinding('dev', 'a', 'ClusterRole/admin', 'user:boss'));
  const may = (username: string, verb: string, resource: string, group = '', namespace: string | undefined = 'dev') => rbac.authorize({ user: user(username), verb, group, resource: resource.split('/')[0]!, subresource: resource.split('/')[1], namespace }).allowed;

  const cases: [string, string, string, string, boolean][] = [
    ['viewer', 'list', 'pods', '', true], ['viewer', 'get', 'secrets', '', false], ['viewer', 'get', 'pods/log', '', true], ['viewer', 'delete', 'pods', '', false],
    ['editor', 'get', 'secrets', '', true], ['editor', 'update', 'deployments', 'apps', true], ['editor', 'create', 'roles', 'rbac.authorization.k8s.io', false], ['editor', 'update', 'resourcequotas', '', false],
    ['boss', 'create', 'rolebindings', 'rbac.authorization.k8s.io', true], ['boss', 'update', 'namespaces', '', false], ['boss', 'list', 'pods', '', true],
    ['nobody', 'create', 'selfsubjectaccessreviews', 'authorization.k8s.io', true], ['nobody', 'list', 'pods', '', false],
    ['system:kube-scheduler', 'create', 'pods/binding', '', true], ['system:kube-scheduler', 'delete', 'nodes', '', false],
    ['system:serviceaccount:kube-system:deployment-controller', 'create', 'replicasets', 'apps', true],
    ['system:serviceaccount:kube-system:generic-garbage-collector', 'delete', 'widgets', 'x.io', true],
  ];
  test.each(cases)('%s %s %s (%s): %s', (who, verb, resource, group, expected) => expect(may(who, verb, resource, group)).toBe(expected));

  test('carry their labels and are sorted', () => {
    const names = policy.clusterRoles.map((r) => r.metadata.name);
    expect(names).toEqual([...names].sort());
    expect(policy.clusterRoles.find((r) => r.metadata.name === 'edit')?.metadata.labels).toEqual({ 'kubernetes.io/bootstrapping': 'rbac-defaults', 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' });
  });
  test('rulesFor lists resources and paths apart', () => {
    const review = rbac.rulesFor(user('nobody'), 'dev');
    expect(review.resourceRules).toContainEqual({ verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] });
    expect(review.nonResourceRules).toContainEqual({ verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] });
  });
});

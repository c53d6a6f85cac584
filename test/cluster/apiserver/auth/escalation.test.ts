import { describe, expect, test } from 'vitest';
import type { ClusterRole } from '../../../../src/cluster/api/types.ts';
import { checkEscalation } from '../../../../src/cluster/apiserver/auth/escalation.ts';
import { admin, allow, clusterRole, clusterRoleBinding, rbacOf, role, roleBinding, user } from './builders.ts';

const RBAC = 'rbac.authorization.k8s.io';
const bob = user('bob');
const { rbac } = rbacOf(
  clusterRole('reader', allow('get list watch', 'pods services')), clusterRoleBinding('b1', 'reader', 'user:bob'),
  clusterRole('powerful', allow('delete', 'nodes')),
  clusterRole('binder', allow('bind', `${RBAC}:clusterroles`, ['powerful'])), clusterRoleBinding('b2', 'binder', 'user:binder'),
  clusterRole('escalator', allow('escalate', `${RBAC}:roles`)), clusterRoleBinding('b3', 'escalator', 'user:escalator'),
);
const check = (object: Parameters<typeof checkEscalation>[0]['object'], who = bob, old?: typeof object) =>
  checkEscalation({ user: who, object, old, rbac, authorize: (attributes) => rbac.authorize(attributes) });

describe('roles', () => {
  test('what one holds can be given on', () => expect(check(role('dev', 'r', allow('get', 'pods'), allow('list watch', 'services')))).toBeUndefined());

  test('what one does not hold cannot', () => {
    expect(check(role('dev', 'all', allow('*', 'secrets')))).toEqual({
      forbidden: 'user "bob" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["*"]}',
    });
  });

  test('missing verbs are put together, rules are sorted', () => {
    expect(check(role('dev', 'r', allow('get delete create', 'pods'), allow('get', 'configmaps', ['a'])))).toEqual({
      forbidden: expect.stringContaining('not currently held:\n{APIGroups:[""], Resources:["configmaps"], ResourceNames:["a"], Verbs:["get"]}\n{APIGroups:[""], Resources:["pods"], Verbs:["delete" "create"]}'),
    });
  });

  test('the verb escalate and system:masters lift the check', () => {
    expect(check(role('dev', 'all', allow('*', 'secrets')), user('escalator'))).toBeUndefined();
    expect(check(role('dev', 'all', allow('*', 'secrets')), admin)).toBeUndefined();
  });

  test('an aggregation rule needs everything', () => {
    const aggregating: ClusterRole = { ...clusterRole('a'), aggregationRule: { clusterRoleSelectors: [{}] } };
    expect(check(aggregating)).toEqual({ forbidden: 'must have cluster-admin privileges to use the aggregationRule' });
  });

  test('dropping owners needs no rights', () => {
    const old = role('dev', 'r', allow('*', 'secrets'));
    const owned = { ...old, metadata: { ...old.metadata, ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' }] } };
    expect(check(old, bob, owned)).toBeUndefined();
    expect(check({ ...old, metadata: { ...old.metadata, labels: { a: 'b' } } }, bob, old)).toHaveProperty('forbidden');
  });
});

describe('bindings', () => {
  test('a role that one holds, or may bind, can be bound', () => {
    expect(check(roleBinding('dev', 'x', 'ClusterRole/reader', 'user:eve'))).toBeUndefined();
    expect(check(clusterRoleBinding('x', 'powerful', 'user:eve'), user('binder'))).toBeUndefined();
  });
  test('another cannot', () => {
    expect(check(clusterRoleBinding('x', 'powerful', 'user:bob'))).toEqual({ forbidden: expect.stringContaining('{APIGroups:[""], Resources:["nodes"], Verbs:["delete"]}') });
  });
  test('a role that does not exist is not found', () => {
    expect(check(roleBinding('dev', 'x', 'Role/ghost', 'user:bob'))).toEqual({ notFound: 'roles.rbac.authorization.k8s.io "ghost" not found' });
    expect(check(roleBinding('dev', 'x', 'Role/ghost', 'user:bob'), admin)).toBeUndefined();
  });
});

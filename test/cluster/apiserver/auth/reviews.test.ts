import { expect, test } from 'vitest';
import { createAuthorizer } from '../../../../src/cluster/apiserver/auth/authorize.ts';
import { localSubjectAccessReview, selfSubjectAccessReview, selfSubjectReview, selfSubjectRulesReview, subjectAccessReview, tokenReview, validateAccessReview } from '../../../../src/cluster/apiserver/auth/reviews.ts';
import { admin, allow, clusterRole, clusterRoleBinding, rbacOf, roleBinding, user } from './builders.ts';

const { rbac } = rbacOf(clusterRole('reader', allow('get list', 'pods')), clusterRoleBinding('b', 'reader', 'group:devs'), roleBinding('dev', 'ghost', 'Role/absent', 'user:eve'));
const authorizer = createAuthorizer(['RBAC'], { rbac });
const pods = { namespace: 'default', verb: 'get', resource: 'pods' };

test('may I? an administrator may, for no stated reason', () => {
  expect(selfSubjectAccessReview({ spec: { resourceAttributes: pods } }, admin, authorizer)).toEqual({
    kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec: { resourceAttributes: pods }, status: { allowed: true },
  });
});

test('may I? the reason tells of a binding to nothing', () => {
  const attributes = { ...pods, namespace: 'dev' };
  expect(selfSubjectAccessReview({ spec: { resourceAttributes: attributes } }, user('eve'), authorizer).status).toEqual({ allowed: false, reason: 'RBAC: role.rbac.authorization.k8s.io "absent" not found' });
  expect(selfSubjectAccessReview({ spec: { resourceAttributes: pods } }, user('eve'), authorizer).status).toEqual({ allowed: false });
});

test('may they? user and groups come from the review', () => {
  const spec = { user: 'jane', groups: ['devs'], resourceAttributes: pods };
  expect(subjectAccessReview({ spec }, authorizer).status).toEqual({ allowed: true, reason: 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "reader" to Group "devs"' });
  expect(localSubjectAccessReview({ spec: { ...spec, groups: [] } }, authorizer).status).toEqual({ allowed: false });
});

test('paths can be asked about', () => {
  expect(subjectAccessReview({ spec: { user: 'x', nonResourceAttributes: { path: '/metrics', verb: 'get' } } }, createAuthorizer(['AlwaysAllow'], {})).status).toEqual({ allowed: true });
});

test('a review must ask something', () => {
  const words = (...args: Parameters<typeof validateAccessReview>) => validateAccessReview(...args).map((e) => `${e.field}: ${e.message}`);
  expect(words('SelfSubjectAccessReview', { spec: {} })).toEqual(['spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified']);
  expect(words('SubjectAccessReview', { spec: { resourceAttributes: pods } })).toEqual(['spec.user: Invalid value: "": at least one of user or group must be specified']);
  expect(words('LocalSubjectAccessReview', { spec: { user: 'x', resourceAttributes: pods } }, 'dev')).toEqual(['spec.resourceAttributes.namespace: Invalid value: "default": must match metadata.namespace']);
});

test('what may I? lists the rules', () => {
  expect(selfSubjectRulesReview({ spec: { namespace: 'default' } }, user('jane', 'devs'), authorizer)).toEqual({
    kind: 'SelfSubjectRulesReview', apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec: {},
    status: { resourceRules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }], nonResourceRules: [], incomplete: false },
  });
});

test('who am I? and whose token is it?', () => {
  expect(selfSubjectReview(admin, Date.UTC(2026, 10, 23, 17, 47, 55))).toEqual({
    kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', metadata: { creationTimestamp: '2026-11-23T17:47:55Z' },
    status: { userInfo: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] } },
  });
  expect(tokenReview({ spec: { token: 't' } }, () => ({ user: { username: 'x', uid: '1', groups: [] }, audiences: ['api'] })).status).toEqual({ authenticated: true, user: { username: 'x', uid: '1' }, audiences: ['api'] });
  expect(tokenReview({ spec: { token: 'bad' } }, () => undefined).status).toEqual({ user: {}, error: '[invalid bearer token]' });
});

/** Small builders of RBAC objects and users for the tests beside. */
import type { ClusterRole, ClusterRoleBinding, KubeObject, PolicyRule, Role, RoleBinding, Subject } from '../../../../src/cluster/api/types.ts';
import { RbacAuthorizer } from '../../../../src/cluster/apiserver/auth/rbac.ts';
import type { UserInfo } from '../../../../src/cluster/apiserver/auth/user-info.ts';

const API = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';

export function meta(name: string, namespace?: string): KubeObject['metadata'] {
  return { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-11-23T17:00:00Z', ...(namespace && { namespace }) };
}

export const user = (username: string, ...groups: string[]): UserInfo => ({ username, groups: [...groups, 'system:authenticated'] });
export const admin = user('kubernetes-admin', 'system:masters');

/** `allow('get list', 'pods pods/log')`, group after a colon: `'apps:deployments'`. */
export function allow(verbs: string, resources: string, names?: string[]): PolicyRule {
  const [group, plurals] = resources.includes(':') ? resources.split(':') : ['', resources];
  return { verbs: verbs.split(' '), apiGroups: [group!], resources: plurals!.split(' '), ...(names && { resourceNames: names }) };
}

export const role = (namespace: string, name: string, ...rules: PolicyRule[]): Role => ({ apiVersion: API, kind: 'Role', metadata: meta(name, namespace), rules });
export const clusterRole = (name: string, ...rules: PolicyRule[]): ClusterRole => ({ apiVersion: API, kind: 'ClusterRole', metadata: meta(name), rules });

/** Subjects as `user:jane`, `group:devs`, `account:team-a:ci`. */
function subject(text: string): Subject {
  const [kind, first = '', second] = text.split(/:(.*)/s).flatMap((part, i) => (i === 1 && text.startsWith('account:') ? part.split(':') : [part]));
  if (kind === 'account') return { kind: 'ServiceAccount', namespace: first, name: second ?? '' };
  return { kind: kind === 'group' ? 'Group' : 'User', apiGroup: GROUP, name: first };
}

export const roleBinding = (namespace: string, name: string, to: string, ...subjects: string[]): RoleBinding => ({
  apiVersion: API, kind: 'RoleBinding', metadata: meta(name, namespace), subjects: subjects.map(subject),
  roleRef: { apiGroup: GROUP, kind: to.split('/')[0]!, name: to.split('/')[1]! },
});

export const clusterRoleBinding = (name: string, to: string, ...subjects: string[]): ClusterRoleBinding => ({
  apiVersion: API, kind: 'ClusterRoleBinding', metadata: meta(name), subjects: subjects.map(subject), roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: to },
});

/** An authorizer over the given objects, to which more can be added. */
export function rbacOf(...objects: KubeObject[]) {
  let revision = 1;
  // Casts: the builders above make exactly these kinds.
  const of = <T extends KubeObject>(kind: string, namespace?: string) => objects.filter((o) => o.kind === kind && o.metadata.namespace === namespace) as T[];
  const rbac = new RbacAuthorizer({
    roles: (namespace) => of<Role>('Role', namespace),
    roleBindings: (namespace) => of<RoleBinding>('RoleBinding', namespace),
    clusterRoles: () => of<ClusterRole>('ClusterRole'),
    clusterRoleBindings: () => of<ClusterRoleBinding>('ClusterRoleBinding'),
    revision: () => revision,
  });
  return { rbac, add: (object: KubeObject) => { objects.push(object); revision++; } };
}

/** Keeps default roles and bindings whole: what is missing is added, what somebody added stays (rbac reconciliation). */
import type { ClusterRole, ClusterRoleBinding, Draft, KubeObject, Role, RoleBinding, Subject } from '../../api/types.ts';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '../../client/resources.ts';
import type { ApiClient, ResourceRef } from '../../client/types.ts';
import { equalJson } from '../equal.ts';
import type { Policy } from './bootstrap-policy.ts';
import { compactRules, missingRules } from './policy-rule.ts';

const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';

/** Creates what is missing of a policy, and completes what is there unless its autoupdate annotation is `false`. */
export function ensurePolicy(client: ApiClient, policy: Policy): void {
  for (const role of policy.clusterRoles) ensure(client, clusterRoles, role, (found) => ({ ...completeRole(found, role), ...(role.aggregationRule ? { aggregationRule: role.aggregationRule } : {}) }));
  for (const binding of policy.clusterRoleBindings) ensure(client, clusterRoleBindings, binding, (found) => completeBinding(found, binding));
  for (const role of policy.roles) ensure(client, roles, role, (found) => completeRole(found, role));
  for (const binding of policy.roleBindings) ensure(client, roleBindings, binding, (found) => completeBinding(found, binding));
}

function ensure<T extends KubeObject>(client: ApiClient, resource: ResourceRef<T>, draft: Draft<T>, complete: (found: T) => T | undefined): void {
  const { name = '', namespace } = draft.metadata;
  const found = client.get(resource, name, namespace);
  if (!found) return void client.create(resource, draft);
  if (found.metadata.annotations?.[AUTOUPDATE] === 'false') return;
  const whole = complete(found);
  if (whole && equalJson(whole, found)) return;
  if (whole) return void client.update(resource, whole);
  client.delete(resource, name, namespace);
  client.create(resource, draft);
}

function completeRole<T extends Role | ClusterRole>(found: T, { rules = [] }: Draft<T>): T {
  const missing = missingRules(found.rules ?? [], rules);
  return missing.length > 0 ? { ...found, rules: [...found.rules ?? [], ...compactRules(missing)] } : found;
}

/** Undefined when the binding must be made anew, for its role cannot be changed. */
function completeBinding<T extends RoleBinding | ClusterRoleBinding>(found: T, { roleRef, subjects = [] }: Draft<T>): T | undefined {
  if (found.roleRef.kind !== roleRef.kind || found.roleRef.name !== roleRef.name) return undefined;
  const isThere = (subject: Subject) => found.subjects?.some(({ kind, name, namespace }) => kind === subject.kind && name === subject.name && namespace === subject.namespace);
  const missing = subjects.filter((subject) => !isThere(subject));
  return missing.length > 0 ? { ...found, subjects: [...found.subjects ?? [], ...missing] } : found;
}

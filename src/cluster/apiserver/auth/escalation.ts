/** Nobody grants more than they hold: the check on writes of roles and bindings. */
import type { ClusterRole, KubeObject, PolicyRule, Role, RoleBinding } from '../../api/types.ts';
import type { Attributes, Decision } from './attributes.ts';
import { isMaster } from './authorize.ts';
import { compactRules, describeRule, missingRules, quoteList } from './policy-rule.ts';
import type { RbacAuthorizer } from './rbac.ts';
import type { UserInfo } from './user-info.ts';

const GROUP = 'rbac.authorization.k8s.io';
const PLURALS: Readonly<Record<string, string>> = { Role: 'roles', ClusterRole: 'clusterroles' };
const EVERYTHING: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

export interface EscalationCheck {
  user: UserInfo;
  /** A Role, ClusterRole, RoleBinding or ClusterRoleBinding about to be written. */
  object: KubeObject;
  old?: KubeObject;
  /** Whose rules count. */
  rbac: RbacAuthorizer;
  /** The server's whole authorizer, asked for the verbs `escalate` and `bind`. */
  authorize: (attributes: Attributes) => Decision;
}

/**
 * Why a write of an RBAC object must be refused, or undefined. `forbidden` goes behind `roles… "x" is forbidden: `;
 * `notFound` is the message of a 404 (a binding to a role that does not exist, by somebody who may not `bind`).
 */
export function checkEscalation(check: EscalationCheck): { forbidden: string } | { notFound: string } | undefined {
  const { object, old, user } = check;
  if (isMaster(user) || (old && differsInBookkeepingOnly(object, old))) return undefined;
  // Casts: the kind has been looked at, and the object has passed validation.
  if (object.kind === 'Role' || object.kind === 'ClusterRole') return roleEscalation(check, object as Role | ClusterRole);
  if (object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding') return bindingEscalation(check, object as RoleBinding);
  return undefined;
}

function roleEscalation(check: EscalationCheck, role: Role | ClusterRole): { forbidden: string } | undefined {
  const { user, authorize } = check;
  const { namespace, name } = role.metadata;
  const resource = PLURALS[role.kind]!;
  if (authorize({ user, verb: 'escalate', group: GROUP, resource, name, namespace }).allowed) return undefined;
  if ('aggregationRule' in role && role.aggregationRule && lacking(check, EVERYTHING, '').length > 0) {
    return { forbidden: 'must have cluster-admin privileges to use the aggregationRule' };
  }
  return grantError(check, role.rules ?? [], namespace ?? '');
}

function bindingEscalation(check: EscalationCheck, binding: RoleBinding): { forbidden: string } | { notFound: string } | undefined {
  const { user, authorize, rbac } = check;
  const namespace = binding.metadata.namespace ?? '';
  const resource = PLURALS[binding.roleRef.kind];
  if (!resource) return undefined;
  if (authorize({ user, verb: 'bind', group: GROUP, resource, name: binding.roleRef.name, namespace }).allowed) return undefined;
  const rules = rbac.rulesOfRole(binding.roleRef, namespace);
  if (typeof rules === 'string') return { notFound: `${resource}.${GROUP} "${binding.roleRef.name}" not found` };
  return grantError(check, rules, namespace);
}

function grantError(check: EscalationCheck, rules: readonly PolicyRule[], namespace: string): { forbidden: string } | undefined {
  const missing = lacking(check, rules, namespace);
  if (missing.length === 0) return undefined;
  const { errors } = check.rbac.policyRulesOf(check.user, namespace);
  const described = [...new Set(compactRules(missing).map(describeRule))].sort();
  const { username, groups } = check.user;
  const message = `user ${JSON.stringify(username)} (groups=${quoteList(groups)}) is attempting to grant RBAC permissions not currently held:\n${described.join('\n')}`;
  return { forbidden: errors.length > 0 ? `${message}; resolution errors: [${errors.join(', ')}]` : message };
}

function lacking(check: EscalationCheck, rules: readonly PolicyRule[], namespace: string): PolicyRule[] {
  return missingRules(check.rbac.policyRulesOf(check.user, namespace).rules, rules);
}

/** The garbage collector may drop owners and finalizers of what it could not grant. */
function differsInBookkeepingOnly(object: KubeObject, old: KubeObject): boolean {
  const rest = ({ metadata, ...others }: KubeObject) => ({
    ...others,
    metadata: { ...metadata, ownerReferences: undefined, finalizers: undefined, resourceVersion: undefined, managedFields: undefined },
  });
  return sameJson(rest(object), rest(old));
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

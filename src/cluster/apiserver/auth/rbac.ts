/** The RBAC authorizer: rules are additive, and what no rule allows is refused. */
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../../api/types.ts';
import type { Attributes, Authorizer, Decision, RulesReview } from './attributes.ts';
import { ruleAllows } from './policy-rule.ts';
import { serviceAccountUsername, type UserInfo } from './user-info.ts';

/** Where the RBAC objects are. */
export interface RbacSource {
  roles(namespace: string): readonly Role[];
  roleBindings(namespace: string): readonly RoleBinding[];
  clusterRoles(): readonly ClusterRole[];
  clusterRoleBindings(): readonly ClusterRoleBinding[];
  /** Changes whenever one of these objects does. */
  revision(): number;
}

export interface RoleReference { kind: string; name: string }

/** The rules one user has in one namespace, and what went wrong while finding them. */
interface Grants {
  grants: { rule: PolicyRule; source: () => string }[];
  errors: string[];
}

type Binding = Pick<ClusterRoleBinding, 'metadata' | 'roleRef' | 'subjects'>;

/**
 * Answers from rules that are gathered once for a user and namespace and kept until an RBAC object changes, so that a
 * request costs a look at the few rules of its user.
 */
export class RbacAuthorizer implements Authorizer {
  readonly #source: RbacSource;
  #revision: number | undefined;
  #clusterRoles = new Map<string, ClusterRole>();
  readonly #roles = new Map<string, Map<string, Role>>();
  readonly #grants = new Map<string, Map<string, Grants>>();
  /** Spares building the key of a user that comes again as the same object. */
  readonly #keys = new WeakMap<UserInfo, string>();

  constructor(source: RbacSource) {
    this.#source = source;
  }

  authorize(attributes: Attributes): Decision {
    const { grants, errors } = this.#grantsOf(attributes.user, attributes.namespace ?? '');
    const grant = grants.find(({ rule }) => ruleAllows(rule, attributes));
    if (grant) return { allowed: true, reason: `RBAC: allowed by ${grant.source()}` };
    return { allowed: false, reason: errors.length > 0 ? `RBAC: ${aggregate(errors)}` : '' };
  }

  rulesFor(user: UserInfo, namespace: string): RulesReview {
    const { grants, errors } = this.#grantsOf(user, namespace);
    const review: RulesReview = { resourceRules: [], nonResourceRules: [], incomplete: false };
    for (const { rule } of grants) {
      const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
      if (resources?.length) review.resourceRules.push({ verbs, apiGroups, resources, ...(resourceNames?.length && { resourceNames }) });
      if (nonResourceURLs?.length) review.nonResourceRules.push({ verbs, nonResourceURLs });
    }
    return errors.length > 0 ? { ...review, evaluationError: aggregate(errors) } : review;
  }

  /** All rules of a user in a namespace ('' for the cluster scope), with the errors met on the way. */
  policyRulesOf(user: UserInfo, namespace: string): { rules: PolicyRule[]; errors: readonly string[] } {
    const { grants, errors } = this.#grantsOf(user, namespace);
    return { rules: grants.map(({ rule }) => rule), errors };
  }

  /** The rules behind a roleRef, or the message that the role does not exist. */
  rulesOfRole(reference: RoleReference, namespace: string): PolicyRule[] | string {
    this.#refresh();
    const isClusterRole = reference.kind === 'ClusterRole';
    const role = isClusterRole ? this.#clusterRoles.get(reference.name) : this.#rolesIn(namespace).get(reference.name);
    return role ? role.rules ?? [] : `${isClusterRole ? 'clusterrole' : 'role'}.rbac.authorization.k8s.io "${reference.name}" not found`;
  }

  #grantsOf(user: UserInfo, namespace: string): Grants {
    this.#refresh();
    const key = this.#keyOf(user);
    const known = this.#grants.get(key) ?? new Map<string, Grants>();
    this.#grants.set(key, known);
    let grants = known.get(namespace);
    if (!grants) known.set(namespace, (grants = this.#gather(user, namespace)));
    return grants;
  }

  #gather(user: UserInfo, namespace: string): Grants {
    const found: Grants = { grants: [], errors: [] };
    for (const binding of this.#source.clusterRoleBindings()) this.#add(found, 'ClusterRoleBinding', binding, user, '');
    if (namespace) {
      for (const binding of this.#source.roleBindings(namespace)) this.#add(found, 'RoleBinding', binding, user, namespace);
    }
    return found;
  }

  #add(found: Grants, kind: string, binding: Binding, user: UserInfo, namespace: string): void {
    const subject = binding.subjects?.find((candidate) => appliesTo(candidate, user, namespace));
    if (!subject) return;
    const rules = this.rulesOfRole(binding.roleRef, namespace);
    if (typeof rules === 'string') {
      if (!found.errors.includes(rules)) found.errors.push(rules);
      return;
    }
    const source = () => describeBinding(kind, binding, subject, namespace);
    for (const rule of rules) found.grants.push({ rule, source });
  }

  #rolesIn(namespace: string): Map<string, Role> {
    let roles = this.#roles.get(namespace);
    if (!roles) this.#roles.set(namespace, (roles = new Map(this.#source.roles(namespace).map((role) => [role.metadata.name, role]))));
    return roles;
  }

  #refresh(): void {
    const revision = this.#source.revision();
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.#clusterRoles = new Map(this.#source.clusterRoles().map((role) => [role.metadata.name, role]));
    this.#roles.clear();
    this.#grants.clear();
  }

  #keyOf(user: UserInfo): string {
    let key = this.#keys.get(user);
    if (key === undefined) this.#keys.set(user, (key = [user.username, ...user.groups].join('\0')));
    return key;
  }
}

function appliesTo(subject: Subject, user: UserInfo, bindingNamespace: string): boolean {
  if (subject.kind === 'User') return subject.name === user.username;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  const namespace = subject.namespace || bindingNamespace;
  return subject.kind === 'ServiceAccount' && namespace !== '' && user.username === serviceAccountUsername(namespace, subject.name);
}

/** Upstream writes name before namespace here. */
function describeBinding(kind: string, binding: Binding, subject: Subject, namespace: string): string {
  const name = namespace ? `${binding.metadata.name}/${namespace}` : binding.metadata.name;
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || namespace}` : subject.name;
  return `${kind} "${name}" of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subject.kind} "${who}"`;
}

function aggregate(errors: readonly string[]): string {
  return errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`;
}

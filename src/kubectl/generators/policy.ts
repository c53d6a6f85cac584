/** Who may do what, and how much: roles, bindings, quotas, budgets, priorities. */
import { isQuantity } from '../../cluster/api/quantity.ts';
import type { Call } from '../command.ts';
import { KubectlError, NoResourceMatchError } from '../errors.ts';
import { intOrString, pairs } from './arguments.ts';

type Body = Record<string, unknown>;
const RBAC = 'rbac.authorization.k8s.io';
const STANDARD_VERBS: readonly string[] = ['*', 'get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'use', 'bind', 'impersonate', 'escalate', 'approve', 'sign', 'attest', 'proxy'];

/** The rules of a Role or ClusterRole: one for each API group. */
export async function rules(call: Call): Promise<Body> {
  const { flags } = call;
  const aggregation = flags.optional('aggregation-rule');
  if (aggregation) return { rules: null, aggregationRule: { clusterRoleSelectors: [{ matchLabels: pairs(aggregation.split(',')) }] } };
  const verbs = [...new Set(flags.list('verb'))];
  if (verbs.length === 0) throw new KubectlError('at least one verb must be specified');
  for (const verb of verbs) if (!STANDARD_VERBS.includes(verb)) call.warn(`'${verb}' is not a standard resource verb`);
  const urls = flags.has('non-resource-url') ? flags.list('non-resource-url') : [];
  const resources = flags.list('resource');
  if (resources.length === 0 && urls.length === 0) throw new KubectlError(flags.has('non-resource-url') ? 'one of resource or nonResourceURL must be specified' : 'at least one resource must be specified');
  const resourceNames = flags.list('resource-name');
  const byGroup = new Map<string, string[]>();
  for (const resource of resources) {
    const [group, name] = await groupAndName(call, resource);
    byGroup.set(group, [...(byGroup.get(group) ?? []), name]);
  }
  const named = resourceNames.length > 0 ? { resourceNames } : {};
  return {
    rules: [
      ...[...byGroup].map(([group, names]) => ({ verbs: verbs.includes('*') ? ['*'] : verbs, apiGroups: [group], resources: names, ...named })),
      ...(urls.length > 0 ? [{ verbs, nonResourceURLs: urls }] : []),
    ],
  };
}

async function groupAndName(call: Call, resource: string): Promise<[group: string, name: string]> {
  const [word = '', ...sub] = resource.split('/');
  if (word === '*') return ['*', '*'];
  const found = await (await call.discovery()).find(word);
  if (!found) {
    const [name = '', ...rest] = word.split('.');
    throw new NoResourceMatchError(name, rest.join('.'));
  }
  const { group, plural } = found;
  return [group, [plural, ...sub].join('/')];
}

/** The role and the subjects of a binding. */
export function binding(call: Call): Body {
  const { flags } = call;
  const [role, clusterRole] = [flags.optional('role'), flags.string('clusterrole')];
  if (Boolean(role) === Boolean(clusterRole)) throw new KubectlError('exactly one of clusterrole or role must be specified');
  const subjects = [
    ...flags.list('user').map((name) => ({ kind: 'User', apiGroup: RBAC, name })),
    ...flags.list('group').map((name) => ({ kind: 'Group', apiGroup: RBAC, name })),
    ...flags.list('serviceaccount').map(serviceAccount),
  ];
  return { ...(subjects.length > 0 ? { subjects } : {}), roleRef: { apiGroup: RBAC, kind: role ? 'Role' : 'ClusterRole', name: role || clusterRole } };
}

function serviceAccount(text: string): Body {
  const [namespace, name, ...more] = text.split(':');
  if (!namespace || !name || more.length > 0) throw new KubectlError('serviceaccount must be <namespace>:<name>');
  return { kind: 'ServiceAccount', name, namespace };
}

export function budget({ flags }: Call): Body {
  const [selector, min, max] = [flags.string('selector'), flags.string('min-available'), flags.string('max-unavailable')];
  if (!selector) throw new KubectlError('a selector must be specified');
  if (!min && !max) throw new KubectlError('one of min-available or max-unavailable must be specified');
  if (min && max) throw new KubectlError('min-available and max-unavailable cannot be both specified');
  const limit = min ? { minAvailable: intOrString(min) } : { maxUnavailable: intOrString(max) };
  return { spec: { ...limit, selector: { matchLabels: pairs(selector.split(',')) } }, status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } };
}

export function quota({ flags }: Call): Body {
  const hard = pairs(flags.string('hard').split(',').filter(Boolean));
  if (!Object.values(hard).every(isQuantity)) throw new KubectlError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  const scopes = flags.string('scopes').split(',').filter(Boolean);
  return { spec: { ...(Object.keys(hard).length > 0 ? { hard } : {}), ...(scopes.length > 0 ? { scopes } : {}) }, status: {} };
}

export function priorityClass({ flags }: Call): Body {
  const isDefault = flags.bool('global-default');
  const description = flags.string('description');
  return { value: flags.number('value'), ...(isDefault ? { globalDefault: true } : {}), ...(description ? { description } : {}), preemptionPolicy: flags.string('preemption-policy') };
}

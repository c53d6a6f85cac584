/** kubectl create role, clusterrole, rolebinding, clusterrolebinding. */
import type { Call } from '../../command.ts';
import { groupResource } from '../../discovery.ts';
import { KubectlError, NoResourceMatchError } from '../../errors.ts';
import { type ApiObject, compareText } from '../../objects.ts';
import { type Generator, present } from './generator.ts';

const RBAC = 'rbac.authorization.k8s.io';
const RESOURCE_VERBS = ['*', 'get', 'delete', 'list', 'create', 'update', 'patch', 'watch', 'proxy', 'deletecollection', 'use', 'bind', 'impersonate', 'escalate'];
/** Verbs that are for these resources alone. */
const SPECIAL: Readonly<Record<string, readonly string[]>> = {
  use: ['podsecuritypolicies.policy', 'podsecuritypolicies.extensions'], bind: [`roles.${RBAC}`, `clusterroles.${RBAC}`], escalate: [`roles.${RBAC}`, `clusterroles.${RBAC}`],
  impersonate: ['users', 'serviceaccounts', 'groups', 'userextras.authentication.k8s.io'],
};
const URL_VERBS = ['*', 'get', 'post', 'put', 'delete', 'patch', 'head', 'options'];

interface Rule { verbs: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[]; nonResourceURLs?: string[] }

const unique = (words: readonly string[]): string[] => [...new Set(words)];

function verbsOf({ flags }: Call): string[] {
  const verbs = unique(flags.list('verb'));
  return verbs.includes('*') ? ['*'] : verbs;
}

/** One rule for each group that --resource names, sorted. Throws NoResourceMatchError. */
async function resourceRules(call: Call, verbs: string[]): Promise<Rule[]> {
  for (const verb of verbs) if (!RESOURCE_VERBS.includes(verb)) call.err(`Warning: '${verb}' is not a standard resource verb\n`);
  const byGroup = new Map<string, string[]>();
  for (const word of wildcardAlone(call.flags.list('resource'))) {
    const { group, resource } = await resourceOf(call, word, verbs);
    const known = byGroup.get(group) ?? [];
    byGroup.set(group, known.includes(resource) ? known : [...known, resource]);
  }
  const resourceNames = unique(call.flags.list('resource-name'));
  return [...byGroup].sort(([a], [b]) => compareText(a, b)).map(([group, resources]) => ({ verbs, apiGroups: [group], resources, ...(resourceNames.length > 0 ? { resourceNames } : {}) }));
}

/** `*` means all resources, so what else is named does not matter. */
function wildcardAlone(words: readonly string[]): readonly string[] {
  return words.includes('*') ? ['*'] : words;
}

/** `deploy`, `deployments.apps`, `pods/log`. */
async function resourceOf(call: Call, word: string, verbs: readonly string[]): Promise<{ group: string; resource: string }> {
  const [main = '', ...sub] = word.split('/');
  const [resource = '', ...group] = main.split('.');
  if (resource === '') throw new KubectlError('resource must be specified if apiGroup/subresource specified');
  const suffix = sub.join('/') ? `/${sub.join('/')}` : '';
  const wanted = group.join('.');
  if (resource === '*') return { group: wanted, resource: `*${suffix}` };
  const found = await (await call.discovery()).find(main);
  const type = found?.group.startsWith(wanted) ? found : undefined;
  const named = { group: type?.group ?? wanted, plural: type?.plural ?? resource };
  const special = verbs.filter((verb) => SPECIAL[verb]);
  const wrong = special.find((verb) => !SPECIAL[verb]!.includes(groupResource(named)));
  if (wrong) throw new KubectlError(`can not perform '${wrong}' on '${named.plural}' in group '${named.group}'`);
  if (!type && special.length === 0) throw new NoResourceMatchError(resource, wanted);
  return { group: named.group, resource: `${named.plural}${suffix}` };
}

export const role: Generator = {
  path: 'create role', apiVersion: `${RBAC}/v1`, kind: 'Role', about: 'Create a role with single rule',
  help: 'Creates a Role: what may be done in one namespace. A RoleBinding gives it to someone.',
  examples: [['# Read Pods', 'kubectl create role pod-reader --verb=get,list,watch --resource=pods'], ['# One ConfigMap only', 'kubectl create role one --verb=get --resource=configmaps --resource-name=app'], ['# Logs, a subresource', 'kubectl create role log-reader --verb=get --resource=pods/log']],
  async build(call) {
    const verbs = verbsOf(call);
    if (verbs.length === 0) throw new KubectlError('at least one verb must be specified');
    if (call.flags.list('resource').length === 0) throw new KubectlError('at least one resource must be specified');
    return { rules: await resourceRules(call, verbs) };
  },
};

export const clusterRole: Generator = {
  path: 'create clusterrole', apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', isClusterScoped: true, about: 'Create a cluster role',
  help: 'Creates a ClusterRole: what may be done in the whole cluster, or in any namespace in which a RoleBinding gives it to someone.',
  examples: [['# Read nodes', 'kubectl create clusterrole node-reader --verb=get,list,watch --resource=nodes'], ['# Paths that are no resources', 'kubectl create clusterrole health --verb=get --non-resource-url=/healthz,/healthz/*'], ['# The sum of other ClusterRoles', 'kubectl create clusterrole monitoring --aggregation-rule="rbac.example.com/aggregate-to-monitoring=true"']],
  async build(call) {
    const { flags } = call;
    const verbs = verbsOf(call), urls = unique(flags.list('non-resource-url')), aggregation = flags.string('aggregation-rule');
    if (aggregation) {
      if (urls.length + verbs.length + flags.list('resource').length + flags.list('resource-name').length > 0) throw new KubectlError('aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames');
      const matchLabels = Object.fromEntries(aggregation.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
      return { rules: null, aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } };
    }
    if (verbs.length === 0) throw new KubectlError('at least one verb must be specified');
    if (flags.list('resource').length === 0 && urls.length === 0) throw new KubectlError('one of resource or nonResourceURL must be specified');
    const rules = await resourceRules(call, flags.list('resource').length > 0 ? verbs : []);
    checkUrls(urls, verbs);
    return { rules: [...rules, ...(urls.length > 0 ? [{ verbs, nonResourceURLs: urls }] : [])] };
  },
};

function checkUrls(urls: readonly string[], verbs: readonly string[]): void {
  if (urls.length === 0) return;
  const wrong = verbs.find((verb) => !URL_VERBS.includes(verb));
  if (wrong) throw new KubectlError(`invalid verb: '${wrong}' for nonResourceURL`);
  for (const url of urls) {
    if (url === '*') continue;
    if (!url.startsWith('/')) throw new KubectlError('nonResourceURL should start with /');
    if (url.slice(0, -1).includes('*')) throw new KubectlError("nonResourceURL only supports wildcard matches when '*' is at the end");
  }
}

function subjectsOf({ flags }: Call): object[] {
  const named = (kind: string, flag: string) => unique(flags.list(flag)).sort().map((name) => ({ kind, apiGroup: RBAC, name }));
  const accounts = unique(flags.list('serviceaccount')).sort().map((text) => {
    const [namespace = '', name = '', ...more] = text.split(':');
    if (name === '' || more.length > 0) throw new KubectlError('serviceaccount must be <namespace>:<name>');
    return { kind: 'ServiceAccount', name, namespace };
  });
  return [...named('User', 'user'), ...named('Group', 'group'), ...accounts];
}

const bindingOf = (call: Call, kind: string, name: string): Partial<ApiObject> =>
  ({ ...present('subjects', subjectsOf(call)), roleRef: { apiGroup: RBAC, kind, name } });

export const roleBinding: Generator = {
  path: 'create rolebinding', apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', about: 'Create a role binding for a particular role or cluster role', failure: 'failed to create rolebinding: ',
  help: 'Creates a RoleBinding: gives a Role, or a ClusterRole within this namespace, to users, groups and ServiceAccounts.',
  examples: [['# To a user', 'kubectl create rolebinding jane-reads --role=pod-reader --user=jane'], ['# To a ServiceAccount', 'kubectl create rolebinding ci-views --clusterrole=view --serviceaccount=team-a:ci']],
  build(call) {
    const name = call.flags.string('role'), clusterName = call.flags.string('clusterrole');
    if ((name === '') === (clusterName === '')) throw new KubectlError('exactly one of clusterrole or role must be specified');
    return name ? bindingOf(call, 'Role', name) : bindingOf(call, 'ClusterRole', clusterName);
  },
};

export const clusterRoleBinding: Generator = {
  path: 'create clusterrolebinding', apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', isClusterScoped: true, about: 'Create a cluster role binding for a particular cluster role', required: ['clusterrole'], failure: 'failed to create clusterrolebinding: ',
  help: 'Creates a ClusterRoleBinding: gives a ClusterRole in the whole cluster to users, groups and ServiceAccounts.',
  examples: [['# To a group', 'kubectl create clusterrolebinding devs-view --clusterrole=view --group=devs']],
  build: (call) => bindingOf(call, 'ClusterRole', call.flags.string('clusterrole')),
};

/** RBAC objects that the API server makes sure of at its start, and those that kubeadm adds. */
import type { ClusterRole, ClusterRoleBinding, Draft, PolicyRule, Role, RoleBinding, Subject } from '../../api/types.ts';
import { CONTROLLER_ROLES } from './bootstrap-controllers.ts';
import { CLUSTER_ROLES, EVENTS, type RoleData, type RuleData } from './bootstrap-roles.ts';

/** A set of RBAC objects, ready to be created. */
export interface Policy {
  clusterRoles: Draft<ClusterRole>[];
  clusterRoleBindings: Draft<ClusterRoleBinding>[];
  roles: Draft<Role>[];
  roleBindings: Draft<RoleBinding>[];
}

const API_VERSION = 'rbac.authorization.k8s.io/v1';
const GROUP = 'rbac.authorization.k8s.io';
const AGGREGATE_TO = 'rbac.authorization.k8s.io/aggregate-to-';
const DEFAULTS = {
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
};

/** The default roles and bindings (`kubernetes.io/bootstrapping=rbac-defaults`), sorted by name. */
export function bootstrapPolicy(): Policy {
  const controllers = Object.entries(CONTROLLER_ROLES).map(([name, rules]): [string, RoleData] =>
    [`system:controller:${name}`, { rules, boundTo: [`account:kube-system:${name}`] }]);
  const all = [...Object.entries(CLUSTER_ROLES), ...controllers].sort(([a], [b]) => (a < b ? -1 : 1));
  const clusterRoles = all.map(([name, data]) => defaultRole(name, data));
  return {
    // The aggregation controller would fill these a moment later; without one they must not stay empty.
    clusterRoles: clusterRoles.map((role) => (role.aggregationRule ? { ...role, rules: aggregatedRules(role, clusterRoles) } : role)),
    clusterRoleBindings: all.flatMap(([name, { boundTo }]) => (boundTo ? [clusterBinding(name, name, boundTo, DEFAULTS)] : [])),
    roles: NAMESPACED.map(({ namespace, name, rules }) => role(namespace, name, rules, DEFAULTS)),
    roleBindings: NAMESPACED.map(({ namespace, name, binding, boundTo }) => roleBinding(namespace, binding ?? name, `Role:${name}`, boundTo, DEFAULTS)),
  };
}

/** What `kubeadm init` adds. */
export function kubeadmPolicy(): Policy {
  const joining = ['group:system:bootstrappers:kubeadm:default-node-token'];
  const joined = ['group:system:nodes', ...joining];
  return {
    clusterRoles: [
      clusterRole('kubeadm:get-nodes', [['get', 'core', 'nodes']]),
      clusterRole('system:coredns', [['list watch', 'core', 'endpoints services pods namespaces'], ['list watch', 'discovery.k8s.io', 'endpointslices']]),
    ],
    clusterRoleBindings: [
      clusterBinding('kubeadm:cluster-admins', 'cluster-admin', ['group:kubeadm:cluster-admins']),
      clusterBinding('kubeadm:get-nodes', 'kubeadm:get-nodes', joining),
      clusterBinding('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', joining),
      clusterBinding('kubeadm:node-autoapprove-bootstrap', 'system:certificates.k8s.io:certificatesigningrequests:nodeclient', joining),
      clusterBinding('kubeadm:node-autoapprove-certificate-rotation', 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', ['group:system:nodes']),
      clusterBinding('kubeadm:node-proxier', 'system:node-proxier', ['account:kube-system:kube-proxy']),
      clusterBinding('system:coredns', 'system:coredns', ['account:kube-system:coredns']),
    ],
    roles: [
      role('kube-public', 'kubeadm:bootstrap-signer-clusterinfo', [['get', 'core', 'configmaps', 'cluster-info']]),
      role('kube-system', 'kube-proxy', [['get', 'core', 'configmaps', 'kube-proxy']]),
      role('kube-system', 'kubeadm:kubelet-config', [['get', 'core', 'configmaps', 'kubelet-config']]),
      role('kube-system', 'kubeadm:nodes-kubeadm-config', [['get', 'core', 'configmaps', 'kubeadm-config']]),
    ],
    roleBindings: [
      roleBinding('kube-public', 'kubeadm:bootstrap-signer-clusterinfo', 'Role:kubeadm:bootstrap-signer-clusterinfo', ['user:system:anonymous']),
      roleBinding('kube-system', 'kube-proxy', 'Role:kube-proxy', joining),
      roleBinding('kube-system', 'kubeadm:kubelet-config', 'Role:kubeadm:kubelet-config', joined),
      roleBinding('kube-system', 'kubeadm:nodes-kubeadm-config', 'Role:kubeadm:nodes-kubeadm-config', joined),
    ],
  };
}

/** The rules of ClusterRole system:node, which the Node authorizer also goes by. */
export function nodeRules(): PolicyRule[] {
  return CLUSTER_ROLES['system:node']!.rules.map(policyRule);
}

/** Rules of an aggregating ClusterRole: those of all roles its selectors match, by name, each once. */
export function aggregatedRules<T extends Pick<Draft<ClusterRole>, 'metadata' | 'rules' | 'aggregationRule'>>(aggregating: T, clusterRoles: readonly T[]): PolicyRule[] {
  const isSelected = ({ metadata }: T) =>
    metadata.name !== aggregating.metadata.name &&
    (aggregating.aggregationRule?.clusterRoleSelectors ?? []).some((selector) =>
      Object.entries(selector.matchLabels ?? {}).every(([key, value]) => metadata.labels?.[key] === value));
  const selected = clusterRoles.filter(isSelected).sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const rules = new Map<string, PolicyRule>();
  for (const source of selected) {
    const own = source.aggregationRule && !source.rules?.length ? aggregatedRules(source, clusterRoles) : source.rules ?? [];
    for (const rule of own) rules.set(JSON.stringify(rule), rule);
  }
  return [...rules.values()];
}

const LOCK: readonly RuleData[] = [
  ['create get list update watch', 'coordination.k8s.io', 'leases'],
  ['create get list update watch', 'coordination.k8s.io', 'leasecandidates'],
];

const NAMESPACED: readonly { namespace: string; name: string; binding?: string; rules: readonly RuleData[]; boundTo: readonly string[] }[] = [
  {
    namespace: 'kube-public', name: 'system:controller:bootstrap-signer', boundTo: ['account:kube-system:bootstrap-signer'],
    rules: [['get list watch', 'core', 'configmaps'], ['update', 'core', 'configmaps', 'cluster-info'], EVENTS],
  },
  {
    namespace: 'kube-system', name: 'extension-apiserver-authentication-reader', binding: 'system::extension-apiserver-authentication-reader',
    boundTo: ['user:system:kube-controller-manager', 'user:system:kube-scheduler'], rules: [['get list watch', 'core', 'configmaps', 'extension-apiserver-authentication']],
  },
  {
    namespace: 'kube-system', name: 'system::leader-locking-kube-controller-manager', rules: LOCK,
    boundTo: ['user:system:kube-controller-manager', 'account:kube-system:kube-controller-manager', 'account:kube-system:leader-election-controller'],
  },
  { namespace: 'kube-system', name: 'system::leader-locking-kube-scheduler', rules: LOCK, boundTo: ['user:system:kube-scheduler', 'account:kube-system:kube-scheduler'] },
  { namespace: 'kube-system', name: 'system:controller:bootstrap-signer', boundTo: ['account:kube-system:bootstrap-signer'], rules: [['get list watch', 'core', 'secrets']] },
  { namespace: 'kube-system', name: 'system:controller:cloud-provider', boundTo: ['account:kube-system:cloud-provider'], rules: [['create get list watch', 'core', 'configmaps']] },
  { namespace: 'kube-system', name: 'system:controller:token-cleaner', boundTo: ['account:kube-system:token-cleaner'], rules: [['delete get list watch', 'core', 'secrets'], EVENTS] },
];

type Metadata = Pick<Draft['metadata'], 'labels' | 'annotations'>;

function defaultRole(name: string, { rules, aggregateTo, aggregates }: RoleData): Draft<ClusterRole> {
  const labels = { ...DEFAULTS.labels, ...(aggregateTo && { [`${AGGREGATE_TO}${aggregateTo}`]: 'true' }) };
  const aggregationRule = aggregates && { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE_TO}${aggregates}`]: 'true' } }] };
  return { ...clusterRole(name, rules, { ...DEFAULTS, labels }), ...(aggregationRule && { aggregationRule }) };
}

function clusterRole(name: string, rules: readonly RuleData[], metadata: Metadata = {}): Draft<ClusterRole> {
  return { apiVersion: API_VERSION, kind: 'ClusterRole', metadata: { name, ...metadata }, rules: rules.map(policyRule) };
}

function role(namespace: string, name: string, rules: readonly RuleData[], metadata: Metadata = {}): Draft<Role> {
  return { apiVersion: API_VERSION, kind: 'Role', metadata: { name, namespace, ...metadata }, rules: rules.map(policyRule) };
}

function clusterBinding(name: string, to: string, boundTo: readonly string[], metadata: Metadata = {}): Draft<ClusterRoleBinding> {
  return { apiVersion: API_VERSION, kind: 'ClusterRoleBinding', metadata: { name, ...metadata }, ...(boundTo.length > 0 && { subjects: boundTo.map(subject) }), roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: to } };
}

function roleBinding(namespace: string, name: string, to: string, boundTo: readonly string[], metadata: Metadata = {}): Draft<RoleBinding> {
  const [kind = '', ...rest] = to.split(':');
  return { apiVersion: API_VERSION, kind: 'RoleBinding', metadata: { name, namespace, ...metadata }, subjects: boundTo.map(subject), roleRef: { apiGroup: GROUP, kind, name: rest.join(':') } };
}

function subject(text: string): Subject {
  const [kind, ...rest] = text.split(':');
  if (kind === 'account') return { kind: 'ServiceAccount', name: rest[1] ?? '', namespace: rest[0] ?? '' };
  return { apiGroup: GROUP, kind: kind === 'group' ? 'Group' : 'User', name: rest.join(':') };
}

function policyRule([verbs, groups, resources, names]: RuleData): PolicyRule {
  if (groups === 'urls') return { verbs: verbs.split(' '), nonResourceURLs: resources.split(' ') };
  const rule = { verbs: verbs.split(' '), apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)), resources: resources.split(' ') };
  return names ? { ...rule, resourceNames: names.split(' ') } : rule;
}

/** Roles and bindings, in a namespace and across the cluster. */
import { mapped, withDefaults, withField } from '../defaulting.ts';
import { type FieldError, invalid, notSupported, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { dnsSubdomainErrors, pathSegmentErrors } from '../names.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../types.ts';
import { invalidEach, labelSelector, named, sameJson } from '../validation/common.ts';
import { ageColumn, column, nameColumn, wideColumn } from './columns.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** Roles have no printer of their own: the registry shows Name and Created At. */
export const role: Kind<Role> = {
  group: GROUP, version: 'v1', kind: 'Role', plural: 'roles', singular: 'role', shortNames: [], namespaced: true, nameRule: 'pathSegment', etcdPrefix: 'roles',
  defaults: (object) => withDefaults(object, { rules: [] }),
  validate: ({ rules }) => (rules ?? []).flatMap((each, index) => rule(`rules[${index}]`, each, 'namespaced')),
};

export const clusterRole: Kind<ClusterRole> = {
  group: GROUP, version: 'v1', kind: 'ClusterRole', plural: 'clusterroles', singular: 'clusterrole', shortNames: [], namespaced: false, nameRule: 'pathSegment', etcdPrefix: 'clusterroles',
  defaults: (object) => withDefaults(object, { rules: [] }),
  validate: ({ rules, aggregationRule }) => [
    ...(rules ?? []).flatMap((each, index) => rule(`rules[${index}]`, each, 'cluster')),
    ...(aggregationRule ? aggregation('aggregationRule', aggregationRule) : []),
  ],
};

export const roleBinding: Kind<RoleBinding> = {
  group: GROUP, version: 'v1', kind: 'RoleBinding', plural: 'rolebindings', singular: 'rolebinding', shortNames: [], namespaced: true, nameRule: 'pathSegment', etcdPrefix: 'rolebindings',
  defaults: bindingWithDefaults,
  validate: (object, old) => binding(object, old, ['Role', 'ClusterRole']),
  columns: bindingColumns<RoleBinding>(),
};

export const clusterRoleBinding: Kind<ClusterRoleBinding> = {
  group: GROUP, version: 'v1', kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', singular: 'clusterrolebinding', shortNames: [], namespaced: false, nameRule: 'pathSegment', etcdPrefix: 'clusterrolebindings',
  defaults: bindingWithDefaults,
  validate: (object, old) => binding(object, old, ['ClusterRole']),
  columns: bindingColumns<ClusterRoleBinding>(),
};

type Binding = RoleBinding | ClusterRoleBinding;

function bindingColumns<T extends Binding>() {
  return [
    nameColumn,
    column<T>('Role', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
    ageColumn,
    wideColumn<T>('Users', (object) => subjectsOf(object, 'User')),
    wideColumn<T>('Groups', (object) => subjectsOf(object, 'Group')),
    wideColumn<T>('ServiceAccounts', (object) => subjectsOf(object, 'ServiceAccount')),
  ];
}

function subjectsOf({ subjects }: Binding, wanted: string): string {
  return (subjects ?? []).filter(({ kind }) => kind === wanted).map(({ name, namespace }) => (wanted === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name)).join(', ');
}

function bindingWithDefaults<T extends Binding>(object: T): T {
  const subjects = mapped(object.subjects, (subject) => (subject.kind === 'ServiceAccount' ? subject : withDefaults(subject, { apiGroup: GROUP })));
  const result = withField(object, 'subjects', subjects);
  return withField(result, 'roleRef', withDefaults(object.roleRef ?? {}, { apiGroup: GROUP }));
}

function rule(field: string, { verbs, apiGroups = [], resources = [], nonResourceURLs = [] }: PolicyRule, scope: 'namespaced' | 'cluster'): FieldError[] {
  const errors = verbs?.length ? [] : [required(`${field}.verbs`, 'verbs must contain at least one value')];
  if (nonResourceURLs.length > 0) {
    if (scope === 'namespaced') errors.push(invalid(`${field}.nonResourceURLs`, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups.length + resources.length > 0) errors.push(invalid(`${field}.nonResourceURLs`, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
    return errors;
  }
  if (apiGroups.length === 0) errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
  if (resources.length === 0) errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'));
  return errors;
}

function aggregation(field: string, { clusterRoleSelectors = [] }: NonNullable<ClusterRole['aggregationRule']>): FieldError[] {
  if (clusterRoleSelectors.length === 0) return [required(`${field}.clusterRoleSelectors`, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return clusterRoleSelectors.flatMap((selector, index) => labelSelector(`${field}.clusterRoleSelectors[${index}]`, selector));
}

function binding({ roleRef, subjects }: Binding, old: Binding | undefined, kinds: readonly string[]): FieldError[] {
  const errors: FieldError[] = roleRef.apiGroup === GROUP ? [] : [notSupported('roleRef.apiGroup', roleRef.apiGroup, [GROUP])];
  if (!kinds.includes(roleRef.kind)) errors.push(notSupported('roleRef.kind', roleRef.kind ?? '', kinds));
  errors.push(...named('roleRef.name', roleRef.name, pathSegmentErrors));
  errors.push(...(subjects ?? []).flatMap((subject, index) => subjectErrors(`subjects[${index}]`, subject)));
  // The API server shows its internal type here, with Go's field names.
  if (old && !sameJson(roleRef, old.roleRef)) errors.push(invalid('roleRef', { APIGroup: roleRef.apiGroup, Kind: roleRef.kind, Name: roleRef.name }, 'cannot change roleRef'));
  return errors;
}

function subjectErrors(field: string, { kind, name, namespace, apiGroup }: Subject): FieldError[] {
  const errors: FieldError[] = name ? [] : [required(`${field}.name`)];
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...invalidEach(`${field}.name`, name, dnsSubdomainErrors(name)));
      if (apiGroup) errors.push(notSupported(`${field}.apiGroup`, apiGroup, ['']));
      if (!namespace) errors.push(required(`${field}.namespace`));
      return errors;
    case 'User': case 'Group':
      return apiGroup === GROUP ? errors : [...errors, notSupported(`${field}.apiGroup`, apiGroup ?? '', [GROUP])];
    default:
      return [...errors, notSupported(`${field}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group'])];
  }
}

/** What a policy or webhook is about: rules, selectors and conditions (apiserver: admission/plugin/policy/matching, webhook/matchconditions). */
import { compileFor } from '../../../api/admission-cel.ts';
import { type CelScope, celValue } from '../../../api/cel.ts';
import { Authorizer, ResourceCheck } from '../../../api/cel-library.ts';
import { matchesLabelSelector } from '../../../api/labels.ts';
import type { AdmissionRule, KubeObject, MatchCondition, MatchResources } from '../../../api/types.ts';
import type { AdmissionReader, AdmissionRequest } from '../types.ts';

export const GROUP = 'admissionregistration.k8s.io';

/** Policies and webhooks themselves are beyond both, so that a bad one can be taken away. */
export function isExempt({ kind }: AdmissionRequest): boolean {
  return kind.group === GROUP;
}

/** Whether any of the rules speaks of the request. */
export function rulesMatch(rules: readonly AdmissionRule[] = [], { kind, operation, subresource = '', namespace, name }: AdmissionRequest): boolean {
  const has = (list: readonly string[] = [], wanted: string) => list.includes('*') || list.includes(wanted);
  return rules.some(({ apiGroups, apiVersions, resources = [], operations, scope = '*', resourceNames = [] }) =>
    has(apiGroups, kind.group) && has(apiVersions, kind.version) && has(operations, operation)
    && (scope === '*' || (scope === 'Namespaced') === (namespace !== undefined && namespace !== ''))
    && (resourceNames.length === 0 || resourceNames.includes(name))
    && resources.some((resource) => {
      const [plural, part = ''] = resource.split('/');
      return (plural === '*' || plural === kind.plural) && (part === '*' || part === subresource);
    }));
}

/** Whether the namespace's and the object's labels are those that are wanted. */
export function selectorsMatch({ namespaceSelector, objectSelector }: Pick<MatchResources, 'namespaceSelector' | 'objectSelector'>, request: AdmissionRequest, cluster: AdmissionReader): boolean {
  const { object, oldObject } = request;
  const isLabelled = (each: KubeObject | undefined) => each !== undefined && matchesLabelSelector(objectSelector ?? {}, each.metadata?.labels);
  if (!isLabelled(object) && !isLabelled(oldObject)) return false;
  if (!request.namespace && request.kind.plural !== 'namespaces') return true;
  return matchesLabelSelector(namespaceSelector ?? {}, namespaceOf(request, cluster)?.metadata.labels);
}

/** The constraints of a policy or the further ones of a binding. */
export function resourcesMatch(resources: MatchResources | undefined, request: AdmissionRequest, cluster: AdmissionReader): boolean {
  if (!resources) return true;
  const { resourceRules, excludeResourceRules } = resources;
  if (rulesMatch(excludeResourceRules, request) || (resourceRules?.length && !rulesMatch(resourceRules, request))) return false;
  return selectorsMatch(resources, request, cluster);
}

/** Whether all conditions hold; one that is false decides, whatever else fails to evaluate. */
export function conditionsMatch(conditions: readonly MatchCondition[] = [], scope: CelScope, context: Readonly<Record<string, unknown>>): { matches: boolean; error?: string } {
  const errors: string[] = [];
  for (const { expression } of conditions) {
    const program = compileFor(expression, scope, 'bool');
    const { value, error } = 'problem' in program ? { value: undefined, error: program.problem } : program.run(context);
    if (error === undefined && value === false) return { matches: false };
    if (error !== undefined) errors.push(`expression '${expression}' resulted in error: ${error}`);
  }
  if (errors.length === 0) return { matches: true };
  return { matches: false, error: errors.length === 1 ? errors[0] : `[${errors.join(', ')}]` };
}

/** The namespace that a request is in; of a Namespace, itself. */
function namespaceOf(request: AdmissionRequest, cluster: AdmissionReader): KubeObject | undefined {
  if (request.kind.plural === 'namespaces' && request.kind.group === '') return request.operation === 'DELETE' ? request.oldObject ?? request.object : request.object;
  return request.namespace ? cluster.get('namespaces', '', undefined, request.namespace) : undefined;
}

/** The facts of a request as `request` shows them, and as an AdmissionReview carries them. */
export function requestFacts(request: AdmissionRequest, uid: string): Record<string, unknown> {
  const { kind: { group, version, kind, plural }, subresource, name, namespace, operation, user, dryRun } = request;
  const own = { kind: { group, version, kind: kindIn(request) ?? kind }, resource: { group, version, resource: plural }, ...(subresource ? { subResource: subresource } : {}) };
  const options: Readonly<Record<string, string>> = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' };
  return {
    uid, ...own, requestKind: own.kind, requestResource: own.resource, ...(subresource ? { requestSubResource: subresource } : {}),
    ...(name || operation !== 'CREATE' ? { name } : {}), ...(namespace ? { namespace } : {}), operation,
    userInfo: { username: user.username, ...(user.uid ? { uid: user.uid } : {}), groups: [...user.groups], ...(user.extra ? { extra: user.extra } : {}) },
    dryRun, ...(options[operation] ? { options: { kind: options[operation], apiVersion: 'meta.k8s.io/v1' } } : {}),
  };
}

/** Subresources that take a kind of their own. */
function kindIn({ object, subresource }: AdmissionRequest): string | undefined {
  return subresource ? object.kind : undefined;
}

/** The variables of conditions and policies for a request. */
export function celContext(request: AdmissionRequest, cluster: AdmissionReader): Record<string, unknown> {
  const { kind, operation, object, oldObject, user, namespace, name, subresource = '' } = request;
  const isDelete = operation === 'DELETE';
  const ask = (question: Parameters<Authorizer['ask']>[0]) => {
    const { serviceAccount, path, verb, ...about } = question;
    const asker = serviceAccount ? { username: `system:serviceaccount:${serviceAccount}`, groups: ['system:serviceaccounts', `system:serviceaccounts:${serviceAccount.split(':')[0]}`, 'system:authenticated'] } : user;
    return cluster.authorize?.(path === undefined ? { user: asker, verb, version: '*', group: '', resource: '', ...about } : { user: asker, verb, path }) ?? { allowed: false, reason: '' };
  };
  return {
    object: isDelete ? null : celValue(object), oldObject: isDelete ? celValue(oldObject ?? object) : oldObject ? celValue(oldObject) : null,
    request: celValue(requestFacts(request, cluster.random.uuid())), namespaceObject: celValue(namespaceOf(request, cluster) ?? null),
    authorizer: new Authorizer(ask, {}, new ResourceCheck(ask, { group: kind.group, resource: kind.plural, subresource, namespace, name })),
  };
}

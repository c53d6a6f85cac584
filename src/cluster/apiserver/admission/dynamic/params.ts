/** The objects that a binding hands to its policy (apiserver: policy/generic, CollectParams). */
import { matchesLabelSelector } from '../../../api/labels.ts';
import type { KubeObject, ParamRef } from '../../../api/types.ts';
import type { AdmissionReader, AdmissionRequest } from '../types.ts';

/** Each of the parameters, or null when the policy takes none; a text when there is no way to them. */
export function paramsOf(paramKind: { apiVersion?: string; kind?: string } | undefined, paramRef: ParamRef | undefined, request: AdmissionRequest, cluster: AdmissionReader): (KubeObject | null)[] | string {
  if (!paramKind || !paramRef) return [null];
  const [version = '', group = ''] = (paramKind.apiVersion ?? '').split('/').reverse();
  const kind = cluster.kinds?.().find((each) => each.kind === paramKind.kind && each.group === group && each.version === version);
  if (!kind) return `failed to find resource referenced by paramKind: '${group ? `${group}/` : ''}${version}, Kind=${paramKind.kind}'`;
  const namespace = kind.namespaced ? paramRef.namespace ?? request.namespace : undefined;
  if (kind.namespaced && !namespace) return 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources';
  const named = paramRef.name ? cluster.get(kind.plural, group, namespace, paramRef.name) : undefined;
  const found = paramRef.name ? (named ? [named] : []) : cluster.list(kind.plural, group, namespace).filter(({ metadata }) => matchesLabelSelector(paramRef.selector, metadata.labels));
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny') return 'no params found for policy binding with `Deny` parameterNotFoundAction';
  return [...found];
}

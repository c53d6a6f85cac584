/** Checks on metadata that hold for every kind. */
import { type FieldError, forbidden, invalid, required } from '../../api/field-error.ts';
import { groupResource, type Kind } from '../../api/kind.ts';
import { annotationErrors, labelErrors, nameErrors } from '../../api/names.ts';
import type { KubeObject } from '../../api/types.ts';
import { invalid as refused } from '../errors.ts';

/** All that is wrong with an object's metadata. */
export function validateMetadata(kind: Kind, object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const { name, generateName, labels, annotations, finalizers, deletionTimestamp } = object.metadata;
  const errors: FieldError[] = [];
  if (!old) errors.push(...nameProblems(kind, name, generateName));
  errors.push(...labelErrors('metadata.labels', labels ?? {}), ...annotationErrors('metadata.annotations', annotations ?? {}));
  if (old && deletionTimestamp) {
    const added = (finalizers ?? []).filter((f) => !old.metadata.finalizers?.includes(f));
    if (added.length > 0) errors.push(forbidden('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((f) => JSON.stringify(f)).join(', ')}}`));
  }
  return errors;
}

function nameProblems(kind: Kind, name: string, generateName: string | undefined): FieldError[] {
  if (!name) return generateName ? [] : [required('metadata.name', 'name or generateName is required')];
  return nameErrors(kind.nameRule ?? 'dnsSubdomain', name).map((detail) => invalid('metadata.name', name, detail));
}

/** Kinds whose strategy says AllowUnconditionalUpdate false: they are replaced only by who names the version it has seen. */
const CONDITIONAL = new Set([
  'leases.coordination.k8s.io', 'poddisruptionbudgets.policy', 'runtimeclasses.node.k8s.io', 'customresourcedefinitions.apiextensions.k8s.io', 'apiservices.apiregistration.k8s.io',
  ...['csidrivers', 'csinodes', 'csistoragecapacities', 'volumeattachments'].map((plural) => `${plural}.storage.k8s.io`),
  ...['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings', 'mutatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings', 'validatingwebhookconfigurations'].map((plural) => `${plural}.admissionregistration.k8s.io`),
]);

/** A PUT without a version is refused for some kinds. Throws Invalid. */
export function checkVersion(kind: Kind, { metadata }: KubeObject): void {
  if (metadata.resourceVersion || !CONDITIONAL.has(groupResource(kind))) return;
  throw refused({ ...kind, kind: kind.plural }, metadata.name, [{ field: 'metadata.resourceVersion', reason: 'FieldValueInvalid', message: 'Invalid value: 0x0: must be specified for an update' }]);
}

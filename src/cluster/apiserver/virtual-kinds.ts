/** Kinds that are posted to and answered, never stored. */
import type { VirtualKind } from './discovery.ts';

const review = (group: string, kind: string, plural: string, namespaced = false): VirtualKind => ({ group, version: 'v1', kind, plural, namespaced, verbs: ['create'] });

export const VIRTUAL_KINDS: readonly VirtualKind[] = [
  review('', 'Binding', 'bindings', true),
  review('authentication.k8s.io', 'TokenReview', 'tokenreviews'),
  review('authentication.k8s.io', 'SelfSubjectReview', 'selfsubjectreviews'),
  review('authorization.k8s.io', 'SubjectAccessReview', 'subjectaccessreviews'),
  review('authorization.k8s.io', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview', 'selfsubjectrulesreviews'),
  review('authorization.k8s.io', 'LocalSubjectAccessReview', 'localsubjectaccessreviews', true),
];

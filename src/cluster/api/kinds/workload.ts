/** What Deployments, ReplicaSets, DaemonSets and StatefulSets have in common. */
import { withField } from '../defaulting.ts';
import { podWarnings } from '../pod-warnings.ts';
import { templateWithDefaults } from '../pod-spec-defaults.ts';
import type { KubeObject, PodTemplateSpec } from '../types.ts';
import { sameJson } from '../validation/common.ts';

/** A kind whose spec has a Pod template. */
export type Templated = KubeObject & { spec: { template?: PodTemplateSpec } };

/** Verbs and paths of the scale subresource of kinds that count replicas. */
export const replicasScale = { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', selector: '.spec.selector' };

/** A spec with its template's defaults filled in. */
export function withTemplateDefaults<S extends { template?: PodTemplateSpec }>(spec: S): S {
  return withField(spec, 'template', templateWithDefaults(spec.template ?? {}));
}

/** Warnings about the template, when it is new. */
export function templateWarnings(object: Templated, old: Templated | undefined): string[] {
  const { template } = object.spec;
  if (old && (old.spec === object.spec || sameJson(old.spec.template, template))) return [];
  return template?.spec ? podWarnings('spec.template.spec', template.spec) : [];
}

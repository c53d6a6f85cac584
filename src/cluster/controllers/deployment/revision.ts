/** Revisions of a Deployment: which ReplicaSet stands for a template, its number, and the annotations that keep both. Pure. */
import type { Deployment, Draft, PodTemplateSpec, ReplicaSet } from '../../api/types.ts';
import { controllerReference } from '../controller.ts';
import { canonical, templateHash } from '../template-hash.ts';
import { DESIRED_REPLICAS, fencePosts, MAX_REPLICAS, wantedReplicas } from './rolling.ts';

const HASH_LABEL = 'pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';

/** Annotations of a Deployment that are not copied to its ReplicaSets. */
const NOT_COPIED = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, 'deprecated.deployment.rollback.to']);

/** The ReplicaSet whose template is the Deployment's own, the hash label aside; the oldest if there are several. */
export function findNew(deployment: Deployment, own: readonly ReplicaSet[]): ReplicaSet | undefined {
  if (own.length === 0) return undefined;
  const wanted = canonical(withoutHash(deployment.spec.template!));
  return own.find((set) => canonical(withoutHash(set.spec.template!)) === wanted);
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** The number for the newest revision: one more than all others have. */
export function nextRevision(others: readonly ReplicaSet[]): number {
  return others.reduce((most, set) => Math.max(most, revisionOf(set)), 0) + 1;
}

export function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

/** A new ReplicaSet for the Deployment's template. */
export function draftReplicaSet(deployment: Deployment, revision: number): Draft<ReplicaSet> {
  const hash = templateHash(deployment.spec.template, deployment.status.collisionCount ?? 0);
  const template = deployment.spec.template!;
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`, namespace: deployment.metadata.namespace, labels,
      annotations: { ...copied(deployment), ...sizeAnnotations(deployment), [REVISION]: String(revision) }, ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0, ...(deployment.spec.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
      selector: { ...deployment.spec.selector, matchLabels: { ...deployment.spec.selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** The annotations of the newest ReplicaSet: the Deployment's own, and its number; numbers that it had before are kept. */
export function annotationsOf(deployment: Deployment, set: ReplicaSet, revision: number): Record<string, string> {
  const before = set.metadata.annotations ?? {};
  const old = before[REVISION];
  if (Number(old ?? 0) >= revision) return { ...before, ...copied(deployment) };
  const history = old === undefined ? before[REVISION_HISTORY] : [before[REVISION_HISTORY], old].filter(Boolean).join(',');
  return { ...before, ...copied(deployment), [REVISION]: String(revision), ...(history ? { [REVISION_HISTORY]: history } : {}) };
}

/** What the Deployment wanted when the set was last sized; a difference tells a scaling. */
export function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const wanted = wantedReplicas(deployment);
  return { [DESIRED_REPLICAS]: String(wanted), [MAX_REPLICAS]: String(wanted + fencePosts(deployment).maxSurge) };
}

function copied(deployment: Deployment): Record<string, string> {
  return Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key)));
}

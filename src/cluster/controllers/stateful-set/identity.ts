/** What makes a StatefulSet's Pods individuals: ordinal, name, labels, claims (stateful_set_utils.go). Pure. */
import type { Draft, PersistentVolumeClaim, Pod, StatefulSet } from '../../api/types.ts';
import { podFromTemplate } from '../pods.ts';

export const REVISION_LABEL = 'controller-revision-hash';
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** The ordinal in a Pod's name; undefined for a Pod that is not named after the set. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const match = /^(.*)-(0|[1-9]\d*)$/.exec(pod.metadata.name);
  return match?.[1] === set.metadata.name ? Number(match[2]) : undefined;
}

/** First and last ordinal plus one. */
export function ordinalsOf({ spec }: StatefulSet): { start: number; end: number } {
  const start = spec.ordinals?.start ?? 0;
  return { start, end: start + (spec.replicas ?? 1) };
}

/** The Pod of an ordinal, of a revision whose template `set` carries. */
export function podOf(set: StatefulSet, ordinal: number, revision: string): Draft<Pod> {
  const name = `${set.metadata.name}-${ordinal}`;
  const draft = podFromTemplate(set.spec.template, set, { name });
  const claims = claimsOf(set, ordinal).map(({ template, name: claimName }) => ({ name: template, persistentVolumeClaim: { claimName, readOnly: false } }));
  const others = (draft.spec.volumes ?? []).filter((volume) => !claims.some((claim) => claim.name === volume.name));
  const volumes = [...claims, ...others];
  return {
    ...draft,
    metadata: { ...draft.metadata, labels: { ...draft.metadata.labels, [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal), [REVISION_LABEL]: revision } },
    spec: { ...draft.spec, hostname: name, ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}), ...(volumes.length ? { volumes } : {}) },
  };
}

/** Names of an ordinal's claims: `<template>-<set>-<ordinal>`. */
export function claimsOf(set: StatefulSet, ordinal: number): { template: string; name: string; draft: Draft<PersistentVolumeClaim> }[] {
  return (set.spec.volumeClaimTemplates ?? []).map((claim) => {
    const template = claim.metadata?.name ?? '';
    const name = `${template}-${set.metadata.name}-${ordinal}`;
    const labels = { ...claim.metadata?.labels, ...set.spec.selector.matchLabels };
    const annotations = claim.metadata?.annotations;
    return { template, name, draft: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: set.metadata.namespace, labels, ...(annotations ? { annotations } : {}) }, spec: claim.spec ?? {} } };
  });
}

/** Whether the Pod still has the name and labels that make it this one. */
export function hasIdentity(set: StatefulSet, pod: Pod): boolean {
  return pod.metadata.labels?.[POD_NAME_LABEL] === pod.metadata.name && pod.metadata.labels[POD_INDEX_LABEL] === String(ordinalOf(set, pod));
}

/** The labels that were taken away. */
export function identityLabels(set: StatefulSet, pod: Pod): Record<string, string> {
  return { [POD_NAME_LABEL]: pod.metadata.name, [POD_INDEX_LABEL]: String(ordinalOf(set, pod)) };
}

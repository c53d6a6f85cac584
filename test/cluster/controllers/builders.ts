/** Objects written down with what matters to a single turn of a controller. */
import type { KubeObject, Pod } from '../../../src/cluster/api/types.ts';

export const NOW = Date.UTC(2026, 0, 1, 12);
/** A time so many seconds from now. */
export const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString().replace('.000', '');

export interface PodPart {
  labels?: Record<string, string>; annotations?: Record<string, string>; finalizers?: string[]; on?: string; phase?: string; uid?: string; owner?: string;
  /** Ready for so many seconds; without it not ready. */
  readyS?: number; ageS?: number; leaving?: boolean; spec?: object; status?: object;
}

/** Runs on `n` and is owned by `o` unless told otherwise. */
export function pod(name: string, { labels = { app: 'web' }, annotations, finalizers, on = 'n', phase = 'Running', uid = name, owner = 'o', readyS, ageS = 1000, leaving, spec, status }: PodPart = {}): Pod {
  const conditions = readyS === undefined ? [{ type: 'Ready', status: 'False' }] : [{ type: 'Other', status: 'False' }, { type: 'Ready', status: 'True', lastTransitionTime: at(-readyS) }];
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name, namespace: 'default', uid, labels, annotations, finalizers, creationTimestamp: at(-ageS), ...(leaving ? { deletionTimestamp: at(0) } : {}), ...(owner ? { ownerReferences: [{ uid: owner, controller: true }] } : {}) },
    spec: { ...(on ? { nodeName: on } : {}), containers: [{ name: 'main', image: 'nginx' }], ...spec }, status: { phase, conditions, ...status },
  } as unknown as Pod;
}

/** Any other object, owned by nobody unless told. */
export function made<T extends KubeObject>(kind: string, name: string, spec: object, { status = {}, metadata = {} }: { status?: object; metadata?: object } = {}): T {
  return { apiVersion: 'apps/v1', kind, metadata: { name, namespace: 'default', uid: 'o', generation: 1, ...metadata }, spec, status } as unknown as T;
}

/** ControllerRevisions: the templates that a DaemonSet or StatefulSet has had, numbered (pkg/controller/history). */
import type { ControllerRevision, Draft, KubeObject, PodTemplateSpec } from '../api/types.ts';
import { controllerRevisions } from '../client/resources.ts';
import { type ApiClient, ApiError } from '../client/types.ts';
import { controllerReference } from './controller.ts';
import { canonical } from './template-hash.ts';

/** What a revision holds: a patch that brings the template back. */
export function revisionData(template: PodTemplateSpec): object {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

export interface RevisionDraft { hash: string; labels: Record<string, string>; annotations?: Record<string, string>; data: object }

/**
 * The revision that holds `data`, made when there is none. It gets the highest number when it is not the newest any more
 * (a rollback). Throws ApiError.
 */
export function ensureRevision(client: ApiClient, owner: KubeObject, own: readonly ControllerRevision[], { hash, labels, annotations, data }: RevisionDraft): ControllerRevision {
  const text = canonical(data);
  const newest = own.reduce((most, { revision }) => Math.max(most, revision), 0);
  const equal = own.filter((revision) => canonical(revision.data) === text).sort(byNumber).at(-1);
  if (equal) return equal.revision === newest ? equal : client.update(controllerRevisions, { ...equal, revision: newest + 1 });
  const draft: Draft<ControllerRevision> = {
    apiVersion: 'apps/v1', kind: 'ControllerRevision',
    metadata: { name: `${owner.metadata.name}-${hash}`, namespace: owner.metadata.namespace, labels, ...(annotations ? { annotations } : {}), ownerReferences: [controllerReference(owner)] },
    revision: newest + 1, data,
  };
  try {
    return client.create(controllerRevisions, draft);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    const existing = client.get(controllerRevisions, draft.metadata.name!, owner.metadata.namespace);
    if (existing && canonical(existing.data) === text) return existing;
    throw error;
  }
}

/** Deletes the oldest revisions beyond `limit` that nothing uses. */
export function cleanHistory(client: ApiClient, own: readonly ControllerRevision[], isLive: (revision: ControllerRevision) => boolean, limit: number): void {
  const idle = own.filter((revision) => !isLive(revision)).sort(byNumber);
  for (const { metadata } of idle.slice(0, Math.max(0, idle.length - limit))) client.delete(controllerRevisions, metadata.name, metadata.namespace);
}

export function byNumber(a: ControllerRevision, b: ControllerRevision): number {
  return a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1);
}

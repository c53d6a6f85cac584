/** Applies plain manifests the way an administrator's client would, for setups. */
import { parseAllDocuments } from 'yaml';
import { kindNamed } from '../cluster/api/kinds/index.ts';
import type { KubeObject } from '../cluster/api/types.ts';
import type { ApiTransport } from '../cluster/apiserver/request.ts';

/** A manifest that cannot be applied, in the API server's words. */
export class ManifestError extends Error { override name = 'ManifestError'; }

/** The objects in YAML text; Lists are taken apart. Throws ManifestError. */
export function parseManifests(text: string): KubeObject[] {
  const documents = bounded(() => parseAllDocuments(text));
  if ('empty' in documents) return [];
  return documents.flatMap((document) => {
    if (document.errors[0]) throw new ManifestError(document.errors[0].message.split('\n')[0]);
    const data: unknown = bounded(() => document.toJS());
    if (data === null || data === undefined) return [];
    const items: unknown = typeof data === 'object' && 'items' in data ? data.items : [data];
    return (Array.isArray(items) ? items : []) as KubeObject[]; // the server checks them
  });
}

function bounded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new ManifestError('is nested too deeply');
    if (error instanceof ReferenceError) throw new ManifestError('repeats itself by aliases (`*name`) too often');
    throw error;
  }
}

/** So long a setup waits for what a controller is to make first, as a namespace's account: the cluster may still be starting. */
const PATIENCE_MS = 30_000;

/** Creates the objects, in order; `pass` lets time go by where the server waits for something. Throws ManifestError for the first that is refused. */
export async function applyManifests(transport: ApiTransport, objects: readonly KubeObject[], pass: (ms: number) => Promise<void>): Promise<void> {
  for (const object of objects) {
    const kind = kindNamed(object.apiVersion, object.kind);
    if (!kind) throw new ManifestError(`no matches for kind "${object.kind}" in version "${object.apiVersion}"`);
    const base = kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`;
    const namespace = kind.namespaced ? `/namespaces/${object.metadata.namespace ?? 'default'}` : '';
    const { status, ...body } = object;
    const post = () => transport.handle({ method: 'POST', path: `${base}${namespace}/${kind.plural}?fieldManager=kubectl-create&fieldValidation=Strict`, body });
    let answer = post();
    for (let waitedMs = 0; answer.waitsMs !== undefined && waitedMs < PATIENCE_MS; answer = post()) {
      await pass(answer.waitsMs);
      waitedMs += answer.waitsMs;
    }
    if (answer.code >= 400) throw new ManifestError(`${object.kind} "${object.metadata?.name}": ${messageOf(answer.body)}`);
    void status;
  }
}

function messageOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : String(body);
}

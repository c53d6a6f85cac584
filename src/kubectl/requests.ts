/** Writes to the cluster: create, replace, patch and delete one object, with dry run and field validation. */
import type { Call } from './command.ts';
import { pathOf, type ResourceType } from './discovery.ts';
import { KubectlError, StatusError } from './errors.ts';
import { type ApiObject, asObject, withAt } from './objects.ts';
import { goJson } from './printers/json.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;
export type PatchType = keyof typeof PATCH_TYPES;

/** Where an object is, or is to be. */
export interface Place { type: ResourceType; namespace?: string; name?: string; subresource?: string }

export interface WriteOptions { fieldManager?: string; fieldValidation?: string; query?: Readonly<Record<string, string | boolean | undefined>> }

/** The query that --dry-run, --field-manager and --validate ask for. */
function writeQuery(call: Call, { fieldManager, fieldValidation, query }: WriteOptions): Record<string, string | boolean | undefined> {
  return { ...call.dryRunQuery(), fieldManager: fieldManager ?? (call.flags.optional('field-manager') || undefined), fieldValidation: fieldValidation ?? (call.flags.has('validate') ? call.fieldValidation() : undefined), ...query };
}

const ATTEMPTS = 10; // plugin/pkg/admission/serviceaccount: numAttempts

/** What the server answers in the end, where it waits for something to come about. Throws StatusError. */
async function patiently(call: Call, ask: () => unknown): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof StatusError) || error.waitsMs === undefined || attempt === ATTEMPTS) throw error;
      await call.environment.world.sleep(error.waitsMs);
    }
  }
}

/** Posts an object, without the version that an exported manifest still names. Throws StatusError. */
export async function createObject(call: Call, { type, namespace, subresource, name }: Place, object: ApiObject, options: WriteOptions = {}): Promise<ApiObject> {
  const path = pathOf(type, namespace, subresource ? name : undefined, subresource);
  const client = await call.client();
  const fresh = withAt(object, ['metadata', 'resourceVersion'], undefined);
  const body = await patiently(call, () => client.call('POST', path, { body: fresh, query: writeQuery(call, options), subject: { ...type, name: object.metadata.name } }));
  return asObject(body);
}

/** Puts an object in the place of what is there. Throws StatusError. */
export async function replaceObject(call: Call, { type, namespace, name = '', subresource }: Place, object: ApiObject, options: WriteOptions = {}): Promise<ApiObject> {
  const body = (await call.client()).call('PUT', pathOf(type, namespace, name, subresource), { body: object, query: writeQuery(call, options), subject: { ...type, name } });
  return asObject(body);
}

/** Sends a patch. Throws StatusError. */
export async function patchObject(call: Call, { type, namespace, name = '', subresource }: Place, patchType: PatchType, patch: unknown, options: WriteOptions = {}): Promise<ApiObject> {
  const client = await call.client();
  const body = await patiently(call, () => client.call('PATCH', pathOf(type, namespace, name, subresource), {
    body: patch, contentType: PATCH_TYPES[patchType], query: writeQuery(call, options), subject: { ...type, name },
  }));
  return asObject(body);
}

/** How an object is to be deleted, as metav1.DeleteOptions. */
export interface DeleteOptions { propagationPolicy?: string; gracePeriodSeconds?: number; dryRun?: readonly string[]; preconditions?: { uid?: string; resourceVersion?: string } }

/** Deletes an object; gives what the server answers: the object while it is terminating, or a Status. Throws StatusError. */
export async function deleteObject(call: Call, { type, namespace, name = '' }: Place, options: DeleteOptions): Promise<unknown> {
  return (await call.client()).call('DELETE', pathOf(type, namespace, name), { body: { kind: 'DeleteOptions', apiVersion: 'v1', ...options }, subject: { ...type, name } });
}

/** An object with the annotation that says how it was applied: itself, as JSON. */
export function withLastApplied(object: ApiObject): ApiObject {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  const bare = withAt(object, ['metadata', 'annotations'], annotations);
  return withAt(bare, ['metadata', 'annotations'], { ...annotations, [LAST_APPLIED]: `${goJson(bare)}\n` });
}

/** The same when --save-config asks for it. */
export function savedConfig(call: Call, object: ApiObject): ApiObject {
  return call.flags.bool('save-config') ? withLastApplied(object) : object;
}

/** What --raw must look like. Throws KubectlError. */
export function checkRawPath(path: string): void {
  if (!/^(\/|[a-z][a-z0-9+.-]*:)/i.test(path)) throw new KubectlError(`--raw must be a valid URL path: parse ${JSON.stringify(path)}: invalid URI for request`);
}

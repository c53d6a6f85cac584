/** Server-side apply of one object: the server merges, and remembers who owns which field. */
import type { Call } from '../command.ts';
import { hasReason, KubectlError, textOf } from '../errors.ts';
import type { ApiObject } from '../objects.ts';
import { LAST_APPLIED, patchObject } from '../requests.ts';
import type { ObjectTarget } from '../resource-builder.ts';
import { liveObject } from './client-side.ts';
import { upgradePatch } from './managed-fields.ts';

/** Who kubectl is to the server when it applies. */
const MANAGER = 'kubectl';
const ANNOTATION_MANAGER = 'kubectl-last-applied';

const CONFLICT_ADVICE = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

/** Applies a manifest. Throws KubectlError for fields that others own, StatusError for other refusals. */
export async function applyServerSide(call: Call, target: ObjectTarget, manifest: ApiObject): Promise<ApiObject> {
  if (call.dryRun() === 'client') throw new KubectlError('--dry-run=client doesn\'t work with --server-side (did you mean --dry-run=server instead?)');
  const manager = fieldManager(call);
  const object = await send(call, target, manifest, manager);
  if (call.dryRun() !== 'none') return object;
  await keepLastApplied(call, target, object, manager);
  return await migrated(call, target, manifest, object, manager) ?? object;
}

/** --field-manager, whose default is another one for server-side apply. */
export function fieldManager({ flags }: Call): string {
  return flags.changed('field-manager') ? flags.string('field-manager') : MANAGER;
}

async function send(call: Call, target: ObjectTarget, manifest: ApiObject, manager: string): Promise<ApiObject> {
  try {
    return await patchObject(call, { ...target, subresource: call.flags.optional('subresource') || undefined }, 'apply', manifest, { fieldManager: manager, query: { force: call.flags.bool('force-conflicts') ? 'true' : 'false' } });
  } catch (error) {
    if (hasReason(error, 'Conflict')) throw new KubectlError(`${textOf(error)}\n${CONFLICT_ADVICE}`);
    throw error;
  }
}

/** The annotation of client-side apply is kept alive by a manager of its own, so that one can go back. */
async function keepLastApplied(call: Call, target: ObjectTarget, object: ApiObject, manager: string): Promise<void> {
  const text = object.metadata.annotations?.[LAST_APPLIED];
  if (manager !== MANAGER || text === undefined) return;
  const metadata = { name: target.name, ...(target.namespace ? { namespace: target.namespace } : {}), annotations: { [LAST_APPLIED]: text } };
  await patchObject(call, target, 'apply', { apiVersion: object.apiVersion, kind: object.kind, metadata }, { fieldManager: ANNOTATION_MANAGER, query: { force: 'true' } });
}

/** Fields that kubectl owns from client-side apply are handed over, after which the object is applied once more. */
async function migrated(call: Call, target: ObjectTarget, manifest: ApiObject, object: ApiObject, manager: string): Promise<ApiObject | undefined> {
  if (!upgradePatch(object, manager)) return undefined;
  const patch = upgradePatch(await liveObject(call, target) ?? object, manager);
  if (!patch) return undefined;
  try {
    await patchObject(call, target, 'json', patch, { fieldManager: manager, fieldValidation: undefined });
  } catch (error) {
    call.err(`Warning: server rejected managed fields migration to Server-Side Apply. This is non-fatal and will be retried next time you apply. Error: ${textOf(error)}\n`);
    return undefined;
  }
  return send(call, target, manifest, manager);
}

/** Server-side apply as a request: what is asked, and what it makes of the object or refuses. */
import { groupVersion, type Kind } from '../api/kind.ts';
import { apply, conflictMessage } from '../api/managed-fields/apply.ts';
import type { Write } from '../api/managed-fields/ledger.ts';
import type { KubeObject } from '../api/types.ts';
import { checkShape, decodeObject, fieldValidationOf } from './decode.ts';
import { badRequest, failure } from './errors.ts';
import type { Call } from './resources.ts';

export const APPLY_TYPE = 'application/apply-patch';

export interface ApplyOptions { readonly force: boolean; readonly write: Write }

/** The applied configuration, as it was written: nothing is filled in. Throws BadRequest and Invalid. */
export function configurationOf(kind: Kind, { request, info, warn }: Call): KubeObject {
  if (!info.query.get('fieldManager')) throw failure(422, 'Invalid', 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch');
  const object = decodeObject(kind, request.body, fieldValidationOf(info.query), warn);
  if (object.metadata.managedFields) throw badRequest('metadata.managedFields must be nil');
  const body = request.body as KubeObject; // decoding has shown it to be one
  const { name = info.name } = object.metadata;
  if (name !== info.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  return { ...body, apiVersion: groupVersion(kind), kind: kind.kind, metadata: { ...body.metadata, name } };
}

/** The object after the configuration is applied, with who owns what in metadata.managedFields. Throws Conflict. */
export function applied(kind: Kind, live: KubeObject | undefined, config: KubeObject, { force, write }: ApplyOptions): KubeObject {
  const { object, entries, conflicts } = apply(kind, live, config, write);
  if (conflicts.length > 0 && !force) {
    const causes = conflicts.map(({ manager, path }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field: path }));
    throw failure(409, 'Conflict', conflictMessage(conflicts), { causes });
  }
  if (object === live) return live;
  const shaped: unknown = checkShape(kind, { ...object }, 'Ignore', () => undefined);
  const whole = shaped as KubeObject; // the schema check makes it one
  return { ...whole, metadata: { ...whole.metadata, managedFields: entries } };
}

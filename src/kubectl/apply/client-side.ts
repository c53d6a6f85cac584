/** Client-side apply of one object: three-way merge with the configuration kept in its annotation. */
import { strategicMergePatch, jsonMergePatch } from '../../cluster/api/patch.ts';
import { typeOfKind } from '../../cluster/api/schema.ts';
import type { Call } from '../command.ts';
import { apiVersionOf, pathOf, type ResourceType } from '../discovery.ts';
import { hasReason, KubectlError, withSource } from '../errors.ts';
import { type ApiObject, asObject, type Dict, isDict } from '../objects.ts';
import { goJson } from '../printers/json.ts';
import { createObject, deleteObject, LAST_APPLIED, patchObject, withLastApplied } from '../requests.ts';
import type { ObjectTarget } from '../resource-builder.ts';
import { waitUntilGone } from '../waiting.ts';
import { threeWayJsonPatch, threeWayStrategicPatch } from './three-way.ts';

type ApplyOutcome = 'created' | 'configured' | 'unchanged';
export interface Applied { object: ApiObject; outcome: ApplyOutcome }

const CONFLICT_RETRIES = 5;
const FORCE_WAIT_MS = 180_000;

/** The object as it is in the cluster; undefined when there is none. */
export async function liveObject(call: Call, { type, namespace, name }: Pick<ObjectTarget, 'type' | 'namespace' | 'name'>): Promise<ApiObject | undefined> {
  try {
    return asObject((await call.client()).get(pathOf(type, namespace, name), { subject: { ...type, name } }));
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** Applies a manifest. Throws StatusError and KubectlError, told with their source. */
export async function applyClientSide(call: Call, target: ObjectTarget, manifest: ApiObject): Promise<Applied> {
  const live = await liveObject(call, target);
  if (!live) return create(call, target, manifest);
  if (live.metadata.annotations?.[LAST_APPLIED] === undefined) {
    call.warn(`resource ${target.type.plural}/${target.name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.`);
  }
  const modified = withLastApplied(manifest);
  const { patch, object } = await patched(call, target, modified, live);
  if (object.metadata.deletionTimestamp) call.warn(`Detected changes to resource ${target.name} which is currently being deleted.`);
  return { object, outcome: Object.keys(patch).length === 0 ? 'unchanged' : 'configured' };
}

async function create(call: Call, { type, namespace, source }: ObjectTarget, manifest: ApiObject): Promise<Applied> {
  const object = withLastApplied(manifest);
  if (call.dryRun() === 'client') return { object, outcome: 'created' };
  try {
    return { object: await createObject(call, { type, namespace }, object), outcome: 'created' };
  } catch (error) {
    throw withSource('creating', source, error);
  }
}

async function patched(call: Call, target: ObjectTarget, modified: ApiObject, live: ApiObject): Promise<{ patch: Dict; object: ApiObject }> {
  for (let attempt = 1, current = live; ; attempt++) {
    const patch = patchFor(target.type, modified, current);
    if (Object.keys(patch).length === 0) return { patch, object: current };
    try {
      return { patch, object: await sendPatch(call, target, patch, current) };
    } catch (error) {
      if (hasReason(error, 'Conflict') && attempt < CONFLICT_RETRIES) current = await liveObject(call, target) ?? current;
      else if (hasReason(error, 'Conflict', 'Invalid') && call.flags.bool('force')) return { patch, object: await recreated(call, target, modified) };
      else throw withSource(`applying patch:\n${goJson(patch)}\nto:\n${described(target)}\nfor:`, target.source, error);
    }
  }
}

/** The three-way patch: strategic where the kind's type is known. */
export function patchFor(type: ResourceType, modified: ApiObject, live: ApiObject): Dict {
  const original = lastApplied(live);
  const typeName = typeOfKind(apiVersionOf(type), type.kind);
  const { managedFields: _, ...metadata } = live.metadata;
  const current = { ...live, metadata };
  return typeName ? threeWayStrategicPatch(original, modified, current, typeName) : threeWayJsonPatch(original, modified, current);
}

async function sendPatch(call: Call, target: ObjectTarget, patch: Dict, current: ApiObject): Promise<ApiObject> {
  const typeName = typeOfKind(apiVersionOf(target.type), target.type.kind);
  if (call.dryRun() === 'client') return asObject(typeName ? strategicMergePatch(current, patch, typeName) : jsonMergePatch(current, patch));
  return patchObject(call, target, typeName ? 'strategic' : 'merge', patch);
}

/** The configuration that was applied last; {} when there is none or it cannot be read. */
export function lastApplied(live: ApiObject): Dict {
  try {
    const value: unknown = JSON.parse(live.metadata.annotations?.[LAST_APPLIED] ?? '{}');
    return isDict(value) ? value : {};
  } catch {
    return {};
  }
}

/** --force: what cannot be changed is deleted and made anew. */
async function recreated(call: Call, target: ObjectTarget, modified: ApiObject): Promise<ApiObject> {
  const grace = call.flags.number('grace-period');
  await deleteObject(call, target, { propagationPolicy: 'Background', ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}) });
  if (!await waitUntilGone(call, target, undefined, FORCE_WAIT_MS)) throw new KubectlError('timed out waiting for the condition');
  return createObject(call, target, modified);
}

/** How kubectl names a target within long error messages. */
export function described({ type, name, namespace = '' }: ObjectTarget): string {
  const version = apiVersionOf(type);
  const resource = type.group ? version : `/${version}`;
  return `Resource: "${resource}, Resource=${type.plural}", GroupVersionKind: "${resource}, Kind=${type.kind}"\nName: "${name}", Namespace: "${namespace}"`;
}

/** What the verbs that change objects share: targets with their live objects, and patches sent for them. */
import { jsonMergePatch, jsonPatch, strategicMergePatch } from '../../cluster/api/patch.ts';
import { typeOfKind } from '../../cluster/api/schema.ts';
import type { Call } from '../command.ts';
import { apiVersionOf, pathOf, type ResourceType } from '../discovery.ts';
import { KubectlError, throwAll } from '../errors.ts';
import { asObject, type ApiObject } from '../objects.ts';
import { printOperation } from '../output.ts';
import { createObject, PATCH_TYPES, savedConfig } from '../requests.ts';
import { type BuilderOptions, found, hasManifests, type Info, type Target, targetsOf } from '../resource-builder.ts';

export const STRATEGIC = PATCH_TYPES.strategic;
export const MERGE = PATCH_TYPES.merge;

/** True when --local asks that only files be read and no server be asked. */
export function isLocal({ flags }: Call): boolean { return flags.bool('local'); }

/** The live objects that a command names, or with --local those in its files. Failures are thrown after `visit` has seen the others. */
export async function eachObject(call: Call, args: readonly string[], options: BuilderOptions, visit: (info: Info, isOnly: boolean) => Promise<void>): Promise<void> {
  const { flags } = call;
  const local = isLocal(call);
  if (local && !hasManifests(call)) throw new KubectlError('one or more files must be specified as -f <file> when --local=true is set');
  const targets = await targetsOf(call, {
    args, allowsEmptySelector: flags.bool('all'), selector: flags.optional('selector'), fieldSelector: flags.optional('field-selector'), allNamespaces: flags.bool('all-namespaces'), local, ...options,
  });
  if (flags.optional('resource-version') && !targets.isSingle) throw new KubectlError('--resource-version may only be used with a single resource');
  const errors = [...targets.errors];
  const attempt = (work: () => Promise<void>) => work().catch((error: unknown) => { errors.push(error); });
  // One after the other: what is named twice is found as the first visit has left it.
  for (const target of targets.targets) {
    await attempt(async () => {
      const infos = local ? asFound(target) : await found(call, target);
      for (const info of infos) await attempt(() => visit(info, targets.isSingle));
    });
  }
  throwAll(errors);
}

/** An object of a file, taken as if it had been found. */
function asFound(target: Target): Info[] {
  return target.what === 'object' && target.manifest ? [{ ...target, object: target.manifest }] : [];
}

/** Sends a patch and gives the object as it is then; with --local and in a client-side dry run, as it would be. */
export async function sendPatch(call: Call, info: Info, patch: unknown, contentType: string = MERGE, subresource?: string): Promise<ApiObject> {
  if (isLocal(call) || (call.flags.has('dry-run') && call.dryRun() === 'client')) return patchedLocally(info, patch, contentType);
  const client = await call.client();
  return asObject(client.call('PATCH', pathOf(info.type, info.namespace, info.name, subresource), {
    body: patch, contentType, query: { ...(call.flags.has('dry-run') ? call.dryRunQuery() : {}), fieldManager: call.flags.optional('field-manager') || undefined }, subject: { ...info.type, name: info.name },
  }));
}

/** The object with a patch done to it here. Throws PatchError. */
export function patchedLocally({ type, object }: Info, patch: unknown, contentType: string): ApiObject {
  const typeName = typeOfKind(apiVersionOf(type), type.kind);
  if (contentType === PATCH_TYPES.json) return asObject(jsonPatch(object, patch));
  return asObject(contentType === STRATEGIC && typeName ? strategicMergePatch(object, patch, typeName) : jsonMergePatch(object, patch));
}

/** Posts an object that kubectl has made (not in a client-side dry run) and says so. Throws StatusError. */
export async function createAndSay(call: Call, type: ResourceType, object: ApiObject, namespace: string | undefined, operation = 'created'): Promise<void> {
  const say = await createQuietly(call, type, object, namespace, operation);
  await say();
}

/** Posts it, and gives what says so. */
export async function createQuietly(call: Call, type: ResourceType, object: ApiObject, namespace: string | undefined, operation = 'created'): Promise<() => Promise<void>> {
  const body = savedConfig(call, object);
  const isSent = call.dryRun() !== 'client';
  const stored = isSent ? await createObject(call, { type, namespace }, body) : body;
  return () => printOperation(call, { type, name: stored.metadata.name ?? '', object: stored }, operation, { keepsOrder: !isSent });
}

/** What the verbs that change objects share: targets with their live objects, and patches sent for them. */
import type { Call } from '../command.ts';
import { pathOf, type ResourceType } from '../discovery.ts';
import { throwAll } from '../errors.ts';
import { asObject, type ApiObject } from '../objects.ts';
import { printOperation } from '../output.ts';
import { createObject, savedConfig } from '../requests.ts';
import { type BuilderOptions, fetched, type Info, targetsOf } from '../resource-builder.ts';

export const STRATEGIC = 'application/strategic-merge-patch+json';
export const MERGE = 'application/merge-patch+json';

/** The live objects that a command names. Failures are thrown after `visit` has seen the others. */
export async function eachObject(call: Call, args: readonly string[], options: BuilderOptions, visit: (info: Info) => Promise<void>): Promise<void> {
  const { flags } = call;
  const targets = await targetsOf(call, {
    args, all: flags.bool('all'), selector: flags.optional('selector'), fieldSelector: flags.optional('field-selector'), allNamespaces: flags.bool('all-namespaces'), ...options,
  });
  const { infos, errors } = await fetched(call, targets);
  for (const info of infos) {
    try {
      await visit(info);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

/** Sends a patch and gives the object as it is then; with a client-side dry run, the one that was. */
export async function sendPatch(call: Call, info: Info, patch: unknown, contentType = MERGE, subresource?: string): Promise<ApiObject> {
  if (call.flags.has('dry-run') && call.dryRun() === 'client') return info.object;
  const client = await call.client();
  return asObject(client.call('PATCH', pathOf(info.type, info.namespace, info.name, subresource), {
    body: patch, contentType, query: { ...(call.flags.has('dry-run') ? call.dryRunQuery() : {}), fieldManager: call.flags.optional('field-manager') || undefined }, subject: { ...info.type, name: info.name },
  }));
}

/** Patches and says so. */
export async function patchAndSay(call: Call, info: Info, patch: unknown, operation: string, contentType = MERGE): Promise<void> {
  const object = await sendPatch(call, info, patch, contentType);
  await printOperation(call, { ...info, object }, operation);
}

/** Posts an object that kubectl has made (not in a client-side dry run) and says so. Throws StatusError. */
export async function createAndSay(call: Call, type: ResourceType, object: ApiObject, namespace: string | undefined, operation = 'created'): Promise<void> {
  const body = savedConfig(call, object);
  const isSent = call.dryRun() !== 'client';
  const stored = isSent ? await createObject(call, { type, namespace }, body) : body;
  await printOperation(call, { type, name: stored.metadata.name ?? '', object: stored }, operation, { keepsOrder: !isSent });
}

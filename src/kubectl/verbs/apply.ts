/** kubectl apply: what the file says, what it said last time, and what is there, merged three ways; or left to the server. */
import { typeOfKind } from '../../cluster/api/schema.ts';
import type { Call, Verb } from '../command.ts';
import { apiVersionOf, pathOf, type ResourceType } from '../discovery.ts';
import { hasReason, KubectlError, StatusError, throwAll, withSource } from '../errors.ts';
import { LAST_APPLIED, lastApplied, withLastApplied } from '../last-applied.ts';
import { type ApiObject, asObject, isEqual, withAt } from '../objects.ts';
import { printOperation } from '../output.ts';
import { goJson } from '../printers/json.ts';
import { hasManifests, type ObjectTarget, targetsOf } from '../resource-builder.ts';
import { threeWayPatch } from '../three-way.ts';
import { MERGE, STRATEGIC } from './mutate.ts';

const SERVER_SIDE = 'application/apply-patch+yaml';

export const apply: Verb = {
  path: 'apply', about: 'Apply a configuration to a resource by file name or stdin',
  help: 'Makes the cluster as a manifest says: objects that are missing are created, others are changed.\n\nWhat the manifest said is kept in an annotation, so that what it no longer says can be removed later.',
  examples: [['# What a file describes', 'kubectl apply -f web.yaml'], ['# All files of a folder', 'kubectl apply -f manifests/'], ['# From standard input', 'kubectl apply -f -']],
  async run(call) {
    if (!hasManifests(call)) throw call.args.length > 0 ? call.usage(`Unexpected args: [${call.args.join(' ')}]`) : new KubectlError('must specify one of -f and -k');
    const { flags } = call;
    if (flags.bool('force-conflicts') && !flags.bool('server-side')) throw new KubectlError('--force-conflicts only works with --server-side');
    if (flags.bool('server-side') && call.dryRun() === 'client') throw new KubectlError('--dry-run=client doesn\'t work with --server-side (did you mean --dry-run=server instead?)');
    const { targets, errors } = await targetsOf(call, { args: [], validates: call.fieldValidation() !== 'Ignore', selector: flags.string('selector') });
    if (targets.length === 0 && errors.length === 0) throw new KubectlError('no objects passed to apply');
    const failures = [...errors];
    for (const target of targets) {
      if (target.what !== 'object' || !target.manifest) continue;
      try {
        await (flags.bool('server-side') ? applyOnServer(call, target, target.manifest) : applyHere(call, target, target.manifest));
      } catch (error) {
        failures.push(error);
      }
    }
    throwAll(failures);
  },
};

async function applyHere(call: Call, target: ObjectTarget, manifest: ApiObject): Promise<void> {
  const { type, name } = target;
  const wanted = withLastApplied(manifest);
  const current = await currentOf(call, target);
  if (!current) {
    const object = call.dryRun() === 'client' ? wanted : await createdFrom(call, target, wanted);
    return printOperation(call, { type, name: object.metadata.name ?? name, object }, 'created');
  }
  if (!current.metadata.annotations?.[LAST_APPLIED]) call.warn(missingAnnotation(type, name));
  const patch = threeWayPatch(lastApplied(current), wanted, current, typeOfKind(apiVersionOf(type), type.kind));
  if (Object.keys(patch).length === 0) return printOperation(call, { type, name, object: current }, 'unchanged');
  if (call.dryRun() === 'client') return printOperation(call, { type, name, object: current }, 'configured');
  const object = await patched(call, target, patch);
  await printOperation(call, { type, name, object }, isSame(object, current) ? 'unchanged' : 'configured');
}

function missingAnnotation({ plural }: ResourceType, name: string): string {
  return `resource ${plural}/${name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.`;
}

function isSame(a: ApiObject, b: ApiObject): boolean {
  const bare = (object: ApiObject) => withAt(withAt(object, ['metadata', 'resourceVersion'], ''), ['metadata', 'managedFields'], undefined);
  return isEqual(bare(a), bare(b));
}

async function createdFrom(call: Call, { type, namespace, name, source }: ObjectTarget, body: ApiObject): Promise<ApiObject> {
  try {
    return asObject((await call.client()).call('POST', pathOf(type, namespace), { body, query: queryOf(call), subject: { ...type, name } }));
  } catch (error) {
    throw withSource('creating', source, error);
  }
}

/** Sends a patch that `threeWayPatch` made. Throws StatusError, worded as apply's. */
export async function patched(call: Call, target: ObjectTarget, patch: Record<string, unknown>, query = queryOf(call)): Promise<ApiObject> {
  const { type, namespace, name, source } = target;
  const contentType = typeOfKind(apiVersionOf(type), type.kind) ? STRATEGIC : MERGE;
  try {
    return asObject((await call.client()).call('PATCH', pathOf(type, namespace, name), { body: patch, contentType, query, subject: { ...type, name } }));
  } catch (error) {
    throw retold(error, `error when applying patch:\n${goJson(patch)}\nto:\n${aboutTarget(target)}\nfor: "${source}": error when patching "${source}": `);
  }
}

function queryOf(call: Call): Record<string, string | undefined> {
  return { ...(call.flags.has('dry-run') ? call.dryRunQuery() : {}), fieldManager: call.flags.string('field-manager'), fieldValidation: call.flags.has('validate') ? call.fieldValidation() : undefined };
}

function aboutTarget({ type, name, namespace = '' }: ObjectTarget): string {
  const version = `${type.group}/${type.version}`;
  return `Resource: "${version}, Resource=${type.plural}", GroupVersionKind: "${version}, Kind=${type.kind}"\nName: "${name}", Namespace: "${namespace}"`;
}

function retold(error: unknown, before: string): unknown {
  return error instanceof StatusError ? new StatusError({ ...error.status, message: before + error.message }) : error;
}

/** The live object of a target; undefined when there is none. Throws StatusError. */
export async function currentOf(call: Call, target: ObjectTarget): Promise<ApiObject | undefined> {
  const { type, namespace, name, source } = target;
  if (!name) throw new KubectlError(`error when retrieving current configuration of:\n${aboutTarget(target)}\nfrom server for: "${source}": resource name may not be empty`);
  try {
    return asObject((await call.client()).get(pathOf(type, namespace, name), { subject: { ...type, name } }));
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw retold(error, `error when retrieving current configuration of:\n${aboutTarget(target)}\nfrom server for: "${source}": `);
  }
}

const RESOLUTIONS = `
Please review the fields above--they currently have other managers. Here
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

async function applyOnServer(call: Call, target: ObjectTarget, manifest: ApiObject): Promise<void> {
  const { type, name, source } = target;
  try {
    await printOperation(call, { type, name, object: await appliedByServer(call, target, manifest) }, 'serverside-applied');
  } catch (error) {
    if (hasReason(error, 'Conflict')) throw new KubectlError(error.message + RESOLUTIONS);
    throw hasReason(error, 'Invalid') ? error : withSource('applying', source, error);
  }
}

/** Server-side apply. Throws StatusError. */
export async function appliedByServer(call: Call, { type, namespace, name }: ObjectTarget, manifest: ApiObject, dryRun = queryOf(call).dryRun): Promise<ApiObject> {
  const { flags } = call;
  const fieldManager = flags.changed('field-manager') ? flags.string('field-manager') : 'kubectl';
  return asObject((await call.client()).call('PATCH', pathOf(type, namespace, name), {
    body: manifest, contentType: SERVER_SIDE, query: { ...queryOf(call), dryRun, fieldManager, force: flags.bool('force-conflicts') }, subject: { ...type, name },
  }));
}

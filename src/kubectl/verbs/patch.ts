/** kubectl patch: a strategic, merge or JSON patch, sent to the server or done locally. */
import { PatchError } from '../../cluster/api/patch.ts';
import type { Verb } from '../command.ts';
import { apiVersionOf } from '../discovery.ts';
import { hasReason, KubectlError, StatusError, textOf } from '../errors.ts';
import { goJsonProblem } from '../../cluster/api/go-json.ts';
import { parseYaml } from '../manifest.ts';
import { isEqual } from '../objects.ts';
import { printOperation } from '../output.ts';
import { hasManifests } from '../resource-builder.ts';
import { PATCH_TYPES } from '../requests.ts';
import { eachObject, isLocal, patchedLocally, sendPatch } from './mutate.ts';

const TYPES: Readonly<Record<string, string>> = { strategic: PATCH_TYPES.strategic, merge: PATCH_TYPES.merge, json: PATCH_TYPES.json };

export const patch: Verb = {
  path: 'patch', about: 'Update fields of a resource',
  help: 'Changes fields of an object with a patch in JSON or YAML.\n\nThe default is a strategic merge patch, which joins lists by their keys; --type=merge replaces lists, --type=json is a list of operations. Custom resources know only the latter two.',
  examples: [['# Another number of replicas', 'kubectl patch deployment web -p \'{"spec":{"replicas":3}}\''], ['# With operations', 'kubectl patch pod web --type=json -p \'[{"op":"replace","path":"/spec/containers/0/image","value":"nginx:1.27"}]\''], ['# A subresource', 'kubectl patch deployment web --subresource=scale --type=merge -p \'{"spec":{"replicas":2}}\'']],
  async run(call) {
    const { flags } = call;
    if (flags.string('patch') && flags.string('patch-file')) throw new KubectlError('cannot specify --patch and --patch-file together');
    const contentType = TYPES[flags.string('type')];
    if (isLocal(call) && call.args.length > 0) throw new KubectlError('cannot specify --local and server resources');
    if (!contentType) throw new KubectlError(`--type must be one of [json merge strategic], not "${flags.string('type')}"`);
    if (!flags.string('patch') && !flags.string('patch-file')) throw new KubectlError('must specify --patch or --patch-file containing the contents of the patch');
    if (call.args.length === 0 && !hasManifests(call)) throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    const text = flags.string('patch') || await call.environment.files.read(flags.string('patch-file')).catch(() => { throw new KubectlError(`unable to read patch file: open ${flags.string('patch-file')}: no such file or directory`); });
    const isSent = !isLocal(call) && call.dryRun() !== 'client';
    const body = bodyOf(text);
    await eachObject(call, call.args, {}, async (info) => {
      if (body.problem !== undefined) throw isSent ? refused(body.problem, contentType) : new KubectlError(contentType === PATCH_TYPES.json ? body.problem : 'Invalid JSON Patch');
      const object = isSent ? await sendPatch(call, info, body.value, contentType, flags.string('subresource') || undefined).catch((error: unknown) => { throw hasReason(error, 'UnsupportedMediaType') ? new KubectlError(`${contentType} is not supported by ${apiVersionOf(info.type)}, Kind=${info.type.kind}: ${error.message}`) : error; }) : patchedHere(info, body.value, contentType);
      await printOperation(call, { ...info, object }, isEqual(object, info.object) ? 'patched (no change)' : 'patched');
    });
  },
};

/** What looks like JSON goes out as it is; anything else is read as YAML. */
function bodyOf(text: string): { value?: unknown; problem?: string } {
  if (!/^\s*\{/.test(text)) {
    try {
      return { value: parseYaml(text) };
    } catch (error) {
      throw new KubectlError(`unable to parse ${JSON.stringify(text)}: ${textOf(error)}`);
    }
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { problem: goJsonProblem(text) };
  }
}

/** Of a strategic patch the server says only what is wrong with it. */
function refused(problem: string, contentType: string): StatusError {
  return new StatusError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'BadRequest', code: 400, message: `${contentType === PATCH_TYPES.strategic ? '' : 'error decoding patch: '}${problem}` });
}

function patchedHere(...[info, body, contentType]: Parameters<typeof patchedLocally>): ReturnType<typeof patchedLocally> {
  try {
    return patchedLocally(info, body, contentType);
  } catch (error) {
    throw error instanceof PatchError ? new KubectlError(error.message) : error;
  }
}

/** Verbs that change one thing: scale, replace, cordon, uncordon. */
import type { Call, Verb } from '../command.ts';
import { AggregateFailure, forEachCollecting, hasReason, KubectlError, textOf, throwAll, withSource } from '../errors.ts';
import { type ApiObject, isDict, numberAt } from '../objects.ts';
import { printOperation } from '../output.ts';
import { createObject, replaceObject } from '../requests.ts';
import { fetched, hasManifests, type Info, type ObjectTarget, targetsOf } from '../resource-builder.ts';
import { waitUntilGone } from '../waiting.ts';
import { sendRaw } from './create/from-manifests.ts';
import { cascadeOf, deleteOne } from './delete.ts';
import { MERGE, sendPatch, STRATEGIC } from './mutate.ts';

export const scale: Verb = {
  path: 'scale', about: 'Set a new size for a deployment, replica set, or replication controller', required: ['replicas'], examples: [['# Five Pods', 'kubectl scale deployment/web --replicas=5']],
  async run(call) {
    const { flags } = call;
    const replicas = flags.number('replicas');
    if (replicas < 0) throw new KubectlError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
    const expected = flags.number('current-replicas');
    const version = flags.optional('resource-version');
    const { infos, errors } = await fetched(call, await targetsOf(call, { args: call.args, all: flags.bool('all'), selector: flags.optional('selector') }));
    if (version && infos.length > 1) throw new KubectlError('cannot use --resource-version with multiple resources');
    if (infos.length === 0 && errors.every((error) => hasReason(error, 'Forbidden'))) throw new KubectlError(`no objects passed to scale${errors.length > 0 ? ` ${textOf(errors.length > 1 ? new AggregateFailure(errors) : errors[0])}` : ''}`);
    // The first that cannot be scaled ends it; what was not found is told last.
    for (const info of infos) {
      const now = numberAt(info.object, 'spec', 'replicas') ?? 0;
      if (expected >= 0 && now !== expected) throw new KubectlError(`Expected replicas to be ${expected}, was ${now}`);
      if (version && info.object.metadata.resourceVersion !== version) throw new KubectlError(`Expected resource version to be ${version}, was ${info.object.metadata.resourceVersion}`);
      await sendPatch(call, info, { spec: { replicas } }, MERGE, 'scale');
      await printOperation(call, info, 'scaled');
    }
    throwAll(errors);
  },
};

type FromFile = ObjectTarget & { manifest: ApiObject };

const FORCED_REPLACEMENT_MS = 5 * 60_000; // kubectl/pkg/cmd/replace: forceReplace

export const replace: Verb = {
  path: 'replace', about: 'Replace a resource by file name or stdin', examples: [['# From a file', 'kubectl replace -f web.yaml'], ['# All Secrets, rewritten', 'kubectl get secrets -A -o json | kubectl replace -f -']],
  async run(call) {
    const { flags } = call;
    if (flags.string('raw')) return sendRaw(call, 'PUT');
    if (!hasManifests(call)) throw new KubectlError('must specify one of -f and -k');
    if (flags.number('grace-period') >= 0 && !flags.bool('force')) throw new KubectlError('--grace-period must have --force specified');
    if (flags.duration('timeout') !== 0 && !flags.bool('force')) throw new KubectlError('--timeout must have --force specified');
    if (flags.bool('force') && call.dryRun() !== 'none') throw new KubectlError('--dry-run can not be used when --force is set');
    cascadeOf(call);
    const { targets, errors } = await targetsOf(call, { args: [], validates: true });
    const files = targets.filter((target): target is FromFile => target.what === 'object' && target.manifest !== undefined);
    const failures = [...errors];
    const forEach = async (verb: string, all: readonly FromFile[], act: (target: FromFile) => Promise<unknown>) => {
      for (const target of all) await act(target).catch((error: unknown) => failures.push(withSource(verb, target.source, error)));
    };
    await forEach('replacing', files, async (target) => {
      if (!target.name) throw new KubectlError('resource name may not be empty');
      if (call.dryRun() === 'client') await printOperation(call, { ...target, object: target.manifest }, 'replaced');
      else if (flags.bool('force')) await deleteForReplacement(call, target);
      else await printOperation(call, { ...target, object: await replaceObject(call, target, target.manifest, { fieldManager: 'kubectl-replace' }) }, 'replaced');
    });
    throwAll(failures);
    if (!flags.bool('force')) return;
    for (const target of files) if (!await waitUntilGone(call, target, undefined, flags.duration('timeout') || FORCED_REPLACEMENT_MS)) throw new KubectlError('timed out waiting for the condition');
    await forEach('creating', files, async (target) => {
      await printOperation(call, { ...target, object: await createObject(call, target, target.manifest, { fieldManager: 'kubectl-replace' }) }, 'replaced');
    });
    throwAll(failures);
  },
};

/** replace --force: what is there is asked to go, in its own time. */
async function deleteForReplacement(call: Call, target: FromFile): Promise<void> {
  const asked = call.flags.number('grace-period');
  try {
    await deleteOne(call, target, { grace: asked === 0 ? 1 : asked, cascade: cascadeOf(call) });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}

function cordonVerb(path: 'cordon' | 'uncordon', unschedulable: boolean): Verb {
  return {
    path, about: unschedulable ? 'Mark node as unschedulable' : 'Mark node as schedulable', examples: [['# A node', `kubectl ${path} worker-1`]],
    async run(call) {
      if (call.args.length === 0 && !call.flags.string('selector')) throw call.usage(`USAGE: ${path} NODE [flags]`);
      if (call.args.length > 0 && call.flags.string('selector')) throw call.usage('cannot specify both a node name and a --selector option');
      const { infos, errors } = await fetched(call, await targetsOf(call, { args: call.args, defaultType: 'nodes', selector: call.flags.string('selector') }));
      throwAll(errors);
      await forEachCollecting(infos, (info) => setSchedulable(call, info, unschedulable));
    },
  };
}

/** Marks a node and says so; gives the node as it is then. */
export async function setSchedulable(call: Call, info: Info, unschedulable: boolean): Promise<void> {
  const word = unschedulable ? 'cordoned' : 'uncordoned';
  if (info.type.kind !== 'Node') throw new KubectlError(`expected resource of type node, got "${info.type.group}/${info.type.version}, Resource=${info.type.plural}"`);
  const is = isDict(info.object.spec) && info.object.spec.unschedulable === true;
  if (is === unschedulable) return printOperation(call, info, `already ${word}`);
  await sendPatch(call, info, { spec: { unschedulable: unschedulable || null } }, STRATEGIC);
  await printOperation(call, info, word);
}

export const cordon = cordonVerb('cordon', true);
export const uncordon = cordonVerb('uncordon', false);

/** Verbs that change one thing: scale, replace, cordon, uncordon. */
import type { Call, Verb } from '../command.ts';
import { groupResource, pathOf } from '../discovery.ts';
import { AggregateFailure, forEachCollecting, hasReason, KubectlError, textOf, throwAll, withSource } from '../errors.ts';
import { type ApiObject, asObject, isDict, numberAt, withAt } from '../objects.ts';
import { printOperation } from '../output.ts';
import { fetched, hasManifests, type Info, targetsOf } from '../resource-builder.ts';
import { cascadeOf } from './delete.ts';
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

export const replace: Verb = {
  path: 'replace', about: 'Replace a resource by file name or stdin', examples: [['# From a file', 'kubectl replace -f web.yaml'], ['# All Secrets, rewritten', 'kubectl get secrets -A -o json | kubectl replace -f -']],
  async run(call) {
    if (!hasManifests(call)) throw new KubectlError('must specify one of -f and -k');
    const { flags } = call;
    if (flags.number('grace-period') >= 0 && !flags.bool('force')) throw new KubectlError('--grace-period must have --force specified');
    if (flags.duration('timeout') !== 0 && !flags.bool('force')) throw new KubectlError('--timeout must have --force specified');
    cascadeOf(call);
    const { targets, errors } = await targetsOf(call, { args: [], validates: true });
    const failures = [...errors];
    for (const target of targets) {
      if (target.what !== 'object' || !target.manifest) continue;
      const { type, namespace, name, manifest, source } = target;
      try {
        if (!name) throw new KubectlError('resource name may not be empty');
        const client = await call.client();
        const path = pathOf(type, namespace, name);
        let body: ApiObject = manifest;
        if (call.flags.bool('force')) {
          try {
            client.call('DELETE', path, { body: { gracePeriodSeconds: 0 }, subject: { ...type, name } });
            call.out(`${groupResource({ group: type.group, plural: type.singular })} "${name}" deleted${type.namespaced && namespace ? ` from ${namespace} namespace` : ''}\n`);
          } catch (error) {
            if (!hasReason(error, 'NotFound')) throw error;
          }
          body = withAt(withAt(manifest, ['metadata', 'resourceVersion'], undefined), ['metadata', 'uid'], undefined);
        }
        const object = asObject(client.call(call.flags.bool('force') ? 'POST' : 'PUT', call.flags.bool('force') ? pathOf(type, namespace) : path, { body, query: { ...call.dryRunQuery(), fieldManager: 'kubectl-replace', fieldValidation: call.fieldValidation() }, subject: { ...type, name } }));
        await printOperation(call, { type, name, object }, 'replaced');
      } catch (error) {
        failures.push(withSource('replacing', source, error));
      }
    }
    throwAll(failures);
  },
};

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

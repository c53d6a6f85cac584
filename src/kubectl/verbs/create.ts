/** kubectl create -f: each document posted as it is. */
import type { Call, Verb } from '../command.ts';
import { pathOf } from '../discovery.ts';
import { KubectlError, throwAll, withSource } from '../errors.ts';
import { type ApiObject, asObject, withAt } from '../objects.ts';
import { printOperation } from '../output.ts';
import { hasManifests, type ObjectTarget, targetsOf } from '../resource-builder.ts';

export const create: Verb = {
  path: 'create', about: 'Make an object from a file or from arguments',
  examples: [['# What a file describes', 'kubectl create -f web.yaml'], ['# A Deployment of three', 'kubectl create deployment web --image=nginx --replicas=3']],
  async run(call) {
    if (call.args.length > 0) throw call.usage(`Unexpected args: [${call.args.join(' ')}]`);
    if (!hasManifests(call)) throw new KubectlError('must specify one of -f and -k');
    const { targets, errors } = await targetsOf(call, { args: [], validates: true, selector: call.flags.optional('selector') });
    const failures = [...errors];
    for (const target of targets) {
      if (target.what !== 'object' || !target.manifest) continue;
      try {
        await createObject(call, target.type, target.manifest, target.namespace, target.source);
      } catch (error) {
        failures.push(withSource('creating', target.source, error));
      }
    }
    if (targets.length === 0 && errors.length === 0) throw new KubectlError('no objects passed to create');
    throwAll(failures);
  },
};

/** Posts an object (not in a client-side dry run) and says so. */
export async function createObject(call: Call, type: ObjectTarget['type'], object: ApiObject, namespace: string | undefined, _source = '', operation = 'created'): Promise<ApiObject> {
  const inNamespace = type.namespaced && namespace ? withAt(object, ['metadata', 'namespace'], namespace) : object;
  const dryRun = call.flags.has('dry-run') ? call.dryRun() : 'none';
  const stored = dryRun === 'client' ? inNamespace : asObject((await call.client()).call('POST', pathOf(type, namespace), {
    body: inNamespace, query: { ...call.dryRunQuery(), fieldManager: call.flags.optional('field-manager') || 'kubectl-create', fieldValidation: call.flags.has('validate') ? call.fieldValidation() : undefined }, subject: { ...type, name: object.metadata.name },
  }));
  await printOperation(call, { type, name: stored.metadata.name ?? '', object: stored }, operation);
  return stored;
}

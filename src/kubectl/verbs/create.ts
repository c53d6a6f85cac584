/** kubectl create -f: each document posted as it is. */
import type { Call, Verb } from '../command.ts';
import { pathOf, type ResourceType } from '../discovery.ts';
import { KubectlError, throwAll, withSource } from '../errors.ts';
import { withLastApplied } from '../requests.ts';
import { type ApiObject, asObject } from '../objects.ts';
import { printOperation } from '../output.ts';
import { hasManifests, targetsOf } from '../resource-builder.ts';

export const create: Verb = {
  path: 'create', about: 'Create a resource from a file or from stdin',
  examples: [['# What a file describes', 'kubectl create -f web.yaml'], ['# A Deployment of three', 'kubectl create deployment web --image=nginx --replicas=3']],
  async run(call) {
    if (!hasManifests(call)) throw call.args.length > 0 ? call.usage(`Unexpected args: [${call.args.join(' ')}]`) : new KubectlError('must specify one of -f and -k');
    if (call.args.length > 0) throw call.usage(`Unexpected args: [${call.args.join(' ')}]`);
    const { targets, errors } = await targetsOf(call, { args: [], validates: call.fieldValidation() !== 'Ignore', selector: call.flags.string('selector') });
    const failures = [...errors];
    for (const target of targets) {
      if (target.what !== 'object' || !target.manifest) continue;
      try {
        await createObject(call, target.type, target.manifest, target.namespace);
      } catch (error) {
        failures.push(withSource('creating', target.source, error));
      }
    }
    if (targets.length === 0 && errors.length === 0) throw new KubectlError('no objects passed to create');
    throwAll(failures);
  },
};

export interface CreateOptions {
  /** What the message says was done. */
  operation?: string;
  /** True for objects that kubectl itself has made. */
  keepsOrder?: boolean;
}

/** Posts an object (not in a client-side dry run) and says so. Throws StatusError. */
export async function createObject(call: Call, type: ResourceType, object: ApiObject, namespace: string | undefined, { operation = 'created', keepsOrder = false }: CreateOptions = {}): Promise<ApiObject> {
  const body = call.flags.bool('save-config') ? withLastApplied(object) : object;
  const isSent = call.dryRun() !== 'client';
  const stored = isSent ? await posted(call, type, body, namespace) : body;
  await printOperation(call, { type, name: stored.metadata.name ?? '', object: stored }, operation, { keepsOrder: keepsOrder && !isSent });
  return stored;
}

async function posted(call: Call, type: ResourceType, body: ApiObject, namespace: string | undefined): Promise<ApiObject> {
  const client = await call.client();
  return asObject(client.call('POST', pathOf(type, namespace), {
    body, subject: { ...type, name: body.metadata.name },
    query: { ...call.dryRunQuery(), fieldManager: call.flags.optional('field-manager') || `kubectl-${call.path.split(' ')[0]}`, fieldValidation: call.flags.has('validate') ? call.fieldValidation() : undefined },
  }));
}

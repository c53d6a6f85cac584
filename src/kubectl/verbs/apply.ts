/** kubectl apply: what the file says, what it said last time, and what is there, merged three ways. */
import type { Verb } from '../command.ts';
import { pathOf } from '../discovery.ts';
import { hasReason, KubectlError, throwAll, withSource } from '../errors.ts';
import { type ApiObject, asObject, isDict, isEqual, textAt, withAt } from '../objects.ts';
import { printOperation } from '../output.ts';
import { hasManifests, type ObjectTarget, targetsOf } from '../resource-builder.ts';
import { threeWayPatch } from '../three-way.ts';
import { typeOfKind } from '../../cluster/api/schema.ts';
import type { Call } from '../command.ts';
import { apiVersionOf } from '../discovery.ts';
import { MERGE, STRATEGIC } from './mutate.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export const apply: Verb = {
  path: 'apply', about: 'Make the cluster as a file says',
  examples: [['# What a file describes', 'kubectl apply -f web.yaml'], ['# From standard input', 'kubectl apply -f -']],
  async run(call) {
    if (!hasManifests(call)) throw new KubectlError('must specify one of -f and -k');
    const { targets, errors } = await targetsOf(call, { args: [], validates: true, selector: call.flags.optional('selector') });
    if (targets.length === 0 && errors.length === 0) throw new KubectlError('no objects passed to apply');
    const failures = [...errors];
    for (const target of targets) {
      if (target.what !== 'object' || !target.manifest) continue;
      try {
        await applyOne(call, target, target.manifest);
      } catch (error) {
        failures.push(withSource('applying patch', '', error));
      }
    }
    throwAll(failures);
  },
};

async function applyOne(call: Call, target: ObjectTarget, manifest: ApiObject): Promise<void> {
  const { type, name, namespace, source } = target;
  const client = await call.client();
  const wanted = annotated(manifest);
  const current = await currentOf(call, target);
  if (!current) {
    const object = call.dryRun() === 'client' ? wanted : asObject(created(call, client.call.bind(client), target, wanted, source));
    return printOperation(call, { type, name: object.metadata.name ?? name, object }, 'created');
  }
  const lastApplied = textAt(current, 'metadata', 'annotations', LAST_APPLIED);
  if (!lastApplied) call.warn(`resource ${type.plural}/${name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.`);
  const schemaType = typeOfKind(apiVersionOf(type), type.kind);
  const patch = threeWayPatch(parse(lastApplied), wanted, current, schemaType);
  if (isDict(patch) && Object.keys(patch).length === 0) return printOperation(call, { type, name, object: current }, 'unchanged');
  if (call.dryRun() === 'client') return printOperation(call, { type, name, object: current }, 'configured');
  const object = asObject(client.call('PATCH', pathOf(type, namespace, name), {
    body: patch, contentType: schemaType ? STRATEGIC : MERGE, query: { ...call.dryRunQuery(), fieldManager: 'kubectl-client-side-apply', fieldValidation: call.fieldValidation() }, subject: { ...type, name },
  }));
  const isSame = isEqual(withAt(object, ['metadata', 'resourceVersion'], ''), withAt(current, ['metadata', 'resourceVersion'], ''));
  await printOperation(call, { type, name, object }, isSame ? 'unchanged' : 'configured');
}

function created(call: Call, send: (method: 'POST', path: string, options: object) => unknown, { type, namespace, name }: ObjectTarget, wanted: ApiObject, source: string): unknown {
  try {
    return send('POST', pathOf(type, namespace), { body: wanted, query: { ...call.dryRunQuery(), fieldManager: 'kubectl-client-side-apply', fieldValidation: call.fieldValidation() }, subject: { ...type, name } });
  } catch (error) {
    throw withSource('creating', source, error);
  }
}

async function currentOf(call: Call, { type, namespace, name }: ObjectTarget): Promise<ApiObject | undefined> {
  if (!name) return undefined;
  try {
    return asObject((await call.client()).get(pathOf(type, namespace, name), { subject: { ...type, name } }));
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** The manifest with itself as an annotation. */
function annotated(manifest: ApiObject): ApiObject {
  const bare = withAt(manifest, ['metadata', 'annotations', LAST_APPLIED], undefined);
  const annotations = Object.fromEntries(Object.entries(bare.metadata.annotations ?? {}).filter(([key]) => key !== LAST_APPLIED));
  const plain = withAt(bare, ['metadata', 'annotations'], annotations);
  return withAt(plain, ['metadata', 'annotations', LAST_APPLIED], `${JSON.stringify(sorted(plain))}\n`);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isDict(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) as unknown : {};
  } catch {
    return {};
  }
}

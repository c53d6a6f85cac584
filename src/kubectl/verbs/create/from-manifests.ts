/** kubectl create -f: each object of a manifest, made anew. */
import { bodyText, statusErrorOf } from '../../client.ts';
import type { Call, Verb } from '../../command.ts';
import { forEachCollecting, KubectlError, throwAll, withSource } from '../../errors.ts';
import { readManifests } from '../../manifest.ts';
import { resultPrinter } from '../../printers/printer.ts';
import { checkRawPath, createObject, savedConfig } from '../../requests.ts';
import { hasManifests, type ObjectTarget, targetsOf } from '../../resource-builder.ts';
import { editManifests } from '../edit.ts';

export const create: Verb = {
  path: 'create', about: 'Create a resource from a file or from stdin',
  help: 'Creates the objects of a manifest (YAML or JSON), or one object from flags: see the commands below.\nObjects that exist already are left alone and reported; `kubectl apply` changes them instead.',
  examples: [['# What a file describes', 'kubectl create -f pod.yaml'], ['# From standard input', 'cat pod.json | kubectl create -f -'], ['# See what a generator would make', 'kubectl create deployment web --image=nginx --dry-run=client -o yaml']],
  async run(call) {
    const { flags } = call;
    if (flags.string('raw')) return sendRaw(call, 'POST');
    if (!hasManifests(call)) {
      if (call.args.length > 0) throw call.usage(`Unexpected args: [${call.args.join(' ')}]`);
      throw new KubectlError('must specify one of -f and -k');
    }
    if (call.args.length > 0) throw call.usage(`Unexpected args: [${call.args.join(' ')}]`);
    if (flags.bool('edit')) return editManifests(call);
    const { targets, errors } = await targetsOf(call, { args: [], validates: call.fieldValidation() !== 'Ignore', selector: flags.string('selector') });
    if (targets.length === 0 && errors.length === 0) throw new KubectlError('no objects passed to create');
    const print = await resultPrinter(call, 'created');
    await forEachCollecting(targets, async (target) => {
      if (target.what === 'object') print(await createTarget(call, target));
    }, errors);
  },
};

async function createTarget(call: Call, { type, namespace, source, manifest }: ObjectTarget): Promise<NonNullable<ObjectTarget['manifest']>> {
  const object = savedConfig(call, manifest ?? { apiVersion: '', kind: '', metadata: {} });
  if (call.dryRun() === 'client') return object;
  try {
    return await createObject(call, { type, namespace }, object);
  } catch (error) {
    throw withSource('creating', source, error);
  }
}

/** --raw: what the file holds, sent to a path as it is. */
export async function sendRaw(call: Call, method: 'POST' | 'PUT'): Promise<void> {
  const { flags } = call;
  const path = flags.string('raw');
  if (call.args.length > 0) throw new KubectlError('arguments may not be passed when --raw is specified');
  const files = flags.list('filename');
  if (files.length !== 1) throw new KubectlError('--raw can only use a single local file or stdin');
  checkRawPath(path);
  const { documents, errors } = await readManifests(call, files, false);
  throwAll(errors);
  const response = (await call.client()).send(method, path, { body: documents[0]?.value });
  if (response.code >= 400) throw statusErrorOf(response, method);
  call.out(bodyText(response));
}


/** configMapGenerator and secretGenerator: objects from literals and files, named after their content. */
import type { Call } from '../command.ts';
import { KubectlError, textOf } from '../errors.ts';
import { type ApiObject, at, asObject, type Dict, isDict, listAt, pairsAt, textAt, withAt } from '../objects.ts';
import { base64, contentHash, type Datum, envData, fileData, fileSource, literalData } from '../verbs/create/data-sources.ts';
import { checkedPath } from './folder.ts';
import { idOf, nameOf, namespaceOf, type Resource, resourceOf } from './resource.ts';

const LINE_LENGTH = 70;

/** Adds what the generators of a kustomization make to its resources. Throws KubectlError. */
export async function generated(call: Call, folder: string, kustomization: Dict, resources: readonly Resource[]): Promise<Resource[]> {
  let all = [...resources];
  for (const [field, kind] of [['configMapGenerator', 'ConfigMap'], ['secretGenerator', 'Secret']] as const) {
    for (const spec of listAt(kustomization, field)) all = combined(all, await generate(call, folder, kind, spec, kustomization.generatorOptions), textAt(spec, 'behavior') || 'create');
  }
  return all;
}

async function generate(call: Call, folder: string, kind: 'ConfigMap' | 'Secret', spec: unknown, general: unknown): Promise<Resource> {
  if (!textAt(spec, 'name')) throw new KubectlError(`a ${kind.toLowerCase()} must have a name`);
  const data = await dataOf(call, folder, spec);
  const encode = (value: Datum) => (kind === 'Secret' ? inLines(base64(value)) : typeof value === 'string' ? value : base64(value));
  const part = (isText: boolean) => Object.fromEntries([...data].filter(([, value]) => (typeof value === 'string' || kind === 'Secret') === isText).map(([key, value]) => [key, encode(value)]));
  const options = at(spec, 'options');
  const labels = { ...pairsAt(general, 'labels'), ...pairsAt(options, 'labels') }, annotations = { ...pairsAt(general, 'annotations'), ...pairsAt(options, 'annotations') };
  const is = (flag: string) => (at(options, flag) ?? at(general, flag)) === true;
  const namespace = textAt(spec, 'namespace');
  const filled = (key: string, value: Dict) => (Object.keys(value).length > 0 ? { [key]: value } : {});
  const object = asObject({
    apiVersion: 'v1', kind, metadata: { name: textAt(spec, 'name'), ...(namespace ? { namespace } : {}), ...filled('labels', labels), ...filled('annotations', annotations) },
    ...filled('data', part(true)), ...filled('binaryData', part(false)), ...(kind === 'Secret' ? { type: textAt(spec, 'type') || 'Opaque' } : {}), ...(is('immutable') ? { immutable: true } : {}),
  });
  return resourceOf(object, !is('disableNameSuffixHash'));
}

/** Long base64 is broken into lines, as kustomize does. */
function inLines(encoded: string): string {
  return encoded.length < LINE_LENGTH ? encoded : encoded.replace(new RegExp(`.{1,${LINE_LENGTH}}`, 'g'), '$&\n');
}

async function dataOf(call: Call, folder: string, spec: unknown): Promise<Map<string, Datum>> {
  const data = new Map<string, Datum>();
  const add = (key: string, value: Datum) => {
    if (data.has(key)) throw new KubectlError(`configmap ${textAt(spec, 'name')} illegally repeats the key \`${key}\``);
    data.set(key, value);
  };
  for (const path of [...listAt(spec, 'envs'), ...(textAt(spec, 'env') ? [textAt(spec, 'env')] : [])]) for (const [key, value] of await envData(call, checkedPath(folder, String(path)))) add(key, value);
  for (const source of listAt(spec, 'literals')) add(...await told(spec, 'literals', () => literalData(String(source))));
  for (const source of listAt(spec, 'files')) {
    const [key, path] = fileSource(String(source));
    const full = checkedPath(folder, path);
    const found = await told(spec, 'files', async () => {
      if (!await call.environment.files.exists(full)) throw new KubectlError(`evalsymlink failure on '${full}' : lstat ${full}: no such file or directory`);
      return fileData(call, `${key}=${full}`);
    });
    for (const [, value] of found) add(key, value);
  }
  return data;
}

/** A failure told with the sources among which it arose. */
async function told<T>(spec: unknown, field: 'literals' | 'files', read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new KubectlError(`loading KV pairs: ${field === 'files' ? 'file' : 'literal'} sources: [${listAt(spec, field).map(String).join(' ')}]: ${textOf(error)}`.replace('literal sources: ', 'literal sources '));
  }
}

/** A generator creates an object, or changes one of the same name. */
function combined(resources: readonly Resource[], made: Resource, behavior: string): Resource[] {
  const isSame = ({ object, names }: Resource) => object.kind === made.object.kind && names.some(({ name, namespace }) => name === nameOf(made.object) && [namespace, ''].includes(namespaceOf(made.object)));
  const known = resources.find(isSame);
  if (behavior === 'create') {
    if (known) throw new KubectlError(`may not add resource with an already registered id: ${idOf(made.object)}`);
    return [...resources, made];
  }
  if (!known) throw new KubectlError(`id ${idOf(made.object)} does not exist; cannot merge or replace`);
  const object = behavior === 'merge' ? merged(known.object, made.object) : { ...made.object, metadata: { ...made.object.metadata, name: known.object.metadata.name } };
  return resources.map((resource) => (resource === known ? { ...resource, object: asObject(object) } : resource));
}

function merged(below: ApiObject, over: ApiObject): ApiObject {
  const both = (key: 'data' | 'binaryData') => ({ ...(isDict(below[key]) ? below[key] : {}), ...(isDict(over[key]) ? over[key] : {}) });
  const fields = (['data', 'binaryData'] as const).filter((key) => Object.keys(both(key)).length > 0).map((key) => [key, both(key)]);
  const metadata = (key: 'labels' | 'annotations') => ({ ...pairsAt(below, 'metadata', key), ...pairsAt(over, 'metadata', key) });
  let object = asObject({ ...below, ...Object.fromEntries(fields) });
  for (const key of ['labels', 'annotations'] as const) if (Object.keys(metadata(key)).length > 0) object = withAt(object, ['metadata', key], metadata(key));
  return object;
}

/** The object with the hash of its content at the end of its name. */
export function hashed(object: ApiObject): ApiObject {
  const { kind, data = '', binaryData, type = '' } = object;
  const content = { kind, name: '', data, ...(kind === 'Secret' ? { type } : binaryData ? { binaryData } : {}) };
  return withAt(object, ['metadata', 'name'], `${nameOf(object)}-${contentHash(content)}`);
}

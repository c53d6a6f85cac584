/** -k and `kubectl kustomize`: the resources of a folder, put together as its kustomization says. */
import type { Call } from '../command.ts';
import { KubectlError, textOf } from '../errors.ts';
import { documentsOf, type ManifestDocument } from '../manifest.ts';
import { type ApiObject, asObject, type Dict, isList, isTyped, listAt, textAt } from '../objects.ts';
import { readFolder, readWithin, within } from './folder.ts';
import { generated, hashed } from './generators.ts';
import { patched } from './patches.ts';
import { referring } from './references.ts';
import { changed, idOf, inOrder, type Resource, resourceOf } from './resource.ts';
import { transformed } from './transformers.ts';

const DEPRECATED: Readonly<Record<string, string>> = { bases: 'resources', commonLabels: 'labels', patchesStrategicMerge: 'patches', patchesJson6902: 'patches' };

/** The objects of a kustomization folder, in order. Throws KubectlError. */
export async function build(call: Call, folder: string): Promise<ApiObject[]> {
  const path = within(call.environment.env.PWD ?? '/', folder);
  if (!await call.environment.files.exists(path)) throw new KubectlError(`must build at directory: not a valid directory: evalsymlink failure on '${folder}' : lstat ${path}: no such file or directory`);
  const { resources, kustomization } = await accumulated(call, path, []);
  const named = resources.map((resource) => (resource.needsHash ? changed(resource, hashed(resource.object)) : resource));
  const complete = referring(named);
  const isFifo = textAt(kustomization, 'sortOptions', 'order') === 'fifo';
  return (isFifo ? complete : inOrder(complete)).map(({ object }) => object);
}

/** The same as the documents of a manifest. */
export async function kustomized(call: Call, folder: string): Promise<ManifestDocument[]> {
  return (await build(call, folder)).map((value) => ({ source: folder, value }));
}

/** What a folder makes of its own and what others have put together; a component gets its parent's resources first. */
async function accumulated(call: Call, path: string, before: readonly Resource[]): Promise<{ resources: Resource[]; kustomization: Dict }> {
  const { kustomization } = await readFolder(call, path);
  for (const field of Object.keys(DEPRECATED)) if (kustomization[field] !== undefined) call.err(`# Warning: '${field}' is deprecated. Please use '${DEPRECATED[field]}' instead. Run 'kustomize edit fix' to update your Kustomization automatically.\n`);
  let resources = [...before];
  for (const entry of [...listAt(kustomization, 'resources'), ...listAt(kustomization, 'bases')].map(String)) resources = joined(resources, await resourcesAt(call, path, entry));
  resources = await generated(call, path, kustomization, resources);
  for (const entry of listAt(kustomization, 'components').map(String)) ({ resources } = await accumulated(call, within(path, entry), resources));
  resources = await patched(call, path, kustomization, resources);
  return { resources: transformed(resources, kustomization), kustomization };
}

async function resourcesAt(call: Call, folder: string, entry: string): Promise<Resource[]> {
  if (/^https?:\/\/|^git@|^github\.com\//.test(entry)) throw new KubectlError(`accumulating resources: accumulation err='accumulating resources from '${entry}': there is no way out of this cluster's network`);
  const full = within(folder, entry);
  if (await call.environment.files.isDirectory(full)) {
    if (full === folder) throw new KubectlError(`accumulating resources: accumulation err='accumulating resources from '${entry}': '${full}' must resolve to a file': cycle detected: candidate root '${full}' contains visited root '${folder}'`);
    return (await accumulated(call, full, [])).resources;
  }
  try {
    const text = await readWithin(call, folder, entry);
    return [...documentsOf(full, text, '1.2')].flatMap(({ value }) => (isList(value) ? value.items : [value])).map((value) => resourceOf(objectOf(value)));
  } catch (error) {
    throw new KubectlError(`accumulating resources: accumulation err='accumulating resources from '${entry}': ${textOf(error)}': must build at directory: ${(await call.environment.files.exists(full)) ? `'${full}': file is not directory` : `not a valid directory: evalsymlink failure on '${full}' : lstat ${full}: no such file or directory`}`);
  }
}

function objectOf(value: unknown): ApiObject {
  if (!isTyped(value)) throw new KubectlError(`missing metadata.name in object ${JSON.stringify(value)}`);
  const object = asObject(value);
  if (!object.metadata.name) throw new KubectlError(`missing metadata.name in object {{${object.apiVersion} ${object.kind}} {{ } map[] map[]}}`);
  return object;
}

function joined(resources: readonly Resource[], more: readonly Resource[]): Resource[] {
  const known = new Set(resources.map(({ object }) => idOf(object)));
  for (const { object } of more) if (known.has(idOf(object))) throw new KubectlError(`accumulating resources: may not add resource with an already registered id: ${idOf(object)}`);
  return [...resources, ...more];
}

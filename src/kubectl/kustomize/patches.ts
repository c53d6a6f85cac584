/** patches, patchesStrategicMerge and patchesJson6902: changes to the resources that they are meant for. */
import { jsonMergePatch, jsonPatch, PatchError, strategicMergePatch } from '../../cluster/api/patch.ts';
import { matchesSelectorText } from '../../cluster/api/labels.ts';
import { fieldOf, typeOfKind } from '../../cluster/api/schema.ts';
import type { Call } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { documentsOf } from '../manifest.ts';
import { type ApiObject, asObject, at, type Dict, groupOf, isDict, isTyped, listAt, textAt, versionOf, withAt } from '../objects.ts';
import { readWithin } from './folder.ts';
import { changed, idOf, nameOf, namespaceOf, type Resource } from './resource.ts';

interface Patch { target: unknown; text: string; source: string; options?: unknown }

/** The resources with the kustomization's patches applied. Throws KubectlError. */
export async function patched(call: Call, folder: string, kustomization: Dict, resources: readonly Resource[]): Promise<Resource[]> {
  let all = [...resources];
  for (const patch of await patchesOf(call, folder, kustomization)) for (const { value } of documentsOf(patch.source, patch.text, '1.2')) all = apply(all, patch, value);
  return all;
}

async function patchesOf(call: Call, folder: string, kustomization: Dict): Promise<Patch[]> {
  const found: Patch[] = [];
  for (const entry of listAt(kustomization, 'patchesStrategicMerge').map(String)) {
    found.push({ target: undefined, source: entry, text: /\n|^\{/.test(entry) ? entry : await readWithin(call, folder, entry) });
  }
  for (const entry of [...listAt(kustomization, 'patches'), ...listAt(kustomization, 'patchesJson6902')]) {
    const path = textAt(entry, 'path');
    if (!path && !textAt(entry, 'patch')) throw new KubectlError('must specify one of patch and path in PatchTransformer');
    found.push({ target: at(entry, 'target'), source: path, options: at(entry, 'options'), text: path ? await readWithin(call, folder, path) : textAt(entry, 'patch') });
  }
  return found;
}

function apply(resources: readonly Resource[], patch: Patch, value: unknown): Resource[] {
  if (Array.isArray(value)) {
    if (!patch.target) throw new KubectlError(`must specify a target for JSON patch ${JSON.stringify(patch.source)}`);
    return resources.map((resource) => (isTarget(resource, patch.target) ? changed(resource, jsonPatched(resource.object, value)) : resource));
  }
  if (!isDict(value)) throw new KubectlError(`unable to parse SM or JSON patch from [${patch.text.trim()}]`);
  if (patch.target) return resources.flatMap((resource) => (isTarget(resource, patch.target) ? merged(resource, value, patch) : [resource]));
  if (!isTyped(value)) throw new KubectlError(`unable to parse SM or JSON patch from [${patch.text.trim()}]`);
  const wanted = asObject(value);
  if (!resources.some((resource) => isMeant(resource, wanted))) {
    const id = idOf(wanted);
    throw new KubectlError(`no resource matches strategic merge patch "${id}": no matches for Id ${id}; failed to find unique target for patch ${id}`);
  }
  return resources.flatMap((resource) => (isMeant(resource, wanted) ? merged(resource, value, patch) : [resource]));
}

function isMeant({ object, names }: Resource, wanted: ApiObject): boolean {
  return object.kind === wanted.kind && groupOf(object.apiVersion) === groupOf(wanted.apiVersion) && names.some(({ name, namespace }) => name === nameOf(wanted) && (namespaceOf(wanted) === '' || namespace === namespaceOf(wanted)));
}

/** A target's texts are regular expressions over the whole field; what it leaves out matches all. */
function isTarget({ object, names }: Resource, target: unknown): boolean {
  const fits = (key: string, value: string) => !textAt(target, key) || new RegExp(`^(?:${textAt(target, key)})$`).test(value);
  return fits('group', groupOf(object.apiVersion)) && fits('version', versionOf(object.apiVersion)) && fits('kind', object.kind) && names.some(({ name, namespace }) => fits('name', name) && fits('namespace', namespace))
    && matchesSelectorText(textAt(target, 'labelSelector'), object.metadata.labels) && matchesSelectorText(textAt(target, 'annotationSelector'), object.metadata.annotations);
}

function merged(resource: Resource, patch: Dict, { options }: Patch): Resource[] {
  if (patch.$patch === 'delete') return [];
  const { object } = resource;
  const typeName = typeOfKind(object.apiVersion, object.kind);
  const result = asObject(typeName ? newFirst(object, strategicMergePatch(object, patch, typeName), typeName) : jsonMergePatch(object, patch));
  const kind = at(options, 'allowKindChange') === true ? result.kind : object.kind;
  const named = at(options, 'allowNameChange') === true ? result : withAt(result, ['metadata', 'name'], object.metadata.name);
  return [changed(resource, { ...named, kind })];
}

/** kustomize puts what a patch adds to a list before what was there. */
function newFirst(before: unknown, after: unknown, typeName: string): unknown {
  if (!isDict(before) || !isDict(after)) return after;
  return Object.fromEntries(Object.entries(after).map(([key, value]) => {
    const field = fieldOf(typeName, key), was = before[key];
    if (!field || field.isLeaf || field.isMap) return [key, value];
    if (!Array.isArray(value)) return [key, newFirst(was, value, field.type)];
    const { mergeKey } = field;
    if (!mergeKey || !Array.isArray(was)) return [key, value];
    const old = (item: unknown): unknown => was.find((one) => at(one, mergeKey) === at(item, mergeKey));
    return [key, [...value.filter((item) => !old(item)), ...value.filter(old).map((item) => newFirst(old(item), item, field.type))]];
  }));
}

function jsonPatched(object: ApiObject, operations: unknown): ApiObject {
  try {
    return asObject(jsonPatch(object, operations));
  } catch (error) {
    if (error instanceof PatchError) throw new KubectlError(error.message);
    throw error;
  }
}

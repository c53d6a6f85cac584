/** A kustomization's folder: the file that describes it, and the files that it may read. */
import type { Call } from '../command.ts';
import { KubectlError, textOf } from '../errors.ts';
import { documentsOf } from '../manifest.ts';
import { type Dict, isDict } from '../objects.ts';

const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const FIELDS = new Set([
  'apiVersion', 'kind', 'metadata', 'resources', 'bases', 'components', 'namePrefix', 'nameSuffix', 'namespace', 'labels', 'commonLabels', 'commonAnnotations', 'images', 'replicas', 'patches', 'patchesStrategicMerge',
  'patchesJson6902', 'configMapGenerator', 'secretGenerator', 'generatorOptions', 'sortOptions', 'buildMetadata', 'crds', 'configurations', 'generators', 'transformers', 'validators', 'replacements', 'vars', 'openapi', 'helmCharts', 'helmGlobals',
]);
const BEYOND = ['generators', 'transformers', 'validators', 'replacements', 'vars', 'helmCharts', 'crds', 'configurations'];

export interface Folder { path: string; kustomization: Dict }

/** A path as seen from the folder, without `.` and `..`. */
export function within(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Reads the kustomization of a folder. Throws KubectlError. */
export async function readFolder(call: Call, path: string): Promise<Folder> {
  const { files } = call.environment;
  if (!(await files.exists(path))) throw new KubectlError(`must build at directory: not a valid directory: evalsymlink failure on '${path}' : lstat ${path}: no such file or directory`);
  if (!(await files.isDirectory(path))) throw new KubectlError(`must build at directory: '${path}': file is not directory`);
  const found: string[] = [];
  for (const name of NAMES) if (await files.exists(`${path}/${name}`)) found.push(`${path}/${name}`);
  const [file, ...more] = found;
  if (!file) throw new KubectlError(`unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${path}'`);
  if (more.length > 0) throw new KubectlError(`Found multiple kustomization files under: ${path}`);
  const kustomization = parsed(file, await files.read(file));
  const unknown = Object.keys(kustomization).find((key) => !FIELDS.has(key));
  if (unknown !== undefined) throw new KubectlError(`invalid Kustomization: json: unknown field ${JSON.stringify(unknown)}`);
  const odd = ['resources', 'bases', 'components'].find((key) => typeof kustomization[key] === 'string');
  if (odd) throw new KubectlError(`invalid Kustomization: json: cannot unmarshal string into Go struct field Kustomization.${odd} of type []string`);
  const beyond = BEYOND.find((key) => Array.isArray(kustomization[key]) && kustomization[key].length > 0);
  if (beyond) throw new KubectlError(`'${beyond}' of a kustomization is not part of this simulated kubectl`);
  return { path, kustomization };
}

function parsed(file: string, text: string): Dict {
  let documents;
  try {
    documents = [...documentsOf(file, text, '1.2')];
  } catch (error) {
    throw new KubectlError(`invalid Kustomization: ${textOf(error).replace(/^error parsing .*?: /, '')}`);
  }
  const value = documents[0]?.value;
  if (!isDict(value)) throw new KubectlError('kustomization.yaml is empty');
  return value;
}

/** The text of a file that the kustomization names; it must lie within its folder. Throws KubectlError. */
export async function readWithin(call: Call, folder: string, path: string): Promise<string> {
  const full = checkedPath(folder, path);
  try {
    return await call.environment.files.read(full);
  } catch {
    throw new KubectlError(`evalsymlink failure on '${full}' : lstat ${full}: no such file or directory`);
  }
}

/** The same path, if it lies within the folder. Throws KubectlError. */
export function checkedPath(folder: string, path: string): string {
  const full = within(folder, path);
  if (!full.startsWith(folder === '/' ? folder : `${folder}/`)) throw new KubectlError(`security; file '${full}' is not in or below '${folder}'`);
  return full;
}

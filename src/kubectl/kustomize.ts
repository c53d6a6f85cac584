/** -k: a kustomization's resources, put together. */
import type { Call } from './command.ts';
import { KubectlError } from './errors.ts';
import type { ManifestDocument } from './manifest.ts';

/** The documents of a kustomization folder, in order. Throws KubectlError. */
export async function kustomized(_call: Call, folder: string): Promise<ManifestDocument[]> {
  throw new KubectlError(`unable to build the kustomization in "${folder}"`);
}

/** Paths as --sort-by and custom-columns take them: `x.y`, `.x.y`, `{x.y}` and `{.x.y}` all mean the same. */
import { KubectlError } from '../../errors.ts';

/** The path in its full form. Throws KubectlError. */
export function relaxedJsonPath(path: string): string {
  if (path === '') return path;
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(path);
  if (!match) throw new KubectlError(`unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`);
  return `{.${match[1] ?? match[2]}}`;
}

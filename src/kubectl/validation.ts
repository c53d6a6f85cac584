/** What kubectl checks in a document before it is sent; unknown fields are the server's affair. */
import { KubectlError } from './errors.ts';
import type { ManifestDocument } from './manifest.ts';
import { isDict } from './objects.ts';

/** Throws KubectlError for a document that does not say what it is. */
export function validateDocument({ source, value }: ManifestDocument): void {
  const problems = problemsOf(value);
  if (problems.length === 0) return;
  const text = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
  throw new KubectlError(`error validating "${source}": error validating data: ${text}; if you choose to ignore these errors, turn validation off with --validate=false`);
}

/** What a document does not say of itself. */
export function problemsOf(value: unknown): string[] {
  if (!isDict(value)) return ['invalid object to validate'];
  const { apiVersion, kind } = value;
  return [
    ...(apiVersion === undefined || apiVersion === null ? ['apiVersion not set'] : typeof apiVersion !== 'string' ? ["apiVersion isn't string type"] : []),
    ...(kind === undefined || kind === null ? ['kind not set'] : typeof kind !== 'string' ? ["kind isn't string type"] : []),
  ];
}

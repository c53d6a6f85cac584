/** Kinds and fields of a level's manifests, by the API's own schema, at the place where they stand. */
import { manifestProblems } from '../../manifest-check.ts';
import type { Level } from '../level.ts';
import type { Located } from '../located.ts';
import type { Problem } from '../problems.ts';

/** What is misspelt in `setup`. */
export function setupProblems({ file, setup = '', prepare = '' }: Level, located: Located): Problem[] {
  const mayDefineKinds = /CustomResourceDefinition/.test(`${setup}${prepare}`);
  return manifestProblems(setup, { mayDefineKinds }).map(({ line, column, message }) => ({ file, ...located.within(['setup'], line, column), rule: 'manifest', severity: 'error', message: `setup: ${message}` }));
}

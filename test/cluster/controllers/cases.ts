/** Upstream's table cases, when the folder with them lies beside the checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../../../shared/facts/controller-cases');

/** The cases of one test in a file; none when the file is missing. */
export function casesOf<C>(file: string, testName: string): (C & { name: string })[] {
  return allCasesOf<C & { test: string }>(file).filter((each) => each.test === testName);
}

/** All cases of a file. */
export function allCasesOf<C>(file: string): (C & { name: string })[] {
  const path = join(FOLDER, `${file}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) as (C & { name: string })[] : [];
}

/** What is in the folder is not there everywhere. */
export const hasCases = existsSync(FOLDER);

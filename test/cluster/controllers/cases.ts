/** Upstream's table cases, when the folder with them lies beside the checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../../../shared/facts/controller-cases');

/** The cases of one test in a file; none when the file is missing. */
export function casesOf<C>(file: string, testName: string): (C & { name: string })[] {
  const path = join(FOLDER, `${file}.json`);
  if (!existsSync(path)) return [];
  const all = JSON.parse(readFileSync(path, 'utf8')) as (C & { test: string; name: string })[];
  return all.filter((each) => each.test === testName);
}

/** What is in the folder is not there everywhere. */
export const hasCases = existsSync(FOLDER);

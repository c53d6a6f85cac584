/** A file that somebody has named on the command line. */
import { readFileSync } from 'node:fs';
import { UserProblem } from './problem.ts';

/** Its text. Throws UserProblem, which says why it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new UserProblem(`${path}: ${code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'is a folder' : 'cannot be read'}`);
  }
}

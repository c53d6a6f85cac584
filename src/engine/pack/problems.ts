/** What is wrong with a pack: file, line, what was found, what is allowed. */
import { printable } from './sources/safety.ts';

/** A problem stops a pack; a warning does not. `rule` names what found it, for `lint`. */
export interface Problem { file: string; line: number; column: number; message: string; rule?: string; severity?: 'error' | 'warning' }

/** Thrown when a pack cannot be used; carries everything found wrong with it. */
export class PackError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'PackError';
  }
}

/** `levels/basics/03.yaml:12:5: …` */
export function formatProblem({ file, line, column, message }: Problem): string {
  return printable(line > 0 ? `${file}:${line}:${column}: ${message}` : `${file}: ${message}`);
}

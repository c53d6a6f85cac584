/** What the parent tells a run of the tests, through a file named in the environment; and what the run answers, line by line. */
import { appendFileSync, readFileSync } from 'node:fs';

export interface Job {
  root: string;
  /** Globs of the test files. */
  include: string[];
  /** Per mutated file the number of its first mutant. */
  first: Record<string, number>;
  /** The mutants to try. */
  chosen: number[];
  /** A mutant that acts from the start, for what runs when modules load. */
  active?: number;
  log: string;
}

export const JOB = 'KUBE_QUEST_MUTATION_JOB';

export const readJob = (): Job => JSON.parse(readFileSync(process.env[JOB]!, 'utf8')) as Job;

/** `trying` a mutant, `killed` by a test, which was `endless` with it, hit on `load` only, or nothing but `alive`. */
export type Word = 'trying' | 'killed' | 'endless' | 'load' | 'alive';

export const tell = ({ log }: Job, word: Word, what: number | string = ''): void => appendFileSync(log, `${word} ${what}\n`);

/** What a level demands against what was taught before it, as far as words can tell. */
import { commandWords } from './command-words.ts';
import { needsOf } from '../load.ts';
import type { Level } from '../level.ts';

export interface Untaught { word: string; /** Ids of the levels that teach it. */ by: string[] }

/**
 * Commands that every solution of a level uses (so that there is no way around them) and that some other level
 * teaches, but none of those that must be won before.
 */
export function untaught(level: Level, levels: readonly Level[]): Untaught[] {
  const before = needsOf(level, levels);
  const knows = (one: Level, word: string) => one.teaches.some((taught) => taught.toLowerCase().includes(word));
  return demanded(level).flatMap((word) => {
    const by = levels.filter((other) => other.id !== level.id && knows(other, word)).map(({ id }) => id);
    const isTaught = knows(level, word) || by.length === 0 || by.some((id) => before.has(id));
    return isTaught ? [] : [{ word, by }];
  });
}

function demanded({ solutions }: Level): string[] {
  const [first = new Set<string>(), ...others] = solutions.map((solution) => new Set(commandWords(solution)));
  return [...first].filter((word) => others.every((words) => words.has(word)));
}

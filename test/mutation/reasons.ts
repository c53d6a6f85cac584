/** Mutants that no test can kill, and why: the program with the mistake does the same. */

interface Reason { file: string; /** What the line contains. */ line: string; /** What the mutant puts there, where only that one is meant. */ to?: string; why: string }

export const REASONS: readonly Reason[] = [
  { file: 'score/score.ts', line: "(level.solutions[0] ?? '')", to: "'?'", why: 'one line asks for fewer commands than the four that are par at least, as none does' },
];

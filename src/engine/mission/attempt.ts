/** One play of one level: the seed and what the player did, when. It replays to the same end, bit for bit. */

import { type Call, changes } from './outside.ts';

/** Something the player did, `atMs` of virtual time after their arrival; `tab` is the shell, unless it is the first. */
export type Input =
  | { atMs: number; do: 'run'; line: string; tab?: number }
  | { atMs: number; do: 'interrupt'; tab?: number }
  | { atMs: number; do: 'edit'; text: string | null; tab?: number }
  | { atMs: number; do: 'hint' }
  /** Asked why an object is in trouble, for the level's price. */
  | { atMs: number; do: 'why'; about: string }
  /** The player's own tools asked for something. */
  | { atMs: number; do: 'outside'; calls: Call[] };

/** So many shells a player has at most. */
export const TERMINALS_MAX = 9;

export interface Attempt {
  version: 1;
  id: string;
  level: string;
  packDigest: string;
  seed: string;
  /** Whose name parameters are drawn by. */
  player?: string;
  inputs: Input[];
  /** Virtual time that had passed when it was last looked at. */
  elapsedMs: number;
}

/** An attempt that has just begun. */
export function newAttempt(level: string, packDigest: string, seed: string, id: string, player?: string): Attempt {
  return { version: 1, id, level, packDigest, seed, ...(player === undefined ? {} : { player }), inputs: [], elapsedMs: 0 };
}

/** The attempt without its last command, or the last change from outside, and what followed it; undefined when there is none. */
export function withoutLastCommand(attempt: Attempt): Attempt | undefined {
  const last = attempt.inputs.findLastIndex(isCommand);
  if (last < 0) return undefined;
  const paid = attempt.inputs.slice(last).filter(isPaid);
  const atMs = attempt.inputs[last]!.atMs;
  return { ...attempt, inputs: [...attempt.inputs.slice(0, last), ...paid.map((input) => ({ ...input, atMs }))], elapsedMs: atMs };
}

/** Whether something was done that can be taken back. */
export const isCommand = (input: Input): boolean => input.do === 'run' || (input.do === 'outside' && input.calls.some(changes));

/** The attempt as it was at a moment; what came after it is given up, but for what was paid for. */
export function until(attempt: Attempt, elapsedMs: number): Attempt {
  const paid = attempt.inputs.filter((input) => input.atMs > elapsedMs && isPaid(input)).map((input) => ({ ...input, atMs: elapsedMs }));
  return { ...attempt, inputs: [...attempt.inputs.filter(({ atMs }) => atMs <= elapsedMs), ...paid], elapsedMs: Math.min(attempt.elapsedMs, elapsedMs) };
}

/** What was paid for stays paid for: hints outlive every going back. */
const isPaid = (input: Input): boolean => input.do === 'hint' || input.do === 'why';

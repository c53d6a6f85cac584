/** Attempts as files: what leaves the game and comes back, checked on the way in. */
import type { Attempt, Input } from './mission/attempt.ts';
import { isCall } from './mission/outside.ts';
import { GameProblem } from './view.ts';

/** The attempt as the text of a file. */
export const attemptText = (attempt: Attempt): string => `${JSON.stringify(attempt, null, 1)}\n`;

/** Throws GameProblem for what is no attempt. */
export function parseAttempt(text: string, name: string): Attempt {
  const data = parsed(text, name);
  if (!isRecord(data) || data['version'] !== 1) throw new GameProblem(`${name} is not an attempt of kube-quest`);
  const { id, level, packDigest, seed, inputs, elapsedMs } = data;
  if (![id, level, packDigest, seed].every((value) => typeof value === 'string') || typeof elapsedMs !== 'number' || !Array.isArray(inputs)) throw new GameProblem(`${name} is not a whole attempt`);
  const wrong = inputs.findIndex((input: unknown) => !isInput(input));
  if (wrong >= 0) throw new GameProblem(`${name}: inputs[${wrong}] is none of run, interrupt, edit, hint, why, outside with a time`);
  return data as unknown as Attempt;
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GameProblem(`${name} is not JSON; \`kube-quest export LEVEL\` writes an attempt`);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function isInput(value: unknown): value is Input {
  if (!isRecord(value) || typeof value['atMs'] !== 'number' || !(value['atMs'] >= 0)) return false;
  switch (value['do']) {
    case 'run': return typeof value['line'] === 'string';
    case 'edit': return value['text'] === null || typeof value['text'] === 'string';
    case 'why': return typeof value['about'] === 'string';
    case 'outside': return Array.isArray(value['calls']) && value['calls'].every(isCall);
    case 'interrupt': case 'hint': return true;
    default: return false;
  }
}

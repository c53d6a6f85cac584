/** Attempts as files: what leaves the game and comes back, checked on the way in. */
import { type Attempt, type Input, TERMINALS_MAX } from './mission/attempt.ts';
import { isCall } from './mission/outside.ts';
import { GameProblem } from './view.ts';

/** The attempt as the text of a file. */
export const attemptText = (attempt: Attempt): string => `${JSON.stringify(attempt, null, 1)}\n`;

/** Throws GameProblem for what is no attempt. */
export function parseAttempt(text: string, name: string): Attempt {
  const data = parsed(text, name);
  if (!isRecord(data) || data['version'] !== 1) throw new GameProblem(`${name} is not an attempt of kube-quest`);
  const inputs: unknown[] = Array.isArray(data['inputs']) ? data['inputs'] : [];
  const wrong = inputs.findIndex((input) => !isInput(input));
  if (wrong >= 0) throw new GameProblem(`${name}: inputs[${wrong}] is none of run, interrupt, edit, hint, why, outside with a time`);
  if (!isAttempt(data)) throw new GameProblem(`${name} is not a whole attempt`);
  if (!isWithinADay(data)) throw new GameProblem(`${name} goes on for more than a day; such an attempt cannot be played again`);
  return data;
}

/** Whether a piece of data has all that an attempt consists of. */
export function isAttempt(data: unknown): data is Attempt {
  if (!isRecord(data) || data['version'] !== 1 || !Array.isArray(data['inputs']) || !isTime(data['elapsedMs'])) return false;
  return ['id', 'level', 'packDigest', 'seed'].every((part) => typeof data[part] === 'string') && (data['player'] === undefined || typeof data['player'] === 'string') && data['inputs'].every(isInput);
}

const DAY_MS = 86_400_000;

/** Whether it can be replayed within reason. */
export const isWithinADay = ({ inputs, elapsedMs }: Attempt): boolean => elapsedMs <= DAY_MS && inputs.every(({ atMs }) => atMs <= DAY_MS);

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GameProblem(`${name} is not JSON; \`kube-quest export LEVEL\` writes an attempt`);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const isTime = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

const isTab = (tab: unknown): boolean => tab === undefined || typeof tab === 'number' && Number.isInteger(tab) && tab >= 0 && tab < TERMINALS_MAX;

function isInput(value: unknown): value is Input {
  if (!isRecord(value) || !isTime(value['atMs']) || !isTab(value['tab'])) return false;
  switch (value['do']) {
    case 'run': return typeof value['line'] === 'string';
    case 'edit': return value['text'] === null || typeof value['text'] === 'string';
    case 'why': return typeof value['about'] === 'string';
    case 'outside': return Array.isArray(value['calls']) && value['calls'].every(isCall);
    case 'interrupt': case 'hint': return true;
    default: return false;
  }
}

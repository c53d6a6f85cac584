/** Replays attempts and says what they are really worth, and what is wrong with what was claimed. */
import type { Attempt } from '../mission/attempt.ts';
import { Mission } from '../mission/mission.ts';
import type { Pack } from '../pack/level.ts';
import type { Score } from '../score/score.ts';
import type { Claim } from './bundle.ts';

/** What became of one goal. */
interface GoalResult { id: string; text: string; points: number; isReached: boolean }

export interface Verified {
  level: string;
  title: string;
  verdict: 'ok' | 'edited' | 'another pack' | 'not reproducible';
  /** Why it is not ok, in one sentence. */
  reason?: string;
  claim: Claim;
  score?: Score;
  goals: GoalResult[];
  /** Virtual milliseconds. */
  elapsedMs: number;
  commands: number;
  hints: number;
  /** Virtual time of the first hint. */
  firstHintMs?: number;
  /** Commands that failed, with how often. */
  failed: Record<string, number>;
}

/** Plays an attempt again. `isIntact`: whether the file it came in is as it was written. Never throws for what is wrong with it. */
export async function verifyAttempt(pack: Pack, attempt: Attempt, claim: Claim, isIntact: boolean): Promise<Verified> {
  const level = pack.levels.find(({ id }) => id === attempt.level);
  const hints = attempt.inputs.filter((input) => input.do === 'hint');
  const base: Verified = {
    level: attempt.level, title: level?.title ?? attempt.level, verdict: 'ok', claim, goals: [], elapsedMs: attempt.elapsedMs,
    commands: attempt.inputs.filter((input) => input.do === 'run').length, hints: hints.length, ...(hints[0] ? { firstHintMs: hints[0].atMs } : {}), failed: {},
  };
  if (attempt.packDigest !== pack.digest) return { ...base, verdict: 'another pack', reason: `was played on another pack or version (${short(attempt.packDigest)}, this one is ${short(pack.digest)})` };
  if (!level) return { ...base, verdict: 'another pack', reason: `the pack has no level "${attempt.level}"` };
  if (attempt.inputs.some((input, i) => i > 0 && input.atMs < attempt.inputs[i - 1]!.atMs)) return { ...base, verdict: 'edited', reason: 'its inputs are not in the order of their times' };
  try {
    const failed: Record<string, number> = {};
    const mission = await Mission.replay(level, structuredClone(attempt), { write: () => undefined, ended: (line, exit) => { if (exit !== 0) failed[line] = (failed[line] ?? 0) + 1; } });
    const score = mission.score();
    const goals = mission.goals.objectives.map(({ spec, doneMs }) => ({ id: spec.id, text: spec.text, points: spec.points, isReached: doneMs !== undefined }));
    return { ...base, ...judged(attempt, mission, score, claim, isIntact), score, goals, commands: mission.commands.length, failed };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { ...base, verdict: 'not reproducible', reason: `cannot be replayed: ${error.message.split('\n')[0]}` };
  }
}

function judged(attempt: Attempt, mission: Mission, score: Score, claim: Claim, isIntact: boolean): Pick<Verified, 'verdict' | 'reason'> {
  if (claim.score !== score.total || claim.stars !== score.stars) return { verdict: 'edited', reason: `the score was edited: it says ${claim.score} points and ${claim.stars} stars, the replay gives ${score.total} and ${score.stars}` };
  if (mission.elapsedMs !== attempt.elapsedMs) return { verdict: 'not reproducible', reason: `it says it took ${attempt.elapsedMs} ms, the replay ends at ${mission.elapsedMs} ms` };
  if (!isIntact) return { verdict: 'edited', reason: 'the file was edited after it was written: its digest does not match' };
  return { verdict: 'ok' };
}

function short(digest: string): string { return digest.replace(/^sha256:/, '').slice(0, 12) || 'none'; }

/** Whether two views look the same: time is shown in whole seconds. */
import type { GameView, MissionView } from '../engine/view.ts';

/** Every part by its identity, but for the time within a second. */
export function looksSame(before: GameView, now: GameView): boolean {
  return hasSameParts(before, now, ['mission']) && (before.mission === now.mission || (before.mission !== undefined && now.mission !== undefined && isSameMission(before.mission, now.mission)));
}

function isSameMission(before: MissionView, now: MissionView): boolean {
  return secondOf(before.elapsedMs) === secondOf(now.elapsedMs) && secondOf(before.nowMs ?? 0) === secondOf(now.nowMs ?? 0) && hasSameParts(before, now, ['elapsedMs', 'nowMs']);
}

const secondOf = (ms: number) => Math.floor(ms / 1000);

function hasSameParts<T extends object>(before: T, now: T, except: readonly (keyof T)[]): boolean {
  const keys = new Set([...Object.keys(before), ...Object.keys(now)] as (keyof T)[]);
  return [...keys].every((key) => except.includes(key) || before[key] === now[key]);
}

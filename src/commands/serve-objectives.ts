/** What becomes of a level's goals while it is played from outside, line by line. */
import type { Mission } from '../engine/mission/mission.ts';

const LOOK_EVERY_MS = 1_000;

/** Tells the briefing, then each goal as it is reached or broken, and the end. */
export function tellObjectives(mission: Mission, say: (text: string) => void): void {
  const { level, goals } = mission;
  if (!level.objectives.length) return;
  say(`\n${level.title}\n\n${level.briefing.trim()}\n\n${level.objectives.map(({ text }) => `  [ ] ${text}`).join('\n')}\n\nWhat kubectl cannot do is typed here: answer WORD, ssh NODE.\n`);
  const told = new Set<string>();
  const once = (id: string, text: string) => { if (!told.has(id)) { told.add(id); say(text); } };
  const look = () => {
    for (const { spec, doneMs } of goals.objectives) if (doneMs !== undefined) once(spec.id, `  [x] ${spec.text}`);
    for (const { spec, brokenMs, note } of goals.guards) if (brokenMs !== undefined) once(spec.id, `  [!] broken: ${spec.text}${note ? ` (${note})` : ''}`);
    if (mission.fault) once('fault', `This level has a mistake: ${mission.fault.message}`);
    if (mission.isOver) {
      const { won, total, stars } = mission.score();
      return say(won ? `Mission accomplished: ${total} points, ${'*'.repeat(stars)} after ${Math.round(mission.elapsedMs / 1000)} s.\n\n${level.debrief.trim()}\n` : 'The mission is lost.');
    }
    mission.cluster.world.clock.after(LOOK_EVERY_MS, 'objectives', look);
  };
  mission.cluster.world.clock.after(LOOK_EVERY_MS, 'objectives', look);
}

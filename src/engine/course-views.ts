/** The course and its players as they are listed. */
import { keyOf, type Profile } from '../saves/profile.ts';
import type { Level, Pack } from './pack/level.ts';
import type { LevelState, LevelView, PlayerView, WorldView } from './view.ts';

const SUMMARY_MIN = 60;

/** The worlds with their levels, as far as this player has come. */
export function worldViews(pack: Pack, profile: Profile | undefined): WorldView[] {
  return pack.worlds.map(({ id, title }) => ({ id, title, levels: pack.levels.filter(({ world }) => world === id).map((level) => levelView(level, pack, profile)) }));
}

export function playerView(profile: Profile): PlayerView {
  const records = Object.values(profile.levels);
  return { id: profile.id, name: profile.name, stars: records.reduce((sum, r) => sum + r.stars, 0), score: records.reduce((sum, r) => sum + r.bestScore, 0) };
}

function levelView(level: Level, pack: Pack, profile: Profile | undefined): LevelView {
  const recordOf = (id: string) => profile?.levels[keyOf(pack, id)];
  const record = recordOf(level.id);
  const missing = (level.needs ?? []).filter((need) => !recordOf(need)?.wins);
  const state: LevelState = record?.wins ? 'won' : profile?.open[keyOf(pack, level.id)] ? 'started' : missing.length > 0 ? 'locked' : 'open';
  return {
    id: level.id, title: level.title, world: level.world, difficulty: level.difficulty, minutes: level.minutes, teaches: level.teaches, stars: record?.stars ?? 0,
    ...(record?.bestScore ? { bestScore: record.bestScore } : {}), state,
    ...(state === 'locked' ? { needs: missing.map((id) => pack.levels.find((l) => l.id === id)?.title ?? id) } : {}),
    ...(level.needs?.length ? { after: level.needs } : {}),
    summary: summaryOf(level.briefing),
  };
}

/** The first sentences of a briefing, until they say something. */
function summaryOf(briefing: string): string {
  const sentences = briefing.replace(/[*`_#]/g, '').trim().split(/(?<=[.!?])\s+/);
  return sentences.reduce((said, sentence) => (said.length < SUMMARY_MIN ? `${said} ${sentence}`.trim() : said), '').replace(/\s+/g, ' ');
}

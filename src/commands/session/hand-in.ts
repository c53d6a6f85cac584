/** `export` and `hand-in`: a player's attempts in one file. Nothing leaves the machine but by the player's own hand. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { type Entry, sealed } from '../../engine/attempts/bundle.ts';
import { isOver } from '../../engine/attempts/session.ts';
import type { Attempt } from '../../engine/mission/attempt.ts';
import { Mission } from '../../engine/mission/mission.ts';
import type { Pack } from '../../engine/pack/level.ts';
import { loadPack } from '../../engine/pack/load.ts';
import { keyOf, type Profile } from '../../saves/profile.ts';
import { Saves, savesFolder } from '../../saves/saves.ts';
import { UserProblem } from '../problem.ts';
import type { SaveFlags } from './program.ts';
import { lastJoined } from './sessions.ts';

export async function exportAttempts(where: string, { saves, player, out, name }: SaveFlags & { out?: string; name?: boolean }): Promise<number> {
  const pack = loadPack(where);
  const profile = playerOf(saves, player);
  const entries = pack.levels.flatMap(({ id }) => provenOf(profile, pack, id));
  return write(pack, profile, entries, { out, name });
}

/** The best attempt of each level of the session joined last; of a level not yet won, how far it got. */
export async function handIn(_course: string, { saves, player, out, name }: SaveFlags & { out?: string; name?: boolean }): Promise<number> {
  const { session, pack: where } = lastJoined(saves);
  const pack = loadPack(where);
  if (pack.digest !== session.pack.digest) throw new UserProblem(`${where} has changed since you joined; put the version of the session back`);
  const profile = playerOf(saves, player);
  const entries: Entry[] = [];
  for (const id of session.levels) {
    const proven = provenOf(profile, pack, id);
    const open = profile.open[keyOf(pack, id)];
    if (proven.length > 0) entries.push(...proven);
    else if (open?.packDigest === pack.digest) entries.push(await standingOf(pack, open));
  }
  if (isOver(session, new Date())) process.stderr.write(`The deadline (${session.deadline}) has passed; your teacher decides.\n`);
  return write(pack, profile, entries, { out: out ?? `${session.id}-${idOf(profile, session.id)}.json`, name, session: session.id });
}

function write(pack: Pack, profile: Profile, entries: Entry[], { out, name, session }: { out?: string; name?: boolean; session?: string }): number {
  if (entries.length === 0) throw new UserProblem(`${profile.name} has no attempts at ${pack.name} to show`);
  const bundle = sealed({ pack: { name: pack.name, version: pack.version, digest: pack.digest }, player: idOf(profile, session ?? ''), ...(name ? { name: profile.name } : {}), ...(session ? { session } : {}), entries });
  const text = `${JSON.stringify(bundle, null, 1)}\n`;
  if (out === undefined) process.stdout.write(text);
  else {
    writeFileSync(out, text);
    process.stdout.write(`${out}: ${entries.length} attempts of ${name ? profile.name : `player ${bundle.player} (add --name to be named)`}\n`);
  }
  return 0;
}

function provenOf(profile: Profile, pack: Pack, id: string): Entry[] {
  const record = profile.levels[keyOf(pack, id)];
  return record?.best ? [{ attempt: record.best, claim: { score: record.bestScore, stars: record.stars } }] : [];
}

async function standingOf(pack: Pack, attempt: Attempt): Promise<Entry> {
  const level = pack.levels.find(({ id }) => id === attempt.level)!;
  const { total, stars } = (await Mission.replay(level, structuredClone(attempt), { write: () => undefined })).score();
  return { attempt, claim: { score: total, stars } };
}

/** The player named, or the only one. Throws UserProblem. */
function playerOf(saves: string | undefined, name: string | undefined): Profile {
  const profiles = new Saves(savesFolder(saves)).list();
  const found = name === undefined ? profiles : profiles.filter((profile) => profile.name.toLowerCase() === name.toLowerCase());
  if (found.length === 1) return found[0]!;
  if (profiles.length === 0) throw new UserProblem('nobody has played here yet');
  throw new UserProblem(`${name === undefined ? 'several have played here' : `nobody named ${name} has played here`}; say --player with one of ${profiles.map((profile) => profile.name).join(', ')}`);
}

/** Tells attempts of one player from another's, and nobody who it is. */
function idOf(profile: Profile, session: string): string {
  return createHash('sha256').update(`${profile.id}\0${session}`).digest('hex').slice(0, 8);
}

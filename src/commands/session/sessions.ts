/** `session new` and `join`: the small file that tells a class what to play. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nanoid } from 'nanoid';
import { codeOf, isCode, isOver, readSession, type Session, SessionError } from '../../engine/attempts/session.ts';
import { loadPack } from '../../engine/pack/load.ts';
import { nearest } from '../../engine/pack/nearest.ts';
import { printable } from '../../engine/pack/sources/safety.ts';
import { savesFolder } from '../../saves/saves.ts';
import { play } from '../play.ts';
import { UserProblem } from '../problem.ts';

/** What a player has joined: the session, and where its pack was. */
export interface Joined { session: Session; pack: string }

export async function newSession(where: string, { levels, deadline, title, out }: { levels?: string; deadline?: string; title?: string; out: string }): Promise<number> {
  const pack = loadPack(where);
  const ids = levels === undefined ? pack.levels.map(({ id }) => id) : levels.split(',').map((id) => id.trim()).filter(Boolean);
  for (const id of ids) {
    if (pack.levels.some((level) => level.id === id)) continue;
    const near = nearest(id, pack.levels.map((level) => level.id));
    throw new UserProblem(`there is no level "${id}" in ${pack.name}${near ? `; did you mean "${near}"?` : ''}`);
  }
  const session: Session = { format: 'kube-quest session', version: 1, id: nanoid(10), title: title ?? pack.title, pack: { name: pack.name, digest: pack.digest }, levels: ids, ...(deadline ? { deadline } : {}) };
  writeFileSync(out, `${JSON.stringify(session, null, 1)}\n`);
  process.stdout.write(`${out}: ${ids.length} levels of ${pack.name}${deadline ? `, until ${deadline}` : ''}\nStudents say: kube-quest join ${out}\nor, without the file: kube-quest join ${codeOf(session)}\n`);
  return 0;
}

export async function joinSession(what: string, where: string, { saves, plain, language, play: isPlayed = true }: { saves?: string; plain?: boolean; language?: string; play?: boolean }): Promise<number> {
  const session = sessionOf(what);
  const pack = loadPack(where);
  if (pack.digest !== session.pack.digest) throw new UserProblem(`the session is of the pack "${printable(session.pack.name)}" in a version that is not here; say where it is with --pack PACK, or install the version that your teacher has`);
  const folder = sessionsFolder(saves);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, `${session.id.replace(/[^\w-]/g, '')}.json`), JSON.stringify({ session, pack: where } satisfies Joined));
  process.stdout.write(`${printable(session.title)}: ${session.levels.length} levels${session.deadline ? `, until ${session.deadline}` : ''}${isOver(session, new Date()) ? ' (which has passed)' : ''}\nWhen you are done: kube-quest hand-in\n`);
  return isPlayed ? play({ what: where, isPack: true, isPlain: plain, saves, language, levels: where, only: session.levels }) : 0;
}

/** The session joined last. Throws UserProblem when there is none. */
export function lastJoined(saves: string | undefined): Joined {
  const folder = sessionsFolder(saves);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => join(folder, name)) : [];
  const [last] = files.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (!last) throw new UserProblem('you have joined no session; `kube-quest join FILE` does that, and `kube-quest session export` needs none');
  const data: unknown = JSON.parse(readFileSync(last, 'utf8'));
  if (typeof data !== 'object' || data === null || !('session' in data) || !('pack' in data) || typeof data.pack !== 'string') throw new UserProblem(`${last} is damaged; join the session again`);
  return { session: readSession(JSON.stringify(data.session)), pack: data.pack };
}

function sessionsFolder(saves: string | undefined): string { return join(savesFolder(saves), 'sessions'); }

function sessionOf(what: string): Session {
  try {
    if (isCode(what)) return readSession(what);
    if (!existsSync(what)) throw new UserProblem(`${what}: there is no such file, and it is no code of a session`);
    return readSession(readFileSync(what, 'utf8'));
  } catch (error) {
    if (error instanceof SessionError) throw new UserProblem(`${what}: ${error.message}`);
    throw error;
  }
}

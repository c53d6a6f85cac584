/** All players of one folder. A file that cannot be used is set aside with a message, never overwritten. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';
import { LowSync } from 'lowdb';
import { nanoid } from 'nanoid';
import { AtomicFile, SaveError } from './atomic-file.ts';
import { merge, migrate, newProfile, type Profile, UnreadableSave } from './profile.ts';

const LOCK_STALE_MS = 5000;
const LOCK_TRIES = 200;

/** Where saves lie: as asked, else in a checkout's own folder, else in the user's data folder. */
export function savesFolder(asked: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  if (asked) return asked;
  if (environment.KUBE_QUEST_SAVES) return environment.KUBE_QUEST_SAVES;
  const checkout = join(dirname(fileURLToPath(import.meta.url)), '..', 'saves');
  if (existsSync(join(checkout, 'README.md')) && existsSync(join(checkout, '..', 'tsconfig.json'))) return checkout;
  return join(envPaths('kube-quest', { suffix: '' }).data, 'saves');
}

export class Saves {
  readonly folder: string;
  /** What was found wrong when reading, for the player. */
  readonly messages: string[] = [];
  /** Open missions that were ended here: they must not come back from another game's copy. */
  readonly #ended = new Map<string, Set<string>>();

  /** Throws SaveError when the folder cannot be made. */
  constructor(folder: string) {
    this.folder = folder;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch {
      throw new SaveError(`${folder} cannot be made; name another place with --saves DIR`);
    }
  }

  /** All players that can be read, by name. */
  list(): Profile[] {
    const found: Profile[] = [];
    for (const name of readdirSync(this.folder).sort()) {
      if (!name.endsWith('.json')) continue;
      const profile = this.#read(join(this.folder, name));
      if (profile) found.push(profile);
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  create(name: string): Profile {
    const profile = newProfile(nanoid(10), name, new Date());
    new LowSync(new AtomicFile(this.#path(profile.id)), profile as unknown).write();
    return profile;
  }

  /** Writes a player, taking in what another game has written meanwhile. Throws SaveError. */
  save(profile: Profile): Profile {
    return this.#locked(profile.id, () => {
      const file = new AtomicFile(this.#path(profile.id));
      const disk = existsSync(file.path) ? this.#read(file.path) : undefined;
      const merged = disk ? merge(disk, profile, this.#ended.get(profile.id) ?? new Set()) : profile;
      const db = new LowSync<unknown>(file, merged);
      db.data = merged;
      db.write();
      return merged;
    });
  }

  /** Notes that a mission was ended, so that merging does not bring it back. */
  endMission(profile: Profile, level: string): Profile {
    const ended = this.#ended.get(profile.id) ?? new Set();
    this.#ended.set(profile.id, ended.add(level));
    const { [level]: _open, ...open } = profile.open;
    const { [level]: _at, ...openedAt } = profile.openedAt;
    return { ...profile, open, openedAt };
  }

  /** A mission goes on: it may be saved again. */
  beginMission(profile: Profile, level: string): void {
    this.#ended.get(profile.id)?.delete(level);
  }

  #path(id: string): string { return join(this.folder, `${id}.json`); }

  #read(path: string): Profile | undefined {
    try {
      return migrate(new AtomicFile(path).read());
    } catch (error) {
      if (!(error instanceof SaveError) && !(error instanceof UnreadableSave)) throw error;
      return this.#setAside(path, error.message);
    }
  }

  /** A broken save makes way for its backup, if that is good; it is kept under another name. */
  #setAside(path: string, why: string): Profile | undefined {
    const kept = `${path}.unreadable-${nanoid(4)}`;
    const isNewer = why.includes('newer');
    if (!isNewer) renameSync(path, kept);
    const backup = `${path}.bak`;
    if (!isNewer && existsSync(backup)) {
      try {
        const profile = migrate(new AtomicFile(backup).read());
        new AtomicFile(path).write(profile);
        this.messages.push(`A save could not be read (${why}). Its backup was used; the broken file is kept as ${kept}.`);
        return profile;
      } catch (error) {
        if (!(error instanceof SaveError) && !(error instanceof UnreadableSave)) throw error;
      }
    }
    this.messages.push(isNewer ? `${path} ${why}; it was left alone. Update kube-quest to use it.` : `A save could not be read (${why}). It is kept as ${kept}.`);
    return undefined;
  }

  #locked<T>(id: string, write: () => T): T {
    const lock = join(this.folder, `.${id}.lock`);
    for (let i = 0; i < LOCK_TRIES; i++) {
      try {
        writeFileSync(lock, String(process.pid), { flag: 'wx' });
        break;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) break; // a read-only folder says so when it is written to
        if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > LOCK_STALE_MS) rmSync(lock, { force: true });
        else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      }
    }
    try {
      return write();
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

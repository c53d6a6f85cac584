/** All players of one folder. A file that cannot be used is set aside with a message, never overwritten. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';
import { LowSync } from 'lowdb';
import { nanoid } from 'nanoid';
import type { Settings } from '../engine/view.ts';
import { AtomicFile, reason, SaveError } from './atomic-file.ts';
import { isDead, locked } from './lock.ts';
import { merge, migrate, NewerSave, newProfile, type Profile, UnreadableSave } from './profile.ts';

/** What a process that was killed in the middle of writing leaves. */
const HALF_WRITTEN = /\.json\.(\d+)\.[\w-]{6}\.tmp$/;

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
  /** Why the last write failed; what it should have kept is in memory only. */
  unsaved: string | undefined;
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

  /** All players that can be read, by name. Throws SaveError when the folder cannot be read. */
  list(): Profile[] {
    const found: Profile[] = [];
    for (const name of this.#files()) {
      if (!name.endsWith('.json')) continue;
      const profile = this.#read(join(this.folder, name));
      if (profile) found.push(profile);
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A new player's save. Throws SaveError. */
  create(name: string, settings?: Settings): Profile {
    const profile = newProfile(nanoid(10), name, new Date(), settings);
    new LowSync(new AtomicFile(this.#path(profile.id)), profile as unknown).write();
    return profile;
  }

  /** Writes a player, taking in what another game has written meanwhile. Throws SaveError. */
  save(profile: Profile): Profile {
    return locked(join(this.folder, `.${profile.id}.lock`), () => {
      const file = new AtomicFile(this.#path(profile.id));
      const disk = existsSync(file.path) ? this.#read(file.path, { toWrite: true }) : undefined;
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

  /** The folder's files, without those that nobody will finish. */
  #files(): string[] {
    try {
      return readdirSync(this.folder).sort().filter((name) => {
        const writer = HALF_WRITTEN.exec(name)?.[1];
        if (writer && isDead(Number(writer))) rmSync(join(this.folder, name), { force: true });
        return !writer;
      });
    } catch (error) {
      throw new SaveError(`${this.folder} cannot be read: ${reason(error)}; name another place with --saves DIR`);
    }
  }

  /** A newer version's save is never written over: then this throws SaveError. */
  #read(path: string, { toWrite = false } = {}): Profile | undefined {
    try {
      return migrate(new AtomicFile(path).read());
    } catch (error) {
      if (!(error instanceof SaveError) && !(error instanceof UnreadableSave)) throw error;
      if (!(error instanceof NewerSave)) return this.#setAside(path, error.message);
      const message = `${path} ${error.message}; it was left alone. Update kube-quest to use it.`;
      if (toWrite) throw new SaveError(message);
      this.messages.push(message);
      return undefined;
    }
  }

  /** A broken save makes way for its backup, if that is good; it is kept under another name. Throws SaveError. */
  #setAside(path: string, why: string): Profile | undefined {
    const kept = `${path}.unreadable-${nanoid(4)}`;
    try {
      renameSync(path, kept);
    } catch (error) {
      throw new SaveError(`A save could not be read (${why}) nor set aside: ${reason(error)}; name another place with --saves DIR`);
    }
    const profile = this.#fromBackup(path);
    this.messages.push(profile ? `A save could not be read (${why}). Its backup was used; the broken file is kept as ${kept}.` : `A save could not be read (${why}). It is kept as ${kept}.`);
    return profile;
  }

  #fromBackup(path: string): Profile | undefined {
    const backup = `${path}.bak`;
    if (!existsSync(backup)) return undefined;
    try {
      const profile = migrate(new AtomicFile(backup).read());
      new AtomicFile(path).write(profile);
      return profile;
    } catch (error) {
      if (error instanceof SaveError || error instanceof UnreadableSave) return undefined;
      throw error;
    }
  }
}

/** etcd's data directories: which member of which cluster each holds. They outlive the processes. */
import type { World } from '../../../../time/simulation.ts';
import { EtcdGroup, memberIdOf, type SavedGroup } from '../../../etcd/group.ts';
import { EtcdStore } from '../../../etcd/store.ts';
import type { FileSystem } from '../../file-system.ts';

/** What lies in a data directory. */
export interface EtcdDisk { group: EtcdGroup; id: string }

/** All data directories, by the mark in their database file. */
export interface SavedDisks { groups: SavedGroup[]; disks: { mark: string; group: number; id: string }[] }

/** What `etcdutl snapshot restore` is told. */
export interface RestoreOptions { world: World; name: string; token: string; members: readonly { name: string; peerUrls: readonly string[] }[]; bump: number; markCompacted: boolean }

export class EtcdDisks {
  readonly #disks = new Map<string, EtcdDisk>();
  /** Clusters restored from a snapshot, by cluster ID and the snapshot's checksum: each member is restored on its own node. */
  readonly #restored = new Map<string, EtcdGroup>();

  /** What a data directory holds; undefined for one that is empty or missing. Throws an Error when its database is not one. */
  find(files: FileSystem, dataDir: string): EtcdDisk | undefined {
    const path = databaseIn(dataDir);
    if (!files.exists(path)) return undefined;
    const found = this.#disks.get(files.read(path).trim());
    if (!found) throw new Error('failed to open database: invalid database');
    return found;
  }

  /** Makes a data directory. */
  write(files: FileSystem, dataDir: string, disk: EtcdDisk): void {
    const mark = `bbolt ${this.#disks.size + 1}`;
    this.#disks.set(mark, disk);
    for (const folder of ['snap', 'wal']) files.makeDirectory(`${dataDir}/member/${folder}`, { mode: 0o700 });
    files.write(databaseIn(dataDir), `${mark}\n`, { mode: 0o600 });
  }

  saved(): SavedDisks {
    const groups = [...new Set([...this.#disks.values()].map(({ group }) => group))];
    return { groups: groups.map((group) => group.saved()), disks: [...this.#disks].map(([mark, { group, id }]) => ({ mark, group: groups.indexOf(group), id })) };
  }

  /** Takes over what was saved. Throws an Error on a bad snapshot. */
  load(world: World, { groups, disks }: SavedDisks): void {
    const loaded = groups.map((group) => EtcdGroup.restore(world, group));
    for (const { mark, group, id } of disks) this.#disks.set(mark, { group: loaded[group]!, id });
  }

  /** The data directory of one member of a new cluster with a snapshot's contents. Throws an Error on a bad snapshot. */
  restore(snapshot: Uint8Array, hash: string, { world, name, token, members, bump, markCompacted }: RestoreOptions): EtcdDisk {
    const fresh = new EtcdGroup({ world, token, members, store: EtcdStore.restore(snapshot, { clock: world.clock, bump, markCompacted }) });
    const key = `${fresh.clusterId} ${hash} ${bump}`;
    const id = memberIdOf(members.find((member) => member.name === name)?.peerUrls ?? [], token);
    const known = this.#restored.get(key);
    // A second restore on the same node is another cluster of the same name.
    const group = known && !known.records.get(id)?.isBootstrapped ? known : fresh;
    this.#restored.set(key, group);
    group.claim(id);
    return { group, id };
  }
}

function databaseIn(dataDir: string): string {
  return `${dataDir}/member/snap/db`;
}

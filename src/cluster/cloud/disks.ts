/** The pretend cloud's disks: each lies in a zone, is plugged into one machine at a time, and keeps its data wherever it goes. */
import type { Clock } from '../../time/clock.ts';
import { MemoryFileSystem } from '../node/os/memory-file-system.ts';
import type { SavedEntry } from '../node/os/disk-entries.ts';

export interface Disk {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  sizeBytes: number;
  /** How fast it is: `type`, `iops`, `throughput`. */
  parameters?: Readonly<Record<string, string>>;
  /** The node it is plugged into. */
  attachedTo?: string;
  /** What is on it; its file system is as large as it was last made, not as the disk. */
  readonly files: MemoryFileSystem;
  /** Called when it has grown. */
  grown?: () => void;
}

/** A disk with what is on it, as data. */
export interface SavedDisk extends Pick<Disk, 'id' | 'name' | 'zone' | 'sizeBytes' | 'parameters' | 'attachedTo'> { content: SavedEntry }

/** Why the cloud's API refuses, with the code that a CSI driver makes of it. */
export interface DiskRefusal { readonly code: 'ResourceExhausted' | 'NotFound' | 'FailedPrecondition' | 'InvalidArgument' | 'Internal'; readonly message: string }
type Done<T> = (answer: T | DiskRefusal) => void;

export function isRefusal(answer: object): answer is DiskRefusal {
  return 'code' in answer && 'message' in answer;
}

export interface DisksOptions {
  clock: Clock;
  /** Throws what is wrong with the cloud as a whole. */
  check: () => void;
  /** Where a machine is; undefined: the cloud does not know it. */
  zoneOf: (nodeName: string) => string | undefined;
}

export class Disks {
  readonly #options: DisksOptions;
  readonly #disks = new Map<string, Disk>();
  #count = 0;
  /** What a level sets: how many disks there may be, how much they may hold together, how many a machine takes. */
  quota = 100;
  quotaBytes = Infinity;
  perMachine = 25;
  /** How long each call takes. */
  delayMs = 1_000;
  /** Why no disk can be made, plugged in or taken out at the moment; by call. */
  readonly failures: { create?: string; attach?: string; detach?: string; expand?: string; modify?: string; delete?: string } = {};

  constructor(options: DisksOptions) {
    this.#options = options;
  }

  list(): Disk[] { return [...this.#disks.values()]; }
  get(id: string): Disk | undefined { return this.#disks.get(id); }
  /** The disk if it is plugged into the machine. */
  on(nodeName: string, id: string): Disk | undefined {
    const disk = this.#disks.get(id);
    return disk?.attachedTo === nodeName ? disk : undefined;
  }

  /** A disk of that name, made unless it is there. */
  create(name: string, sizeBytes: number, zone: string, done: Done<Disk>): void {
    this.#call('create', done, () => {
      const known = this.list().find((disk) => disk.name === name);
      if (known) return known;
      const used = this.list().reduce((sum, disk) => sum + disk.sizeBytes, 0);
      if (this.#disks.size >= this.quota) return { code: 'ResourceExhausted', message: `quota exceeded: ${this.quota} disks in use` };
      if (used + sizeBytes > this.quotaBytes) return { code: 'ResourceExhausted', message: `quota exceeded: ${Math.floor(used / 2 ** 30)} of ${Math.floor(this.quotaBytes / 2 ** 30)} GiB of disks in use` };
      const id = `disk-${String(++this.#count).padStart(4, '0')}`;
      const disk = this.#add({ id, name, zone, sizeBytes });
      disk.files.makeDirectory('/lost+found');
      return disk;
    });
  }

  saved(): SavedDisk[] { return this.list().map(({ id, name, zone, sizeBytes, parameters, attachedTo, files }) => ({ id, name, zone, sizeBytes, parameters, attachedTo, content: files.saved() })); }

  /** Takes over disks that were saved. */
  load(saved: readonly SavedDisk[]): void {
    for (const { content, ...disk } of saved) {
      this.#add(disk).files.load(content);
      this.#count = Math.max(this.#count, Number(disk.id.slice(disk.id.lastIndexOf('-') + 1)));
    }
  }

  #add(disk: Omit<Disk, 'files'>): Disk {
    const added: Disk = { ...disk, files: new MemoryFileSystem({ now: () => this.#options.clock.now(), capacityBytes: disk.sizeBytes }) };
    this.#disks.set(disk.id, added);
    return added;
  }

  /** Deletes it with all data; one that is gone is as good. */
  delete(id: string, done: Done<object>): void {
    this.#call('delete', done, () => {
      const { attachedTo } = this.#disks.get(id) ?? {};
      if (attachedTo) return { code: 'Internal', message: `disk ${id} is in use by ${attachedTo}` };
      this.#disks.delete(id);
      return {};
    });
  }

  attach(id: string, nodeName: string, done: Done<Disk>): void {
    this.#call('attach', done, () => {
      const disk = this.#disks.get(id);
      if (!disk) return { code: 'NotFound', message: `disk ${id} not found` };
      if (disk.attachedTo === nodeName) return disk;
      if (disk.attachedTo) return { code: 'FailedPrecondition', message: `disk ${id} is attached to ${disk.attachedTo}` };
      const zone = this.#options.zoneOf(nodeName);
      if (disk.zone && zone && zone !== disk.zone) return { code: 'FailedPrecondition', message: `disk ${id} is in zone ${disk.zone}, ${nodeName} in ${zone}` };
      if (this.list().filter(({ attachedTo }) => attachedTo === nodeName).length >= this.perMachine) return { code: 'ResourceExhausted', message: `${nodeName} has ${this.perMachine} disks already` };
      disk.attachedTo = nodeName;
      return disk;
    });
  }

  detach(id: string, nodeName: string, done: Done<object>): void {
    this.#call('detach', done, () => {
      const disk = this.#disks.get(id);
      if (disk?.attachedTo === nodeName) disk.attachedTo = undefined;
      return {};
    });
  }

  /** Makes it faster or slower, or another type, while it is in use. */
  modify(id: string, parameters: Readonly<Record<string, string>>, done: Done<Disk>): void {
    this.#call('modify', done, () => {
      const disk = this.#disks.get(id);
      if (!disk) return { code: 'NotFound', message: `disk ${id} not found` };
      const unknown = Object.keys(parameters).find((key) => !['type', 'iops', 'throughput'].includes(key));
      if (unknown) return { code: 'InvalidArgument', message: `invalid parameter key ${unknown}: a disk has type, iops and throughput` };
      disk.parameters = { ...disk.parameters, ...parameters };
      return disk;
    });
  }

  expand(id: string, sizeBytes: number, done: Done<Disk>): void {
    this.#call('expand', done, () => {
      const disk = this.#disks.get(id);
      if (!disk) return { code: 'NotFound', message: `disk ${id} not found` };
      const others = this.list().reduce((sum, each) => sum + (each === disk ? 0 : each.sizeBytes), 0);
      if (others + sizeBytes > this.quotaBytes) return { code: 'ResourceExhausted', message: 'quota exceeded' };
      disk.sizeBytes = Math.max(disk.sizeBytes, sizeBytes);
      this.#options.clock.after(0, 'disk has grown', () => disk.grown?.());
      return disk;
    });
  }

  #call<T extends object>(verb: keyof Disks['failures'], done: Done<T>, act: () => T | DiskRefusal): void {
    this.#options.clock.after(this.delayMs, `${verb} disk`, () => {
      const failure = this.failures[verb] ?? this.#outage();
      done(failure === undefined ? act() : { code: 'Internal', message: failure });
    });
  }

  #outage(): string | undefined {
    try {
      this.#options.check();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** Mishaps that no command makes: lines that begin with `!`. */
import type { Cluster } from '../../src/cluster/cluster.ts';
import { EtcdError } from '../../src/cluster/etcd/face.ts';
import type { Lateness } from '../../src/time/clock.ts';

/** Disks that are slow until an instant: what reads or writes them comes late. */
export class SlowDisks {
  #untilMs = 0;
  readonly #nowMs: () => number;
  readonly #lateness: Lateness;

  constructor(nowMs: () => number, lateness: Lateness) {
    this.#nowMs = nowMs;
    this.#lateness = lateness;
  }

  begin(seconds: number): void { this.#untilMs = this.#nowMs() + seconds * 1000; }

  readonly lateMs: Lateness = (what, delayMs) => {
    const usual = this.#lateness(what, delayMs);
    const isSlow = this.#untilMs > 0 && this.#nowMs() < this.#untilMs && /etcd|pull|image|volume|container|disk/i.test(what);
    return isSlow && delayMs > 0 ? usual + 700 : usual;
  };
}

/** Does what a line says; throws an Error on one that is not known. */
export function mishap(line: string, cluster: Cluster, disks: SlowDisks): void {
  const [, what = '', ...words] = line.split(' ');
  const name = words[0] ?? '';
  if (what === 'lose-connections') {
    // Whoever watched lists again; requests in between fail.
    const wasCut = cluster.network.isCut(name);
    cluster.network.setCut(name, true);
    if (!wasCut) cluster.network.setCut(name, false);
  } else if (what === 'slow-disks') disks.begin(Number(name));
  else if (what === 'partition') {
    // Its machine and no other is on the one side; who stands outside reaches both.
    cluster.network.separate([name], [...cluster.machines.keys()].filter((other) => other !== name));
    cluster.world.clock.after(Number(words[1]) * 1000, 'the partition heals', () => cluster.network.separate([], []));
  } else if (what === 'compact') compactEtcd(cluster);
  else throw new Error(`simulate: no mishap "${line}"`);
}

/** All history is forgotten, as by `etcdctl compact` at the newest revision. */
function compactEtcd({ etcdDisks, controlPlane }: Cluster): void {
  const { group } = etcdDisks.find(controlPlane.os.files, '/var/lib/etcd') ?? {};
  try {
    group?.compact(group.store.revision);
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
  }
}

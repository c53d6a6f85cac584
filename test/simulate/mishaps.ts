/** Mishaps that no command makes: lines that begin with `!`. */
import type { Cluster } from '../../src/cluster/cluster.ts';
import { EtcdError } from '../../src/cluster/etcd/face.ts';
import { KNOWN_IMAGES, type KnownImage } from '../../src/cluster/node/images/known.ts';
import type { Lateness } from '../../src/time/clock.ts';
import { type LostAnswers, USERS } from './lost-answers.ts';

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

/** Registries that answer nothing until an instant. */
export class Registries {
  #untilMs = 0;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) { this.#nowMs = nowMs; }

  fail(seconds: number): void { this.#untilMs = this.#nowMs() + seconds * 1000; }

  /** Known images that cannot be had meanwhile. */
  images(): Record<string, KnownImage> {
    const isDown = () => this.#untilMs > 0 && this.#nowMs() < this.#untilMs;
    return Object.fromEntries(['nginx', 'redis', 'busybox'].map((name) => {
      const known = KNOWN_IMAGES[name]!;
      return [name, { ...known, get tags() { return isDown() ? /^(?!)/ : known.tags; } }];
    }));
  }
}

/** What mishaps act on. */
export interface Stage { cluster: Cluster; disks: SlowDisks; answers: LostAnswers; registries: Registries }

/** Does what a line says; throws an Error on one that is not known. */
export function mishap(line: string, stage: Stage): void {
  const { cluster, disks, answers, registries } = stage;
  const { network, world } = cluster;
  const [, what = '', ...words] = line.split(' ');
  const name = words[0] ?? '';
  const seconds = Number(words[1]);
  switch (what) {
    case 'lose-connections': return loseConnections(cluster, name);
    case 'slow-disks': return disks.begin(Number(name));
    case 'partition':
      // Its machine and no other is on the one side; who stands outside reaches both.
      network.separate([name], [...cluster.machines.keys()].filter((other) => other !== name));
      return void world.clock.after(seconds * 1000, 'the partition heals', () => network.separate([], []));
    case 'compact': return compactEtcd(cluster);
    case 'registries-down': return registries.fail(Number(name));
    case 'lose-answers': return answers.begin(Number(name), seconds);
    // Whoever watched from there has missed what etcd has forgotten meanwhile.
    case 'forget-during-partition': {
      network.separate([name], [...cluster.machines.keys()].filter((other) => other !== name));
      return void world.clock.after(seconds * 1000, 'the partition heals', () => {
        compactEtcd(cluster);
        network.separate([], []);
      });
    }
    case 'die-writing': return answers.await(USERS[name] ?? new RegExp(`^system:node:${name}$`), seconds, () => world.soon('mishap', () => die(cluster, name)));
    case 'die-answering': return answers.await(USERS[name] ?? new RegExp(`^system:node:${name}$`), seconds, () => world.soon('mishap', () => die(cluster, 'kube-apiserver')));
    default: throw new Error(`simulate: no mishap "${line}"`);
  }
}

/** Whoever watched lists again; requests in between fail. */
function loseConnections({ network }: Cluster, name: string): void {
  const wasCut = network.isCut(name);
  network.setCut(name, true);
  if (!wasCut) network.setCut(name, false);
}

/** Every instance of a control-plane program, or a node's kubelet, is killed and started again. */
function die({ machines }: Cluster, name: string): void {
  const kubelet = machines.get(name);
  if (kubelet) return void (kubelet.os.isOn && kubelet.os.systemd.kill('kubelet.service', 'SIGKILL'));
  for (const { runtime } of machines.values()) for (const container of runtime.containers()) if (container.config.name === name) runtime.kill(container);
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

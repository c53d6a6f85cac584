/** Key press to frame with 1,000 nodes and 10,000 Pods of which one changes 100 times a second: the screens' own way, into a terminal that only counts. */
import { EventEmitter } from 'node:events';
import type { ClusterView, NodeView, PodView } from '../../src/engine/view.ts';
import { runGame } from '../../src/ui/main.tsx';
import { FakeGame } from '../ui/fake-game.ts';

const NODES = 1000;
const PODS_A_NODE = 10;
const CHANGE_EVERY_MS = 10;
const KEYS = 120;

export interface Frames { readonly medianMs: number; readonly p95Ms: number; /** Of the processor's time: what another load on the machine does not change. */ readonly p95CpuMs: number; readonly bytesAKey: number; readonly bytesACell: number; readonly cpuShare: number }

class CountingTerminal extends EventEmitter {
  readonly isTTY = true;
  readonly columns = 120;
  readonly rows = 40;
  written = 0;
  onFrame: (() => void) | undefined;

  write(text: string): boolean {
    this.written += text.length;
    this.onFrame?.();
    return true;
  }

  /** The next frame. */
  frame(): Promise<void> {
    return new Promise((done) => { this.onFrame = () => { this.onFrame = undefined; done(); }; });
  }
}

const pause = (ms: number) => new Promise<void>((done) => { setTimeout(done, ms); });

/** Plays in `sight` (a key that opens it) and moves about there. */
export async function measureFrames(sight: string, keys: readonly string[]): Promise<Frames> {
  const terminal = new CountingTerminal();
  const input = new EventEmitter();
  const game = new FakeGame();
  const ended = runGame(game, { stdin: Object.assign(input, { isTTY: true, setRawMode: () => {}, setEncoding: () => {}, resume: () => {}, pause: () => {} }), stdout: terminal, surroundings: { depth: 'all', glyphs: 'unicode' } });
  const type = (text: string) => input.emit('data', text);
  while (terminal.written < 500) await pause(50);
  type('\r');
  while (!game.mission()) await pause(50);
  await pause(500);
  type('\r');
  await pause(300);
  let cluster = largeCluster();
  game.paper.setSpeed('paused');
  game.paper.change({ cluster });
  await pause(500);
  if (sight) { type(sight); await pause(500); }

  // One cell: the first node's first Pod fails; what is chosen stays where it is.
  const before = terminal.written;
  const seen = terminal.frame();
  game.paper.change({ cluster: cluster = changed(cluster, 0, true) });
  await Promise.race([seen, pause(500)]);
  await pause(200);
  const bytesACell = terminal.written - before;

  let at = 0;
  const changing = setInterval(() => { game.paper.change({ cluster: cluster = changed(cluster, at++ % NODES) }); }, CHANGE_EVERY_MS);
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  const writtenBefore = terminal.written;
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let index = 0; index < KEYS; index += 1) {
    const pressedMs = performance.now();
    const cpuBefore = process.cpuUsage();
    const drawn = terminal.frame();
    type(keys[index % keys.length]!);
    await drawn;
    times.push(performance.now() - pressedMs);
    const { user, system } = process.cpuUsage(cpuBefore);
    cpuTimes.push((user + system) / 1000);
    await pause(60);
  }
  clearInterval(changing);
  const { user, system } = process.cpuUsage(cpu);
  const cpuShare = (user + system) / 1000 / (performance.now() - beganMs);
  const bytesAKey = (terminal.written - writtenBefore) / KEYS;
  for (let press = 0; press < 4; press += 1) { type('\x03'); await pause(40); }
  await Promise.race([ended, pause(1000)]);
  times.sort((a, b) => a - b);
  cpuTimes.sort((a, b) => a - b);
  return { medianMs: times[Math.floor(KEYS / 2)]!, p95Ms: times[Math.floor(KEYS * 0.95)]!, p95CpuMs: cpuTimes[Math.floor(KEYS * 0.95)]!, bytesAKey, bytesACell, cpuShare };
}

function largeCluster(): ClusterView {
  return {
    controlPlane: [{ name: 'etcd', word: 'running', health: 'good' }, { name: 'kube-apiserver', word: 'running', health: 'good' }], nodes: Array.from({ length: NODES }, (_, index) => node(index)), pending: [],
  };
}

function node(index: number): NodeView {
  const pods = Array.from({ length: PODS_A_NODE }, (_, at) => pod(`web-${index}-${at}`, false));
  return { name: `node-${index}`, roles: [], status: 'Ready', health: 'good', cpu: { used: 1 + index % 3, capacity: 4 }, memory: { used: 2 ** 31, capacity: 2 ** 33 }, slots: { used: PODS_A_NODE, capacity: 110 }, zone: `zone-${index % 3}`, pods };
}

const pod = (name: string, isBad: boolean): PodView => ({ name, namespace: 'shop', status: isBad ? 'CrashLoopBackOff' : 'Running', health: isBad ? 'bad' : 'good', ready: { count: isBad ? 0 : 1, of: 1 }, restarts: 0, isDeleting: false, owner: { resource: 'deployment', namespace: 'shop', name: 'web' } });

/** The cluster with one Pod of a node changed: only that node is another object. */
function changed(cluster: ClusterView, index: number, isBad = cluster.nodes[index]!.pods[0]!.health === 'good'): ClusterView {
  const before = cluster.nodes[index]!;
  const nodes = [...cluster.nodes];
  nodes[index] = { ...before, pods: [pod(before.pods[0]!.name, isBad), ...before.pods.slice(1)] };
  return { ...cluster, nodes };
}

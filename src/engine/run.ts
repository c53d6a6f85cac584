/** `kube-quest run`: shell commands against a fresh cluster, without a screen. */
import { Cluster } from '../cluster/cluster.ts';
import type { Node } from '../cluster/api/types.ts';
import type { SavedCluster } from '../cluster/saved-cluster.ts';
import type { NodeDescription } from '../cluster/node/kubelet/node-status.ts';
import { PlayerShell } from '../shell/player-shell.ts';
import { applyManifests, parseManifests } from './manifests.ts';
import { isHollow, nodeFromManifest, nodesOf } from './nodes.ts';
import { newAttempt } from './mission/attempt.ts';
import { Mission } from './mission/mission.ts';
import type { Level, NodeSpec } from './pack/level.ts';

/** The longest that one command may take, in virtual time. */
const COMMAND_LIMIT_MS = 3_600_000;

export interface StepResult { stdout: string; stderr: string; exit: number }

const DEFAULT_NODES: readonly NodeSpec[] = [
  { name: 'control-plane', role: 'control-plane', cpu: 2, memory: '4Gi' }, { name: 'worker-1', cpu: 4, memory: '8Gi', zone: 'zone-a' }, { name: 'worker-2', cpu: 4, memory: '8Gi', zone: 'zone-b' },
];

/** Something that runs commands one by one in virtual time. */
export interface StepRunner { run(line: string): Promise<StepResult>; wait(ms: number): Promise<void> }

/** A cluster with a shell on it, driven step by step. */
export class Runner implements StepRunner {
  readonly cluster: Cluster;
  readonly shell: PlayerShell;
  #stdout = '';
  #stderr = '';

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.shell = new PlayerShell(cluster, {
      write: (stream, text) => { if (stream === 'stdout') this.#stdout += text; else this.#stderr += text; },
      edit: async () => undefined, answer: () => undefined, isTerminal: false,
    }, cluster.adminKubeconfig());
  }

  /** Boots a cluster from manifests (Nodes become its nodes, the rest is applied), or the default one. Throws ManifestError. */
  static async start({ seed, manifests, startMs }: { seed: string | number; manifests?: string; startMs?: number }): Promise<Runner> {
    const objects = manifests === undefined ? [] : parseManifests(manifests);
    const nodes = objects.filter((object) => object.kind === 'Node') as Node[];
    const descriptions: NodeDescription[] = nodes.length ? nodes.map(nodeFromManifest) : nodesOf(DEFAULT_NODES);
    const cluster = new Cluster({ seed, nodes: descriptions, hollow: nodes.length > 0 && nodes.every(isHollow), startMs });
    await cluster.boot();
    await applyManifests(cluster.adminTransport(), objects.filter((object) => object.kind !== 'Node'), (ms) => cluster.world.advance(ms));
    await cluster.world.advance(nodes.some(isHollow) ? 3_000 : 15_000);
    return new Runner(cluster);
  }

  /** A cluster that was saved, its machines switched on again. Throws an Error on what cannot be. */
  static async restart(saved: SavedCluster, startMs?: number): Promise<Runner> {
    const cluster = Cluster.restore(saved, { startMs });
    await cluster.boot();
    return new Runner(cluster);
  }

  /** The scene of a level, with its terminal. */
  static async onLevel(level: Level, packDigest: string, seed: string): Promise<StepRunner> {
    const said = { stdout: '', stderr: '' };
    const mission = await Mission.start(level, newAttempt(level.id, packDigest, seed, 'run'), { write: (stream, text) => { said[stream] += text; } });
    return {
      async run(line) {
        Object.assign(said, { stdout: '', stderr: '' });
        await mission.play(line, COMMAND_LIMIT_MS);
        return { ...said, exit: mission.shell.lastExit };
      },
      wait: (ms) => mission.advance(ms),
    };
  }

  /** Runs a line to its end. */
  async run(line: string): Promise<StepResult> {
    this.#stdout = '';
    this.#stderr = '';
    const ended = await this.shell.runToEnd(line, COMMAND_LIMIT_MS);
    return { stdout: this.#stdout, stderr: this.#stderr, exit: ended ? this.shell.lastExit : 124 };
  }

  async wait(ms: number): Promise<void> {
    await this.cluster.world.advance(ms);
  }
}

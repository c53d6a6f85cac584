/** The kernel's OOM killer: a cgroup of a Pod, or the whole node, is out of memory; who uses most, and matters least, is killed. */
import type { RuntimeContainer, Sandbox } from './container.ts';

export interface NodeMemory {
  running(): readonly RuntimeContainer[];
  /** Of the whole node. */
  usedBytes(): number;
  capacityBytes: number;
  kill(victim: RuntimeContainer): void;
  /** Told of a victim that had to go for the node's sake, not for its Pod's limit. */
  killedForNode(victim: RuntimeContainer): void;
}

/** Kills until the Pod keeps within its limit and the node within its memory. */
export function relieveMemory(pod: Sandbox, memory: NodeMemory): void {
  const podLimit = pod.config.memoryLimitBytes ?? Infinity;
  const inPod = () => memory.running().filter(({ sandbox }) => sandbox === pod);
  while (bytesOf(inPod()) > podLimit) killWorst(inPod(), podLimit, memory);
  while (memory.usedBytes() > memory.capacityBytes) {
    const victim = killWorst(memory.running(), memory.capacityBytes, memory);
    if (!victim) return;
    memory.killedForNode(victim);
  }
}

function bytesOf(containers: readonly RuntimeContainer[]): number {
  return containers.reduce((bytes, { usage }) => bytes + usage.memoryBytes, 0);
}

/** The highest score goes: its share of the limit in thousandths, and oom_score_adj. */
function killWorst(among: readonly RuntimeContainer[], limitBytes: number, memory: NodeMemory): RuntimeContainer | undefined {
  const score = ({ usage, config }: RuntimeContainer) => (usage.memoryBytes * 1000) / limitBytes + (config.oomScoreAdj ?? 0);
  const [victim] = among.toSorted((a, b) => score(b) - score(a));
  if (victim) memory.kill(victim);
  return victim;
}

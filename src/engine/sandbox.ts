/** Clusters to play with: the screens of a mission without goals. */
import type { Level } from './pack/level.ts';
import type { SandboxSize } from './view.ts';

const SIZES: Readonly<Record<string, { title: string; workers: number; gpus?: number }>> = {
  small: { title: 'Small', workers: 1 }, medium: { title: 'Medium', workers: 3 }, large: { title: 'Large', workers: 8, gpus: 2 },
};

export const SANDBOX_SIZES: readonly SandboxSize[] = Object.entries(SIZES).map(([id, { title, workers, gpus }]) =>
  ({ id, title, note: `1 control plane, ${workers} worker${workers === 1 ? '' : 's'}${gpus ? ', 2 GPUs' : ''}` }));

/** A level without objectives on a cluster of a size; undefined for an unknown one. */
export function sandboxLevel(size: string): Level | undefined {
  const found = Object.hasOwn(SIZES, size) ? SIZES[size] : undefined;
  if (!found) return undefined;
  const workers = Array.from({ length: found.workers }, (_, i) => ({
    name: `worker-${i + 1}`, cpu: 4, memory: '8Gi', zone: `zone-${'abc'[i % 3]}`, ...(found.gpus && i === 0 ? { gpus: found.gpus, taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' as const }] } : {}),
  }));
  return {
    id: `sandbox-${size}`, file: '', title: `Sandbox: ${found.title.toLowerCase()}`, world: 'sandbox', difficulty: 1, minutes: 60, teaches: [],
    cluster: { nodes: [{ name: 'control-plane', role: 'control-plane', cpu: 4, memory: '8Gi' }, ...workers] },
    briefing: 'A cluster of your own. Nothing is asked of you and nothing can be lost: try, break, mend.\n\n`ssh NODE` takes you onto a node, `power NODE off` pulls its plug.',
    objectives: [], hints: [], why: 0, debrief: '', solutions: [], mistakes: [],
  };
}

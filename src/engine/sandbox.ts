/** Clusters to play with: the screens of a mission without goals. */
import { english } from '../language/english.ts';
import type { Words } from '../language/words.ts';
import type { Level } from './pack/level.ts';
import type { SandboxSize } from './view.ts';

const SIZES: Readonly<Record<'small' | 'medium' | 'large', { workers: number; gpus?: number }>> = {
  small: { workers: 1 }, medium: { workers: 3 }, large: { workers: 8, gpus: 2 },
};
const isSize = (size: string): size is keyof typeof SIZES => Object.hasOwn(SIZES, size);

/** The sizes there are. */
export const sandboxSizes = ({ sandbox }: Words): readonly SandboxSize[] => Object.keys(SIZES).filter(isSize).map((id) => ({ id, title: sandbox[id], note: sandbox.size(SIZES[id].workers, SIZES[id].gpus ?? 0) }));

/** A level without objectives on a cluster of a size; undefined for an unknown one. */
export function sandboxLevel(size: string, { sandbox }: Words = english): Level | undefined {
  if (!isSize(size)) return undefined;
  const found = SIZES[size];
  const workers = Array.from({ length: found.workers }, (_, i) => ({
    name: `worker-${i + 1}`, cpu: 4, memory: '8Gi', zone: `zone-${'abc'[i % 3]}`, ...(found.gpus && i === 0 ? { gpus: found.gpus, taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' as const }] } : {}),
  }));
  return {
    id: `sandbox-${size}`, file: '', title: sandbox.level(sandbox[size]), world: 'sandbox', difficulty: 1, minutes: 60, teaches: [],
    cluster: { nodes: [{ name: 'control-plane', role: 'control-plane', cpu: 4, memory: '8Gi' }, ...workers] },
    briefing: sandbox.briefing,
    objectives: [], hints: [], why: 0, debrief: '', solutions: [], mistakes: [],
  };
}

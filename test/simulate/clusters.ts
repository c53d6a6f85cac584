/** Random clusters for simulation testing: one to three control-plane nodes, a few workers of different sizes and zones. */
import type { NodeGroupInLevel, NodeSpec } from '../../src/engine/pack/level.ts';
import type { Random } from '../../src/time/random.ts';

/** The nodes of the cluster that a seed stands for. */
export function randomNodes(random: Random): NodeSpec[] {
  const controlPlanes = random.int(4) === 0 ? 3 : 1;
  const workers = 2 + random.int(3);
  return [
    ...Array.from({ length: controlPlanes }, (_, i): NodeSpec => ({ name: `cp-${i + 1}`, role: 'control-plane', cpu: 2, memory: '4Gi' })),
    ...Array.from({ length: workers }, (_, i): NodeSpec => ({ name: `w-${i + 1}`, cpu: random.pick([2, 4, 8]), memory: random.pick(['4Gi', '8Gi']), zone: `zone-${'abc'[i % (1 + random.int(3))]}` })),
  ];
}

/** In some clusters the cloud has made a machine or two: it may take them away. */
export function randomGroups(random: Random): NodeGroupInLevel[] {
  return random.int(3) === 0 ? [{ name: 'pool', min: 0, max: 3, size: 1 + random.int(2), cpu: 4, memory: '8Gi' }] : [];
}

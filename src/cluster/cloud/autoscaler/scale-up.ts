/** Which node groups could help the Pods that fit nowhere, and by how many machines. */
import type { Pod } from '../../api/types.ts';
import type { NodeGroup } from '../node-groups.ts';
import { type ClusterSnapshot, templateNode } from './snapshot.ts';

export interface Candidate { group: NodeGroup; min: number; max: number; /** Why it is not to grow at the moment. */ skip?: string }

/** A group that would help: the Pods, and the size it would have to have. */
export interface Option { group: NodeGroup; max: number; size: number; pods: readonly Pod[]; /** CPU and memory asked for, as a share of what would be added. */ waste: number }

export interface Plan { options: Option[]; /** For each Pod that nothing would help: why, by how many groups. */ refusals: Map<Pod, string> }

/** Tries every group on its own: one machine more after the other, as long as Pods come onto it. */
export function planScaleUp(pods: readonly Pod[], candidates: readonly Candidate[], snapshotWith: () => ClusterSnapshot): Plan {
  const reasons = new Map<Pod, string[]>(pods.map((pod) => [pod, []]));
  const options: Option[] = [];
  for (const { group, max, skip } of candidates) {
    if (skip) {
      for (const why of reasons.values()) why.push(skip);
      continue;
    }
    const placed = fill(group, pods, max - group.target, snapshotWith(), reasons);
    if (placed.pods.length > 0) options.push({ group, max, size: group.target + placed.machines, pods: placed.pods, waste: placed.machines / placed.pods.length });
  }
  const helped = new Set(options.flatMap((option) => option.pods));
  const refusals = new Map([...reasons].filter(([pod]) => !helped.has(pod)).map(([pod, why]) => [pod, counted(why)]));
  return { options, refusals };
}

function fill(group: NodeGroup, pods: readonly Pod[], room: number, snapshot: ClusterSnapshot, reasons: Map<Pod, string[]>): { pods: Pod[]; machines: number } {
  const names: string[] = [];
  const add = () => {
    const name = `template-node-for-${group.spec.name}-${names.length}`;
    snapshot.addNode(templateNode(group.spec, name));
    names.push(name);
    return name;
  };
  const placed: Pod[] = [];
  const first = add();
  let used = 0;
  for (const pod of pods) {
    const why = snapshot.reasons(pod, first);
    if (why && names.length === 1 && placed.length === 0) {
      reasons.get(pod)?.push(...why);
      continue;
    }
    if (snapshot.place(pod, names) || (names.length < room && snapshot.place(pod, [add()]))) {
      placed.push(pod);
      used = names.length;
    } else reasons.get(pod)?.push(...(why ?? ['max node group size reached']));
  }
  return { pods: placed, machines: used };
}

/** `2 Insufficient cpu, 1 max node group size reached`, in the order of the texts. */
function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort().join(', ');
}

/** --expander: `random` unless told otherwise. */
export function choose(options: readonly Option[], expander: string, pick: (options: readonly Option[]) => Option): Option {
  const best = (value: (option: Option) => number) => options.reduce((chosen, option) => (value(option) > value(chosen) ? option : chosen));
  if (expander === 'most-pods') return best(({ pods }) => pods.length);
  return expander === 'least-waste' ? best(({ waste }) => -waste) : pick(options);
}

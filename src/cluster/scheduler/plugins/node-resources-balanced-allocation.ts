/** NodeResourcesBalancedAllocation: better where the Pod evens out the use of the node's resources than where it tips it. */
import type { Plugin } from '../framework.ts';
import { memoSlot } from '../node-info.ts';
import { balanceScorer, CPU_AND_MEMORY, perDemand, type ResourceSpec } from './resource-scoring.ts';

export interface NodeResourcesBalancedAllocationArgs { resources?: readonly ResourceSpec[] }

/** The plugin with its arguments. Pods that ask for nothing are not scored: they would all go to one node. */
export function nodeResourcesBalancedAllocation({ resources = CPU_AND_MEMORY }: NodeResourcesBalancedAllocationArgs = {}): Plugin {
  const slot = memoSlot();
  const scorer = perDemand((demand) => balanceScorer(resources, demand));
  return {
    name: 'NodeResourcesBalancedAllocation',
    preScore({ demand }) {
      if (resources.every(({ name }) => demand.requests.get(name) === 0)) return undefined;
      const score = scorer(demand);
      return { score: (node) => node.remembered(slot, demand, score) };
    },
  };
}

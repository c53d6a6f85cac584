/** The default profile: plugins in the order in which they run. */
import type { FilterPlugin, ScorePlugin } from './framework.ts';
import { nodeAffinity } from './plugins/node-affinity.ts';
import { nodeResourcesBalancedAllocation, nodeResourcesFit } from './plugins/node-resources.ts';
import { nodeName, nodePorts, nodeUnschedulable, taintToleration } from './plugins/node-rules.ts';

export const filterPlugins: readonly FilterPlugin[] = [nodeUnschedulable, nodeName, taintToleration, nodeAffinity, nodePorts, nodeResourcesFit];
export const scorePlugins: readonly ScorePlugin[] = [taintToleration, nodeAffinity, nodeResourcesFit, nodeResourcesBalancedAllocation];

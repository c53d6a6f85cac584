/** Running the filters of a profile for one Pod: on the Pod as a whole, then on node after node. */
import type { SchedulerCache } from './cache.ts';
import { isRejection, type NodeFilter, type Plugin, type Rejection, unresolvable, whileDoing } from './framework.ts';
import type { NodeInfo } from './node-info.ts';
import type { Nominator } from './nominator.ts';
import type { PodInfo } from './pod-info.ts';
import type { EnabledPlugin } from './profile.ts';

/** Which plugin said no, and why. */
export interface PluginRejection { readonly plugin: string; readonly rejection: Rejection }
/** A plugin's filter, ready for the nodes. */
export interface PreparedFilter { readonly plugin: string; readonly filter: NodeFilter }

export interface Preparation {
  readonly filters: readonly PreparedFilter[];
  /** Only these nodes are worth a look, say these plugins. */
  readonly narrowed?: { readonly nodeNames: ReadonlySet<string>; readonly plugins: readonly string[] };
  /** No node will do. */
  readonly rejected?: PluginRejection;
}

/** Asks every plugin about the Pod. A plain rejection lets the others speak, an unresolvable one is final. */
export function prepareFilters(plugins: readonly EnabledPlugin[], pod: PodInfo, cluster: SchedulerCache): Preparation {
  const filters: PreparedFilter[] = [];
  const narrowing: PreparedFilter[] = [];
  let rejected: PluginRejection | undefined;
  for (const { plugin } of plugins) {
    const answer = askBefore(plugin, pod, cluster);
    if (!answer) continue;
    if (isRejection(answer)) {
      rejected = { plugin: plugin.name, rejection: answer };
      if (answer.unresolvable) break;
      continue;
    }
    const prepared = { plugin: plugin.name, filter: answer };
    filters.push(prepared);
    if (!answer.nodeNames) continue;
    narrowing.push(prepared);
    if (commonNames(narrowing).size > 0) continue;
    rejected = nowhere(narrowing);
    break;
  }
  if (narrowing.length === 0) return { filters, rejected };
  return { filters, rejected, narrowed: { nodeNames: commonNames(narrowing), plugins: pluginNames(narrowing) } };
}

function askBefore({ name, preFilter }: Plugin, pod: PodInfo, cluster: SchedulerCache): NodeFilter | Rejection | undefined {
  try {
    return preFilter?.(pod, cluster);
  } catch (error) {
    throw whileDoing(`running PreFilter plugin "${name}": `, error);
  }
}

function commonNames(narrowing: readonly PreparedFilter[]): ReadonlySet<string> {
  const [first, ...others] = narrowing.map(({ filter }) => filter.nodeNames ?? new Set<string>());
  return new Set([...first ?? []].filter((name) => others.every((names) => names.has(name))));
}

function pluginNames(prepared: readonly PreparedFilter[]): string[] {
  return prepared.map(({ plugin }) => plugin).sort();
}

function nowhere(narrowing: readonly PreparedFilter[]): PluginRejection {
  const names = pluginNames(narrowing);
  const reason = names.length === 1 ? `node(s) didn't satisfy plugin ${names[0]}` : `node(s) didn't satisfy plugin(s) [${names.join(' ')}] simultaneously`;
  return { plugin: names.join(','), rejection: unresolvable(reason) };
}

/** The first filter that the node does not pass. */
export function checkNode(filters: readonly PreparedFilter[], node: NodeInfo): PluginRejection | undefined {
  for (const { plugin, filter } of filters) {
    const rejection = filter.filter?.(node);
    if (rejection) return { plugin, rejection };
  }
  return undefined;
}

/**
 * The same with Pods of at least this priority that are nominated to the node, as if they were there already;
 * and without them too, for they may never come and others may rely on them.
 */
export function checkNodeWithNominated(filters: readonly PreparedFilter[], pod: PodInfo, node: NodeInfo, nominator: Nominator): PluginRejection | undefined {
  const nominated = nominator.podsFor(node.name, pod);
  if (nominated.length > 0) {
    for (const other of nominated) addPod(filters, other, node);
    const rejected = checkNode(filters, node);
    for (const other of nominated) removePod(filters, other, node);
    if (rejected) return rejected;
  }
  return checkNode(filters, node);
}

/** What-if: the Pod on the node, as far as these filters see. Must be taken back by `removePod`. */
export function addPod(filters: readonly PreparedFilter[], pod: PodInfo, node: NodeInfo): void {
  node.add(pod);
  for (const { filter } of filters) filter.podAdded?.(pod, node);
}

/** What-if: the Pod off the node. Must be taken back by `addPod`. */
export function removePod(filters: readonly PreparedFilter[], pod: PodInfo, node: NodeInfo): void {
  node.remove(pod);
  for (const { plugin, filter } of filters) {
    try {
      filter.podRemoved?.(pod, node);
    } catch (error) {
      throw whileDoing(`running RemovePod on PreFilter plugin "${plugin}": `, error);
    }
  }
}

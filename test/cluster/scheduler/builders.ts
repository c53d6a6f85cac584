/** A scheduler's cache filled by hand, for tests of single plugins and cycles. */
import type { KubeObject, Labels, Node, Pod, PodSpec } from '../../../src/cluster/api/types.ts';
import { keyOf } from '../../../src/cluster/client/informer.ts';
import type { ResourceRef } from '../../../src/cluster/client/types.ts';
import { SchedulerCache } from '../../../src/cluster/scheduler/cache.ts';
import { checkNode, prepareFilters } from '../../../src/cluster/scheduler/filtering.ts';
import type { Plugin } from '../../../src/cluster/scheduler/framework.ts';
import { podInfoOf } from '../../../src/cluster/scheduler/pod-info.ts';

export interface PodPart { labels?: Labels; requests?: Record<string, string>; spec?: Partial<PodSpec>; on?: string; priority?: number }
export interface NodePart { labels?: Labels; allocatable?: Record<string, string>; spec?: Node['spec']; images?: NonNullable<Node['status']['images']> }

export function pod(name: string, { labels = {}, requests = {}, spec = {}, on, priority }: PodPart = {}): Pod {
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', labels },
    spec: { containers: [{ name: 'c', image: 'nginx', resources: { requests } }], ...(on ? { nodeName: on } : {}), ...(priority === undefined ? {} : { priority }), ...spec },
    status: {},
  };
}

export function node(name: string, { labels = {}, allocatable = {}, spec = {}, images = [] }: NodePart = {}): Node {
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec, status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable }, images },
  };
}

export function clusterOf(nodes: readonly Node[], pods: readonly Pod[] = [], objects: Readonly<Record<string, readonly KubeObject[]>> = {}): SchedulerCache {
  const all = <T extends KubeObject>({ plural }: ResourceRef<T>) => (objects[plural] ?? []) as T[]; // keyed by resource
  const cluster = new SchedulerCache({
    get: (resource, key) => all(resource).find((object) => keyOf(object) === key),
    list: (resource, namespace) => all(resource).filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
  });
  for (const each of nodes) cluster.setNode(each);
  for (const each of pods) cluster.setPod(each, each.spec.nodeName ?? '');
  return cluster;
}

/** What a plugin says of each node: `ok`, or its reasons, with `!` when evictions could not help. */
export function verdicts(plugin: Plugin, given: Pod, cluster: SchedulerCache): Record<string, string> {
  const { filters, rejected } = prepareFilters([{ plugin, weight: 0 }], podInfoOf(given), cluster);
  return Object.fromEntries(cluster.nodes.map((each) => {
    const rejection = rejected?.rejection ?? checkNode(filters, each)?.rejection;
    return [each.name, rejection ? `${rejection.reasons.join(', ')}${rejection.unresolvable ? '!' : ''}` : 'ok'];
  }));
}

/** Normalized scores by node; undefined when the plugin has no interest. */
export function scores(plugin: Plugin, given: Pod, cluster: SchedulerCache): Record<string, number> | undefined {
  const scorer = plugin.preScore?.(podInfoOf(given), cluster, cluster.nodes);
  if (!scorer) return undefined;
  const values = cluster.nodes.map((each) => scorer.score(each));
  scorer.normalize?.(values);
  return Object.fromEntries(cluster.nodes.map(({ name }, i) => [name, values[i]!]));
}

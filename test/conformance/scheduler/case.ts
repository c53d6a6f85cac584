/** The neutral form of a case for the scheduler, and the cluster it describes. */
import type { KubeObject, Node, Pod } from '../../../src/cluster/api/types.ts';
import type { ResourceRef } from '../../../src/cluster/client/types.ts';
import { keyOf } from '../../../src/cluster/client/informer.ts';
import { SchedulerCache } from '../../../src/cluster/scheduler/cache.ts';

type ByNode<T> = Record<string, T>;
export interface PreFilterWant { code: string; reasons: string[] }

export interface ProfileWant {
  feasible: string[];
  reasons?: ByNode<string[]>;
  message?: string;
  weightedScores?: ByNode<Record<string, number>>;
  totalScores?: ByNode<number>;
  best?: string[];
  nominatedNode?: string;
  victims?: string[];
}

export interface Case {
  name: string;
  plugin: string;
  kind: 'filter' | 'score' | 'preempt' | 'schedule' | 'profile';
  pod: Pod;
  nodes: Node[];
  existingPods: Pod[];
  args?: never;
  objects?: Record<string, KubeObject[]>;
  scoreNodes?: string[];
  featureGates?: Record<string, boolean>;
  filterPlugins?: string[];
  candidateNodes?: string[];
  filteredNodesStatuses?: ByNode<string>;
  plugins?: Record<string, string[]>;
  want: Partial<ProfileWant> & {
    codes?: ByNode<string>;
    preFilter?: PreFilterWant;
    preFilterNodeNames?: string[];
    preScore?: string;
    scores?: ByNode<number>;
    rawScores?: ByNode<number>;
    dryRun?: { offset: number; numCandidates: number; candidates: { node: string; victims: string[]; pdbViolations: number }[] };
    selectedNode?: string;
    anyOf?: string[];
    postFilterMessage?: string;
    evaluatedNodes?: number;
    feasibleCount?: number;
    hostAnyOf?: string[];
    error?: string;
    preFilterMessage?: string;
  };
  defaultProfile?: ProfileWant;
}

const ROOMY = { cpu: '4', memory: '8Gi', pods: '110' };

/** The cluster before the Pod arrives. Nodes without resources get plenty, unless the case is about resources. */
export function clusterOf({ nodes, existingPods, objects = {}, plugin }: Case): SchedulerCache {
  const cluster = new SchedulerCache(listerOf(objects));
  for (const node of nodes) {
    const isBare = !node.status?.allocatable && !node.status?.capacity && !plugin.startsWith('NodeResources');
    cluster.setNode({ ...node, spec: node.spec ?? {}, status: isBare ? { ...node.status, allocatable: ROOMY } : node.status ?? {} });
  }
  for (const pod of existingPods) if (pod.spec.nodeName) cluster.setPod(pod, pod.spec.nodeName);
  return cluster;
}

const CLUSTER_SCOPED = new Set(['persistentVolumes', 'storageClasses', 'namespaces']);

function listerOf(objects: Record<string, KubeObject[]>) {
  const byPlural = new Map(Object.entries(objects).map(([plural, items]) => [plural.toLowerCase(), (CLUSTER_SCOPED.has(plural) ? items : items.map(inNamespace)).map(withSpec)]));
  const all = <T extends KubeObject>({ plural }: ResourceRef<T>) => (byPlural.get(plural) ?? []) as T[]; // named by its kind in the case
  return {
    get: <T extends KubeObject>(resource: ResourceRef<T>, key: string) => all(resource).find((object) => keyOf(object) === key),
    list: <T extends KubeObject>(resource: ResourceRef<T>, namespace?: string) => all(resource).filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace),
  };
}

/** Cases leave out what the API always has. */
function withSpec(object: KubeObject): KubeObject {
  return { ...object, spec: object.spec ?? {}, status: object.status ?? {} };
}

function inNamespace(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? 'default' } };
}

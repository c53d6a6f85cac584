/** The neutral form of a case for the scheduler, and the cluster it describes. */
import type { KubeObject, Node, Pod } from '../../../src/cluster/api/types.ts';
import type { ResourceRef } from '../../../src/cluster/client/types.ts';
import { keyOf } from '../../../src/cluster/client/informer.ts';
import { SchedulerCache } from '../../../src/cluster/scheduler/cache.ts';

type ByNode<T> = Record<string, T>;
interface PreFilterWant { code: string; reasons: string[] }

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
export function clusterOf({ nodes, existingPods, objects = {}, plugin, kind }: Case, { budgetsAsGiven = false } = {}): SchedulerCache {
  const cluster = new SchedulerCache(listerOf(kind === 'schedule' ? { ...objects, persistentVolumeClaims: objects['persistentVolumeClaims']?.map(boundFully) ?? [] } : objects, budgetsAsGiven));
  for (const node of nodes) {
    const isBare = !node.status?.allocatable && !node.status?.capacity && !plugin.startsWith('NodeResources');
    cluster.setNode({ ...node, spec: node.spec ?? {}, status: isBare ? { ...node.status, allocatable: ROOMY } : node.status ?? {} });
  }
  for (const pod of existingPods) if (pod.spec.nodeName) cluster.setPod(pod, pod.spec.nodeName);
  return cluster;
}

/** In the pipeline cases whatever names its volume has been bound to it. */
function boundFully(claim: KubeObject): KubeObject {
  const isBound = Boolean((claim.spec as { volumeName?: string } | undefined)?.volumeName);
  return isBound ? { ...claim, metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'true' } } } : claim;
}

const CLUSTER_SCOPED = new Set(['persistentVolumes', 'storageClasses', 'namespaces']);

/** The plugin's own cases leave out the Namespace on both sides; their Pods got one for the default profile, their budgets did not. */
function listerOf(objects: Record<string, KubeObject[]>, budgetsAsGiven: boolean) {
  const isPlaced = (plural: string) => CLUSTER_SCOPED.has(plural) || (budgetsAsGiven && plural === 'podDisruptionBudgets');
  const byPlural = new Map(Object.entries(objects).map(([plural, items]) => [plural.toLowerCase(), (isPlaced(plural) ? items : items.map(inNamespace)).map(withSpec)]));
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

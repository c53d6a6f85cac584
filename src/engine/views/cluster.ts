/** The cluster as it is drawn. */
import type { Taint } from '../../cluster/api/types.ts';
import type { ObjectRef } from '../lens/lens-view.ts';

/** What a state means for the player; the word beside it says which state it is. */
export type Health = 'good' | 'busy' | 'waiting' | 'warning' | 'bad' | 'off';

export interface ClusterView {
  controlPlane: readonly ComponentView[];
  nodes: readonly NodeView[];
  /** Pods without a node, oldest first. */
  pending: readonly PodView[];
  /** By namespace and name; missing where nobody looks at them. */
  services?: readonly ServiceView[];
}

export interface ServiceView {
  namespace: string;
  name: string;
  /** `ClusterIP`, `NodePort`, … */
  type: string;
  health: Health;
  /** How many addresses stand behind it, and how many of them are ready. */
  ready: number;
  endpoints: number;
}

export interface ComponentView {
  name: string;
  /** Where it runs as a static Pod. */
  pod?: ObjectRef;
  /** Such as `running`, `stopped`, `crashing`. */
  word: string;
  health: Health;
}

export interface NodeView {
  name: string;
  roles: readonly string[];
  /** As kubectl prints it: `Ready`, `NotReady,SchedulingDisabled`. */
  status: string;
  health: Health;
  taints?: readonly Taint[];
  /** Requested against allocatable: cores, bytes, whole devices. */
  cpu: Usage;
  memory: Usage;
  gpu?: Usage;
  /** Pods that count against the node's allocatable ones. */
  slots?: Usage;
  zone?: string;
  pods: readonly PodView[];
}

export interface Usage {
  used: number;
  capacity: number;
}

export interface PodView {
  name: string;
  namespace: string;
  /** As kubectl prints it: `Running`, `CrashLoopBackOff`, `Init:0/2`. */
  status: string;
  health: Health;
  ready: { count: number; of: number };
  restarts: number;
  isDeleting: boolean;
  /** What it belongs to in the end: its Deployment, not its ReplicaSet. */
  owner?: ObjectRef;
  /** When it was given its node, on the cluster's clock. */
  placedMs?: number;
}

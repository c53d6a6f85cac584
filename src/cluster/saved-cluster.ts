/** What is left of a cluster when the power of all its machines goes at once: its keys, disks and etcd's data. */
import type { LoadBalancer } from './cloud/cloud.ts';
import type { SavedDisk } from './cloud/disks.ts';
import type { ClusterPki } from './node/control-plane/kubeadm.ts';
import type { SavedDisks } from './node/control-plane/programs/etcd-disks.ts';
import type { NodeDescription } from './node/kubelet/node-status.ts';
import type { SavedMachine } from './node/machine.ts';

/** All of it is JSON. */
export interface SavedCluster {
  seed: string;
  /** How often it has been started again: chance must not repeat itself. */
  restarts: number;
  /** The time at which the power went. */
  nowMs: number;
  nodes: readonly NodeDescription[];
  pki: ClusterPki;
  machines: Readonly<Record<string, SavedMachine>>;
  disks: readonly SavedDisk[];
  loadBalancers: readonly LoadBalancer[];
  etcd: SavedDisks;
  /** Hollow clusters: a snapshot of the etcd beside them, in base64. */
  hollow?: string;
}

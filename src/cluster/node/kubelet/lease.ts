/** The node's Lease in kube-node-lease: the heartbeat by which its death is noticed. */
import { microTimestamp } from '../../api/duration.ts';
import { leases, nodes } from '../../client/resources.ts';
import { type ApiClient, ApiError } from '../../client/types.ts';

const NAMESPACE = 'kube-node-lease';
const DURATION_SECONDS = 40; // kubelet: nodeLeaseDurationSeconds

/** How often it is renewed: a quarter of its duration. */
export const LEASE_RENEW_MS = 10_000;

/** Renews the Lease of a node; false when there is none. Throws ApiError or NetworkError. */
export function renewLease(client: ApiClient, nodeName: string, nowMs: number): boolean {
  try {
    client.patch(leases, nodeName, NAMESPACE, { spec: { holderIdentity: nodeName, renewTime: microTimestamp(nowMs) } });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return false;
    throw error;
  }
}

/** Creates the Lease, owned by the Node; without a Node there is none. Throws ApiError or NetworkError. */
export function createLease(client: ApiClient, nodeName: string, nowMs: number): void {
  const node = client.get(nodes, nodeName);
  if (!node) return;
  client.create(leases, {
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease',
    metadata: { name: nodeName, namespace: NAMESPACE, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: node.metadata.uid }] },
    spec: { holderIdentity: nodeName, leaseDurationSeconds: DURATION_SECONDS, renewTime: microTimestamp(nowMs) },
  });
}

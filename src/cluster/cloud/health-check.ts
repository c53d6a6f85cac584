/** How the cloud's load balancers see a node: GET /healthz of kube-proxy, or of a Service's health check node port. */
import type { ClusterNetwork } from '../network/network.ts';
import { NetworkError } from '../network/types.ts';

const PROBE_ADDRESS = '10.0.0.3';

/** Whether a node answers with 200. */
export function healthCheck(network: ClusterNetwork): (address: string, port: number) => boolean {
  return (address, port) => {
    try {
      return network.outsideStack('load-balancer', PROBE_ADDRESS).fetch(`http://${address}:${port}/healthz`).status === 200;
    } catch (error) {
      if (error instanceof NetworkError) return false;
      throw error;
    }
  };
}

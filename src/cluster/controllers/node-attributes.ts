/** Small things that nodes get: the TTL annotation, and a Pod CIDR of their own. */
import { nodes } from '../client/resources.ts';
import type { Controller } from './controller.ts';

const TTL_ANNOTATION = 'node.alpha.kubernetes.io/ttl';
/** Cluster size up to which a TTL holds, and the TTL (ttl_controller.go). */
const TTL_STEPS: readonly [max: number, seconds: number][] = [[100, 0], [500, 15], [1000, 30], [2000, 60], [Infinity, 300]];

/** How long kubelets may keep Secrets and ConfigMaps; longer in larger clusters. */
export const nodeTtlController: Controller = (context) => {
  const all = context.informer(nodes);
  let size = 0;
  const queue = context.queue('ttl', (name) => {
    const node = all.get(name);
    const ttl = String(TTL_STEPS.find(([max]) => size <= max)![1]);
    if (!node || node.metadata.annotations?.[TTL_ANNOTATION] === ttl) return;
    context.client.patch(nodes, name, undefined, { metadata: { annotations: { [TTL_ANNOTATION]: ttl } } });
  });
  all.onChange((now, old) => {
    size += (now ? 1 : 0) - (old ? 1 : 0);
    if (now) queue.add(now.metadata.name);
  });
  return { stop: () => queue.stop() };
};

const NODE_MASK = 24; // kube-controller-manager: --node-cidr-mask-size

/** The node IPAM controller: a /24 of `clusterCidr` for each node that has none. */
export function nodeIpamController(clusterCidr: string): Controller {
  return (context) => {
    const all = context.informer(nodes);
    const recorder = context.recorder('cidrAllocator');
    const ranges = subnets(clusterCidr);
    const taken = new Set<string>();
    const queue = context.queue('nodeipam', (name) => {
      const node = all.get(name);
      if (!node || node.spec.podCIDR) return;
      const free = ranges.find((range) => !taken.has(range));
      if (free === undefined) return recorder.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
      context.client.patch(nodes, name, undefined, { spec: { podCIDR: free, podCIDRs: [free] } });
      taken.add(free);
    });
    all.onChange((now, old) => {
      if (now?.spec.podCIDR) taken.add(now.spec.podCIDR);
      if (!now && old?.spec.podCIDR) {
        taken.delete(old.spec.podCIDR);
        for (const node of all.list()) if (!node.spec.podCIDR) queue.add(node.metadata.name);
      }
      if (now && !now.spec.podCIDR) queue.add(now.metadata.name);
    });
    return { stop: () => queue.stop() };
  };
}

/** All /24 networks within an IPv4 range, in order. */
function subnets(cidr: string): string[] {
  const [address = '', mask = '16'] = cidr.split('/');
  const bytes = address.split('.').map(Number);
  const size = 2 ** Math.max(0, NODE_MASK - Number(mask));
  const first = Math.floor(((bytes[0] ?? 0) * 65536 + (bytes[1] ?? 0) * 256 + (bytes[2] ?? 0)) / size) * size;
  return Array.from({ length: size }, (_, i) => `${(first + i) >> 16}.${((first + i) >> 8) & 255}.${(first + i) & 255}.0/${NODE_MASK}`);
}

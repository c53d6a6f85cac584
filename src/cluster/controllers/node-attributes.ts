/** Small things that nodes get: the TTL annotation, and a Pod CIDR of their own. */
import { nodes } from '../client/resources.ts';
import type { Controller } from './controller.ts';

const TTL_ANNOTATION = 'node.alpha.kubernetes.io/ttl';
/** Cluster size up to which a TTL holds, and the TTL (ttl_controller.go). */
const TTL_STEPS: readonly [max: number, seconds: number][] = [[100, 0], [500, 15], [1000, 30], [2000, 60], [Infinity, 300]];

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
    if (!old) size++;
    if (!now) size--;
    if (now) queue.add(now.metadata.name);
  });
  return { stop: () => queue.stop() };
};

/** The node IPAM controller: a /24 of `clusterCidr` for each node that has none. */
export function nodeIpamController(clusterCidr: string): Controller {
  return (context) => {
    const all = context.informer(nodes);
    const taken = new Set<string>();
    const [base = '10.244.0.0'] = clusterCidr.split('/');
    const [a = '10', b = '244'] = base.split('.');
    const queue = context.queue('nodeipam', (name) => {
      const node = all.get(name);
      if (!node || node.spec.podCIDR) return;
      let i = 0;
      while (taken.has(cidr(i))) i++;
      taken.add(cidr(i));
      context.client.patch(nodes, name, undefined, { spec: { podCIDR: cidr(i), podCIDRs: [cidr(i)] } });
    });
    const cidr = (i: number) => `${a}.${Number(b) + Math.floor(i / 256)}.${i % 256}.0/24`;
    all.onChange((now, old) => {
      if (now?.spec.podCIDR) taken.add(now.spec.podCIDR);
      if (!now && old?.spec.podCIDR) taken.delete(old.spec.podCIDR);
      if (now && !now.spec.podCIDR) queue.add(now.metadata.name);
    });
    return { stop: () => queue.stop() };
  };
}

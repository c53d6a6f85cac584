/** How a Pod's containers resolve names: hostAliases, dnsPolicy and dnsConfig. */
import type { Pod } from '../../api/types.ts';
import type { NodeContext } from './node-context.ts';

/** The Pod's resolv.conf by its dnsPolicy, and the names of its hosts file; of several addresses for one the first counts. */
export function resolverOf({ spec, metadata }: Pod, clusterDNS: readonly string[], domain: string): ReturnType<NodeContext['resolver']> {
  const own = spec.dnsConfig;
  const ndots = Number(own?.options?.find(({ name }) => name === 'ndots')?.value ?? 5);
  const cluster = spec.dnsPolicy === 'ClusterFirstWithHostNet' || (spec.dnsPolicy !== 'None' && spec.dnsPolicy !== 'Default' && !spec.hostNetwork);
  const nameserver = (cluster ? clusterDNS[0] : undefined) ?? own?.nameservers?.[0];
  const search = cluster ? [`${metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain] : [];
  const names = new Map((spec.hostAliases ?? []).toReversed().flatMap(({ ip = '', hostnames = [] }) => hostnames.map((name) => [name, ip] as const)));
  return { names, nameserver, search: [...search, ...(own?.searches ?? [])], ndots };
}

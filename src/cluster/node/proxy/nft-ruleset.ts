/** The node's rules as `nft list ruleset` prints them: the table that kube-proxy writes in nftables mode. */
import { base32Digest } from '../../digest.ts';
import type { PacketRules } from '../../network/network.ts';
import { NodeRules } from './node-rules.ts';
import type { Endpoint, ServicePort } from './rules.ts';

interface Ruleset { addresses: string[]; services: string[]; nodePorts: string[]; empty: string[]; chains: string[] }

/** The ruleset; empty while kube-proxy does not run in nftables mode. */
export function nftRuleset(kernel: PacketRules | undefined, podCidr = '10.244.0.0/16'): string {
  if (!(kernel instanceof NodeRules) || kernel.mode !== 'nftables') return '';
  const set: Ruleset = { addresses: [], services: [], nodePorts: [], empty: [], chains: [] };
  for (const rule of kernel.ports()) addService(set, rule, kernel.usable(rule), podCidr);
  const named = (kind: string, name: string, type: string, comment: string, elements: readonly string[]) => [
    `\t${kind} ${name} {`, `\t\ttype ${type}`, `\t\tcomment "${comment}"`, ...(elements.length > 0 ? [`\t\telements = { ${elements.join(',\n\t\t\t     ')} }`] : []), '\t}', '',
  ];
  return [
    'table ip kube-proxy {', '\tcomment "rules for kube-proxy"', '',
    ...named('set', 'cluster-ips', 'ipv4_addr', 'Active ClusterIPs', [...new Set(set.addresses)]),
    ...named('map', 'no-endpoint-services', 'ipv4_addr . inet_proto . inet_service : verdict', 'vmap to drop or reject packets to services with no endpoints', set.empty),
    ...named('map', 'service-ips', 'ipv4_addr . inet_proto . inet_service : verdict', 'ClusterIP, ExternalIP and LoadBalancer IP traffic', set.services),
    ...named('map', 'service-nodeports', 'inet_proto . inet_service : verdict', 'NodePort traffic', set.nodePorts),
    ...BASE_CHAINS, ...set.chains, '}', '',
  ].join('\n');
}

const BASE_CHAINS = [
  '\tchain nat-prerouting {', '\t\ttype nat hook prerouting priority dstnat; policy accept;', '\t\tjump services', '\t}', '',
  '\tchain nat-output {', '\t\ttype nat hook output priority -100; policy accept;', '\t\tjump services', '\t}', '',
  '\tchain nat-postrouting {', '\t\ttype nat hook postrouting priority srcnat; policy accept;', '\t\tjump masquerading', '\t}', '',
  '\tchain services {', '\t\tip daddr . meta l4proto . th dport vmap @service-ips', '\t\tip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports', '\t}', '',
  '\tchain mark-for-masquerade {', '\t\tmeta mark set meta mark | 0x00004000', '\t}', '',
  '\tchain masquerading {', '\t\tmeta mark & 0x00004000 == 0x00000000 return', '\t\tmeta mark set meta mark ^ 0x00004000', '\t\tmasquerade fully-random', '\t}', '',
  '\tchain reject-chain {', '\t\treject', '\t}', '',
];

function addService(set: Ruleset, rule: ServicePort, { cluster, local }: { cluster: readonly Endpoint[]; local: readonly Endpoint[] }, podCidr: string): void {
  const protocol = rule.protocol.toLowerCase();
  const [service, portName = ''] = rule.name.split(':');
  const label = `${service}/${protocol}/${portName}`;
  const own = `${base32Digest(label, 5)}-${label}`;
  const external = [...rule.externalIPs, ...rule.loadBalancerIPs];
  set.addresses.push(rule.clusterIP);
  const addresses = [rule.clusterIP, ...external].map((address) => `${address} . ${protocol} . ${rule.port}`);
  if (cluster.length === 0) return void set.empty.push(...addresses.map((each) => `${each} comment "${rule.name}" : goto reject-chain`));
  set.services.push(`${addresses[0]} : goto service-${own}`, ...addresses.slice(1).map((each) => `${each} : goto external-${own}`));
  if (rule.nodePort) set.nodePorts.push(`${protocol} . ${rule.nodePort} : goto external-${own}`);
  const chain = (name: string, lines: readonly string[]) => void set.chains.push(`\tchain ${name} {`, ...lines.map((line) => `\t\t${line}`), '\t}', '');
  const behind = rule.internalLocal ? local : cluster;
  const endpointChain = ({ address, port }: Endpoint) => `endpoint-${base32Digest(`${label}${address}/${port}`, 5)}-${label}__${address}/${port}`;
  chain(`service-${own}`, [
    `ip daddr ${rule.clusterIP} ${protocol} dport ${rule.port} ip saddr != ${podCidr} jump mark-for-masquerade`,
    `numgen random mod ${behind.length} vmap { ${behind.map((endpoint, i) => `${i} : goto ${endpointChain(endpoint)}`).join(', ')} }`,
  ]);
  if (external.length > 0 || rule.nodePort) chain(`external-${own}`, rule.externalLocal ? [`goto service-${own}`] : ['jump mark-for-masquerade', `goto service-${own}`]);
  for (const endpoint of cluster) chain(endpointChain(endpoint), [`ip saddr ${endpoint.address} jump mark-for-masquerade`, `meta l4proto ${protocol} dnat to ${endpoint.address}:${endpoint.port}`]);
}

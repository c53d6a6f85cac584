/** The node's rules as `iptables-save` prints them: the chains that kube-proxy writes in iptables mode. */
import { base32Digest } from '../../digest.ts';
import type { PacketRules } from '../../network/network.ts';
import { NodeRules } from './node-rules.ts';
import type { Endpoint, ServicePort } from './rules.ts';

interface Tables { filter: string[]; chains: string[]; nat: string[]; services: string[]; nodePorts: string[] }

/** The text of `iptables-save` for what `ClusterNetwork.rulesOf(node)` holds; `podCidr` is what counts as traffic of Pods (--cluster-cidr). */
export function iptablesSave(kernel: PacketRules | undefined, podCidr = '10.244.0.0/16'): string {
  const tables: Tables = { filter: [], chains: [], nat: [], services: [], nodePorts: [] };
  const rules = kernel instanceof NodeRules && kernel.mode === 'iptables' ? kernel : undefined;
  if (rules) for (const rule of rules.ports()) addService(tables, rule, rules, podCidr);
  return `${[...filterTable(tables), ...natTable(tables, rules !== undefined)].join('\n')}\n`;
}

function filterTable({ filter }: Tables): string[] {
  return [
    '*filter', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ':KUBE-EXTERNAL-SERVICES - [0:0]', ':KUBE-FIREWALL - [0:0]', ':KUBE-FORWARD - [0:0]', ':KUBE-SERVICES - [0:0]',
    '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    '-A FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
    ...filter, 'COMMIT',
  ];
}

function natTable({ chains, nat, services, nodePorts }: Tables, isProgrammed: boolean): string[] {
  const head = ['*nat', ':PREROUTING ACCEPT [0:0]', ':INPUT ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ':POSTROUTING ACCEPT [0:0]'];
  if (!isProgrammed) return [...head, 'COMMIT'];
  return [
    ...head, ':KUBE-MARK-MASQ - [0:0]', ':KUBE-NODEPORTS - [0:0]', ':KUBE-POSTROUTING - [0:0]', ...[...chains].sort().map((chain) => `:${chain} - [0:0]`), ':KUBE-SERVICES - [0:0]',
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
    ...nodePorts,
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ...nat, ...services,
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    'COMMIT',
  ];
}

function addService(tables: Tables, rule: ServicePort, rules: NodeRules, podCidr: string): void {
  const { cluster, local } = rules.usable(rule);
  if (cluster.length === 0) return refuse(tables, rule, 'has no endpoints', 'REJECT --reject-with icmp-port-unreachable');
  const internal = rule.internalLocal ? local : cluster;
  const service = chainName('KUBE-SVC', rule);
  const localChain = chainName('KUBE-SVL', rule);
  const forInternal = rule.internalLocal ? localChain : service;
  if (!rule.internalLocal || isExternal(rule)) addBalancer(tables, rule, service, cluster, podCidr);
  if ((rule.internalLocal || (isExternal(rule) && rule.externalLocal)) && local.length > 0) addBalancer(tables, rule, localChain, local, podCidr);
  if (internal.length > 0) tables.services.push(jump(rule, rule.clusterIP, `${rule.name} cluster IP`, forInternal));
  else refuse(tables, { ...rule, nodePort: undefined, externalIPs: [], loadBalancerIPs: [] }, 'has no local endpoints', 'DROP');
  if (isExternal(rule)) addExternal(tables, rule, service, local.length > 0 ? localChain : undefined, podCidr);
  for (const endpoint of new Set([...cluster, ...local])) addEndpoint(tables, rule, endpoint);
}

function refuse({ filter }: Tables, rule: ServicePort, why: string, target: string): void {
  const to = (chain: string, where: string) => `-A ${chain} ${where} -m comment --comment "${rule.name} ${why}" -m ${proto(rule)} --dport`;
  filter.push(`${to('KUBE-SERVICES', `-d ${rule.clusterIP}/32 -p ${proto(rule)}`)} ${rule.port} -j ${target}`);
  for (const address of [...rule.externalIPs, ...rule.loadBalancerIPs]) filter.push(`${to('KUBE-EXTERNAL-SERVICES', `-d ${address}/32 -p ${proto(rule)}`)} ${rule.port} -j ${target}`);
  if (rule.nodePort) filter.push(`${to('KUBE-EXTERNAL-SERVICES', `-p ${proto(rule)} -m addrtype --dst-type LOCAL`)} ${rule.nodePort} -j ${target}`);
}

/** A chain that picks one of the endpoints with equal chance. */
function addBalancer({ chains, nat }: Tables, rule: ServicePort, chain: string, endpoints: readonly Endpoint[], podCidr: string): void {
  chains.push(chain);
  if (chain.startsWith('KUBE-SVC')) nat.push(`-A ${chain} ! -s ${podCidr} -d ${rule.clusterIP}/32 -p ${proto(rule)} -m comment --comment "${rule.name} cluster IP" -m ${proto(rule)} --dport ${rule.port} -j KUBE-MARK-MASQ`);
  for (const [i, endpoint] of endpoints.entries()) {
    const left = endpoints.length - i;
    const chance = left > 1 ? ` -m statistic --mode random --probability ${(1 / left).toFixed(11)}` : '';
    const comment = `-m comment --comment "${arrow(rule, endpoint)}"`;
    const target = endpointChain(rule, endpoint);
    if (rule.affinitySeconds !== undefined) nat.push(`-A ${chain} ${comment} -m recent --rcheck --seconds ${rule.affinitySeconds} --reap --name ${target} --mask 255.255.255.255 --rsource -j ${target}`);
    nat.push(`-A ${chain} ${comment}${chance} -j ${target}`);
  }
}

function addExternal({ chains, nat, services, nodePorts }: Tables, rule: ServicePort, service: string, local: string | undefined, podCidr: string): void {
  const chain = chainName('KUBE-EXT', rule);
  chains.push(chain);
  if (!rule.externalLocal) {
    nat.push(`-A ${chain} -m comment --comment "masquerade traffic for ${rule.name} external destinations" -j KUBE-MARK-MASQ`, `-A ${chain} -j ${service}`);
  } else {
    nat.push(`-A ${chain} -s ${podCidr} -m comment --comment "pod traffic for ${rule.name} external destinations" -j ${service}`);
    if (local) nat.push(`-A ${chain} -j ${local}`);
  }
  const addresses: [string, string][] = [...rule.externalIPs.map((ip): [string, string] => [ip, 'external IP']), ...rule.loadBalancerIPs.map((ip): [string, string] => [ip, 'loadbalancer IP'])];
  for (const [address, what] of addresses) services.push(jump(rule, address, `${rule.name} ${what}`, what === 'loadbalancer IP' && rule.sourceRanges.length > 0 ? chainName('KUBE-FW', rule) : chain));
  if (rule.sourceRanges.length > 0 && rule.loadBalancerIPs.length > 0) {
    chains.push(chainName('KUBE-FW', rule));
    for (const range of rule.sourceRanges) nat.push(`-A ${chainName('KUBE-FW', rule)} -s ${range} -m comment --comment "${rule.name} loadbalancer IP" -j ${chain}`);
  }
  if (rule.nodePort) nodePorts.push(`-A KUBE-NODEPORTS -p ${proto(rule)} -m comment --comment "${rule.name}" -m ${proto(rule)} --dport ${rule.nodePort} -j ${chain}`);
}

function addEndpoint({ chains, nat }: Tables, rule: ServicePort, endpoint: Endpoint): void {
  const chain = endpointChain(rule, endpoint);
  chains.push(chain);
  const recent = rule.affinitySeconds === undefined ? '' : ` -m recent --set --name ${chain} --mask 255.255.255.255 --rsource`;
  nat.push(
    `-A ${chain} -s ${endpoint.address}/32 -m comment --comment "${rule.name}" -j KUBE-MARK-MASQ`,
    `-A ${chain} -p ${proto(rule)} -m comment --comment "${rule.name}"${recent} -m ${proto(rule)} -j DNAT --to-destination ${endpoint.address}:${endpoint.port}`,
  );
}

function jump(rule: ServicePort, address: string, comment: string, chain: string): string {
  return `-A KUBE-SERVICES -d ${address}/32 -p ${proto(rule)} -m comment --comment "${comment}" -m ${proto(rule)} --dport ${rule.port} -j ${chain}`;
}

function isExternal({ nodePort, externalIPs, loadBalancerIPs }: ServicePort): boolean {
  return nodePort !== undefined || externalIPs.length > 0 || loadBalancerIPs.length > 0;
}

function arrow(rule: ServicePort, { address, port }: Endpoint): string {
  return `${rule.name} -> ${address}:${port}`;
}

function proto({ protocol }: ServicePort): string {
  return protocol.toLowerCase();
}

function chainName(prefix: string, rule: ServicePort): string {
  return `${prefix}-${base32Digest(rule.name + proto(rule), 10)}`;
}

function endpointChain(rule: ServicePort, { address, port }: Endpoint): string {
  return `KUBE-SEP-${base32Digest(`${rule.name}${proto(rule)}${address}:${port}`, 10)}`;
}

/** The node's virtual servers as `ipvsadm -Ln` prints them: what kube-proxy programs in ipvs mode. */
import type { PacketRules } from '../../network/network.ts';
import { NodeRules } from './node-rules.ts';
import type { Endpoint, ServicePort } from './rules.ts';

/** The table; `nodeAddress` is where node ports are served. */
export function ipvsTable(kernel: PacketRules | undefined, nodeAddress: string): string {
  const rules = kernel instanceof NodeRules && kernel.mode === 'ipvs' ? kernel : undefined;
  const servers = (rules?.ports() ?? []).flatMap((rule) => virtualServers(rule, rules!.usable(rule), nodeAddress));
  return ['IP Virtual Server version 1.2.1 (size=4096)', 'Prot LocalAddress:Port Scheduler Flags', '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn', ...servers.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)).flat(), ''].join('\n');
}

/** Addresses of Services as the device kube-ipvs0 holds them. */
export function ipvsAddresses(kernel: PacketRules | undefined): string[] {
  if (!(kernel instanceof NodeRules) || kernel.mode !== 'ipvs') return [];
  return [...new Set(kernel.ports().flatMap(({ clusterIP, externalIPs, loadBalancerIPs }) => [clusterIP, ...externalIPs, ...loadBalancerIPs]))].sort();
}

function virtualServers(rule: ServicePort, { cluster, local }: { cluster: readonly Endpoint[]; local: readonly Endpoint[] }, nodeAddress: string): string[][] {
  const persistent = rule.affinitySeconds === undefined ? '' : ` persistent ${rule.affinitySeconds}`;
  const server = (address: string, port: number, behind: readonly Endpoint[]) => [
    `${rule.protocol}  ${address}:${port} rr${persistent}`, ...behind.map((endpoint) => `  -> ${`${endpoint.address}:${endpoint.port}`.padEnd(27)}  Masq    1      0          0         `),
  ];
  const external = rule.externalLocal ? local : cluster;
  return [
    server(rule.clusterIP, rule.port, rule.internalLocal ? local : cluster), ...[...rule.externalIPs, ...rule.loadBalancerIPs].map((address) => server(address, rule.port, external)),
    ...(rule.nodePort ? [server(nodeAddress, rule.nodePort, external)] : []),
  ];
}

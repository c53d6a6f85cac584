/** What a node says of its network: sockets, addresses, routes, and the rules that kube-proxy has left in its kernel. */
import type { Cluster } from '../../cluster/cluster.ts';
import type { Machine } from '../../cluster/node/machine.ts';
import { iptablesSave } from '../../cluster/node/proxy/iptables-save.ts';
import { ipvsAddresses, ipvsTable } from '../../cluster/node/proxy/ipvs-table.ts';
import { nftRuleset } from '../../cluster/node/proxy/nft-ruleset.ts';
import { failed, type Result, said } from './result.ts';

type NodeCommand = (cluster: Cluster, machine: Machine, args: string[]) => Result;

const kernel = ({ network }: Cluster, { name }: Machine) => network.rulesOf(name);

/** The commands by name. */
export const NODE_NETWORK_COMMANDS: Readonly<Record<string, NodeCommand>> = {
  ss: sockets, netstat: sockets, ip,
  'iptables-save': (cluster, machine, args) => iptablesSaved(iptablesSave(kernel(cluster, machine)), args, cluster.world.clock.now()),
  iptables: (cluster, machine, args) => iptables(iptablesSave(kernel(cluster, machine)), args),
  ipvsadm: (cluster, machine, args) => (args.some((arg) => /^(-\w*[Ll]\w*|--list)$/.test(arg)) ? said(ipvsTable(kernel(cluster, machine), machine.os.address)) : failed('ipvsadm: only listing is modelled: ipvsadm -Ln\n')),
  nft: (cluster, machine, args) => (/^list (ruleset|tables?|table ip kube-proxy)/.test(args.filter((arg) => !arg.startsWith('-')).join(' ')) ? said(nftRuleset(kernel(cluster, machine))) : failed('nft: only listing is modelled: nft list ruleset\n')),
};

/** Process numbers of containers are told apart by name; the units' own are known. */
function pidOf(machine: Machine, program: string): number {
  return machine.os.systemd.status(program)?.pid ?? 1000 + ([...program].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 8000, 0));
}

function sockets(cluster: Cluster, machine: Machine, args: readonly string[]): Result {
  const withPrograms = args.some((arg) => /^-\w*p|^--processes$/.test(arg));
  const own = machine.os.network.addresses;
  const listeners = cluster.network.listening(machine.name);
  const isOnAll = ({ port }: { port: number }) => own.every((address) => listeners.some((each) => each.port === port && each.address === address));
  const rows = listeners.filter((each) => !isOnAll(each) || each.address === own[0]).map((each) => {
    const { port, program } = each;
    const user = withPrograms && program ? ` users:(("${program}",pid=${pidOf(machine, program)},fd=3))` : '';
    return { port, text: `LISTEN 0      4096   ${`${isOnAll(each) ? '0.0.0.0' : each.address}:${port}`.padStart(20)}      0.0.0.0:*   ${user}`.trimEnd() };
  });
  return said(`State  Recv-Q Send-Q ${'Local Address:Port'.padStart(20)} Peer Address:Port${withPrograms ? ' Process' : ''}\n${rows.sort((a, b) => a.port - b.port).map(({ text }) => `${text}\n`).join('')}`);
}

function ip(cluster: Cluster, machine: Machine, args: readonly string[]): Result {
  const [object = ''] = args.filter((arg) => !arg.startsWith('-'));
  const isBrief = args.some((arg) => /^-(br|brief)$/.test(arg));
  if (object !== '' && 'address'.startsWith(object)) return said(isBrief ? devices(cluster, machine).map(({ name, addresses }) => `${name.padEnd(16)} ${(name === 'lo' ? 'UNKNOWN' : name === 'kube-ipvs0' ? 'DOWN' : 'UP').padEnd(14)} ${addresses.join(' ')} \n`).join('') : addressText(devices(cluster, machine)));
  if (object !== '' && 'route'.startsWith(object)) return said(routes(cluster, machine));
  const link = /^l\S* set (?:dev )?eth0 (up|down)$/.exec(args.join(' '))?.[1];
  if (link) {
    cluster.network.setCut(machine.name, link === 'down');
    return said('');
  }
  if (object !== '' && 'link'.startsWith(object)) return said(addressText(devices(cluster, machine).map((device) => ({ ...device, addresses: [] }))));
  return failed('Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\nwhere  OBJECT := { address | link | route }\n', 255);
}

interface Device { name: string; flags: string; addresses: string[] }

const podsOf = ({ runtime }: Machine) => runtime.sandboxes().filter(({ config, state }) => !config.hostNetwork && state === 'Ready');
const veth = (podIP: string) => `veth${podIP.split('.').map((part) => Number(part).toString(16).padStart(2, '0')).join('')}`;

function devices(cluster: Cluster, machine: Machine): Device[] {
  const services = ipvsAddresses(cluster.network.rulesOf(machine.name)).map((address) => `${address}/32`);
  return [
    { name: 'lo', flags: 'LOOPBACK,UP,LOWER_UP', addresses: ['127.0.0.1/8'] }, { name: 'eth0', flags: 'BROADCAST,MULTICAST,UP,LOWER_UP', addresses: [`${machine.os.address}/24`] },
    ...(services.length > 0 ? [{ name: 'kube-ipvs0', flags: 'BROADCAST,NOARP', addresses: services }] : []),
    ...podsOf(machine).map(({ ip: address }) => ({ name: `${veth(address)}@if2`, flags: 'BROADCAST,MULTICAST,UP,LOWER_UP', addresses: [gatewayOf(machine.podCidr)] })),
  ];
}

const gatewayOf = (cidr: string) => `${cidr.replace(/\d+\/\d+$/, '1')}/32`;

function addressText(list: readonly Device[]): string {
  return list.map(({ name, flags, addresses }, i) => [
    `${i + 1}: ${name}: <${flags}> mtu ${name === 'lo' ? 65536 : 1500} qdisc noqueue state ${name === 'lo' ? 'UNKNOWN' : flags.includes('UP') ? 'UP' : 'DOWN'} group default qlen 1000`,
    ...addresses.map((address) => `    inet ${address} scope ${name === 'lo' ? 'host' : 'global'} ${name.split('@')[0]}\n       valid_lft forever preferred_lft forever`), '',
  ].join('\n')).join('');
}

function routes(cluster: Cluster, machine: Machine): string {
  const { address } = machine.os;
  const local = address.replace(/\d+$/, '');
  const others = [...cluster.machines.values()].filter((other) => other !== machine).map((other) => `${other.podCidr} via ${other.os.address} dev eth0`);
  const pods = podsOf(machine).map(({ ip: podIP }) => `${podIP} dev ${veth(podIP)} scope host`);
  return [`default via ${local}1 dev eth0`, `${local}0/24 dev eth0 proto kernel scope link src ${address}`, ...[...others, ...pods].sort(), ''].join('\n');
}

function iptablesSaved(text: string, args: readonly string[], nowMs: number): Result {
  const at = args.indexOf('-t');
  const wanted = at >= 0 ? args[at + 1] : undefined;
  const date = new Date(nowMs).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (.*) GMT$/, '$1 $3 $2 $5 $4');
  const tables = text.split(/(?<=COMMIT\n)/).filter((table) => table.startsWith('*') && (!wanted || table.startsWith(`*${wanted}\n`)));
  return said(tables.map((table) => `# Generated by iptables-save v1.8.11 on ${date}\n${table}# Completed on ${date}\n`).join(''));
}

/** `iptables [-t TABLE] -L|-S [CHAIN] [-n]` */
function iptables(text: string, args: readonly string[]): Result {
  const table = args[args.indexOf('-t') + 1 || args.length] ?? 'filter';
  const lines = text.split('\n');
  const from = lines.indexOf(`*${table}`);
  const own = from < 0 ? [] : lines.slice(from + 1, lines.indexOf('COMMIT', from));
  const verb = args.findIndex((arg) => /^-\w*[LS]\w*$|^--list(-rules)?$/.test(arg));
  if (verb < 0) return failed('iptables: only -L and -S are modelled: kube-proxy writes the rules\n', 2);
  const next = args[verb + 1];
  const chain = next && !next.startsWith('-') ? next : undefined;
  const heads = own.filter((line) => line.startsWith(':')).map((line) => line.slice(1).split(' ')).filter(([name]) => !chain || name === chain);
  if (chain && heads.length === 0) return failed('iptables: No chain/target/match by that name.\n');
  const rulesOf = (name: string | undefined) => own.filter((line) => line.startsWith(`-A ${name} `));
  if (/S|rules/.test(args[verb]!)) return said(heads.flatMap(([name, policy]) => [policy === '-' ? `-N ${name}` : `-P ${name} ${policy}`, ...rulesOf(name)]).map((line) => `${line}\n`).join(''));
  return said(heads.map(([name, policy]) => {
    const references = own.filter((line) => line.endsWith(` -j ${name}`)).length;
    return [`Chain ${name} (${policy === '-' ? `${references} references` : `policy ${policy}`})`, 'target     prot opt source               destination         ', ...rulesOf(name).map(listed), ''].join('\n');
  }).join('\n'));
}

/** A rule as a line of `iptables -L -n`. */
function listed(rule: string): string {
  const value = (flag: string) => new RegExp(` ${flag} ("[^"]*"|\\S+)`).exec(rule)?.[1]?.replaceAll('"', '');
  const not = (flag: string) => (rule.includes(` ! ${flag} `) ? '!' : '');
  const network = (flag: string) => `${not(flag)}${value(flag)?.replace(/\/32$/, '') ?? '0.0.0.0/0'}`;
  const more = [
    value('--comment') && `/* ${value('--comment')} */`, value('--dport') && `${value('-p')} dpt:${value('--dport')}`, value('--ctstate') && `ctstate ${value('--ctstate')}`, value('--mark') && `mark match ${not('--mark')}${value('--mark')}`,
    value('--probability') && `statistic mode random probability ${value('--probability')}`, value('--dst-type') && `ADDRTYPE match dst-type ${value('--dst-type')}`, value('--set-xmark') && `MARK xset ${value('--set-xmark')}`,
    value('--reject-with') && `reject-with ${value('--reject-with')}`, value('--to-destination') && `to:${value('--to-destination')}`,
  ];
  return `${(value('-j') ?? '').padEnd(10)} ${(value('-p') ?? 'all').padEnd(4)} --  ${network('-s').padEnd(20)} ${network('-d').padEnd(20)} ${more.filter(Boolean).join(' ')}`.trimEnd();
}

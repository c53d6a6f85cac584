/** nslookup, dig, host and getent: what the name server says, and how it looks when none answers. */
import type { World } from '../../../../time/simulation.ts';
import { type DnsRecord, NetworkError, type NetworkStack, type RecordType } from '../../../network/types.ts';
import type { Result } from './network-commands.ts';

type Waiting = Pick<World, 'sleep'> & { now(): number };

/** glibc: two attempts of five seconds at one server. */
export const RESOLVE_TIMEOUT_MS = 10_000;
const DIG_TIMEOUT_MS = 15_000; // three attempts
const TYPES = ['A', 'CNAME', 'SRV', 'PTR'];
const NO_SERVERS = ';; connection timed out; no servers could be reached\n';

interface Lookup { server: string; records: readonly DnsRecord[]; failure?: 'timeout' | 'servfail' }

/** One question to a name server; a server that does not answer costs time. */
async function lookUp(network: NetworkStack, world: Waiting, name: string, options: Parameters<NetworkStack['query']>[1] & { timeoutMs?: number }): Promise<Lookup> {
  try {
    return network.query(name, options);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.message.endsWith('server misbehaving')) return { server: serverOf(network, options.server), records: [], failure: 'servfail' };
    await world.sleep(options.timeoutMs ?? RESOLVE_TIMEOUT_MS);
    return { server: serverOf(network, options.server), records: [], failure: 'timeout' };
  }
}

function serverOf(network: NetworkStack, given: string | undefined): string {
  if (given) return given;
  try {
    return network.query('127.0.0.1').server;
  } catch (error) {
    if (error instanceof NetworkError) return /on ([\d.]+):53/.exec(error.message)?.[1] ?? '';
    throw error;
  }
}

const isAddress = (name: string) => /^\d+(\.\d+){3}$/.test(name);
const reversed = (address: string) => `${address.split('.').reverse().join('.')}.in-addr.arpa`;
const isType = (word: string): word is RecordType => TYPES.includes(word);

export async function nslookup(args: readonly string[], network: NetworkStack, world: Waiting): Promise<Result> {
  const [name = '', server] = args.filter((arg) => !arg.startsWith('-'));
  const asked = /^-(?:type|query|q)=(\w+)/i.exec(args.find((arg) => /^-(type|query|q)=/i.test(arg)) ?? '')?.[1]?.toUpperCase() ?? 'A';
  const type = isAddress(name) ? 'PTR' : isType(asked) ? asked : 'A';
  const address = server && !isAddress(server) ? network.resolve(server)[0] : server;
  const found = await lookUp(network, world, isAddress(name) ? reversed(name) : name, { type, server: address });
  if (found.failure === 'timeout') return { stdout: `${NO_SERVERS}\n`, stderr: '', exitCode: 1 };
  const head = `Server:\t\t${found.server}\nAddress:\t${found.server}:53\n\n`;
  if (found.records.length === 0) return { stdout: `${head}** server can't find ${name}: ${found.failure ? 'SERVFAIL' : 'NXDOMAIN'}\n\n`, stderr: '', exitCode: 1 };
  return { stdout: `${head}${found.records.map(nslookupLine).join('')}\n`, stderr: '', exitCode: 0 };
}

function nslookupLine({ name, type, data }: DnsRecord): string {
  if (type === 'A') return `Name:\t${name}\nAddress: ${data}\n`;
  const word = { CNAME: 'canonical name', SRV: 'service', PTR: 'name' }[type];
  return `${name}\t${word} = ${type === 'CNAME' ? data.replace(/\.$/, '') : data}\n`;
}

/** dig asks for the name as it is: the search list only with +search. */
export async function dig(args: readonly string[], network: NetworkStack, world: Waiting): Promise<Result> {
  const words = args.filter((arg) => !/^[-+@]/.test(arg));
  const given = args.find((arg) => arg.startsWith('@'))?.slice(1);
  const server = given && !isAddress(given) ? network.resolve(given)[0] : given;
  const backwards = args.indexOf('-x') >= 0;
  const type = backwards ? 'PTR' : (words.map((word) => word.toUpperCase()).find(isType) ?? 'A');
  const plain = words.find((word) => !isType(word.toUpperCase()) && word.toUpperCase() !== 'IN') ?? '';
  const name = backwards ? reversed(plain) : plain;
  const found = await lookUp(network, world, name, { type, server, isAbsolute: !args.includes('+search'), timeoutMs: DIG_TIMEOUT_MS });
  const title = `\n; <<>> DiG 9.20.11 <<>> ${args.join(' ')}\n;; global options: +cmd\n`;
  if (found.failure === 'timeout') {
    const error = `;; communications error to ${found.server}#53: timed out\n`.repeat(3);
    return { stdout: `${error}${args.includes('+short') ? '' : title}${NO_SERVERS.replace('connection timed out; ', '')}`, stderr: '', exitCode: 9 };
  }
  if (args.includes('+short')) return { stdout: found.records.map(({ data }) => `${data}\n`).join(''), stderr: '', exitCode: 0 };
  const status = found.failure ? 'SERVFAIL' : found.records.length > 0 ? 'NOERROR' : 'NXDOMAIN';
  const line = (record: DnsRecord) => `${`${record.name}.`.padEnd(23)}\t30\tIN\t${record.type}\t${record.data}\n`;
  const answer = found.records.length > 0 ? `;; ANSWER SECTION:\n${found.records.map(line).join('')}\n` : '';
  const when = new Date(world.now()).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (.*) GMT$/, '$1 $3 $2 $5 UTC $4');
  return {
    stdout: `${title};; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${status}, id: 4242\n;; flags: qr aa rd; QUERY: 1, ANSWER: ${found.records.length}, AUTHORITY: 0, ADDITIONAL: 1\n\n;; QUESTION SECTION:\n;${name.replace(/\.$/, '')}.\t\tIN\t${type}\n\n${answer};; Query time: 1 msec\n;; SERVER: ${found.server}#53(${found.server}) (UDP)\n;; WHEN: ${when}\n;; MSG SIZE  rcvd: 107\n\n`,
    stderr: '', exitCode: 0,
  };
}

export async function hostCommand(args: readonly string[], network: NetworkStack, world: Waiting): Promise<Result> {
  const typeAt = args.indexOf('-t');
  const asked = typeAt >= 0 ? (args[typeAt + 1] ?? '').toUpperCase() : 'A';
  const [name = '', server] = args.filter((arg, i) => !arg.startsWith('-') && (typeAt < 0 || i !== typeAt + 1));
  const found = await lookUp(network, world, isAddress(name) ? reversed(name) : name, { type: isAddress(name) ? 'PTR' : isType(asked) ? asked : 'A', server });
  if (found.failure === 'timeout') return { stdout: NO_SERVERS, stderr: '', exitCode: 1 };
  if (found.records.length === 0) return { stdout: `Host ${isAddress(name) ? `${reversed(name)}.` : name} not found: ${found.failure ? '2(SERVFAIL)' : '3(NXDOMAIN)'}\n`, stderr: '', exitCode: 1 };
  const words: Record<RecordType, string> = { A: 'has address', CNAME: 'is an alias for', SRV: 'has SRV record', PTR: 'domain name pointer' };
  return { stdout: found.records.map((record) => `${record.name} ${words[record.type]} ${record.data}\n`).join(''), stderr: '', exitCode: 0 };
}

/** `getent hosts NAME`: as programs resolve names, hosts file first. */
export async function getent([, name = '']: readonly string[], network: NetworkStack, world: Waiting): Promise<Result> {
  try {
    const found = network.resolve(name);
    return { stdout: found.map((address) => `${address.padEnd(15)} ${name}\n`).join(''), stderr: '', exitCode: found.length > 0 ? 0 : 2 };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    await world.sleep(RESOLVE_TIMEOUT_MS);
    return { stdout: '', stderr: '', exitCode: 2 };
  }
}

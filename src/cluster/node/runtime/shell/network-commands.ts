/** wget, nc, ping and the rest of what a shell has to look at the network with. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import type { World } from '../../../../time/simulation.ts';
import { type ClientTls, type HttpRequest, type HttpResponse, NetworkError, type NetworkStack } from '../../../network/types.ts';
import { curl } from './curl.ts';
import { dig, getent, hostCommand, nslookup, RESOLVE_TIMEOUT_MS } from './dns-commands.ts';

export interface Result { stdout: string; stderr: string; exitCode: number }

/** Linux gives up on a connection after so long (TCP SYN retries). */
export const CONNECT_TIMEOUT_MS = 130_000;
const PING_INTERVAL_MS = 1000;

export const STATUS_TEXT: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 204: 'No Content', 301: 'Moved Permanently', 302: 'Found', 308: 'Permanent Redirect', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 429: 'Too Many Requests', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Temporarily Unavailable', 504: 'Gateway Time-out' };

/** The answer would have come after --max-time. */
export class LateAnswer extends NetworkError {
  constructor() { super('timeout', 'late answer'); }
}

/** The commands over one network stack. */
export function networkCommands(network: NetworkStack, world: Pick<World, 'sleep'> & { now(): number }): CustomCommand[] {
  return [
    defineCommand('curl', async (args, shell) => curl(args, network, world, {
      read: (path) => shell.fs.readFile(shell.fs.resolvePath(shell.cwd, path)),
      write: (path, text) => shell.fs.writeFile(shell.fs.resolvePath(shell.cwd, path), text),
      stdin: textOf(shell.stdin),
    })),
    defineCommand('wget', async (args, shell) => wget(args, network, world, (path, text) => shell.fs.writeFile(shell.fs.resolvePath(shell.cwd, path), text))),
    defineCommand('nc', async (args, shell) => netcat(args, network, world, textOf(shell.stdin))),
    defineCommand('nslookup', async (args) => nslookup(args, network, world)),
    defineCommand('dig', async (args) => dig(args, network, world)),
    defineCommand('host', async (args) => hostCommand(args, network, world)),
    defineCommand('getent', async (args) => getent(args, network, world)),
    defineCommand('ip', async (args) => ip(args, network)),
    defineCommand('ping', async (args) => ping(args, network, world)),
  ];
}

/** bash hands bytes over one to a character. */
function textOf(bytes: { toString(): string }): string {
  return Buffer.from(bytes.toString(), 'latin1').toString('utf8');
}

export interface Exchange { url: string; request?: Partial<HttpRequest>; tls?: ClientTls; maxTimeMs?: number; connectTimeoutMs?: number }

/** One HTTP exchange that takes its time. Throws NetworkError. */
export async function exchange(network: NetworkStack, world: Pick<World, 'sleep'>, { url, request, tls, maxTimeMs = Infinity, connectTimeoutMs = Infinity }: Exchange): Promise<HttpResponse> {
  let response: HttpResponse;
  try {
    response = network.fetch(url, request, tls);
  } catch (error) {
    if (error instanceof NetworkError && error.reason === 'timeout' && error.message.endsWith('i/o timeout')) {
      await world.sleep(Math.min(connectTimeoutMs, maxTimeMs, error.message.startsWith('lookup') ? RESOLVE_TIMEOUT_MS : CONNECT_TIMEOUT_MS));
    }
    throw error;
  }
  const takesMs = response.latencyMs ?? 0;
  if (takesMs > 0) await world.sleep(Math.min(takesMs, maxTimeMs));
  if (takesMs > maxTimeMs) throw new LateAnswer();
  return response;
}

async function wget(args: readonly string[], network: NetworkStack, world: Pick<World, 'sleep'>, write: (path: string, text: string) => Promise<void>): Promise<Result> {
  const words = args.flatMap((arg) => (/^-[qS]*[OT].+/.test(arg) ? [arg.slice(0, arg.search(/[OT]/) + 1), arg.slice(arg.search(/[OT]/) + 1)] : arg.startsWith('--') && arg.includes('=') ? arg.split(/=(.*)/s, 2) : [arg]));
  const valueOf = (pattern: RegExp) => { const at = words.findIndex((word) => pattern.test(word)); return at < 0 ? undefined : words[at + 1]; };
  const [output, timeout, header] = [valueOf(/^(-[qS]*O|--output-document)$/), valueOf(/^(-[qS]*T|--timeout)$/), valueOf(/^--header$/)];
  const quiet = words.some((word) => /^-\w*q/.test(word) || word === '--quiet');
  const raw = words.findLast((word, i) => !word.startsWith('-') && !/^(-[qS]*[OT]|--output-document|--timeout|--header|--tries|-t)$/.test(words[i - 1] ?? ''));
  if (!raw) return { stdout: '', stderr: 'wget: missing URL\n', exitCode: 1 };
  const url = /^[a-z]+:\/\//.test(raw) ? raw : `http://${raw}`;
  const { hostname, port, pathname, protocol } = new URL(url);
  const headers = header ? { [header.slice(0, header.indexOf(':')).toLowerCase()]: header.slice(header.indexOf(':') + 1).trim() } : {};
  let connecting = '';
  const refused = (why: string): Result => ({ stdout: '', stderr: `${quiet ? '' : connecting}wget: ${why}\n`, exitCode: 1 });
  try {
    const address = network.resolve(hostname)[0];
    connecting = address ? `Connecting to ${hostname} (${address}:${port || (protocol === 'https:' ? 443 : 80)})\n` : '';
    const response = await exchange(network, world, { url, request: { headers: { 'user-agent': 'Wget', ...headers } }, tls: { insecureSkipVerify: true }, maxTimeMs: timeout ? Number(timeout) * 1000 : undefined });
    if (response.status >= 400) return refused(`server returned error: HTTP/1.1 ${response.status} ${STATUS_TEXT[response.status] ?? ''}`);
    if (output === '-') return { stdout: response.body, stderr: quiet ? '' : `${connecting}writing to stdout\n`, exitCode: 0 };
    const name = output ?? (pathname.split('/').pop() || 'index.html');
    if (name !== '/dev/null') await write(name, response.body);
    return { stdout: '', stderr: quiet ? '' : `${connecting}saving to '${name}'\n'${name}' saved\n`, exitCode: 0 };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.reason === 'no such host' || error.message.startsWith('lookup')) {
      if (!connecting && error.message.endsWith('i/o timeout')) await world.sleep(RESOLVE_TIMEOUT_MS);
      return refused(`bad address '${hostname}${port ? `:${port}` : ''}'`);
    }
    if (error.reason === 'timeout' && timeout) return refused('download timed out');
    return refused(`can't connect to remote host (${network.resolve(hostname)[0]}): ${reasonOf(error)}`);
  }
}

/** A Pod's own interfaces and routes: its address, and its node as the way to everything else. */
function ip(args: readonly string[], { addresses: [own = ''] }: NetworkStack): Result {
  const object = args.find((arg) => !arg.startsWith('-')) ?? '';
  const gateway = own.replace(/\d+$/, '1');
  const link = (index: number, name: string, address: string, flags: string) => `${index}: ${name}: <${flags}> mtu ${index === 1 ? 65536 : 1500} qdisc noqueue ${index === 1 ? 'state UNKNOWN qlen 1000' : 'state UP'}\n    inet ${address} scope ${index === 1 ? 'host lo' : 'global eth0'}\n       valid_lft forever preferred_lft forever\n`;
  if (object !== '' && 'address'.startsWith(object)) return { stdout: link(1, 'lo', '127.0.0.1/8', 'LOOPBACK,UP,LOWER_UP') + link(2, 'eth0@if7', `${own}/24`, 'BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN'), stderr: '', exitCode: 0 };
  if (object !== '' && 'route'.startsWith(object)) return { stdout: `default via ${gateway} dev eth0 \n${gateway} dev eth0 scope link  src ${own} \n`, stderr: '', exitCode: 0 };
  return { stdout: '', stderr: 'BusyBox v1.37.0 multi-call binary.\n\nUsage: ip address|route\n', exitCode: 1 };
}

/** The kernel's words. */
function reasonOf({ reason }: NetworkError): string {
  return reason === 'refused' ? 'Connection refused' : reason === 'unreachable' ? 'Network is unreachable' : 'Connection timed out';
}

async function netcat(args: readonly string[], network: NetworkStack, world: Pick<World, 'sleep'>, stdin: string): Promise<Result> {
  const words = args.flatMap((arg) => (/^-[a-z]*w\d+$/.test(arg) ? [arg.replace(/\d+$/, ''), /\d+$/.exec(arg)![0]] : [arg]));
  const timeoutAt = words.findIndex((word) => /^-[a-z]*w$/.test(word));
  const [host, port] = words.filter((word, i) => !word.startsWith('-') && (timeoutAt < 0 || i !== timeoutAt + 1));
  if (!host || !port) return { stdout: '', stderr: 'BusyBox v1.37.0 multi-call binary.\n\nUsage: nc [OPTIONS] HOST PORT\n', exitCode: 1 };
  const has = (letter: string) => words.some((word) => new RegExp(`^-[a-z]*${letter}`).test(word));
  let address: string | undefined;
  const open = (answer: string): Result => ({ stdout: answer, stderr: has('v') ? `${host} (${address}:${port}) open\n` : '', exitCode: 0 });
  const limitMs = timeoutAt >= 0 ? Number(words[timeoutAt + 1]) * 1000 : Infinity;
  try {
    [address] = network.resolve(host);
    const connection = network.connect(host, Number(port));
    const { tcp } = connection.service;
    const answer = has('z') || !tcp ? '' : tcp(stdin, connection.peer);
    connection.close();
    return open(answer);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    // A plain TCP connection to a TLS port opens; only speaking fails.
    if (error.reason === 'tls') return open('');
    const isName = error.reason === 'no such host' || error.message.startsWith('lookup');
    if (error.reason === 'timeout') await world.sleep(isName ? RESOLVE_TIMEOUT_MS : Math.min(limitMs, CONNECT_TIMEOUT_MS));
    return { stdout: '', stderr: isName ? `nc: bad address '${host}'\n` : `nc: ${host} (${address}:${port}): ${reasonOf(error)}\n`, exitCode: 1 };
  }
}

async function ping(args: readonly string[], network: NetworkStack, world: Pick<World, 'sleep'>): Promise<Result> {
  const valueOf = (flag: string) => { const at = args.findIndex((arg) => arg.startsWith(flag)); return at < 0 ? undefined : Number(args[at]!.slice(2) || args[at + 1]); };
  const host = args.findLast((arg, i) => !arg.startsWith('-') && !/^-[cWwi]$/.test(args[i - 1] ?? '')) ?? '';
  const [count, waitS] = [valueOf('-c') ?? 3, valueOf('-W') ?? 10];
  let address: string | undefined;
  try {
    [address] = network.resolve(host);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    await world.sleep(RESOLVE_TIMEOUT_MS);
  }
  if (!address) return { stdout: '', stderr: `ping: bad address '${host}'\n`, exitCode: 1 };
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    if (network.ping(address)) lines.push(`64 bytes from ${address}: seq=${i} ttl=63 time=0.${100 + i} ms`);
    if (i < count - 1) await world.sleep(PING_INTERVAL_MS);
  }
  if (lines.length === 0) await world.sleep(waitS * 1000);
  const loss = Math.round(((count - lines.length) / count) * 100);
  const times = lines.length > 0 ? [`round-trip min/avg/max = 0.100/0.101/0.${99 + count} ms`] : [];
  return { stdout: [`PING ${host} (${address}): 56 data bytes`, ...lines, '', `--- ${host} ping statistics ---`, `${count} packets transmitted, ${lines.length} packets received, ${loss}% packet loss`, ...times, ''].join('\n'), stderr: '', exitCode: lines.length > 0 ? 0 : 1 };
}

/** How etcdctl reads its command line and reaches a server. */
import type { Cluster } from '../../../cluster/cluster.ts';
import { EtcdError, type EtcdServerFace } from '../../../cluster/etcd/face.ts';
import { type ClientTls, NetworkError } from '../../../cluster/network/types.ts';
import { seconds } from '../../../cluster/node/os/unit-file.ts';
import type { Host } from '../../host.ts';

export type Flags = ReadonlyMap<string, string>;

/** A command line and its surroundings. */
export interface EtcdCall {
  host: Host;
  cluster: Cluster;
  env: ReadonlyMap<string, string>;
  resolve: (path: string) => string;
  stdin: string;
  /** Shows something at once, for commands that run on. */
  write: (text: string) => void;
  signal: AbortSignal;
}

/** An error that ends the command: `Error: …`. */
export class CommandError extends Error {
  constructor(message: string, readonly exitCode = 1, readonly log = '') { super(message); }
}

const DEFAULT_TIMEOUT = '5s'; // --command-timeout

/** Words and flags; `valued` and `plain` name the flags known. Throws CommandError on others. */
export function parse(args: readonly string[], valued: ReadonlySet<string>, plain: ReadonlySet<string>): { words: string[]; flags: Map<string, string> } {
  const words: string[] = [];
  const flags = new Map<string, string>();
  const short: Readonly<Record<string, string>> = { '-w': '--write-out', '-h': '--help' };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') return { words: [...words, ...args.slice(i + 1)], flags };
    if (!/^-./.test(arg)) {
      words.push(arg);
      continue;
    }
    const at = arg.indexOf('=');
    const given = at < 0 ? arg : arg.slice(0, at);
    const name = (short[given] ?? given).replace(/^--/, '');
    if (!valued.has(name) && !plain.has(name)) throw new CommandError(given.startsWith('--') ? `unknown flag: ${given}` : `unknown shorthand flag: '${given[1]}' in ${given}`);
    const value = at >= 0 ? arg.slice(at + 1) : valued.has(name) ? args[++i] : 'true';
    if (value === undefined) throw new CommandError(`flag needs an argument: ${given}`);
    if (!(plain.has(name) && value === 'false')) flags.set(name, value);
  }
  return { words, flags };
}

/** A flag, or the environment's ETCDCTL_… in its place. */
function setting(name: string, flags: Flags, env: ReadonlyMap<string, string>): string | undefined {
  return flags.get(name) ?? env.get(`ETCDCTL_${name.toUpperCase().replaceAll('-', '_')}`);
}

export function endpointsOf(flags: Flags, { env }: EtcdCall): string[] {
  return (setting('endpoints', flags, env) ?? '127.0.0.1:2379').split(',').map((each) => each.trim());
}

/** Asks one endpoint. What cannot be answered costs the command's time-out, and throws CommandError. */
export async function ask<T>(endpoint: string, flags: Flags, call: EtcdCall, use: (etcd: EtcdServerFace) => T): Promise<T> {
  try {
    return use(dial(endpoint, flags, call));
  } catch (error) {
    if (error instanceof NetworkError) throw await timedOut(flags, call, endpoint, `code = DeadlineExceeded desc = latest balancer error: last connection error: connection error: desc = "transport: ${error.message.startsWith('dial') ? 'Error while dialing' : 'authentication handshake failed'}: ${error.message}"`);
    if (!(error instanceof EtcdError)) throw error;
    if (error.code === 'unavailable' && error.message.endsWith('timed out')) throw await timedOut(flags, call, endpoint, 'code = DeadlineExceeded desc = context deadline exceeded');
    throw new CommandError(error.message, 1, warning(call, endpoint, `code = ${CODES[error.code] ?? 'Unknown'} desc = ${error.message}`));
  }
}

/** Asks the first endpoint that answers. */
export async function askAny<T>(flags: Flags, call: EtcdCall, use: (etcd: EtcdServerFace, endpoint: string) => T): Promise<T> {
  const all = endpointsOf(flags, call);
  const usable = all.find((endpoint) => answers(endpoint, flags, call)) ?? all[0]!;
  return ask(usable, flags, call, (etcd) => use(etcd, usable));
}

function answers(endpoint: string, flags: Flags, call: EtcdCall): boolean {
  try {
    const etcd = dial(endpoint, flags, call);
    return etcd.hasLeader && !etcd.status().isLearner;
  } catch (error) {
    if (error instanceof NetworkError) return false;
    throw error;
  }
}

/** A connection to one endpoint. Throws NetworkError, or CommandError for files that are not there. */
function dial(endpoint: string, flags: Flags, call: EtcdCall): EtcdServerFace {
  const tls = tlsOf(flags, call);
  const hasScheme = /^https?:\/\//.test(endpoint);
  const wantsTls = hasScheme ? endpoint.startsWith('https') : tls.ca !== undefined || tls.certificate !== undefined;
  const { hostname, port } = new URL(hasScheme ? endpoint : `http://${endpoint}`);
  const connection = call.host.network.connect(hostname, Number(port) || 2379, wantsTls ? tls : undefined);
  const { etcd } = connection.service;
  connection.close();
  if (!etcd) throw new NetworkError('refused', `${endpoint}: not an etcd server`);
  return etcd;
}

function tlsOf(flags: Flags, { host, env, resolve }: EtcdCall): ClientTls {
  const read = (name: string): string | undefined => {
    const path = setting(name, flags, env);
    if (!path) return undefined;
    if (!host.files.exists(resolve(path))) throw new CommandError(`open ${path}: no such file or directory`);
    return host.files.read(resolve(path));
  };
  return { ca: read('cacert'), certificate: read('cert'), key: read('key'), insecureSkipVerify: flags.has('insecure-skip-tls-verify') };
}

async function timedOut(flags: Flags, call: EtcdCall, endpoint: string, error: string): Promise<CommandError> {
  await call.cluster.world.sleep(seconds(setting('command-timeout', flags, call.env) ?? DEFAULT_TIMEOUT) * 1000, call.signal);
  return new CommandError('context deadline exceeded', 1, warning(call, endpoint, error));
}

const CODES: Readonly<Record<string, string>> = { compacted: 'OutOfRange', 'future-revision': 'OutOfRange', unavailable: 'Unavailable', 'no-space': 'ResourceExhausted', 'not-found': 'NotFound', 'lease-not-found': 'NotFound', 'failed-precondition': 'FailedPrecondition' };

function warning({ cluster }: EtcdCall, endpoint: string, error: string): string {
  const ts = new Date(cluster.world.clock.now()).toISOString().replace('Z', '000Z');
  return `${JSON.stringify({ level: 'warn', ts, logger: 'etcd-client', caller: 'v3@v3.6.8/retry_interceptor.go:65', msg: 'retrying of unary invoker failed', target: `etcd-endpoints://0xc0000e8000/${endpoint.replace(/^https?:\/\//, '')}`, attempt: 0, error: `rpc error: ${error}` })}\n`;
}

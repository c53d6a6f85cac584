/** A control-plane program as a container's process: flags, files, last words, exit codes. */
import { parseDocument } from 'yaml';
import { type ClientTls, NetworkError } from '../../network/types.ts';
import { keyMatches, parseCertificate } from '../../pki/certificate.ts';
import { publicKeyOf } from '../../pki/key.ts';
import { FileError } from '../file-system.ts';
import type { Behaviour, ProcessContext } from '../process.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import { FlagError, type Flags, parseFlags, parseGoFlags } from './flags.ts';
import { FLAGS } from './flag-tables.ts';
import { KUBERNETES_VERSION } from './versions.ts';

/** A program that cannot go on, with what it logs before it exits. */
export class FatalError extends Error {
  constructor(message: string, readonly code = 1) { super(message); }
}

/** A file that a flag names and that cannot be read; each program says so in its own way. */
class UnreadableFile extends FatalError {}

/** What the programs use when nobody asks anything of them: leases, health checks, collection. */
const IDLE_CPU_MILLIS: Readonly<Record<string, number>> = { 'kube-apiserver': 25, etcd: 18, 'kube-controller-manager': 12, 'kube-scheduler': 4, 'kube-proxy': 1 };

/** A program's version is its image's tag. */
export function programVersion({ image = '' }: Pick<ProcessContext, 'image'>): string {
  return /:(v\d+\.\d+\.\d+)$/.exec(image)?.[1] ?? KUBERNETES_VERSION;
}

/** What a started program can be asked to do. */
export interface Running { stop(): void }

/**
 * A behaviour from a start function. `start` may throw FatalError; it is given the parsed flags.
 * Unknown flags, missing files and bad values end the process before it has begun, as with the real binaries.
 */
export function program(name: string, start: (flags: Flags, context: ProcessContext) => Running): Behaviour {
  return (context) => {
    let running: Running | undefined;
    try {
      const [executable = '', ...args] = context.argv;
      const parse = name === 'etcd' ? parseGoFlags : parseFlags;
      if (executable.split('/').pop() !== name) throw new RuntimeError('Unknown', `error during container init: exec: "${executable}": executable file not found in $PATH`);
      const flags = parse(args, FLAGS[name] ?? {});
      const printed = flags.bool('help', false) ? usage(name) : flags.bool('version', false) ? `Kubernetes ${programVersion(context)}` : undefined;
      if (printed === undefined) {
        if (name !== 'etcd') checkGates(flags, context);
        running = start(flags, context);
        context.useCpu(IDLE_CPU_MILLIS[name] ?? 2);
      }
      else exitSoon(context, printed, 0);
    } catch (error) {
      if (!isStartFailure(error)) throw error;
      exitSoon(context, lastWords(name, error, context), error instanceof FatalError || error instanceof FlagError ? error.code : 1);
    }
    return {
      terminate: () => context.exit(0),
      cleanUp() {
        running?.stop();
        running = undefined;
      },
    };
  };
}

/** Gates that nobody knows, or that can no longer be changed, stop a program; those that will go away are only told. */
function checkGates(flags: Flags, context: ProcessContext): void {
  try {
    for (const warning of flags.gates().warnings()) context.write(`W${klogTime(context.world.clock.now())}       1 feature_gate.go:352] ${warning}\n`, 'stderr');
  } catch (error) {
    throw error instanceof FlagError ? klogFatal(context, 'run.go:72', error.message) : error;
  }
}

type StartFailure = FatalError | FlagError | FileError | NetworkError;

function isStartFailure(error: unknown): error is StartFailure {
  return error instanceof FatalError || error instanceof FlagError || error instanceof FileError || error instanceof NetworkError;
}

function exitSoon(context: ProcessContext, text: string, code: number): void {
  context.write(`${text}\n`, code === 0 ? 'stdout' : 'stderr');
  context.world.soon('exit', () => context.exit(code));
}

function usage(name: string): string {
  return `Usage:\n  ${name} [flags]\n\nFlags:\n${Object.keys(FLAGS[name] ?? {}).sort().map((flag) => `      --${flag}`).join('\n')}`;
}

function lastWords(name: string, error: StartFailure, context: ProcessContext): string {
  if (error instanceof FlagError) return name === 'etcd' ? error.message : `Usage:\n  ${name} [flags]\n\n${error.message}`;
  if (error instanceof FatalError && !(error instanceof UnreadableFile)) return error.message;
  return name === 'etcd' ? etcdFatal(context, error.message) : klogFatal(context, 'run.go:72', error.message).message;
}

/** etcd's last line, as its zap logger writes it. */
export function etcdFatal(context: ProcessContext, error: string): string {
  return JSON.stringify({ level: 'fatal', ts: new Date(context.world.clock.now()).toISOString(), caller: 'etcdmain/etcd.go:183', msg: 'discovery failed', error });
}

/** A file that a flag names. Throws UnreadableFile in Go's words when it cannot be read. */
export function readFlagFile(context: Pick<ProcessContext, 'files'>, path: string): string {
  try {
    return context.files.read(path);
  } catch (error) {
    if (error instanceof FileError) throw new UnreadableFile(`open ${path}: ${error.code === 'ENOENT' ? 'no such file or directory' : error.message.split(': ')[1]?.split(',')[0]}`);
    throw error;
  }
}

/** Throws UnreadableFile, in the words of Go's tls.X509KeyPair, when a certificate and its key do not belong together. */
export function checkKeyPair(certificate: string, key: string): void {
  if (!parseCertificate(certificate)) throw new UnreadableFile('tls: failed to find any PEM data in certificate input');
  if (publicKeyOf(key) === undefined) throw new UnreadableFile('tls: failed to find any PEM data in key input');
  if (!keyMatches(certificate, key)) throw new UnreadableFile('tls: private key does not match public key');
}

/** klog's line for a program that gives up. */
export function klogFatal(context: ProcessContext, where: string, text: string): FatalError {
  return new FatalError(`E${klogTime(context.world.clock.now())}       1 ${where}] "command failed" err=${JSON.stringify(text)}`);
}

/** `1123 17:06:19.000000` */
export function klogTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000`;
}

/** Server, CA and identity of a kubeconfig's current context. */
export function readKubeconfig(context: Pick<ProcessContext, 'files'>, path: string): { server: string; tls: ClientTls; token?: string; tokenFile?: string } {
  const document = parseDocument(readFlagFile(context, path));
  if (document.errors[0]) throw new UnreadableFile(`error loading config file "${path}": yaml: ${document.errors[0].message.split('\n')[0]}`);
  const config = asRecord(document.toJS());
  const current = named(config.contexts, config['current-context']).context;
  const cluster = asRecord(named(config.clusters, asRecord(current).cluster).cluster);
  const user = asRecord(named(config.users, asRecord(current).user).user);
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const inline = (record: Record<string, unknown>, name: string) => {
    const encoded = text(record[`${name}-data`]);
    if (encoded) return Buffer.from(encoded, 'base64').toString();
    const file = text(record[name]);
    return file ? readFlagFile(context, file) : undefined;
  };
  const server = text(cluster.server);
  if (!server) throw new UnreadableFile(`error loading config file "${path}": invalid configuration: no configuration has been provided`);
  const tokenFile = text(user.tokenFile);
  return {
    server, tls: { ca: inline(cluster, 'certificate-authority'), certificate: inline(user, 'client-certificate'), key: inline(user, 'client-key') },
    tokenFile, token: text(user.token) ?? (tokenFile ? readFlagFile(context, tokenFile).trim() : undefined),
  };
}

function named(list: unknown, name: unknown): Record<string, unknown> {
  return asRecord(Array.isArray(list) ? list.find((item) => asRecord(item).name === name) : undefined);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** A control-plane program as a container's process: flags, files, last words, exit codes. */
import { parseDocument } from 'yaml';
import type { ClientTls } from '../../network/types.ts';
import { FileError } from '../file-system.ts';
import type { Behaviour, ProcessContext } from '../process.ts';
import { FlagError, type Flags, FLAGS, parseFlags } from './flags.ts';

/** A program that cannot go on, with what it logs before it exits. */
export class FatalError extends Error {
  constructor(message: string, readonly code = 1) { super(message); }
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
      if (executable.split('/').pop() !== name) throw new FatalError(`exec: "${executable}": executable file not found in $PATH`, 127);
      running = start(parseFlags(args, FLAGS[name] ?? {}), context);
    } catch (error) {
      if (!(error instanceof FatalError) && !(error instanceof FlagError) && !(error instanceof FileError)) throw error;
      context.write(`${error.message}\n`, 'stderr');
      const code = error instanceof FatalError ? error.code : 1;
      context.world.soon(`${name} exits`, () => context.exit(code));
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

/** A file that a flag names. Throws FatalError in Go's words when it cannot be read. */
export function readFlagFile(context: Pick<ProcessContext, 'files'>, path: string): string {
  try {
    return context.files.read(path);
  } catch (error) {
    if (error instanceof FileError) throw new FatalError(`open ${path}: ${error.code === 'ENOENT' ? 'no such file or directory' : error.message.split(': ')[1]?.split(',')[0]}`);
    throw error;
  }
}

/** klog's line for a program that gives up. */
export function klogFatal(context: ProcessContext, where: string, text: string): FatalError {
  return new FatalError(`E${klogTime(context.world.clock.now())}       1 ${where}] "command failed" err="${text}"`);
}

/** `1123 17:06:19.000000` */
export function klogTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000`;
}

/** Server, CA and identity of a kubeconfig's current context. */
export function readKubeconfig(context: Pick<ProcessContext, 'files'>, path: string): { server: string; tls: ClientTls; token?: string; tokenFile?: string } {
  const data: unknown = parseDocument(readFlagFile(context, path)).toJS();
  const config = asRecord(data);
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
  if (!server) throw new FatalError(`error loading config file "${path}": invalid configuration: no configuration has been provided`);
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

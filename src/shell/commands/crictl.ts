/** crictl: the container runtime's own view, for when the API server cannot be asked. */
import { parseDocument } from 'yaml';
import type { Machine } from '../../cluster/node/machine.ts';
import type { LogLine } from '../../cluster/node/runtime/container-log.ts';
import type { RuntimeContainer, Sandbox } from '../../cluster/node/runtime/container.ts';
import { RuntimeError } from '../../cluster/node/runtime/runtime-error.ts';
import { containerList, imageJson, imageList, inspectContainer, inspectSandbox, podList, shortId, statsList } from './crictl-views.ts';
import { failed, readFlags, type Result, said } from './result.ts';

const VALUED = ['--name', '--pod', '-n', '--tail', '--namespace', '--state', '-s', '-o', '--output', '--label', '-p', '--since', '--image', '--id', '--last', '-r', '--runtime-endpoint', '-i', '--image-endpoint', '-t', '--timeout', '--config', '-c'];
const DEFAULT_ENDPOINTS = ['unix:///run/containerd/containerd.sock', 'unix:///run/crio/crio.sock', 'unix:///var/run/cri-dockerd.sock'];
const USAGE = 'NAME:\n   crictl - client for CRI\n\nUSAGE:\n   crictl [global options] command [command options]\n\nCOMMANDS:\n   attach, exec, images, inspect, inspecti, inspectp, info, logs, pods, ps, pull, rm, rmi, rmp, stats, stop, stopp, version\n';

type Flags = ReadonlyMap<string, string>;
/** Where what comes bit by bit is written, and what ends it. */
export interface Terminal { write(stream: 'stdout' | 'stderr', text: string): void; signal: AbortSignal }
type Verb = (machine: Machine, words: readonly string[], flags: Flags, terminal: Terminal) => Result | Promise<Result>;

const json = (value: object) => said(`${JSON.stringify(value, null, 2)}\n`);
const fatal = (message: string) => failed(`FATA[0000] ${message}\n`);

const VERBS: Readonly<Record<string, Verb>> = {
  ps: (machine, _, flags) => said(containerList(machine, flags)),
  pods: (machine, _, flags) => said(podList(machine, flags)),
  images: (machine, words, flags) => said(imageList(machine, words, flags)),
  stats: (machine, [wanted], flags) => said(statsList(machine, { wanted, isAll: flags.has('-a') || flags.has('--all') })),
  logs: (machine, words, flags, terminal) => {
    const [followed] = flags.has('-f') || flags.has('--follow') ? machine.runtime.containers().filter(({ id }) => words[0] && id.startsWith(words[0])) : [];
    return followed ? follow(machine, followed, flags, terminal) : eachContainer(machine, words, (c) => logs(c, flags));
  },
  inspect: (machine, words) => eachContainer(machine, words, (c) => json(inspectContainer(c))),
  inspectp: (machine, words) => eachSandbox(machine, words, (s) => json(inspectSandbox(s))),
  inspecti: (machine, [reference = '']) => {
    const image = machine.runtime.imageStore.get(reference);
    return image ? json({ status: imageJson(`sha256:${image.digest.split('sha256:')[1]}`, image) }) : fatal(`no such image "${reference}" present`);
  },
  exec: (machine, words, flags) => execute(machine, words, flags),
  stop: (machine, words, flags) => eachContainer(machine, words, (c) => { machine.runtime.stop(c, Number(flags.get('-t') ?? flags.get('--timeout') ?? 0) * 1000); return said(`${shortId(c.id)}\n`); }),
  rm: (machine, words, flags) => eachContainer(machine, all(words, flags, machine.runtime.containers()), (c) => {
    if (c.state === 'Running' && !flags.has('-f') && !flags.has('--force')) return fatal(`removing container: container "${words[0]}" is running, please stop it first`);
    machine.runtime.remove(c);
    return said(`${shortId(c.id)}\n`);
  }),
  stopp: (machine, words) => eachSandbox(machine, words, (s) => { machine.runtime.stopSandbox(s); return said(`Stopped sandbox ${s.id}\n`); }),
  rmp: (machine, words, flags) => eachSandbox(machine, all(words, flags, machine.runtime.sandboxes()), (s) => {
    if (s.state === 'Ready' && !flags.has('-f') && !flags.has('--force')) return fatal(`removing the pod sandbox "${words[0]}": rpc error: code = Unknown desc = failed to remove sandbox: sandbox "${s.id}" is in Ready state and must be stopped first`);
    machine.runtime.removeSandbox(s);
    return said(`Removed sandbox ${s.id}\n`);
  }),
  pull: (machine, [reference = '']) => pull(machine, reference),
  rmi: (machine, words, flags) => each(flags.has('--prune') ? unused(machine) : words, (reference) => {
    const known = machine.runtime.images().find((image) => image.reference === reference || image.fullReference === reference || image.digest.includes(`sha256:${reference}`));
    return known && machine.runtime.removeImage(known.reference) ? said(`Deleted: ${known.fullReference ?? known.reference}\n`) : fatal(`no such image ${reference}`);
  }),
  version: ({ runtime }) => said(`Version:  0.1.0\nRuntimeName:  ${runtime.face.name}\nRuntimeVersion:  ${runtime.version.split('//')[1] ?? ''}\nRuntimeApiVersion:  v1\n`),
  info: (machine) => {
    const problem = machine.networkProblem;
    return json({ status: { conditions: [{ message: '', reason: '', status: true, type: 'RuntimeReady' }, { message: problem ? 'Network plugin returns error: cni plugin not initialized' : '', reason: problem ? 'NetworkPluginNotReady' : '', status: problem === undefined, type: 'NetworkReady' }] }, cniconfig: { PluginConfDir: '/etc/cni/net.d' }, runtimeHandlers: [{ name: '' }] });
  },
};
const ALIASES: Readonly<Record<string, string>> = { image: 'images', img: 'images', rmimage: 'rmi', p: 'pods' };

export function crictl(args: readonly string[], machine: Machine, terminal: Terminal): Result | Promise<Result> {
  const at = args.findIndex((arg, i) => !arg.startsWith('-') && !VALUED.includes(args[i - 1] ?? ''));
  const name = at < 0 ? '' : args[at]!;
  const global = readFlags(at < 0 ? args : args.slice(0, at), VALUED).flags;
  if (name === '' || name === 'help' || args.includes('--help')) return said(global.has('--version') || global.has('-v') ? 'crictl version v1.36.0\n' : USAGE);
  const verb = VERBS[ALIASES[name] ?? name];
  if (!verb) return fatal(`unknown command "${name}"`);
  const problem = noConnection(machine, global);
  if (problem) return fatal(problem);
  // What follows the container of an exec is the command's own.
  const rest = args.slice(at + 1).flatMap((arg) => (name !== 'exec' && /^-[a-z]{2,}$/.test(arg) ? Array.from(arg.slice(1), (letter) => `-${letter}`) : [arg]));
  const { words, flags } = name === 'exec' ? execLine(rest) : readFlags(rest, VALUED.filter((flag) => !(['-i', '-r', '-c'].includes(flag) || (flag === '-p' && name === 'logs') || (flag === '-t' && name !== 'stop'))));
  return verb(machine, words, flags, terminal);
}

/** Which daemon is asked: a flag, else /etc/crictl.yaml, else the usual places. */
function noConnection({ os: { files }, runtime }: Machine, flags: Flags): string | undefined {
  const path = flags.get('--config') ?? flags.get('-c') ?? '/etc/crictl.yaml';
  const configured: unknown = files.exists(path) ? parseDocument(files.read(path)).get('runtime-endpoint') : undefined;
  const asked = flags.get('--runtime-endpoint') ?? flags.get('-r') ?? (typeof configured === 'string' && configured !== '' ? configured : undefined);
  const socketOf = (endpoint: string) => endpoint.replace(/^unix:\/\//, '').replace(/^\/var\/run\//, '/run/');
  const own = socketOf(runtime.face.socket);
  const endpoints = asked === undefined ? DEFAULT_ENDPOINTS : [asked];
  if (runtime.isUp && endpoints.some((endpoint) => socketOf(endpoint) === own)) return undefined;
  const endpoint = endpoints.at(-1)!;
  return `validate service connection: validate CRI v1 runtime API for endpoint "${endpoint}": ${runtime.noAnswer(endpoint.replace(/^unix:\/\//, ''))}`;
}

function all(words: readonly string[], flags: Flags, known: readonly { id: string }[]): readonly string[] {
  return flags.has('-a') || flags.has('--all') ? known.map(({ id }) => id) : words;
}

function each<T>(those: readonly T[], act: (one: T) => Result): Result {
  return those.map(act).reduce((sum, { stdout, stderr, exitCode }) => ({ stdout: sum.stdout + stdout, stderr: sum.stderr + stderr, exitCode: exitCode || sum.exitCode }), said(''));
}

function eachContainer(machine: Machine, ids: readonly string[], use: (container: RuntimeContainer) => Result): Result {
  return each(ids.length > 0 ? ids : [''], (id) => found(machine.runtime.containers(), id, use, `rpc error: code = NotFound desc = an error occurred when try to find container "${id}": not found`));
}

function eachSandbox(machine: Machine, ids: readonly string[], use: (sandbox: Sandbox) => Result): Result {
  return each(ids.length > 0 ? ids : [''], (id) => found(machine.runtime.sandboxes(), id, use, `rpc error: code = NotFound desc = an error occurred when try to find sandbox: not found`));
}

function found<T extends { id: string }>(known: readonly T[], id: string, use: (one: T) => Result, missing: string): Result {
  const [one, ...more] = id ? known.filter((each) => each.id.startsWith(id)) : [];
  return one && more.length === 0 ? use(one) : fatal(id === '' ? 'ID cannot be empty' : missing);
}

function logs(c: RuntimeContainer, flags: Flags): Result {
  const tail = flags.get('--tail') ?? flags.get('-n');
  const lines = tail === undefined ? c.log.lines : Number(tail) === 0 ? [] : c.log.lines.slice(-Number(tail));
  const text = (stream: string) => lines.filter((l) => l.stream === stream).map((l) => logLine(l, flags)).join('');
  return { stdout: text('stdout'), stderr: text('stderr'), exitCode: 0 };
}

function logLine({ timeMs, text }: LogLine, flags: Flags): string {
  return `${flags.has('-t') || flags.has('--timestamps') ? `${new Date(timeMs).toISOString()} ` : ''}${text}\n`;
}

/** What there is of a log, and what comes until the container ends or somebody has seen enough. */
async function follow({ runtime, os: { world } }: Machine, container: RuntimeContainer, flags: Flags, { write, signal }: Terminal): Promise<Result> {
  const { stdout, stderr } = logs(container, flags);
  write('stdout', stdout);
  write('stderr', stderr);
  if (container.state !== 'Running') return said('');
  let following: { close(): void }[] = [];
  const code = await world.block<number>('crictl logs', (wake) => {
    const end = (exit: number) => { for (const each of following.splice(0)) each.close(); wake(exit); };
    const stop = () => end(130);
    following = [
      container.log.follow((line) => write(line.stream, logLine(line, flags))), runtime.onChange((changed) => { if (changed === container && changed.state === 'Exited') end(0); }),
      { close: () => signal.removeEventListener('abort', stop) },
    ];
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
  return failed('', code);
}

/** `[-it] CONTAINER COMMAND…` */
function execLine(args: readonly string[]): { words: string[]; flags: Map<string, string> } {
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  return { words: at < 0 ? [] : args.slice(at), flags: readFlags(args.slice(0, Math.max(0, at)), []).flags };
}

async function execute(machine: Machine, [id = '', ...command]: readonly string[], flags: Flags): Promise<Result> {
  const [container] = id ? machine.runtime.containers().filter((c) => c.id.startsWith(id)) : [];
  if (!container) return fatal(`execing command in container: rpc error: code = NotFound desc = an error occurred when try to find container "${id}": not found`);
  const output = said('');
  try {
    output.exitCode = await machine.os.world.block<number>('crictl exec', (wake) => {
      machine.runtime.exec(container, command, { stdout: (text) => { output.stdout += text; }, stderr: (text) => { output.stderr += text; }, closed: (code) => wake(code ?? 0) }, { stdin: false, tty: flags.has('-t') || flags.has('-it') });
    });
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return fatal(`execing command in container: ${error.message}`);
  }
  if (output.exitCode !== 0) output.stderr += `FATA[0000] execing command in container: command terminated with exit code ${output.exitCode}\n`;
  return { ...output, exitCode: output.exitCode === 0 ? 0 : 1 };
}

async function pull(machine: Machine, reference: string): Promise<Result> {
  const { runtime: { imageStore }, os: { world } } = machine;
  const error = await world.block<string | undefined>('crictl pull', (wake) => imageStore.pull(reference, wake));
  return error === undefined ? said(`Image is up to date for ${imageStore.get(reference)?.digest ?? reference}\n`) : fatal(`pulling image: ${error}`);
}

function unused({ runtime }: Machine): string[] {
  const used = new Set(runtime.containers().map(({ image }) => image.digest));
  return runtime.images().filter(({ digest, reference }) => !used.has(digest) && !reference.includes('/pause:')).map(({ reference }) => reference);
}

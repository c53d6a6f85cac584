/** crictl: the container runtime's own view, for when the API server cannot be asked. */
import type { Machine } from '../../cluster/node/machine.ts';
import type { RuntimeContainer } from '../../cluster/node/runtime/container-runtime.ts';
import { columns, failed, readFlags, type Result, said } from './result.ts';

const ID_LENGTH = 13;

export function crictl(args: readonly string[], machine: Machine): Result {
  const { words: [verb = '', ...rest], flags } = readFlags(args.filter((a) => !a.startsWith('--runtime-endpoint') && !a.startsWith('-r=')), ['--name', '--pod', '-n', '--tail', '--namespace', '--state', '-s', '-o', '--label', '-p', '--since']);
  if (verb === '' || flags.has('--help')) return said('NAME:\n   crictl - client for CRI\n\nCOMMANDS:\n   ps, pods, images, logs, inspect, inspectp, exec, stop, rm, rmp, pull, rmi, info, version\n');
  const { runtime } = machine;
  if (!runtime.isUp) return failed('E validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory"\n');
  switch (verb) {
    case 'ps': return ps(machine, flags);
    case 'pods': return pods(machine, flags);
    case 'images': case 'img': return images(machine);
    case 'logs': return logs(machine, rest[0] ?? '', flags);
    case 'inspect': return withContainer(machine, rest[0] ?? '', (c) => said(`${JSON.stringify(inspect(c), null, 2)}\n`));
    case 'stop': return withContainer(machine, rest[0] ?? '', (c) => { runtime.stop(c, 0); return said(`${c.id.slice(0, ID_LENGTH)}\n`); });
    case 'rm': return withContainer(machine, rest[0] ?? '', (c) => { if (c.state === 'Running' && !flags.has('-f') && !flags.has('--force')) return failed(`E removing container "${rest[0]}": container is still running\n`); runtime.remove(c); return said(`${c.id.slice(0, ID_LENGTH)}\n`); });
    case 'rmi': return runtime.removeImage(rest[0] ?? '') ? said(`Deleted: ${rest[0]}\n`) : failed(`no such image ${rest[0]}\n`);
    case 'version': return said(`Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  ${runtime.version.split('//')[1] ?? ''}\nRuntimeApiVersion:  v1\n`);
    case 'info': return said(`${JSON.stringify({ status: { conditions: [{ type: 'RuntimeReady', status: true }, { type: 'NetworkReady', status: machine.networkProblem === undefined }] } }, null, 2)}\n`);
    default: return failed(`crictl: unknown command "${verb}"\n`);
  }
}

function ps(machine: Machine, flags: ReadonlyMap<string, string>): Result {
  const all = flags.has('-a') || flags.has('--all');
  const shown = machine.runtime.containers().filter((c) => (all || c.state === 'Running') && (!flags.get('--name') || c.config.name.includes(flags.get('--name')!)) && (!flags.get('--pod') || c.sandbox.id.startsWith(flags.get('--pod')!)));
  shown.sort((a, b) => b.createdMs - a.createdMs);
  if (flags.has('-q') || flags.has('--quiet')) return said(shown.map((c) => `${c.id}\n`).join(''));
  const nowMs = machine.os.world.clock.now();
  const rows = shown.map((c) => [c.id.slice(0, ID_LENGTH), c.image.digest.split('sha256:')[1]!.slice(0, ID_LENGTH), ago(nowMs - c.createdMs), c.state, c.config.name, String(c.config.attempt), c.sandbox.id.slice(0, ID_LENGTH), c.sandbox.config.name, c.sandbox.config.namespace]);
  return said(columns([['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'], ...rows], 4));
}

function pods(machine: Machine, flags: ReadonlyMap<string, string>): Result {
  const nowMs = machine.os.world.clock.now();
  const shown = machine.runtime.sandboxes().filter((s) => (!flags.get('--name') || s.config.name.includes(flags.get('--name')!)) && (!flags.get('--namespace') || s.config.namespace === flags.get('--namespace')));
  if (flags.has('-q')) return said(shown.map((s) => `${s.id}\n`).join(''));
  const rows = shown.map((s) => [s.id.slice(0, ID_LENGTH), ago(nowMs - s.createdMs), s.state, s.config.name, s.config.namespace, String(s.config.attempt), '(default)']);
  return said(columns([['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'], ...rows], 4));
}

function images(machine: Machine): Result {
  const rows = machine.runtime.images().map((image) => {
    const at = image.reference.lastIndexOf(':');
    const name = image.digest.split('@')[0]!;
    return [name, at > 0 ? image.reference.slice(at + 1) : 'latest', image.digest.split('sha256:')[1]!.slice(0, ID_LENGTH), `${(image.sizeBytes / 1e6).toFixed(1)}MB`];
  });
  return said(columns([['IMAGE', 'TAG', 'IMAGE ID', 'SIZE'], ...rows.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))], 4));
}

function logs(machine: Machine, id: string, flags: ReadonlyMap<string, string>): Result {
  return withContainer(machine, id, (c) => {
    const tail = flags.get('--tail') ?? flags.get('-n');
    const lines = tail ? c.log.lines.slice(-Number(tail)) : c.log.lines;
    const text = (stream: string) => lines.filter((l) => l.stream === stream).map((l) => `${l.text}\n`).join('');
    return { stdout: text('stdout'), stderr: text('stderr'), exitCode: 0 };
  });
}

function inspect(c: RuntimeContainer): object {
  const time = (ms: number) => (ms ? new Date(ms).toISOString() : '0001-01-01T00:00:00Z');
  return {
    status: {
      id: c.id, metadata: { attempt: c.config.attempt, name: c.config.name }, state: `CONTAINER_${c.state.toUpperCase()}`, createdAt: time(c.createdMs), startedAt: time(c.startedMs), finishedAt: time(c.finishedMs),
      exitCode: c.exitCode, image: { image: c.config.image }, imageRef: c.image.digest, reason: c.reason, message: c.message, logPath: c.log.path,
      labels: { 'io.kubernetes.container.name': c.config.name, 'io.kubernetes.pod.name': c.sandbox.config.name, 'io.kubernetes.pod.namespace': c.sandbox.config.namespace, 'io.kubernetes.pod.uid': c.sandbox.config.uid },
    },
    info: { config: { command: c.config.command ?? [], args: c.config.args ?? [] } },
  };
}

function withContainer(machine: Machine, id: string, use: (container: RuntimeContainer) => Result): Result {
  const found = id ? machine.runtime.containers().filter((c) => c.id.startsWith(id)) : [];
  if (found.length !== 1) return failed(`E rpc error: code = NotFound desc = an error occurred when try to find container "${id}": ${found.length ? 'id is ambiguous' : 'not found'}\n`);
  return use(found[0]!);
}

/** Docker's units: `About a minute ago`, `3 hours ago`. */
function ago(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return 'Less than a second ago';
  if (seconds < 60) return `${seconds} second${seconds === 1 ? '' : 's'} ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute ago';
  if (minutes < 60) return `${minutes} minutes ago`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? 'About an hour ago' : hours < 48 ? `${hours} hours ago` : `${Math.floor(hours / 24)} days ago`;
}

/** What crictl shows of Pods, containers and images: tables, IDs, JSON. */
import type { Machine } from '../../cluster/node/machine.ts';
import type { Image } from '../../cluster/node/process.ts';
import type { RuntimeContainer, Sandbox } from '../../cluster/node/runtime/container.ts';
import { columns } from './result.ts';

const ID_LENGTH = 13;
export const shortId = (id: string) => id.slice(0, ID_LENGTH);
type Flags = ReadonlyMap<string, string>;

/** A listing as a table, as IDs (-q), or as the runtime's answer (-o json). */
function listed<T extends { id: string }>(shown: readonly T[], flags: Flags, { head, row, json, key }: { head: readonly string[]; row: (each: T) => readonly string[]; json: (each: T) => object; key: string }): string {
  if (flags.get('-o') === 'json' || flags.get('--output') === 'json') return `${JSON.stringify({ [key]: shown.map(json) }, null, 2)}\n`;
  if (flags.has('-q') || flags.has('--quiet')) return shown.map(({ id }) => `${id}\n`).join('');
  return columns([head, ...shown.map(row)], 4);
}

const matches = (wanted: string | undefined, found: string) => wanted === undefined || new RegExp(wanted).test(found);

function labelled(wanted: string | undefined, labels: Readonly<Record<string, string>>): boolean {
  const [name = '', value] = (wanted ?? '').split('=');
  return wanted === undefined || labels[name] === value;
}

export function containerList(machine: Machine, flags: Flags): string {
  const state = flags.get('--state') ?? flags.get('-s');
  const isAll = flags.has('-a') || flags.has('--all') || flags.has('--last') || flags.has('-n') || flags.has('-l') || flags.has('--latest') || state !== undefined;
  const shown = machine.runtime.containers().filter((c) => (isAll || c.state === 'Running') && (state === undefined || c.state.toLowerCase() === state.toLowerCase()) && matches(flags.get('--name'), c.config.name)
    && c.sandbox.id.startsWith(flags.get('--pod') ?? flags.get('-p') ?? '') && c.id.startsWith(flags.get('--id') ?? '') && matches(flags.get('--image'), `${c.config.image} ${c.image.digest}`) && matches(flags.get('--namespace'), c.sandbox.config.namespace) && labelled(flags.get('--label'), containerLabels(c)));
  shown.sort((a, b) => b.createdMs - a.createdMs);
  const last = flags.has('-l') || flags.has('--latest') ? 1 : Number(flags.get('--last') ?? flags.get('-n') ?? Infinity);
  const nowMs = machine.os.world.clock.now();
  return listed(shown.slice(0, last), flags, {
    head: ['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'], key: 'containers',
    row: (c) => [flags.has('--no-trunc') ? c.id : shortId(c.id), shortId(imageId(c.image)), ago(nowMs - c.createdMs), c.state, c.config.name, String(c.config.attempt), shortId(c.sandbox.id), c.sandbox.config.name, c.sandbox.config.namespace],
    json: (c) => ({ id: c.id, podSandboxId: c.sandbox.id, metadata: { name: c.config.name, attempt: c.config.attempt }, image: { image: c.image.digest, userSpecifiedImage: c.config.image }, imageRef: c.image.digest, state: `CONTAINER_${c.state.toUpperCase()}`, createdAt: String(c.createdMs * 1_000_000), labels: containerLabels(c) }),
  });
}

export function podList(machine: Machine, flags: Flags): string {
  const state = (flags.get('--state') ?? flags.get('-s'))?.toLowerCase();
  const shown = machine.runtime.sandboxes().filter((s) => matches(flags.get('--name'), s.config.name) && matches(flags.get('--namespace'), s.config.namespace) && (state === undefined || s.state.toLowerCase() === state) && s.id.startsWith(flags.get('--id') ?? '') && labelled(flags.get('--label'), sandboxLabels(s)));
  shown.sort((a, b) => b.createdMs - a.createdMs);
  const nowMs = machine.os.world.clock.now();
  return listed(shown, flags, {
    head: ['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'], key: 'items',
    row: (s) => [flags.has('--no-trunc') ? s.id : shortId(s.id), ago(nowMs - s.createdMs), s.state, s.config.name, s.config.namespace, String(s.config.attempt), '(default)'],
    json: (s) => ({ id: s.id, metadata: sandboxMetadata(s), state: `SANDBOX_${s.state.toUpperCase()}`, createdAt: String(s.createdMs * 1_000_000), labels: sandboxLabels(s), runtimeHandler: '' }),
  });
}

export function imageList(machine: Machine, [wanted]: readonly string[], flags: Flags): string {
  const shown = machine.runtime.images().map((image) => ({ id: `sha256:${imageId(image)}`, image })).filter(({ image }) => !wanted || image.reference.includes(wanted)).sort((a, b) => (a.image.digest < b.image.digest ? -1 : 1));
  const withDigest = flags.has('--digests');
  return listed(shown, flags, {
    head: ['IMAGE', 'TAG', ...(withDigest ? ['DIGEST'] : []), 'IMAGE ID', 'SIZE'], key: 'images',
    row: ({ image }) => {
      const at = image.reference.lastIndexOf(':');
      return [image.digest.split('@')[0]!, at > 0 ? image.reference.slice(at + 1) : 'latest', ...(withDigest ? [shortId(image.digest.split('sha256:')[1]!)] : []), shortId(imageId(image)), `${(image.sizeBytes / 1e6).toFixed(1)}MB`];
    },
    json: ({ id, image }) => imageJson(id, image),
  });
}

export function imageJson(id: string, image: Image): object {
  return { id, repoTags: [image.fullReference ?? image.reference], repoDigests: [image.digest], size: String(image.sizeBytes), username: '', spec: null, pinned: image.reference.includes('/pause:') };
}

export function statsList(machine: Machine, { wanted, isAll }: { wanted: string | undefined; isAll: boolean }): string {
  const shown = machine.runtime.containers().filter((c) => (isAll || c.state === 'Running') && c.id.startsWith(wanted ?? ''));
  return columns([['CONTAINER', 'NAME', 'CPU %', 'MEM', 'DISK', 'INODES', 'SWAP'], ...shown.map((c) => [shortId(c.id), c.config.name, (c.usage.cpuMillis / 10).toFixed(2), size(c.usage.memoryBytes), size(c.layerBytes()), '12', '0B'])], 4);
}

/** Decimal units, as go-units' HumanSize. */
function size(bytes: number): string {
  const power = bytes > 0 ? Math.min(4, Math.floor(Math.log10(bytes) / 3)) : 0;
  return `${Number((bytes / 1000 ** power).toPrecision(4))}${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

export function inspectContainer(c: RuntimeContainer): object {
  const time = (ms: number) => (ms ? new Date(ms).toISOString() : '0001-01-01T00:00:00Z');
  return {
    status: {
      id: c.id, metadata: { attempt: c.config.attempt, name: c.config.name }, state: `CONTAINER_${c.state.toUpperCase()}`, createdAt: time(c.createdMs), startedAt: time(c.startedMs), finishedAt: time(c.finishedMs),
      exitCode: c.exitCode, image: { image: c.config.image, userSpecifiedImage: c.config.image }, imageRef: c.image.digest, reason: c.reason, message: c.message, labels: containerLabels(c), annotations: { 'io.kubernetes.container.restartCount': String(c.config.attempt) },
      mounts: c.config.mounts.map(({ path, sourcePath, readOnly = false }) => ({ containerPath: path, hostPath: sourcePath, readonly: readOnly, propagation: 'PROPAGATION_PRIVATE', selinuxRelabel: false })), logPath: c.log.path,
      resources: { linux: { memoryLimitInBytes: String(c.config.memoryLimitBytes ?? 0), cpuQuota: String((c.config.cpuLimitMillis ?? 0) * 100), cpuPeriod: '100000', oomScoreAdj: String(c.config.oomScoreAdj ?? 0) } },
    },
    info: { sandboxID: c.sandbox.id, removing: false, config: { command: c.config.command ?? [], args: c.config.args ?? [], envs: Object.entries(c.config.env).map(([key, value]) => ({ key, value })) }, runtimeType: 'io.containerd.runc.v2' },
  };
}

export function inspectSandbox(s: Sandbox): object {
  return {
    status: { id: s.id, metadata: sandboxMetadata(s), state: `SANDBOX_${s.state.toUpperCase()}`, createdAt: new Date(s.createdMs).toISOString(), network: { additionalIps: [], ip: s.config.hostNetwork ? '' : s.ip }, linux: { namespaces: { options: { ipc: 'POD', network: s.config.hostNetwork ? 'NODE' : 'POD', pid: 'CONTAINER', targetId: '' } } }, labels: sandboxLabels(s), annotations: {}, runtimeHandler: '' },
    info: { image: 'registry.k8s.io/pause:3.10.2', config: { metadata: sandboxMetadata(s), hostname: s.config.hostname ?? s.config.name, log_directory: `/var/log/pods/${s.config.namespace}_${s.config.name}_${s.config.uid}` } },
  };
}

const imageId = (image: Image) => image.digest.split('sha256:')[1]!;
const sandboxMetadata = ({ config: { attempt, name, namespace, uid } }: Sandbox) => ({ attempt, name, namespace, uid });
const sandboxLabels = ({ config: { labels, name, namespace, uid } }: Sandbox) => ({ ...labels, 'io.kubernetes.pod.name': name, 'io.kubernetes.pod.namespace': namespace, 'io.kubernetes.pod.uid': uid });
const containerLabels = ({ config, sandbox: { config: { name, namespace, uid } } }: RuntimeContainer) => ({ 'io.kubernetes.container.name': config.name, 'io.kubernetes.pod.name': name, 'io.kubernetes.pod.namespace': namespace, 'io.kubernetes.pod.uid': uid });

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

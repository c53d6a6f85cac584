/** A Pod's volumes: folders that hold what the manifest says, kept up to date while the Pod runs. */
import type { Container, Pod, Volume } from '../../api/types.ts';
import type { FileSystem } from '../file-system.ts';
import type { Mount } from '../os/mounts.ts';
import { expandVariables, fieldValue, type ObjectSource, type PodFacts, resourceValue } from './environment.ts';

/** A volume that cannot be set up (yet): the Pod waits in ContainerCreating. */
export class VolumeError extends Error {
  constructor(readonly volume: string, message: string, readonly more: Pick<ClaimProblem, 'event' | 'isWaiting'> = {}) { super(message); }
}

/** Where the data of a claim lies: on the node's disk, or on a disk of its own. */
export interface ClaimedVolume { files?: FileSystem; path: string; readOnly?: boolean }
/** Why it cannot be had: in an event of its own words, or none while others are at work. */
export interface ClaimProblem { error: string; event?: string; isWaiting?: boolean }

export interface VolumeContext {
  pod: Pod;
  source: ObjectSource;
  facts: PodFacts;
  nodeFiles: FileSystem;
  /** A token for the Pod's ServiceAccount. */
  token: (audience: string | undefined, expirationSeconds: number) => string;
  /** The volume behind a claim, or why there is none. */
  claim: (name: string) => ClaimedVolume | ClaimProblem;
}

interface Mounted { files: FileSystem; path: string; readOnly: boolean; refresh?: () => void }

export type PodVolumes = ReadonlyMap<string, Mounted>;

/** The folder of a Pod on its node. */
export function podFolder(uid: string): string {
  return `/var/lib/kubelet/pods/${uid}`;
}

/** Sets up all volumes. Throws VolumeError for the first that cannot be. */
export function setUpVolumes(context: VolumeContext): PodVolumes {
  return new Map((context.pod.spec.volumes ?? []).map((volume): [string, Mounted] => [volume.name, setUp(volume, context)]));
}

/** Brings ConfigMaps, Secrets and tokens in mounted files up to date; an object that is gone leaves the old files. */
export function refreshVolumes(volumes: PodVolumes): void {
  for (const volume of volumes.values()) {
    try {
      volume.refresh?.();
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
    }
  }
}

/** A container's mounts; `env` is for subPathExpr. */
export function mountsOf(container: Container, volumes: PodVolumes, env: Readonly<Record<string, string>>, copies: string): Mount[] {
  return (container.volumeMounts ?? []).flatMap((mount, index): Mount[] => {
    const volume = volumes.get(mount.name);
    if (!volume) return [];
    const { files } = volume;
    const below = mount.subPath ?? (mount.subPathExpr ? expandVariables(mount.subPathExpr, env) : '');
    const sourcePath = below ? `${volume.path}/${below}` : volume.path;
    const readOnly = (mount.readOnly ?? false) || volume.readOnly;
    if (below && volume.refresh) return [{ path: mount.mountPath, source: files, sourcePath: frozenCopy(files, sourcePath, `${copies}/${mount.name}/${container.name}/${index}`), readOnly }];
    if (below && !files.exists(sourcePath)) makeBelow(files, volume.path, sourcePath);
    return [{ path: mount.mountPath, source: files, sourcePath, readOnly }];
  });
}

/** A subPath that was not there has the mode of the volume, and its group where that is handed down. */
function makeBelow(files: FileSystem, volume: string, path: string): void {
  const { mode, gid } = files.stat(volume);
  files.makeDirectory(path, { mode });
  if ((mode & 0o2000) !== 0) files.changeOwner(path, 0, gid);
}

/** What is mounted by subPath does not follow its ConfigMap or Secret any more. */
function frozenCopy(files: FileSystem, from: string, to: string): string {
  files.remove(to, { recursive: true, force: true });
  files.makeDirectory(to.slice(0, to.lastIndexOf('/')));
  copyTree(files, from, to);
  return to;
}

function copyTree(files: FileSystem, from: string, to: string): void {
  if (!files.exists(from) || files.stat(from).type === 'directory') {
    files.makeDirectory(to);
    if (files.exists(from)) for (const name of files.list(from)) copyTree(files, `${from}/${name}`, `${to}/${name}`);
    return;
  }
  files.write(to, files.readBytes(from), { mode: files.stat(from).mode });
}

function setUp(volume: Volume, context: VolumeContext): Mounted {
  const { nodeFiles, pod } = context;
  if (volume.hostPath) return hostPath(volume, nodeFiles);
  const claimName = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined);
  if (claimName !== undefined) return claimed(volume, claimName, context);
  const path = `${podFolder(pod.metadata.uid)}/volumes/kubernetes.io~${pluginOf(volume)}/${volume.name}`;
  const content = contentOf(volume, context);
  if (!content) {
    if (!nodeFiles.exists(path)) {
      nodeFiles.makeDirectory(path);
      nodeFiles.changeMode(path, 0o777);
    }
    giveToGroup(nodeFiles, path, pod);
    return { files: nodeFiles, path, readOnly: false };
  }
  const refresh = () => write(nodeFiles, path, content(), pod.spec.securityContext?.fsGroup);
  refresh();
  return { files: nodeFiles, path, readOnly: true, refresh };
}

function pluginOf({ configMap, secret, projected, downwardAPI }: Volume): string {
  if (configMap) return 'configmap';
  if (secret) return 'secret';
  if (projected) return 'projected';
  return downwardAPI ? 'downward-api' : 'empty-dir';
}

function claimed(volume: Volume, name: string, { claim, nodeFiles, pod }: VolumeContext): Mounted {
  const found = claim(name);
  if ('error' in found) throw new VolumeError(volume.name, found.error, found);
  const { files = nodeFiles, path } = found;
  if (!files.exists(path)) files.makeDirectory(path);
  if (found.files) giveToGroup(files, path, pod);
  return { files, path, readOnly: (volume.persistentVolumeClaim?.readOnly ?? false) || (found.readOnly ?? false) };
}

/** fsGroup: what is in the volume belongs to the Pod's group, which may write. */
function giveToGroup(files: FileSystem, path: string, pod: Pod): void {
  const group = pod.spec.securityContext?.fsGroup;
  if (group === undefined) return;
  const { mode, uid, gid, type } = files.stat(path);
  if (pod.spec.securityContext?.fsGroupChangePolicy === 'OnRootMismatch' && gid === group) return;
  files.changeOwner(path, uid, group);
  files.changeMode(path, type === 'directory' ? mode | 0o2770 : mode | 0o660);
  if (type === 'directory') for (const name of files.list(path)) giveToGroup(files, `${path === '/' ? '' : path}/${name}`, pod);
}

interface Entry { path: string; text: string; mode: number }

function contentOf(volume: Volume, context: VolumeContext): (() => Entry[]) | undefined {
  const { configMap, secret, projected, downwardAPI } = volume;
  if (configMap) return () => configMapEntries(volume.name, configMap, context);
  if (secret) return () => secretEntries(volume.name, { ...secret, name: secret.secretName }, context);
  if (downwardAPI) return () => downwardEntries(downwardAPI.items ?? [], context);
  if (projected) return () => (projected.sources ?? []).flatMap((source) => projectedEntries(volume.name, source, context));
  return undefined;
}

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];
type Selected = { name?: string; optional?: boolean; items?: { key: string; path: string; mode?: number }[]; defaultMode?: number };

function projectedEntries(volume: string, source: Projection, context: VolumeContext): Entry[] {
  const { serviceAccountToken: token, configMap, secret, downwardAPI } = source;
  if (token) return [{ path: token.path, text: context.token(token.audience, token.expirationSeconds ?? 3600), mode: context.pod.spec.securityContext?.fsGroup === undefined ? 0o644 : 0o600 }];
  if (configMap) return configMapEntries(volume, configMap, context);
  if (secret) return secretEntries(volume, secret, context);
  return downwardAPI ? downwardEntries(downwardAPI.items ?? [], context) : [];
}

function configMapEntries(volume: string, selected: Selected, { source }: VolumeContext): Entry[] {
  const found = source.configMap(selected.name ?? '');
  if (!found && !selected.optional) throw new VolumeError(volume, `configmap "${selected.name}" not found`);
  return pick(volume, 'configmap', { ...found?.data }, selected);
}

function secretEntries(volume: string, selected: Selected, { source }: VolumeContext): Entry[] {
  const found = source.secret(selected.name ?? '');
  if (!found && !selected.optional) throw new VolumeError(volume, `secret "${selected.name}" not found`);
  return pick(volume, 'secret', Object.fromEntries(Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])), selected);
}

function pick(volume: string, kind: string, data: Record<string, string>, { items, optional, defaultMode = 0o644 }: Selected): Entry[] {
  if (!items) return Object.entries(data).map(([path, text]) => ({ path, text, mode: defaultMode }));
  return items.flatMap(({ key, path, mode = defaultMode }) => {
    if (Object.hasOwn(data, key)) return [{ path, text: data[key]!, mode }];
    if (optional) return [];
    throw new VolumeError(volume, `references non-existent ${kind} key: ${key}`);
  });
}

type DownwardItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

function downwardEntries(items: readonly DownwardItem[], { pod, facts }: VolumeContext): Entry[] {
  return items.map(({ path, fieldRef, resourceFieldRef, mode = 0o644 }) => {
    const container = pod.spec.containers.find(({ name }) => name === resourceFieldRef?.containerName);
    const text = fieldRef ? fieldValue(pod, fieldRef.fieldPath, facts) : resourceFieldRef && container ? resourceValue(container, resourceFieldRef, facts) : '';
    return { path, text, mode };
  });
}

/** Makes the folder hold exactly the entries. */
function write(files: FileSystem, folder: string, entries: readonly Entry[], group?: number): void {
  files.makeDirectory(folder);
  const wanted = new Set(entries.map(({ path }) => path.split('/')[0]));
  for (const name of files.list(folder)) if (!wanted.has(name)) files.remove(`${folder}/${name}`, { recursive: true });
  for (const { path, text, mode } of entries) {
    const full = `${folder}/${path}`;
    files.makeDirectory(full.slice(0, full.lastIndexOf('/')));
    if (files.exists(full) && files.read(full) === text) continue;
    files.write(full, text, { mode: group === undefined ? mode : mode | 0o440 });
    if (group !== undefined) files.changeOwner(full, 0, group);
  }
}

function hostPath(volume: Volume, nodeFiles: FileSystem): Mounted {
  const { path, type = '' } = volume.hostPath!;
  const exists = nodeFiles.exists(path);
  if (!exists && type === 'DirectoryOrCreate') nodeFiles.makeDirectory(path);
  if (!exists && type === 'FileOrCreate') nodeFiles.write(path, '');
  const isFolder = nodeFiles.exists(path) && nodeFiles.stat(path).type === 'directory';
  if ((type === 'Directory' && !isFolder) || (type === 'File' && (!exists || isFolder))) {
    throw new VolumeError(volume.name, `hostPath type check failed: ${path} is not a ${type.toLowerCase()}`);
  }
  if (!nodeFiles.exists(path)) nodeFiles.makeDirectory(path);
  return { files: nodeFiles, path, readOnly: false };
}

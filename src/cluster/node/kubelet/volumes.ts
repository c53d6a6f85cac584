/** A Pod's volumes: folders that hold what the manifest says, kept up to date while the Pod runs. */
import type { Container, Pod, Volume } from '../../api/types.ts';
import type { FileSystem } from '../file-system.ts';
import { MemoryFileSystem } from '../os/memory-file-system.ts';
import type { Mount } from '../os/mounts.ts';
import { fieldValue, type ObjectSource, type PodFacts } from './environment.ts';

/** A volume that cannot be set up (yet): the Pod waits in ContainerCreating. */
export class VolumeError extends Error {
  constructor(readonly volume: string, message: string) { super(message); }
}

export interface VolumeContext {
  pod: Pod;
  source: ObjectSource;
  facts: PodFacts;
  nodeFiles: FileSystem;
  now: () => number;
  /** A token for the Pod's ServiceAccount. */
  token: (audience: string | undefined, expirationSeconds: number) => string;
}

interface Mounted { files: FileSystem; path: string; readOnly: boolean; refresh?: () => void }

export type PodVolumes = ReadonlyMap<string, Mounted>;

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

/** A container's mounts. */
export function mountsOf(container: Container, volumes: PodVolumes): Mount[] {
  return (container.volumeMounts ?? []).flatMap((mount): Mount[] => {
    const volume = volumes.get(mount.name);
    if (!volume) return [];
    const sourcePath = mount.subPath ? `${volume.path}/${mount.subPath}` : volume.path;
    return [{ path: mount.mountPath, source: volume.files, sourcePath, readOnly: (mount.readOnly ?? false) || volume.readOnly }];
  });
}

function setUp(volume: Volume, context: VolumeContext): Mounted {
  const { nodeFiles, now } = context;
  if (volume.hostPath) return hostPath(volume, nodeFiles);
  const files = new MemoryFileSystem({ now });
  const content = contentOf(volume, context);
  if (!content) return { files, path: '/', readOnly: false }; // emptyDir, ephemeral, and claims (their own issue)
  const refresh = () => write(files, content());
  refresh();
  return { files, path: '/', readOnly: true, refresh };
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
  if (token) return [{ path: token.path, text: context.token(token.audience, token.expirationSeconds ?? 3600), mode: 0o600 }];
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

function downwardEntries(items: readonly { path: string; fieldRef?: { fieldPath: string }; mode?: number }[], { pod, facts }: VolumeContext): Entry[] {
  return items.map(({ path, fieldRef, mode = 0o644 }) => ({ path, text: fieldRef ? fieldValue(pod, fieldRef.fieldPath, facts) : '', mode }));
}

function write(files: MemoryFileSystem, entries: readonly Entry[]): void {
  const wanted = new Set(entries.map(({ path }) => path.split('/')[0]));
  for (const name of files.list('/')) if (!wanted.has(name)) files.remove(`/${name}`, { recursive: true });
  for (const { path, text, mode } of entries) {
    const full = `/${path}`;
    files.makeDirectory(full.slice(0, full.lastIndexOf('/')) || '/');
    if (!files.exists(full) || files.read(full) !== text) files.write(full, text, { mode });
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

/** A container's own disk: the image's files, a writable layer, volumes mounted over them, seen by its user. */
import type { FileSystem } from '../file-system.ts';
import { MemoryFileSystem } from '../os/memory-file-system.ts';
import { mountFileSystem } from '../os/mounts.ts';
import { asUser, capabilitiesOf } from '../os/permissions.ts';
import type { Image } from '../process.ts';
import type { ContainerConfig } from './container.ts';

const BARE_FOLDERS = ['/dev', '/etc', '/tmp'];
const SHELL_FOLDERS = ['/tmp', '/etc', '/root', '/usr/bin', '/var/log', '/run', '/home', '/opt', '/dev/shm', '/proc'];

/** What a container made of the image sees, and how many bytes it has written to its layer. */
export function containerRoot(image: Image, config: ContainerConfig, disk: { now: () => number; freeBytes?: () => number }): { files: FileSystem; layerBytes: () => number } {
  const base = new MemoryFileSystem({ ...disk, files: image.files ?? {} });
  for (const folder of image.hasShell ? SHELL_FOLDERS : BARE_FOLDERS) base.makeDirectory(folder);
  for (const folder of ['/tmp', '/dev/shm']) if (base.exists(folder)) base.changeMode(folder, 0o1777);
  const imageBytes = base.usedBytes;
  return { files: asUser(mountFileSystem(base, config.mounts, config.readOnlyRootFilesystem), identityOf(image, config)), layerBytes: () => base.usedBytes - imageBytes };
}

/** Whom a container runs as: a user that is named without a group is of root's. The first group is its own, the others are fsGroup and supplementalGroups. */
export function identityOf(image: Image, { runAsUser, runAsGroup, groups = [], capabilities }: ContainerConfig): { uid: number; groups: readonly number[]; capabilities: ReturnType<typeof capabilitiesOf> } {
  const uid = runAsUser ?? image.user ?? 0;
  return { uid, groups: [runAsGroup ?? (runAsUser === undefined ? uid : 0), ...groups], capabilities: capabilitiesOf(uid, capabilities) };
}

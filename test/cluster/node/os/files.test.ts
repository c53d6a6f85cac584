import { expect, test } from 'vitest';
import { FileError } from '../../../../src/cluster/node/file-system.ts';
import { MemoryFileSystem } from '../../../../src/cluster/node/os/memory-file-system.ts';
import { mountFileSystem } from '../../../../src/cluster/node/os/mounts.ts';

function disk(files: Record<string, string> = {}, capacityBytes?: number) {
  return new MemoryFileSystem({ now: () => 1000, files, capacityBytes });
}

function failure(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
  return 'no failure';
}

test('errors are those of the system calls', () => {
  const files = disk({ '/etc/hosts': 'x', '/etc/rc/a': 'y' });
  expect(failure(() => files.read('/etc/passwd'))).toBe("ENOENT: no such file or directory, '/etc/passwd'");
  expect(failure(() => files.read('/etc'))).toBe("EISDIR: is a directory, '/etc'");
  expect(failure(() => files.write('/etc/hosts/x', ''))).toBe("ENOTDIR: not a directory, '/etc/hosts/x'");
  expect(failure(() => files.write('/no/x', ''))).toBe("ENOENT: no such file or directory, '/no'");
  expect(failure(() => files.remove('/etc/rc'))).toBe("ENOTEMPTY: directory not empty, '/etc/rc'");
});

test('links lead on, also in the middle of a path and relative to their folder', () => {
  const files = disk({ '/var/lib/kubelet/pki/client-2026.pem': 'cert' });
  files.link('client-2026.pem', '/var/lib/kubelet/pki/current.pem');
  files.link('/var/lib/kubelet', '/kubelet');
  expect(files.read('/kubelet/pki/current.pem')).toBe('cert');
  expect(files.realPath('/kubelet/pki/current.pem')).toBe('/var/lib/kubelet/pki/client-2026.pem');
  files.write('/kubelet/pki/current.pem', 'new');
  expect(files.read('/var/lib/kubelet/pki/client-2026.pem')).toBe('new');
  files.link('/loop', '/loop');
  expect(failure(() => files.read('/loop'))).toContain('ELOOP');
});

test('a file keeps its mode when written again', () => {
  const files = disk();
  files.write('/key', 'a', { mode: 0o600 });
  files.write('/key', 'b');
  files.changeOwner('/key', 65_535, 65_535);
  files.write('/key', 'c');
  expect(files.stat('/key')).toMatchObject({ mode: 0o600, uid: 65_535, size: 1 });
});

test('a full disk takes nothing more until something is removed', () => {
  const files = disk({}, 10);
  files.write('/a', '12345678');
  expect(failure(() => files.append('/a', '9ab'))).toContain('ENOSPC: no space left on device');
  expect(failure(() => files.write('/b', '123'))).toContain('ENOSPC');
  files.remove('/a');
  files.write('/b', '1234567890');
  expect(files.usedBytes).toBe(10);
});

test('a watcher hears of changes below its folder, moves included', () => {
  const files = disk({ '/etc/kubernetes/manifests/etcd.yaml': 'x' });
  const heard: string[] = [];
  const watch = files.watch('/etc/kubernetes/manifests', (path) => heard.push(path));
  files.write('/etc/kubernetes/manifests/etcd.yaml', 'y');
  files.rename('/etc/kubernetes/manifests/etcd.yaml', '/etc/kubernetes/etcd.yaml');
  files.write('/etc/kubernetes/admin.conf', '');
  watch.close();
  files.rename('/etc/kubernetes/etcd.yaml', '/etc/kubernetes/manifests/etcd.yaml');
  expect(heard).toEqual(['/etc/kubernetes/manifests/etcd.yaml', '/etc/kubernetes/manifests/etcd.yaml']);
});

test('a container sees its image, and volumes over it; a read-only one refuses writes', () => {
  const node = disk({ '/etc/kubernetes/pki/ca.crt': 'CA', '/var/lib/etcd/x': '' });
  const image = disk({ '/usr/bin/etcd': 'binary' });
  const root = mountFileSystem(image, [
    { path: '/etc/kubernetes/pki', source: node, sourcePath: '/etc/kubernetes/pki', readOnly: true },
    { path: '/var/lib/etcd', source: node, sourcePath: '/var/lib/etcd' },
  ]);
  expect(root.read('/etc/kubernetes/pki/ca.crt')).toBe('CA');
  expect(root.list('/')).toEqual(['etc', 'usr', 'var']);
  root.write('/var/lib/etcd/db', 'data');
  expect(node.read('/var/lib/etcd/db')).toBe('data');
  expect(failure(() => root.write('/etc/kubernetes/pki/new.crt', ''))).toBe("EROFS: read-only file system, '/etc/kubernetes/pki/new.crt'");
  expect(failure(() => root.read('/var/lib/etcd/none'))).toBe("ENOENT: no such file or directory, '/var/lib/etcd/none'");
});

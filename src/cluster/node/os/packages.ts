/** dpkg's database on a node's disk and the programs that its packages bring. */
import type { FileSystem } from '../file-system.ts';
import { installBinary } from './binary.ts';

const DATABASE = '/var/lib/dpkg/status';

/** What `dpkg -l` knows of a package; versions as Debian writes them: `1.36.2-1.1`. */
export interface Package { name: string; version: string; isHeld: boolean }

/** Packages of Kubernetes' own repository, with the program that each brings and how it is described. */
export const KUBERNETES_PACKAGES: Readonly<Record<string, { program: string; about: string }>> = {
  kubeadm: { program: 'kubeadm', about: 'Command-line utility for administering a Kubernetes cluster' },
  kubectl: { program: 'kubectl', about: 'Command-line utility for interacting with a Kubernetes cluster' },
  kubelet: { program: 'kubelet', about: 'Node agent for Kubernetes clusters' },
};

export function installedPackages(files: FileSystem): Package[] {
  const text = files.exists(DATABASE) ? files.read(DATABASE) : '';
  return [...text.matchAll(/^Package: (\S+)\nStatus: (\w+) ok installed\nVersion: (\S+)$/gm)].map(([, name = '', want, version = '']) => ({ name, version, isHeld: want === 'hold' }));
}

/** Writes the database anew. */
export function writePackages(files: FileSystem, packages: readonly Package[]): void {
  const sorted = [...packages].sort((a, b) => (a.name < b.name ? -1 : 1));
  files.makeDirectory('/var/lib/dpkg');
  files.write(DATABASE, sorted.map(({ name, version, isHeld }) => `Package: ${name}\nStatus: ${isHeld ? 'hold' : 'install'} ok installed\nVersion: ${version}\n`).join('\n'));
}

/** Unpacks a version of a package over what is there. What runs goes on as it was started. */
export function installPackage(files: FileSystem, name: string, version: string): void {
  const others = installedPackages(files);
  const old = others.find((each) => each.name === name);
  installBinary(files, `/usr/bin/${KUBERNETES_PACKAGES[name]?.program ?? name}`, { name, version: `v${version.replace(/-.*$/, '')}` });
  writePackages(files, [...others.filter((each) => each !== old), { name, version, isHeld: old?.isHeld ?? false }]);
}

const SOURCE = '/etc/apt/sources.list.d/kubernetes.list';
const LISTS = '/var/lib/apt/lists/pkgs.k8s.io';
/** The newest patch release of each minor one that is still in the repositories. */
const LAST_PATCH: Readonly<Record<string, number>> = { '1.34': 9, '1.35': 6, '1.36': 2 };

/** A repository of packages for one minor release, as kubeadm's installation guide adds it. */
export function addRepository(files: FileSystem, version: string): void {
  for (const folder of ['/etc/apt/sources.list.d', '/var/lib/apt/lists']) files.makeDirectory(folder);
  files.write(SOURCE, `deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] https://pkgs.k8s.io/core:/stable:/v${minorOf(version)}/deb/ /\n`);
  readPackageLists(files);
}

/** `apt-get update`: what the repositories hold is known from then on; their URLs. */
export function readPackageLists(files: FileSystem): string[] {
  const sources = files.exists(SOURCE) ? files.read(SOURCE) : '';
  const found = [...sources.matchAll(/^deb .*(https:\S+\/v(\d+\.\d+)\/deb\/)/gm)];
  const versions = found.flatMap(([, , minor = '']) => Array.from({ length: (LAST_PATCH[minor] ?? -1) + 1 }, (_, patch) => `${minor}.${patch}-1.1`));
  files.write(LISTS, versions.sort((a, b) => compareVersions(b, a)).join('\n'));
  return found.map(([, url = '']) => url);
}

/** Where packages come from; nothing without a repository. */
export function repositoryUrl(files: FileSystem): string {
  return (files.exists(SOURCE) ? /https:\S+/.exec(files.read(SOURCE))?.[0] : undefined) ?? '';
}

/** The versions of a package that can be installed, the newest first. */
export function availableVersions(files: FileSystem, name: string): string[] {
  if (!Object.hasOwn(KUBERNETES_PACKAGES, name) || !files.exists(LISTS)) return [];
  return files.read(LISTS).split('\n').filter(Boolean);
}

/** Numbers compare as numbers: 1.36.10 is newer than 1.36.9. */
export function compareVersions(a: string, b: string): number {
  const [as, bs] = [a, b].map((text) => text.match(/\d+/g)?.map(Number) ?? []);
  for (let i = 0; i < Math.max(as!.length, bs!.length); i++) if ((as![i] ?? 0) !== (bs![i] ?? 0)) return (as![i] ?? 0) - (bs![i] ?? 0);
  return 0;
}

/** `1.36` of `v1.36.2`. */
export function minorOf(version: string): string {
  return /\d+\.\d+/.exec(version)?.[0] ?? '';
}

/** apt-get, apt-mark, apt-cache and dpkg on a node, for the packages that Kubernetes comes in; and what the kubelet and containerd say by hand. */
import type { FileSystem } from '../../cluster/node/file-system.ts';
import type { Machine } from '../../cluster/node/machine.ts';
import { binaryAt } from '../../cluster/node/os/binary.ts';
import { faceOf } from '../../cluster/node/runtime/faces.ts';
import { availableVersions, compareVersions, installedPackages, installPackage, KUBERNETES_PACKAGES, readPackageLists, repositoryUrl, writePackages } from '../../cluster/node/os/packages.ts';
import { columns, failed, readFlags, type Result, said } from './result.ts';

type Command = (args: readonly string[], machine: Machine) => Result;

const READING = 'Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n';

export const PACKAGE_COMMANDS: Readonly<Record<string, Command>> = { apt: aptGet, 'apt-get': aptGet, 'apt-mark': aptMark, 'apt-cache': aptCache, dpkg, 'dpkg-query': dpkg };

/** `kubelet --version`: the program on the disk, not the one that runs. */
export function kubelet(args: readonly string[], { os }: Machine): Result {
  if (args.includes('--version')) return said(`Kubernetes ${binaryAt(os.files, '/usr/bin/kubelet')?.version}\n`);
  return failed('kubelet: by hand only --version is modelled; systemd runs it (systemctl start kubelet)\n');
}

/** `containerd config default` and `config dump`: what the program on the disk says without its daemon. */
export function containerd(args: readonly string[], { os }: Machine): Result {
  const face = faceOf('containerd://');
  const [path = '', usual = ''] = Object.entries(face.files)[0] ?? [];
  if (args[0] === 'config' && args[1] === 'default') return said(usual);
  if (args[0] === 'config' && args[1] === 'dump') return said(os.files.exists(path) ? os.files.read(path) : usual);
  return failed('containerd: by hand only config is modelled; systemd runs it (systemctl start containerd)\n');
}

function aptGet(args: readonly string[], { os: { files } }: Machine): Result {
  const { words: [verb = '', ...names], flags } = readFlags(args, ['-o', '-t']);
  if (verb === 'update') return said(`${readPackageLists(files).map((url, i) => `Get:${i + 1} ${url}  InRelease [1,227 B]\n`).join('')}Reading package lists... Done\n`);
  if (verb === 'list' || verb === 'show') return verb === 'list' ? said(`Listing... Done\n${installedPackages(files).map(({ name, version }) => `${name}/now ${version} amd64 [installed]\n`).join('')}`) : aptCache(['policy', ...names], { os: { files } });
  if (verb === 'upgrade') return install(files, installedPackages(files).filter(({ isHeld }) => !isHeld).map(({ name }) => name), flags);
  if (verb === 'install') return install(files, names, flags);
  return failed(`E: Invalid operation ${verb}\n`, 100);
}

/** `NAME`, `NAME=VERSION`, `NAME=1.36.2-*`. Held packages are changed only with --allow-change-held-packages. */
function install(files: FileSystem, wanted: readonly string[], flags: ReadonlyMap<string, string>): Result {
  const installed = new Map(installedPackages(files).map((each) => [each.name, each]));
  const chosen: { name: string; version: string }[] = [];
  for (const text of wanted) {
    const [name = '', pattern] = text.split('=');
    const versions = availableVersions(files, name);
    if (versions.length === 0) return failed(`${READING}E: Unable to locate package ${name}\n`, 100);
    const version = pattern === undefined ? versions[0] : versions.find((each) => (pattern.endsWith('*') ? each.startsWith(pattern.slice(0, -1)) : each === pattern));
    if (version === undefined) return failed(`${READING}E: Version '${pattern}' for '${name}' was not found\n`, 100);
    chosen.push({ name, version });
  }
  const changed = chosen.filter(({ name, version }) => installed.get(name)?.version !== version);
  const isOlder = ({ name, version }: (typeof chosen)[number]) => installed.has(name) && compareVersions(version, installed.get(name)!.version) < 0;
  const refused = [
    [changed.some(({ name }) => installed.get(name)?.isHeld), '--allow-change-held-packages', 'E: Held packages were changed and -y was used without --allow-change-held-packages.'],
    [changed.some(isOlder), '--allow-downgrades', 'E: Packages were downgraded and -y was used without --allow-downgrades.'],
  ].find(([isSo, flag]) => isSo && !flags.has(String(flag)));
  const counts = `${changed.filter((each) => !isOlder(each)).length} upgraded, 0 newly installed, ${changed.some(isOlder) ? `${changed.filter(isOlder).length} downgraded, ` : ''}0 to remove and 0 not upgraded.\n`;
  const plan = changed.length ? `The following packages will be ${changed.some(isOlder) ? 'DOWNGRADED' : 'upgraded'}:\n  ${changed.map(({ name }) => name).join(' ')}\n${counts}` : counts;
  if (refused) return { stdout: READING + plan, stderr: flags.has('-y') || flags.has('--yes') ? `${refused[2]}\n` : 'Do you want to continue? [Y/n] Abort.\n', exitCode: 100 };
  const steps = changed.map(({ name, version }) => `Preparing to unpack .../${name}_${version}_amd64.deb ...\nUnpacking ${name} (${version}) over (${installed.get(name)?.version}) ...\nSetting up ${name} (${version}) ...\n`);
  for (const { name, version } of changed) installPackage(files, name, version);
  return said(READING + chosen.filter((each) => !changed.includes(each)).map(({ name, version }) => `${name} is already the newest version (${version}).\n`).join('') + plan + steps.join(''));
}

function aptMark([verb = '', ...names]: readonly string[], { os: { files } }: Machine): Result {
  const packages = installedPackages(files);
  if (verb === 'showhold') return said(packages.filter(({ isHeld }) => isHeld).map(({ name }) => `${name}\n`).join(''));
  if (verb !== 'hold' && verb !== 'unhold') return failed(`E: Invalid operation ${verb}\n`, 100);
  const unknown = names.find((name) => !packages.some((each) => each.name === name));
  if (unknown) return failed(`E: Unable to locate package ${unknown}\n`, 100);
  writePackages(files, packages.map((each) => (names.includes(each.name) ? { ...each, isHeld: verb === 'hold' } : each)));
  return said(names.map((name) => (packages.find((each) => each.name === name)!.isHeld === (verb === 'hold') ? `${name} was already ${verb === 'hold' ? 'set on hold' : 'not on hold'}.\n` : verb === 'hold' ? `${name} set on hold.\n` : `Canceled hold on ${name}.\n`)).join(''));
}

function aptCache([verb = '', ...names]: readonly string[], { os: { files } }: { os: { files: FileSystem } }): Result {
  const url = repositoryUrl(files);
  if (verb === 'madison') return said(names.flatMap((name) => availableVersions(files, name).map((version) => `${name.padStart(10)} | ${version.padStart(10)} | ${url}  Packages\n`)).join(''));
  if (verb !== 'policy') return failed(`E: Invalid operation ${verb}\n`, 100);
  return said(names.map((name) => `${name}:\n  Installed: ${installedPackages(files).find((each) => each.name === name)?.version ?? '(none)'}\n  Candidate: ${availableVersions(files, name)[0] ?? '(none)'}\n`).join(''));
}

function dpkg(args: readonly string[], { os: { files } }: Machine): Result {
  const { words, flags } = readFlags(args, []);
  if (!flags.has('-l') && !flags.has('--list')) return failed('dpkg: error: need an action option; -l is modelled\n', 2);
  const found = installedPackages(files).filter(({ name }) => words.length === 0 || words.some((word) => new RegExp(`^${word.replaceAll('*', '.*')}$`).test(name)));
  if (found.length === 0) return failed(`dpkg-query: no packages found matching ${words.join(' ')}\n`);
  return said(`Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n${columns([['||/ Name', 'Version', 'Architecture', 'Description'], ...found.map(({ name, version, isHeld }) => [`${isHeld ? 'hi' : 'ii'}  ${name}`, version, 'amd64', KUBERNETES_PACKAGES[name]?.about ?? ''])])}`);
}

/** What differs between the container runtimes: unit, socket, configuration. */
import type { FileSystem } from '../file-system.ts';

export interface RuntimeFace {
  /** As `crictl version` names it. */
  name: string;
  unit: string;
  program: string;
  description: string;
  socket: string;
  files: Readonly<Record<string, string>>;
  booted: string;
}

const CONTAINERD: RuntimeFace = {
  name: 'containerd', unit: 'containerd', program: '/usr/bin/containerd', description: 'containerd container runtime', socket: '/run/containerd/containerd.sock',
  files: { '/etc/containerd/config.toml': 'version = 3\n[plugins."io.containerd.cri.v1.runtime".containerd]\n  default_runtime_name = "runc"\n' },
  booted: 'level=info msg="containerd successfully booted in 0.031s"',
};

const CRI_O: RuntimeFace = {
  name: 'cri-o', unit: 'crio', program: '/usr/bin/crio', description: 'Container Runtime Interface for OCI (CRI-O)', socket: '/var/run/crio/crio.sock',
  files: { '/etc/crio/crio.conf.d/10-crio.conf': '[crio.image]\nsignature_policy = "/etc/crio/policy.json"\n\n[crio.runtime]\ndefault_runtime = "crun"\n' },
  booted: 'level=info msg="Starting CRI-O, version: 1.36.0"',
};

/** By a node's containerRuntimeVersion: `containerd://2.1.4`, `cri-o://1.36.0`. */
export function faceOf(version: string): RuntimeFace {
  return version.startsWith('cri-o://') ? CRI_O : CONTAINERD;
}

/** Whether the daemon's configuration lets it answer to the CRI: Docker's packages of containerd ship with `disabled_plugins = ["cri"]`. */
export function servesCri({ files }: RuntimeFace, disk: FileSystem): boolean {
  const text = Object.keys(files).map((path) => (disk.exists(path) ? disk.read(path).replace(/^\s*#.*$/gm, '') : '')).join('\n');
  const [, disabled = ''] = /^disabled_plugins\s*=\s*\[([^\]]*)\]/m.exec(text) ?? [];
  return !/["'](io\.containerd\.grpc\.v1\.)?cri["']/.test(disabled);
}

/** What containerd says when it does not start: its configuration is no TOML. None: it starts. */
export function configurationProblem({ name, files }: RuntimeFace, disk: FileSystem): string[] {
  const found = name === 'containerd' ? Object.keys(files).flatMap((path) => (disk.exists(path) ? tomlProblems(disk.read(path)).map((each) => ({ path, ...each })) : []))[0] : undefined;
  if (!found) return [];
  const { path, row, column, why } = found;
  return [`level=error msg="Failure unmarshaling TOML" column=${column} error="toml: ${why}" file=${path} row=${row}`, `containerd: failed to unmarshal TOML at row ${row} column ${column}: toml: ${why}`];
}

/** Lines that are no table's head, no key with a value, nor the rest of a list or a long string, as go-toml tells them. */
function tomlProblems(text: string): { row: number; column: number; why: string }[] {
  let [depth, quote] = [0, ''];
  return text.split('\n').flatMap((raw, index) => {
    const closed = quote ? raw.indexOf(quote) + 3 : 3;
    if (closed < 3) return [];
    const line = quote ? raw.slice(closed) : raw;
    const [isRest, long] = [quote !== '' || depth > 0, /("{3}|'{3})(?![^]*\1)/.exec(line)];
    quote = long?.[1] ?? '';
    const bare = (long ? `${line.slice(0, long.index)}0` : line).replace(/("{3}|'{3})[^]*?\1|"(?:[^"\\]|\\.)*"|'[^']*'|#.*$/g, (part) => (part.startsWith('#') ? '' : '0')).trim();
    const at = (column: number, why: string) => [{ row: index + 1, column, why }];
    if (/["']/.test(bare)) return at(raw.length + 1, `${bare.includes("'") ? 'literal' : 'basic'} strings cannot have new lines`);
    const isHead = !isRest && bare.startsWith('[');
    if (!isHead) depth += (bare.match(/[[{]/g) ?? []).length - (bare.match(/[\]}]/g) ?? []).length;
    if (isRest || bare === '' || /^\[(\[[\w\s.-]+\]|[\w\s.-]+)\]$/.test(bare) || /^[\w\s.-]+=/.test(bare)) return [];
    return at(isHead ? raw.length + 1 : /^\s*[\w."'-]*\s*/.exec(raw)![0].length + 1, `expected character ${isHead ? ']' : '='}`);
  });
}

/** What a daemon says that listens without its CRI plugin. */
export const UNIMPLEMENTED = 'rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService';

/** What dialling a socket says while no daemon listens. */
export function unreachable(socket: string): string {
  return `rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix ${socket}: connect: no such file or directory"`;
}

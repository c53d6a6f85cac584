/** CoreDNS's configuration, read as CoreDNS reads it: what it does not know stops it. */

/** Plugins that are compiled into CoreDNS. */
const PLUGINS = new Set((
  'acl any auto autopath azure bind bufsize cache cancel chaos clouddns debug dns64 dnssec dnstap erratic errors etcd file forward geoip grpc header health hosts import k8s_external kubernetes '
  + 'loadbalance local log loop metadata minimal multisocket nomad nsid pprof prometheus quic ready reload rewrite root route53 secondary sign template timeouts tls trace transfer tsig view whoami'
).split(' '));

const DEFAULT_PORTS = { health: 8080, ready: 8181, prometheus: 9153 } as const;
const DEFAULT_LAMEDUCK_MS = 0;

type RewriteKind = 'exact' | 'prefix' | 'suffix' | 'substring' | 'regex';

export interface Corefile {
  /** Zones and port of the first server block. */
  port: number;
  /** The plugin `kubernetes`, if it is there. */
  kubernetes?: { zones: readonly string[]; pods: 'disabled' | 'insecure' | 'verified' };
  /** Address to names, and whether other names go on to the next plugin. */
  hosts?: { names: ReadonlyMap<string, string>; fallthrough: boolean };
  /** The first that fits a name ends the search, unless it says `continue`. */
  rewrites: readonly { kind: RewriteKind; from: string; to: string; continues: boolean }[];
  /** Where names of a zone go that no plugin knew: `/etc/resolv.conf` or addresses. */
  forwards: readonly { zone: string; to: readonly string[] }[];
  healthPort?: number;
  readyPort?: number;
  metricsPort?: number;
  lameduckMs: number;
  logsQueries: boolean;
  reloads: boolean;
  detectsLoops: boolean;
}

/** A Corefile that CoreDNS refuses, in its words. */
export class CorefileError extends Error {}

interface Directive { name: string; args: readonly string[]; line: number; block: readonly Directive[] }

/** Reads a Corefile. Throws CorefileError. */
export function parseCorefile(text: string, path: string): Corefile {
  const lines = tokenLines(text);
  const servers = readDirectives(lines, path, 0).found;
  if (servers.length === 0) throw new CorefileError(`${path}:1 - Error during parsing: no server blocks`);
  const plugins = servers.flatMap(({ block }) => block);
  const unknown = plugins.find(({ name }) => !PLUGINS.has(name));
  if (unknown) throw new CorefileError(`${path}:${unknown.line} - Error during parsing: Unknown directive '${unknown.name}'`);
  const of = (name: string) => plugins.filter((plugin) => plugin.name === name);
  const portOf = (name: keyof typeof DEFAULT_PORTS) => of(name).map(({ args }) => Number(/:(\d+)$/.exec(args[0] ?? '')?.[1] ?? DEFAULT_PORTS[name]))[0];
  return {
    port: Number(/:(\d+)$/.exec(servers[0]!.name)?.[1] ?? 53),
    kubernetes: of('kubernetes').map((plugin) => kubernetesOf(plugin, path))[0], hosts: of('hosts').map(hostsOf)[0],
    rewrites: of('rewrite').flatMap((plugin) => rewriteOf(plugin, path)), forwards: of('forward').map((plugin) => forwardOf(plugin, path)),
    healthPort: portOf('health'), readyPort: portOf('ready'), metricsPort: portOf('prometheus'),
    lameduckMs: of('health').map(lameduckOf)[0] ?? DEFAULT_LAMEDUCK_MS, logsQueries: of('log').length > 0, reloads: of('reload').length > 0, detectsLoops: of('loop').length > 0,
  };
}

function kubernetesOf({ args, block, line }: Directive, path: string): NonNullable<Corefile['kubernetes']> {
  const known = ['pods', 'fallthrough', 'ttl', 'endpoint', 'tls', 'kubeconfig', 'namespaces', 'labels', 'namespace_labels', 'ignore', 'noendpoints', 'apiserver_qps', 'apiserver_burst', 'startup_timeout', 'multicluster'];
  const unknown = block.find(({ name }) => !known.includes(name));
  if (unknown) throw new CorefileError(`plugin/kubernetes: ${path}:${unknown.line} - Error during parsing: unknown property '${unknown.name}'`);
  const pods = block.find(({ name }) => name === 'pods')?.args[0] ?? 'disabled';
  if (pods !== 'disabled' && pods !== 'insecure' && pods !== 'verified') throw new CorefileError(`plugin/kubernetes: ${path}:${line} - Error during parsing: Wrong value for pods: ${pods},  must be one of: disabled, verified, insecure`);
  const zones = args.map((zone) => zone.replace(/\.$/, '')).filter((zone) => !zone.endsWith('.arpa'));
  return { zones: zones.length > 0 ? zones : ['cluster.local'], pods };
}

function hostsOf({ block }: Directive): NonNullable<Corefile['hosts']> {
  const names = new Map<string, string>();
  for (const { name: address, args } of block) if (/^\d+(\.\d+){3}$/.test(address)) for (const host of args) names.set(host, address);
  return { names, fallthrough: block.some(({ name }) => name === 'fallthrough') };
}

function rewriteOf({ args, block, line }: Directive, path: string): Corefile['rewrites'] {
  const own = block.find(({ name }) => name === 'name');
  const words = [...args.filter((word) => word !== 'stop' && word !== 'continue'), ...(own ? ['name', ...own.args] : [])];
  if (words[0] !== 'name') return [];
  const [, second = '', third = '', fourth] = words;
  const kind = (['exact', 'prefix', 'suffix', 'substring', 'regex'] as const).find((each) => each === second);
  const [from, to] = kind ? [third, fourth] : [second, third];
  if (!from || !to) throw new CorefileError(`plugin/rewrite: ${path}:${line} - Error during parsing: Wrong argument count or unexpected line ending after '${args.at(-1) ?? 'rewrite'}'`);
  if (kind === 'regex' && !isPattern(from)) throw new CorefileError(`plugin/rewrite: invalid regex pattern in a name rule: ${from}`);
  if (kind === 'regex') return [{ kind, from, to, continues: args[0] === 'continue' }];
  return [{ kind: kind ?? 'exact', from: bare(from), to: bare(to), continues: args[0] === 'continue' }];
}

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

function forwardOf({ args, line }: Directive, path: string): Corefile['forwards'][number] {
  const [zone, ...to] = args;
  if (!zone || to.length === 0) throw new CorefileError(`plugin/forward: ${path}:${line} - Error during parsing: Wrong argument count or unexpected line ending after '${zone ?? 'forward'}'`);
  return { zone: bare(zone), to };
}

function lameduckOf({ block }: Directive): number {
  const [, amount = '0', unit = 's'] = /^(\d+)(ms|s)$/.exec(block.find(({ name }) => name === 'lameduck')?.args[0] ?? '') ?? [];
  return Number(amount) * (unit === 's' ? 1000 : 1);
}

function bare(name: string): string {
  return name === '.' ? '' : name.replace(/\.$/, '');
}

interface TokenLine { words: readonly string[]; line: number }

function tokenLines(text: string): TokenLine[] {
  return text.split('\n').map((raw, i) => ({ words: raw.replace(/(^|\s)#.*$/, '').split(/\s+/).filter(Boolean), line: i + 1 })).filter(({ words }) => words.length > 0);
}

/** Directives from `at` on, up to the brace that closes their block. */
function readDirectives(lines: readonly TokenLine[], path: string, at: number, isBlock = false): { found: Directive[]; next: number } {
  const found: Directive[] = [];
  for (let i = at; i < lines.length; i++) {
    const { words, line } = lines[i]!;
    if (words[0] === '}') {
      if (isBlock) return { found, next: i };
      throw new CorefileError(`${path}:${line} - Error during parsing: Unexpected '}' because no matching opening brace`);
    }
    const opens = words.at(-1) === '{';
    const [name = '', ...args] = opens ? words.slice(0, -1) : words;
    const inner = opens ? readDirectives(lines, path, i + 1, true) : { found: [], next: i };
    if (!opens && !isBlock) throw new CorefileError(`${path}:${line} - Error during parsing: Unexpected next token after '${words.at(-1)}' on same line`);
    found.push({ name, args, line, block: inner.found });
    i = inner.next;
  }
  if (isBlock) throw new CorefileError(`${path}:${lines.at(-1)?.line ?? 1} - Error during parsing: Unexpected EOF`);
  return { found, next: lines.length };
}

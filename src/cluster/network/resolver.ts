/** A stub resolver: literal addresses, the hosts file, then the name server with its search list. */
import { type DnsRecord, NetworkError, type RecordType } from './types.ts';

/** Go's word for SERVFAIL; a `dns` service throws it as a NetworkError's message. */
export const SERVER_FAILURE = 'server misbehaving';

/** The name server of machines outside of the cluster's own DNS, as their resolv.conf names it. */
export const MACHINE_NAMESERVER = '192.0.2.53';

export interface Resolver {
  /** The hosts file. */
  names: ReadonlyMap<string, string>;
  /** Address of the DNS server; none: only the hosts file. */
  nameserver?: string;
  search?: readonly string[];
  /** Names with fewer dots go through the search list first. */
  ndots?: number;
  /** Asked instead when there is no name server in the cluster: what the machine's own resolv.conf names. */
  upstream?: (name: string) => string[];
}

type Ask = (server: string, query: string, type: RecordType) => DnsRecord[];

/** The addresses of a name; [] when there is none. Throws NetworkError when the server does not answer. */
export function resolveName(name: string, resolver: Resolver, ask: Ask): string[] {
  if (/^\d+(\.\d+){3}$/.test(name) || name.includes(':')) return [name];
  if (name === 'localhost') return ['127.0.0.1'];
  const known = resolver.names.get(name);
  if (known) return [known];
  return queryName(name, 'A', resolver, ask).flatMap(({ type, data }) => (type === 'A' ? [data] : []));
}

/** What DNS says of a name, its search list tried; the hosts file is not looked at. Throws like `resolveName`. */
export function queryName(name: string, type: RecordType, resolver: Resolver, ask: Ask): DnsRecord[] {
  const { nameserver } = resolver;
  if (!nameserver) return (resolver.upstream?.(name) ?? []).map((data) => ({ name, type: 'A', data }));
  for (const query of candidates(name, resolver)) {
    const found = answer(nameserver, name, () => ask(nameserver, query, type));
    if (found.length > 0) return found;
  }
  return [];
}

function candidates(name: string, { search = [], ndots = 1 }: Resolver): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const dots = name.split('.').length - 1;
  const expanded = search.map((domain) => `${name}.${domain}`);
  return dots >= ndots ? [name, ...expanded] : [...expanded, name];
}

function answer(server: string, name: string, ask: () => DnsRecord[]): DnsRecord[] {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.message === SERVER_FAILURE) throw new NetworkError('timeout', `lookup ${name} on ${server}:53: ${SERVER_FAILURE}`);
    const why = error.reason === 'refused' ? `read udp ->${server}:53: read: connection refused` : `read udp ->${server}:53: i/o timeout`;
    throw new NetworkError('timeout', `lookup ${name} on ${server}:53: ${why}`);
  }
}

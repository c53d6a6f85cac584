/** A stub resolver: literal addresses, the hosts file, then the name server with its search list. */
import { NetworkError } from './types.ts';

/** Go's word for SERVFAIL; a `dns` service throws it as a NetworkError's message. */
export const SERVER_FAILURE = 'server misbehaving';

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

/** The addresses of a name; [] when there is none. Throws NetworkError when the server does not answer. */
export function resolveName(name: string, resolver: Resolver, ask: (server: string, query: string) => string[]): string[] {
  if (/^\d+(\.\d+){3}$/.test(name) || name.includes(':')) return [name];
  if (name === 'localhost') return ['127.0.0.1'];
  const known = resolver.names.get(name);
  if (known) return [known];
  const { nameserver } = resolver;
  if (!nameserver) return resolver.upstream?.(name) ?? [];
  for (const query of candidates(name, resolver)) {
    const found = answer(nameserver, query, name, ask);
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

function answer(server: string, query: string, name: string, ask: (server: string, query: string) => string[]): string[] {
  try {
    return ask(server, query);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.message === SERVER_FAILURE) throw new NetworkError('timeout', `lookup ${name} on ${server}:53: ${SERVER_FAILURE}`);
    const why = error.reason === 'refused' ? `read udp ->${server}:53: read: connection refused` : `read udp ->${server}:53: i/o timeout`;
    throw new NetworkError('timeout', `lookup ${name} on ${server}:53: ${why}`);
  }
}

/** Which rule of which Ingress a request is for, as ingress-nginx builds its servers and locations. */
import type { Ingress } from '../../api/types.ts';

type Path = NonNullable<NonNullable<NonNullable<Ingress['spec']['rules']>[number]['http']>['paths']>[number];
export type Backend = Path['backend'];

const ANNOTATION = 'nginx.ingress.kubernetes.io/';

/** A location of a server: what its path matches, and the backend behind it. */
interface Location { ingress: Ingress; path: string; pathType: string; backend: Backend; isRegex: boolean }

export interface Match { location: Location; /** The path that the backend is asked for. */ upstreamPath: string }

/** An annotation of ingress-nginx. */
export function annotation({ metadata }: Ingress, name: string): string | undefined {
  return metadata.annotations?.[ANNOTATION + name];
}

/** The names of a server: an exact host, a wildcard for one label, or '' for every other. */
function serverOf(ingresses: readonly Ingress[], host: string): string | undefined {
  const names = new Set(ingresses.flatMap(({ spec }) => (spec.rules ?? []).map((rule) => rule.host ?? '')));
  const wildcard = `*${host.slice(host.indexOf('.'))}`;
  return [host, wildcard, ''].find((name) => names.has(name));
}

/** The location for a path of a host; undefined is the default server's 404. `ingresses` are ordered, the oldest first. */
export function matchOf(ingresses: readonly Ingress[], host: string, path: string): Match | undefined {
  const server = serverOf(ingresses, host);
  const locations = server === undefined ? [] : locationsOf(ingresses, server);
  const fitting = locations.filter((location) => fits(location, path));
  const location = fitting.find(({ pathType, isRegex }) => pathType === 'Exact' && !isRegex) ?? fitting.sort((a, b) => b.path.length - a.path.length)[0] ?? fallback(ingresses, server);
  return location && { location, upstreamPath: rewritten(location, path) };
}

/** Hosts for which an Ingress holds a certificate, with the Secret's name. */
export function tlsSecretFor(ingresses: readonly Ingress[], host: string): { namespace: string; name: string } | undefined {
  const wildcard = `*${host.slice(host.indexOf('.'))}`;
  for (const { metadata, spec } of ingresses) {
    const entry = spec.tls?.find(({ hosts = [] }) => hosts.includes(host) || hosts.includes(wildcard) || (hosts.length === 0 && spec.rules?.some((rule) => rule.host === host)));
    if (entry?.secretName) return { namespace: metadata.namespace ?? '', name: entry.secretName };
  }
  return undefined;
}

/** Two Ingresses with the same path of the same host: the older one has it. */
function locationsOf(ingresses: readonly Ingress[], server: string): Location[] {
  const found = new Map<string, Location>();
  for (const ingress of ingresses) {
    const isRegex = annotation(ingress, 'use-regex') === 'true' || annotation(ingress, 'rewrite-target') !== undefined;
    for (const { host = '', http } of ingress.spec.rules ?? []) {
      if (host !== server) continue;
      for (const { path = '/', pathType, backend } of http?.paths ?? []) {
        const key = `${path} ${pathType}`;
        if (!found.has(key)) found.set(key, { ingress, path: path || '/', pathType, backend, isRegex });
      }
    }
  }
  return [...found.values()];
}

function fits({ path, pathType, isRegex }: Location, asked: string): boolean {
  if (isRegex) return expression(path)?.test(asked) ?? false;
  if (pathType === 'Exact') return asked === path;
  if (pathType !== 'Prefix') return asked.startsWith(path);
  const prefix = path.replace(/\/+$/, '');
  return asked === prefix || asked.startsWith(`${prefix}/`);
}

function expression(path: string): RegExp | undefined {
  try {
    return new RegExp(`^${path}`, 'i');
  } catch {
    return undefined; // nginx refuses the whole configuration; here the location alone is lost
  }
}

/** The default backend of an Ingress that names the host, or that has no rules at all. */
function fallback(ingresses: readonly Ingress[], server: string | undefined): Location | undefined {
  const owner = ingresses.find(({ spec }) => spec.defaultBackend && (spec.rules?.some(({ host = '' }) => host === server) ?? false)) ?? ingresses.find(({ spec }) => spec.defaultBackend && !spec.rules?.length);
  return owner && { ingress: owner, path: '/', pathType: 'Prefix', backend: owner.spec.defaultBackend!, isRegex: false };
}

/** `rewrite-target`, with the groups of the path as $1, $2. */
function rewritten({ ingress, path }: Location, asked: string): string {
  const target = annotation(ingress, 'rewrite-target');
  if (target === undefined) return asked;
  const groups = expression(path)?.exec(asked) ?? [];
  const result = target.replace(/\$(\d)/g, (_all, index: string) => groups[Number(index)] ?? '');
  return result.startsWith('/') ? result : `/${result}`;
}

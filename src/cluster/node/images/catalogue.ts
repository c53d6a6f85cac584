/** The registries of the simulated world: which images there are, and what they do. */
import { createHash } from 'node:crypto';
import type { Behaviour, Image, ImageCatalogue, ProcessContext } from '../process.ts';
import { shellProcess } from '../runtime/shell/process.ts';
import { KNOWN_IMAGES, type KnownImage } from './known.ts';
import { logged, server } from './server.ts';

const DEFAULT_SIZE_BYTES = 50_000_000;

/** Tags that exist nowhere, whatever the image: the usual slips and what authors write to mean "broken". */
const MISSING_TAGS = /^(latst|lates|lastest|does-not-exist|doesnotexist|nope|missing|broken|typo|v?\d*\.?99(\.\d+)*|.*-?typo)$/;

export interface CatalogueOptions {
  /** Images of a level or of the control plane, by reference without tag. */
  extra?: Readonly<Record<string, KnownImage>>;
}

/** The catalogue of all registries. */
export function imageCatalogue({ extra = {} }: CatalogueOptions = {}): ImageCatalogue {
  const known = new Map(Object.entries({ ...KNOWN_IMAGES, ...extra }));
  return {
    resolve(reference) {
      const name = parseReference(reference);
      if (!name) return { pullError: `failed to pull and unpack image: invalid reference format` };
      const data = known.get(name.familiar);
      const error = missing(name, data);
      return error ? { pullError: error } : describe(reference, name, data);
    },
  };
}

interface Reference { registry: string; path: string; tag: string; familiar: string; full: string }

/** Splits `nginx:1.27`, `ghcr.io/acme/app@sha256:…`; undefined for what is no reference. */
export function parseReference(reference: string): Reference | undefined {
  const match = /^((?:[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\.[a-z0-9-]+)*(?::\d+)?\/)?(?:[a-z0-9]+(?:[._-]+[a-z0-9]+)*\/)*[a-z0-9]+(?:[._-]+[a-z0-9]+)*)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(reference);
  if (!match) return undefined;
  const parts = match[1]!.split('/');
  const hasRegistry = parts.length > 1 && /[.:]|^localhost$/.test(parts[0]!);
  const registry = hasRegistry ? parts[0]! : 'docker.io';
  const path = hasRegistry ? parts.slice(1).join('/') : parts.length === 1 ? `library/${parts[0]}` : parts.join('/');
  const tag = match[2] ?? 'latest';
  const familiar = registry === 'docker.io' ? path.replace(/^library\//, '') : `${registry}/${path}`;
  return { registry, path, tag, familiar, full: `${registry}/${path}:${tag}` };
}

function missing({ registry, path, tag, full }: Reference, data: KnownImage | undefined): string | undefined {
  const rpc = (code: string, text: string) => `rpc error: code = ${code} desc = failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${text}`;
  if (registry.endsWith('.invalid')) return rpc('Unknown', `failed to do request: Head "https://${registry}/v2/${path}/manifests/${tag}": dial tcp: lookup ${registry}: no such host`);
  const exists = data?.tags ? data.tags.test(tag) : !MISSING_TAGS.test(tag);
  return exists ? undefined : rpc('NotFound', `${full}: not found`);
}

function describe(reference: string, name: Reference, data: KnownImage | undefined): Image {
  const digest = createHash('sha256').update(name.full).digest('hex');
  return {
    reference, digest: `${name.registry}/${name.path}@sha256:${digest}`,
    sizeBytes: data?.sizeBytes ?? DEFAULT_SIZE_BYTES,
    entrypoint: data?.entrypoint ?? [], cmd: data?.cmd ?? (data ? [] : ['/server']),
    hasShell: data?.hasShell ?? true, env: data?.env, user: data?.user, files: data?.files, exposedPorts: data?.exposedPorts,
    behaviour: data?.behaviour ?? plainServer(name.familiar),
  };
}

/** What an image does that nobody has described: it serves on the ports that its container declares. */
function plainServer(name: string): Behaviour {
  const serve = server({
    ports: (context) => declaredPorts(context),
    service: (context) => logged(context, ({ path }) => ({ status: 200, body: `${name} on ${context.hostname} answers ${path}\n` })),
    greeting: (context) => `${name}: listening on ${declaredPorts(context).join(', ') || 'nothing'}`,
    stopCode: 143,
  });
  return (context) => (context.argv.length === 1 && context.argv[0] === '/server' ? serve(context) : shellProcess(context));
}

/** The containerPorts of the manifest, which the kubelet hands over in the environment of the runtime. */
function declaredPorts(context: ProcessContext): number[] {
  return (context.env[PORTS_VARIABLE] ?? '8080').split(',').map(Number).filter((port) => port > 0);
}

/** Carries a container's declared ports to images that are only pretend servers. */
export const PORTS_VARIABLE = 'KUBE_QUEST_PORTS';

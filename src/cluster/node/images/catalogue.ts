/** The registries of the simulated world: which images there are, and what they do. */
import { createHash } from 'node:crypto';
import type { Image, ImageCatalogue, RegistryCredential } from '../process.ts';
import { programOrShell } from '../runtime/shell/process.ts';
import { KNOWN_IMAGES, type KnownImage } from './known.ts';
import { plainServer } from './plain.ts';

const DEFAULT_SIZE_BYTES = 50_000_000;
/** Repositories that exist nowhere; registries do not tell them from private ones. */
const MISSING_REPOSITORIES = /(^|\/)(no-?such|does-?not-?exist|non-?existent)[^/]*$/;
/** The entrypoint of images that nobody has described. */
const PLAIN_PROGRAM = '/server';

/** Tags that exist nowhere, whatever the image: the usual slips and what authors write to mean "broken". */
const MISSING_TAGS = /^(latst|lates|lastest|letest|does-?not-?exist|no-?such-?tag|nope|missing|broken|typo|invalid|v?\d*\.?99(\.\d+)*|v?999(\.\d+)*|.*-?typo)$/i;

export interface CatalogueOptions {
  /** Images of a level or of the control plane, by reference without tag. */
  extra?: Readonly<Record<string, KnownImage>>;
  /** Registries that ask for a login: host to the logins they accept. */
  logins?: Readonly<Record<string, readonly Omit<RegistryCredential, 'registry'>[]>>;
}

/** The catalogue of all registries. */
export function imageCatalogue({ extra = {}, logins = {} }: CatalogueOptions = {}): ImageCatalogue {
  const known = new Map(Object.entries({ ...KNOWN_IMAGES, ...extra }));
  return {
    resolve(reference, credentials = []) {
      const name = parseReference(reference);
      if (!name) return { pullError: `rpc error: code = InvalidArgument desc = failed to pull and unpack image "${reference}": invalid reference format` };
      const data = known.get(name.familiar);
      const error = refusal(name, data, logins[name.registry], credentials) ?? missing(name, data);
      return error ? { pullError: error } : describe(reference, name, data);
    },
  };
}

interface Reference { registry: string; path: string; tag: string; familiar: string; full: string }

/** Splits `nginx:1.27`, `ghcr.io/acme/app@sha256:…`; undefined for what is no reference. */
export function parseReference(reference: string): Reference | undefined {
  const match = /^((?:[a-zA-Z0-9]+(?:[._-]+[a-zA-Z0-9]+)*(?:\.[a-z0-9-]+)*(?::\d+)?\/)?(?:[a-z0-9]+(?:[._-]+[a-z0-9]+)*\/)*[a-z0-9]+(?:[._-]+[a-z0-9]+)*)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(reference);
  if (!match) return undefined;
  const parts = match[1]!.split('/');
  const hasRegistry = parts.length > 1 && /[.:]|^localhost$/.test(parts[0]!);
  if (!hasRegistry && /[A-Z]/.test(match[1]!)) return undefined;
  const registry = hasRegistry ? parts[0]! : 'docker.io';
  const path = hasRegistry ? parts.slice(1).join('/') : parts.length === 1 ? `library/${parts[0]}` : parts.join('/');
  const tag = match[2] ?? 'latest';
  const familiar = registry === 'docker.io' ? path.replace(/^library\//, '') : `${registry}/${path}`;
  return { registry, path, tag, familiar, full: match[3] ? `${registry}/${path}@${match[3]}` : `${registry}/${path}:${tag}` };
}

/** An error as containerd words it. */
function cannotResolve(code: string, full: string, why: string): string {
  return `rpc error: code = ${code} desc = failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${why}`;
}

/** A registry that is not there, or wants to know who asks. */
function refusal({ registry, path, tag, full, familiar }: Reference, data: KnownImage | undefined, accepted: readonly Omit<RegistryCredential, 'registry'>[] | undefined, credentials: readonly RegistryCredential[]): string | undefined {
  if (registry.endsWith('.invalid')) return cannotResolve('Unknown', full, `failed to do request: Head "https://${registry}/v2/${path}/manifests/${tag}": dial tcp: lookup ${registry} on 10.0.0.1:53: no such host`);
  const isAbsent = !data && MISSING_REPOSITORIES.test(familiar);
  if (!accepted && !data?.isPrivate && !isAbsent) return undefined;
  const own = credentials.filter((login) => login.registry === registry || (registry === 'docker.io' && /(^|\.)docker\.io$/.test(login.registry)));
  if (own.length === 0 || isAbsent) return cannotResolve('Unknown', full, 'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed');
  const isKnown = !accepted || own.some(({ username, password }) => accepted.some((login) => login.username === username && login.password === password));
  return isKnown ? undefined : cannotResolve('Unknown', full, `failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://${registry}/token?scope=repository%3A${encodeURIComponent(path)}%3Apull&service=${registry}: 401 Unauthorized`);
}

function missing({ tag, full }: Reference, data: KnownImage | undefined): string | undefined {
  // Which digests a registry has is not known here; what is no digest of anything, but filled up with one digit, it has not.
  if (full.includes('@') && !/@sha256:(.)\1{63}$/.test(full)) return undefined;
  const exists = full.includes('@') ? false : data?.tags ? data.tags.test(tag) : !MISSING_TAGS.test(tag);
  return exists ? undefined : cannotResolve('NotFound', full, `${full}: not found`);
}

function describe(reference: string, name: Reference, data: KnownImage | undefined): Image {
  const hash = createHash('sha256').update(name.full).digest('hex');
  const image = data ?? unknownImage(name.familiar);
  return {
    reference, fullReference: name.full, digest: name.full.includes('@') ? name.full : `${name.registry}/${name.path}@sha256:${hash}`,
    sizeBytes: image.sizeBytes ?? DEFAULT_SIZE_BYTES, entrypoint: image.entrypoint ?? [], cmd: image.cmd ?? [], hasShell: image.hasShell ?? true,
    env: image.env, workingDir: image.workingDir, user: image.user, files: image.files, exposedPorts: image.exposedPorts, behaviour: image.behaviour, programs: image.programs,
  };
}

/** It serves on its declared ports, and has a shell for whatever else a manifest asks of it. */
function unknownImage(name: string): KnownImage {
  return { cmd: [PLAIN_PROGRAM], behaviour: programOrShell({ server: plainServer(name) }), programs: { server: plainServer(name) } };
}

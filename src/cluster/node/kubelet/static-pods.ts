/** Static Pods: manifests in a folder of the node, run without any API server, and mirrored there when there is one. */
import { createHash } from 'node:crypto';
import { parseAllDocuments } from 'yaml';
import type { Timer } from '../../../time/clock.ts';
import type { World } from '../../../time/simulation.ts';
import { timestamp } from '../../api/duration.ts';
import { podSpecWithDefaults } from '../../api/pod-spec-defaults.ts';
import type { Pod, PodSpec } from '../../api/types.ts';
import type { FileSystem } from '../file-system.ts';
import { apiReference } from './static-pod-references.ts';

const CHECK_MS = 20_000; // kubelet: fileCheckFrequency

export const CONFIG_HASH = 'kubernetes.io/config.hash';
export const CONFIG_MIRROR = 'kubernetes.io/config.mirror';
const CONFIG_SOURCE = 'kubernetes.io/config.source';
const CONFIG_SEEN = 'kubernetes.io/config.seen';

export interface StaticPodOptions {
  world: World;
  files: FileSystem;
  folder: string;
  nodeName: string;
  log: (line: string) => void;
  /** All static Pods, whenever the set has changed. */
  changed: (pods: readonly Pod[]) => void;
}

/** Watches a folder of manifests. */
export class StaticPodSource {
  readonly #options: StaticPodOptions;
  readonly #seen = new Map<string, string>();
  #watch: { close(): void } | undefined;
  #timer: Timer | undefined;
  #before = '';
  #isScanDue = false;

  constructor(options: StaticPodOptions) {
    this.#options = options;
  }

  start(): void {
    const { files, folder } = this.#options;
    if (files.exists(folder)) this.#watch = files.watch(folder, () => this.#scanSoon());
    this.#scan();
    this.#checkLater();
  }

  stop(): void {
    this.#watch?.close();
    this.#timer?.cancel();
  }

  #checkLater(): void {
    this.#timer = this.#options.world.clock.after(CHECK_MS, 'check manifests', () => {
      this.#scan();
      this.#checkLater();
    });
  }

  #scanSoon(): void {
    if (this.#isScanDue) return;
    this.#isScanDue = true;
    this.#options.world.soon('scan manifests', () => {
      this.#isScanDue = false;
      this.#scan();
    });
  }

  #scan(): void {
    const { files, folder, changed, log } = this.#options;
    const texts = files.exists(folder) ? manifestFiles(files, folder) : [];
    const all = JSON.stringify(texts);
    if (all === this.#before) return;
    this.#before = all;
    const pods: Pod[] = [];
    for (const { path, text } of texts) {
      try {
        pods.push(this.#podOf(path, text));
      } catch (error) {
        if (!(error instanceof ManifestError)) throw error;
        log(`E file.go:188] "Could not process manifest file" err="${path}: couldn't parse as pod(${error.message}), please check config file" path="${path}"`);
      }
    }
    changed(pods);
  }

  #podOf(path: string, text: string): Pod {
    const { nodeName, world } = this.#options;
    const manifest = parseManifest(text);
    const reference = apiReference(manifest.spec);
    if (reference) throw new ManifestError(`static pods may not reference ${reference}`);
    const hash = createHash('md5').update(`${nodeName}\n${path}\n${text}`).digest('hex');
    const seen = this.#seen.get(hash) ?? timestamp(world.clock.now());
    this.#seen.set(hash, seen);
    const { metadata } = manifest;
    const spec = podSpecWithDefaults(manifest.spec);
    return {
      apiVersion: 'v1', kind: 'Pod',
      metadata: {
        ...metadata, name: `${metadata.name}-${nodeName}`, namespace: metadata.namespace ?? 'default', uid: hash, resourceVersion: '', generation: 1, creationTimestamp: seen,
        annotations: { ...metadata.annotations, [CONFIG_HASH]: hash, [CONFIG_SEEN]: `${seen.slice(0, -1)}.000000000Z`, [CONFIG_SOURCE]: 'file' },
      },
      spec: { ...spec, nodeName, tolerations: [...(spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }] },
      status: { phase: 'Pending' },
    };
  }
}

/** The mirror that stands for a static Pod in the API. */
export function mirrorOf(pod: Pod, node: { name: string; uid: string } | undefined): Pick<Pod, 'apiVersion' | 'kind' | 'spec'> & { metadata: Partial<Pod['metadata']> } {
  const { name, namespace, labels, annotations } = pod.metadata;
  const owner = node && { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true }] };
  return {
    apiVersion: 'v1', kind: 'Pod', spec: pod.spec,
    metadata: { name, namespace, ...(labels ? { labels } : {}), annotations: { ...annotations, [CONFIG_MIRROR]: annotations?.[CONFIG_HASH] ?? '' }, ...owner },
  };
}

/** Whether a Pod of the API is only the mirror of a static one. */
export function isMirror(pod: Pod): boolean {
  return pod.metadata.annotations?.[CONFIG_MIRROR] !== undefined;
}

/** Whether a Pod came from a file of this node. */
export function isStatic(pod: Pod): boolean {
  return pod.metadata.annotations?.[CONFIG_SOURCE] === 'file' && !isMirror(pod);
}

class ManifestError extends Error {}

interface Manifest { metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> }; spec: PodSpec }

function parseManifest(text: string): Manifest {
  const [document] = parseAllDocuments(text);
  if (!document || !('errors' in document)) throw new ManifestError('empty file');
  const [error] = document.errors;
  if (error) throw new ManifestError(`yaml: ${error.message.split('\n')[0]}`);
  const data: unknown = document.toJS();
  if (!isManifest(data)) throw new ManifestError('Object \'Kind\' is missing, or spec.containers is');
  return data;
}

function isManifest(data: unknown): data is Manifest {
  if (typeof data !== 'object' || data === null || !('kind' in data) || data.kind !== 'Pod' || !('metadata' in data) || !('spec' in data)) return false;
  const { metadata, spec } = data;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata && typeof metadata.name === 'string'
    && typeof spec === 'object' && spec !== null && 'containers' in spec && Array.isArray(spec.containers) && spec.containers.length > 0;
}

function manifestFiles(files: FileSystem, folder: string): { path: string; text: string }[] {
  return files.list(folder).filter((name) => !name.startsWith('.')).map((name) => `${folder}/${name}`)
    .filter((path) => files.stat(path).type === 'file').map((path) => ({ path, text: files.read(path) }));
}

/** What Helm 3 does with an API server, and nothing else: releases in Secrets, CRDs first, hooks, three-way merges, --wait. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { exchange, type Served, until } from './scene.ts';

export interface Manifest { apiVersion: string; kind: string; metadata: { name: string; annotations?: Record<string, string>; labels?: Record<string, string> }; [field: string]: unknown }
export interface Chart { crds: Manifest[]; manifests: Manifest[] }
interface Release { name: string; version: number; info: { status: string }; manifests: Manifest[] }
type Json = Record<string, unknown>;

const NAMESPACE = 'default';
const ORDER = ['Namespace', 'Secret', 'ConfigMap', 'PersistentVolumeClaim', 'ServiceAccount', 'Role', 'RoleBinding', 'Service', 'Deployment', 'Job'];
const CLUSTER_WIDE = ['CustomResourceDefinition', 'Namespace'];

export class Helm {
  readonly #at: Pick<Served, 'config'>;
  readonly log: string[] = [];

  constructor(at: Pick<Served, 'config'>) {
    this.#at = at;
  }

  async install(name: string, { crds, manifests }: Chart): Promise<void> {
    for (const crd of crds) {
      if ((await this.#ask('POST', await this.#path(crd), crd)).status === 409) continue;
      await until(`${crd.metadata.name} is established`, async () => conditions(await this.get(crd)).includes('Established'));
    }
    await this.#release({ name, version: 1, info: { status: 'pending-install' }, manifests }, 'POST');
    await this.#hooks(manifests, 'pre-install');
    for (const manifest of ordinary(manifests)) await this.#must('POST', `${await this.#path(manifest)}?fieldManager=helm`, owned(manifest, name));
    await this.#wait(ordinary(manifests));
    await this.#hooks(manifests, 'post-install');
    await this.#release({ name, version: 1, info: { status: 'deployed' }, manifests }, 'PUT');
  }

  async upgrade(name: string, manifests: Manifest[], [before, after] = ['pre-upgrade', 'post-upgrade']): Promise<void> {
    const all = await this.releases(name);
    const current = all.find(({ info }) => info.status === 'deployed')!;
    const version = all.at(-1)!.version + 1;
    await this.#release({ name, version, info: { status: 'pending-upgrade' }, manifests }, 'POST');
    await this.#hooks(manifests, before);
    for (const manifest of ordinary(manifests)) await this.#apply(current.manifests.find((old) => keyOf(old) === keyOf(manifest)), manifest, name);
    for (const gone of ordinary(current.manifests).filter((old) => !manifests.some((manifest) => keyOf(manifest) === keyOf(old)))) await this.#ask('DELETE', `${await this.#path(gone)}/${gone.metadata.name}?propagationPolicy=Background`);
    await this.#wait(ordinary(manifests));
    await this.#hooks(manifests, after);
    await this.#release({ ...current, info: { status: 'superseded' } }, 'PUT');
    await this.#release({ name, version, info: { status: 'deployed' }, manifests }, 'PUT');
  }

  async rollback(name: string, version: number): Promise<void> {
    await this.upgrade(name, (await this.releases(name)).find((release) => release.version === version)!.manifests, ['pre-rollback', 'post-rollback']);
  }

  async uninstall(name: string): Promise<void> {
    const { manifests } = (await this.releases(name)).at(-1)!;
    for (const manifest of ordinary(manifests).reverse()) await this.#must('DELETE', `${await this.#path(manifest)}/${manifest.metadata.name}?propagationPolicy=Background`);
    await this.#must('DELETE', `/api/v1/namespaces/${NAMESPACE}/secrets?labelSelector=owner%3Dhelm%2Cname%3D${name}`);
  }

  /** `helm history`. */
  async releases(name: string): Promise<Release[]> {
    const { items } = await this.#must('GET', `/api/v1/namespaces/${NAMESPACE}/secrets?labelSelector=owner%3Dhelm%2Cname%3D${name}`) as unknown as { items: { type: string; data: { release: string } }[] };
    return items.filter(({ type }) => type === 'helm.sh/release.v1').map(({ data }) => JSON.parse(gunzipSync(Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64')).toString()) as Release).sort((a, b) => a.version - b.version);
  }

  async get(manifest: Manifest): Promise<Json | undefined> {
    const { status, text } = await this.#ask('GET', `${await this.#path(manifest)}/${manifest.metadata.name}`);
    return status === 200 ? JSON.parse(text) as Json : undefined;
  }

  async #release(release: Release, method: 'POST' | 'PUT'): Promise<void> {
    const { name, version, info } = release;
    const data = { release: Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64') };
    const secretName = `sh.helm.release.v1.${name}.v${version}`;
    const labels = { name, owner: 'helm', status: info.status, version: String(version), modifiedAt: String(Math.floor(Date.now() / 1000)) };
    await this.#must(method, `/api/v1/namespaces/${NAMESPACE}/secrets${method === 'PUT' ? `/${secretName}` : ''}`, { apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1', metadata: { name: secretName, labels }, data });
  }

  /** Hooks of an event by weight: the old one is deleted, the new one made and watched to its end, and deleted as its policy says. */
  async #hooks(manifests: readonly Manifest[], event: string): Promise<void> {
    const hooks = manifests.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook']?.split(',').includes(event));
    for (const hook of hooks.sort((a, b) => weight(a) - weight(b))) {
      const policy = hook.metadata.annotations?.['helm.sh/hook-delete-policy'] ?? 'before-hook-creation';
      const path = await this.#path(hook);
      const remove = async () => {
        await this.#ask('DELETE', `${path}/${hook.metadata.name}?propagationPolicy=Background`);
        await until(`${hook.metadata.name} is gone`, async () => (await this.get(hook)) === undefined);
      };
      if (policy.includes('before-hook-creation')) await remove();
      await this.#must('POST', path, hook);
      if (hook.kind === 'Job') await until(`${hook.metadata.name} is complete`, async () => conditions(await this.get(hook)).includes('Complete'));
      this.log.push(`${event} ${hook.metadata.name}`);
      if (policy.includes('hook-succeeded')) await remove();
    }
  }

  async #apply(old: Manifest | undefined, manifest: Manifest, name: string): Promise<void> {
    const path = await this.#path(manifest);
    const live = await this.get(manifest);
    if (!live) return void await this.#must('POST', `${path}?fieldManager=helm`, owned(manifest, name));
    const patch = threeWay(old ? owned(old, name) : {}, owned(manifest, name), live);
    if (Object.keys(patch).length === 0) return;
    const isCustom = !/^(v1|apps\/v1|batch\/v1)$/.test(manifest.apiVersion);
    await this.#must('PATCH', `${path}/${manifest.metadata.name}?fieldManager=helm`, patch, isCustom ? 'application/merge-patch+json' : 'application/strategic-merge-patch+json');
  }

  /** `--wait`: what is to be ready is. */
  async #wait(manifests: readonly Manifest[]): Promise<void> {
    for (const manifest of manifests) await until(`${keyOf(manifest)} is ready`, async () => isReady(manifest.kind, await this.get(manifest)));
  }

  async #path({ apiVersion, kind }: Manifest): Promise<string> {
    const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
    const found = async () => ((await this.#must('GET', root)) as { resources?: { kind: string; name: string }[] }).resources?.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    let resource = await found();
    await until(`${kind} is discovered`, async () => (resource ??= await found()) !== undefined);
    return `${root}${CLUSTER_WIDE.includes(kind) ? '' : `/namespaces/${NAMESPACE}`}/${resource!.name}`;
  }

  async #must(method: string, path: string, body?: object, type?: string): Promise<Json> {
    const { status, text } = await this.#ask(method, path, body, type);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as Json;
  }

  #ask(method: string, path: string, body?: object, type = 'application/json') {
    return exchange(this.#at, path, { method, headers: { 'content-type': type, 'user-agent': 'Helm/3.19.0' }, ...(body ? { body: JSON.stringify(body) } : {}) });
  }
}

const isHook = ({ metadata }: Manifest) => metadata.annotations?.['helm.sh/hook'] !== undefined;
const ordinary = (manifests: readonly Manifest[]) => manifests.filter((manifest) => !isHook(manifest)).sort((a, b) => rank(a) - rank(b));
const rank = ({ kind }: Manifest) => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length);
const weight = ({ metadata }: Manifest) => Number(metadata.annotations?.['helm.sh/hook-weight'] ?? 0);
const keyOf = ({ kind, metadata }: Manifest) => `${kind}/${metadata.name}`;

function owned(manifest: Manifest, release: string): Manifest {
  const { metadata } = manifest;
  return { ...manifest, metadata: { ...metadata, labels: { ...metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' }, annotations: { ...metadata.annotations, 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': NAMESPACE } } };
}

function conditions(object: Json | undefined): string[] {
  const status = object?.status as { conditions?: { type: string; status: string }[] } | undefined;
  return (status?.conditions ?? []).filter((condition) => condition.status === 'True').map(({ type }) => type);
}

function isReady(kind: string, object: Json | undefined): boolean {
  if (!object) return false;
  const { metadata, spec = {}, status = {} } = object as { metadata: { generation?: number }; spec?: Json; status?: Json };
  if (kind === 'Deployment') return status.observedGeneration === metadata.generation && status.updatedReplicas === spec.replicas && status.readyReplicas === spec.replicas && status.replicas === spec.replicas;
  if (kind === 'Service' && spec.type === 'LoadBalancer') return ((status.loadBalancer as { ingress?: unknown[] } | undefined)?.ingress?.length ?? 0) > 0;
  if (kind === 'PersistentVolumeClaim') return status.phase === 'Bound';
  return kind !== 'Job' || conditions(object).includes('Complete');
}

/** What makes the live object as wanted, and takes away what only the old manifest had: lists of named things by their names. */
function threeWay(old: Json, wanted: Json, live: Json): Json {
  const patch: Json = {};
  for (const [key, value] of Object.entries(wanted)) {
    const [before, now] = [old[key], live[key]];
    if (isDict(value) && isDict(now)) {
      const inner = threeWay(isDict(before) ? before : {}, value, now);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (areNamed(value) && areNamed(now)) {
      const items = value.map((item) => ({ name: item.name, ...threeWay((areNamed(before) ? before : []).find(({ name }) => name === item.name) ?? {}, item, now.find(({ name }) => name === item.name) ?? {}) }));
      const gone = (areNamed(before) ? before : []).filter(({ name }) => !value.some((item) => item.name === name)).map(({ name }) => ({ name, $patch: 'delete' }));
      if (gone.length > 0 || items.some((item) => Object.keys(item).length > 1)) patch[key] = [...items, ...gone];
    } else if (JSON.stringify(value) !== JSON.stringify(now)) patch[key] = value;
  }
  for (const key of Object.keys(old)) if (!(key in wanted) && key in live) patch[key] = null;
  return patch;
}

const isDict = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const areNamed = (value: unknown): value is (Json & { name: string })[] => Array.isArray(value) && value.length > 0 && value.every((item) => isDict(item) && typeof item.name === 'string');

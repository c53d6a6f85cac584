/** The kubelet's own HTTP API: port 10250 for those who may, the read-only port for everybody, /healthz for the machine. */
import type { ApiClient } from '../../client/types.ts';
import { subjectAccessReviews, tokenReviews } from '../../client/resources.ts';
import type { Pod } from '../../api/types.ts';
import type { HttpRequest, HttpResponse, Listening, NetworkStack, Peer, PortService, ServerTls } from '../../network/types.ts';
import { parseCertificate, verifyCertificate } from '../../pki/certificate.ts';
import type { KubeletFace } from '../kubelet-face.ts';
import { isApiFailure } from '../../client/api-failure.ts';
import type { KubeletConfiguration } from './configuration.ts';
import { configz } from './configz.ts';
import type { NodeStats } from './eviction/signals.ts';
import type { PodWorker } from './pod-worker.ts';

export interface HttpApiOptions {
  client: ApiClient;
  nodeName: string;
  configuration: KubeletConfiguration;
  clientCa: string | undefined;
  nowMs: () => number;
  workers: () => PodWorker[];
  stats: (() => NodeStats) | undefined;
  resourceMetrics: () => string;
}

interface User { name: string; groups: readonly string[]; uid?: string }

const KUBELET_PORT = 10_250;
const HEALTHZ_PORT = 10_248;

/** Sub-resources of nodes by path (KubeletFineGrainedAuthz); all else is `proxy`. */
const SUBRESOURCES: readonly (readonly [prefix: string, subresources: readonly string[]])[] = [
  ['/stats', ['stats']], ['/metrics', ['metrics']], ['/logs', ['log']], ['/spec', ['spec']], ['/checkpoint', ['checkpoint']], ['/pods', ['pods', 'proxy']], ['/runningPods', ['pods', 'proxy']], ['/runningpods', ['pods', 'proxy']], ['/healthz', ['healthz', 'proxy']], ['/configz', ['configz', 'proxy']],
];

/** Opens the kubelet's ports: 10250, the read-only port if there is to be one, and /healthz on the loopback. */
export function listenHttp(network: NetworkStack, kubelet: KubeletFace, api: HttpApiOptions, tls: ServerTls | undefined): Listening[] {
  const { readOnlyPort } = api.configuration;
  const listen = (address: string, port: number, service: PortService, own?: ServerTls) => network.listen(address, port, service, own, 'kubelet');
  return [
    listen('0.0.0.0', KUBELET_PORT, { kubelet, http: (request, peer) => answerAuthorized(api, kubelet, request, peer) }, tls),
    ...(readOnlyPort > 0 ? [listen('0.0.0.0', readOnlyPort, { http: ({ path }) => answer(api, path) })] : []),
    listen('127.0.0.1', HEALTHZ_PORT, { http: ({ path }) => (path.startsWith('/healthz') ? answer(api, path) : { status: 404, body: '404 page not found\n' }) }),
  ];
}

/** A request on port 10250, which has containers' logs besides what the read-only port has. */
function answerAuthorized(options: HttpApiOptions, kubelet: KubeletFace, request: HttpRequest, peer: Peer): HttpResponse {
  return refusal(options, request, peer) ?? (request.path.startsWith('/containerLogs/') ? containerLogs(kubelet, request.path) : answer(options, request.path));
}

/** `/containerLogs/NAMESPACE/POD/CONTAINER`: what there is by now. */
function containerLogs(kubelet: KubeletFace, path: string): HttpResponse {
  const { pathname, searchParams } = new URL(path, 'https://kubelet');
  const [namespace = '', pod = '', container = ''] = pathname.split('/').slice(2);
  const tail = searchParams.get('tailLines');
  let body = '';
  const write = (text: string) => { body += text; };
  const opened = kubelet.logs({ namespace, pod, container, previous: searchParams.get('previous') === 'true', timestamps: searchParams.get('timestamps') === 'true', ...(tail === null ? {} : { tailLines: Number(tail) }) }, { stdout: write, stderr: write, closed: () => undefined });
  if ('code' in opened) return { status: opened.code, body: `${opened.message}\n` };
  opened.close();
  return { status: 200, body };
}

/** Why whoever asks gets no answer: 401 for nobody, 403 for somebody who may not. */
export function refusal(options: HttpApiOptions, { method, path, headers = {} }: HttpRequest, peer: Peer): HttpResponse | undefined {
  const user = userOf(options, headers.authorization, peer);
  if (!user) return { status: 401, body: 'Unauthorized' };
  if (options.configuration.authorizationMode === 'AlwaysAllow') return undefined;
  const verb = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? 'get';
  const subresources = SUBRESOURCES.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))?.[1] ?? ['proxy'];
  if (subresources.some((subresource) => isAllowed(options, user, verb, subresource))) return undefined;
  return { status: 403, body: `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])\n` };
}

function userOf({ client, clientCa, configuration, nowMs }: HttpApiOptions, authorization: string | undefined, { clientCertificate }: Peer): User | undefined {
  if (clientCertificate && clientCa && verifyCertificate(clientCertificate, clientCa, nowMs(), { usage: 'client auth' }) === undefined) {
    const { subject } = parseCertificate(clientCertificate)!;
    return { name: subject.commonName, groups: [...subject.organizations, 'system:authenticated'] };
  }
  const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (token && configuration.webhookAuth) return reviewed(client, token); // without it nobody looks at tokens
  return configuration.anonymousAuth ? { name: 'system:anonymous', groups: ['system:unauthenticated'] } : undefined;
}

function reviewed(client: ApiClient, token: string): User | undefined {
  const answered = asked(() => client.create(tokenReviews, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token } }));
  const status = field(answered, 'status');
  const user = field(status, 'user');
  if (field(status, 'authenticated') !== true) return undefined;
  const groups = field(user, 'groups');
  return { name: String(field(user, 'username')), groups: Array.isArray(groups) ? groups.map(String) : [] };
}

function isAllowed({ client, nodeName }: HttpApiOptions, { name, groups }: User, verb: string, subresource: string): boolean {
  const spec = { user: name, groups, resourceAttributes: { verb, resource: 'nodes', subresource, name: nodeName, version: 'v1' } };
  return field(field(asked(() => client.create(subjectAccessReviews, { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec })), 'status'), 'allowed') === true;
}

/** No answer is a no. */
function asked(ask: () => unknown): unknown {
  try {
    return ask();
  } catch (error) {
    if (isApiFailure(error)) return undefined;
    throw error;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** What is read from the kubelet. */
function answer(options: HttpApiOptions, path: string): HttpResponse {
  const json = (body: object): HttpResponse => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const pods = (wanted: (worker: PodWorker) => boolean) => json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: options.workers().filter(wanted).map(({ pod }): Pod => pod) });
  const { pathname } = new URL(path, 'https://kubelet');
  switch (pathname.replace(/\/$/, '').toLowerCase()) {
    case '/healthz': case '/healthz/ping': case '/healthz/syncloop': return { status: 200, body: 'ok' };
    case '/pods': return pods(() => true);
    case '/runningpods': return pods(({ containers }) => containers.some(({ state }) => state === 'Running'));
    case '/stats/summary': return json(summary(options));
    case '/configz': return json({ kubeletconfig: configz(options.configuration) });
    case '/metrics/resource': return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4' }, body: options.resourceMetrics() };
    case '/metrics': return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4' }, body: metrics(options) };
    default: return { status: 404, body: '404 page not found\n' };
  }
}

function summary({ nodeName, workers, stats }: HttpApiOptions): object {
  const now = stats?.();
  const pods = workers().filter(({ isActive }) => isActive).map(({ pod: { metadata: { name, namespace, uid } }, containers }) => ({
    podRef: { name, namespace, uid },
    containers: containers.filter(({ state }) => state === 'Running').map(({ config, usage, layerBytes }) => ({ name: config.name, cpu: { usageNanoCores: usage.cpuMillis * 1_000_000 }, memory: { workingSetBytes: usage.memoryBytes }, rootfs: { usedBytes: layerBytes() } })),
  }));
  const disk = now && { availableBytes: now.disk.availableBytes, capacityBytes: now.disk.capacityBytes, usedBytes: now.disk.capacityBytes - now.disk.availableBytes };
  return { node: { nodeName, ...(now ? { memory: { availableBytes: now.memory.availableBytes, workingSetBytes: now.memory.capacityBytes - now.memory.availableBytes }, fs: disk, runtime: { imageFs: disk } } : {}) }, pods };
}

function metrics({ workers }: HttpApiOptions): string {
  const all = workers().filter(({ isActive }) => isActive);
  const gauge = (name: string, help: string, value: number) => `# HELP ${name} [ALPHA] ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`;
  return gauge('kubelet_running_pods', 'Number of pods that have a running pod sandbox', all.length) + gauge('kubelet_running_containers', 'Number of containers currently running', all.flatMap(({ containers }) => containers).filter(({ state }) => state === 'Running').length);
}

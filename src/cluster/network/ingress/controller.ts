/** The ingress controller ingress-nginx: follows Ingresses, answers on ports 80 and 443, and tells Ingresses their address. */
import type { Ingress, Service } from '../../api/types.ts';
import { createClient } from '../../client/client.ts';
import { inCluster } from '../../client/in-cluster.ts';
import { createInformer } from '../../client/informer.ts';
import { createQueue } from '../../client/queue.ts';
import { createRecorder } from '../../client/recorder.ts';
import { endpointSlices, ingressClasses, ingresses, secrets, services } from '../../client/resources.ts';
import { keyOf, unlessGone } from '../../controllers/controller.ts';
import { canonical } from '../../controllers/template-hash.ts';
import { FatalError, klogTime, program, type Running } from '../../node/control-plane/program.ts';
import type { Behaviour, ProcessContext } from '../../node/process.ts';
import type { Flags } from '../../node/control-plane/flags.ts';
import { selfSign } from '../../pki/certificate.ts';
import { createKey } from '../../pki/key.ts';
import { SERVICE_INDEX, sliceService } from '../cluster-records.ts';
import { type HttpRequest, type HttpResponse, type Peer, type PortService, type ServerTls } from '../types.ts';
import { IngressProxy } from './proxy.ts';
import { tlsSecretFor } from './routing.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const MEMORY_BYTES = 70 * 1024 * 1024;
const YEAR_MS = 365 * 24 * 3_600_000;

/** The program `/nginx-ingress-controller`. */
export const ingressControllerProgram: Behaviour = program('nginx-ingress-controller', (flags, context) => {
  const options = inCluster(context, 'nginx-ingress-controller');
  if (typeof options === 'string') throw new FatalError(`F${klogTime(context.world.clock.now())}       1 main.go:66] ${options}`, 255);
  const controller = new IngressController(flags, context, options);
  controller.start();
  context.useMemory(MEMORY_BYTES);
  return controller;
});

type Options = Exclude<ReturnType<typeof inCluster>, string>;

class IngressController implements Running {
  readonly #flags: Flags;
  readonly #context: ProcessContext;
  readonly #informers;
  readonly #client;
  readonly #recorder;
  readonly #queue;
  readonly #proxy: IngressProxy;
  readonly #open: { close(): void }[] = [];
  /** Those of our class, the oldest first; computed again after a change. */
  #own: readonly Ingress[] | undefined;

  constructor(flags: Flags, context: ProcessContext, options: Options) {
    this.#flags = flags;
    this.#context = context;
    this.#informers = {
      classes: createInformer(ingressClasses, options), services: createInformer(services, options), slices: createInformer(endpointSlices, options), secrets: createInformer(secrets, options), ingresses: createInformer(ingresses, options),
    };
    const { slices, services: allServices } = this.#informers;
    slices.indexBy(SERVICE_INDEX, (slice) => [sliceService(slice)]);
    this.#client = createClient(options);
    this.#recorder = createRecorder({ world: context.world, client: this.#client, component: 'nginx-ingress-controller' });
    this.#queue = createQueue(context.world, 'ingress-status', (key) => this.#publish(key));
    this.#proxy = new IngressProxy({ services: allServices, slices, ingresses: () => (this.#own ??= this.#ofOurClass()) }, context.network);
  }

  /** Throws NetworkError when a port is taken. */
  start(): void {
    const { classes, ingresses: all, services: allServices } = this.#informers;
    all.onChange((now, old) => this.#changed(now, old));
    classes.onChange(() => this.#changed());
    allServices.onChange((now) => { if (now && keyOf(now) === this.#publishService) this.#publishAll(); });
    this.#listen();
    for (const informer of Object.values(this.#informers)) informer.start();
    this.#log('I', 'store.go', `"Starting NGINX Ingress controller"`);
  }

  stop(): void {
    for (const informer of Object.values(this.#informers)) informer.stop();
    for (const listening of this.#open.splice(0)) listening.close();
    this.#queue.stop();
  }

  /** `namespace/name` of the Service whose address Ingresses are told. */
  get #publishService(): string | undefined {
    return this.#flags.text('publish-service')?.replace('$(POD_NAMESPACE)', this.#context.env.POD_NAMESPACE ?? '');
  }

  #listen(): void {
    const { network, random, world } = this.#context;
    const nowMs = world.clock.now();
    const fake = selfSign({ key: createKey(random), commonName: 'Kubernetes Ingress Controller Fake Certificate', organizations: ['Acme Co'], altNames: ['ingress.local'], notBeforeMs: nowMs, notAfterMs: nowMs + YEAR_MS, random });
    const tls: ServerTls = { ...fake, certificateFor: (host) => this.#certificateFor(host) };
    const bind = (port: number, service: PortService, secure?: ServerTls) => this.#open.push(network.listen('0.0.0.0', port, service, secure));
    bind(this.#flags.int('http-port', 80), { http: (request, peer) => this.#serve(request, peer, false) });
    bind(this.#flags.int('https-port', 443), { http: (request, peer) => this.#serve(request, peer, true) }, tls);
    bind(10254, { http: ({ path }) => (path === '/healthz' ? { status: 200, body: 'ok' } : { status: 404, body: '' }) });
  }

  #certificateFor(host: string): { certificate: string; key: string } | undefined {
    const wanted = tlsSecretFor(this.#own ?? this.#ofOurClass(), host);
    const data = wanted && this.#informers.secrets.get(`${wanted.namespace}/${wanted.name}`)?.data;
    const text = (name: string) => Buffer.from(data?.[name] ?? '', 'base64').toString();
    if (data?.['tls.crt'] && data['tls.key']) return { certificate: text('tls.crt'), key: text('tls.key') };
    if (wanted) this.#log('W', 'controller.go:1128', `Error getting SSL certificate "${wanted.namespace}/${wanted.name}": local SSL certificate ${wanted.namespace}/${wanted.name} was not found. Using default certificate`);
    return undefined;
  }

  #serve(request: HttpRequest, peer: Peer, isTls: boolean): HttpResponse {
    const { response, upstream, address } = this.#proxy.answer(request, peer, isTls);
    const at = new Date(this.#context.world.clock.now()).toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (.*) GMT$/, '$1/$2/$3:$4 +0000');
    this.#context.write(`${peer.address} - - [${at}] "${request.method} ${request.path} HTTP/1.1" ${response.status} ${response.body.length} "-" "${request.headers?.['user-agent'] ?? '-'}" 77 0.001 [${upstream}] [] ${address} ${response.body.length} 0.001 ${response.status}\n`);
    return response;
  }

  #changed(now?: Ingress, old?: Ingress): void {
    this.#own = undefined;
    if (!now) return;
    if (!this.#isOurs(now)) {
      if (!old) this.#log('I', 'store.go:443', `"Ignoring ingress because of error while validating ingress class" ingress="${keyOf(now)}" error="ingress does not contain a valid IngressClass"`);
      return;
    }
    this.#queue.add(keyOf(now));
    if (!old || canonical(old.spec) !== canonical(now.spec) || canonical(old.metadata.annotations) !== canonical(now.metadata.annotations)) this.#recorder.event(now, 'Normal', 'Sync', 'Scheduled for sync');
  }

  #ofOurClass(): Ingress[] {
    return this.#informers.ingresses.list().filter((ingress) => this.#isOurs(ingress)).sort((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') || keyOf(a).localeCompare(keyOf(b)));
  }

  /** By the class's controller; by the annotation of old; without any only when told so. */
  #isOurs({ metadata, spec }: Ingress): boolean {
    const own = this.#flags.text('controller-class') ?? 'k8s.io/ingress-nginx';
    const name = spec.ingressClassName;
    if (name !== undefined) return this.#informers.classes.get(name)?.spec.controller === own;
    const annotated = metadata.annotations?.[CLASS_ANNOTATION];
    return annotated === undefined ? this.#flags.bool('watch-ingress-without-class', false) : annotated === (this.#flags.text('ingress-class') ?? 'nginx');
  }

  #publishAll(): void {
    for (const ingress of this.#ofOurClass()) this.#queue.add(keyOf(ingress));
  }

  /** Writes the address of the controller's Service into an Ingress. */
  #publish(key: string): void {
    const ingress = this.#informers.ingresses.get(key);
    const service = this.#informers.services.get(this.#publishService ?? '');
    if (!ingress || !service || !this.#isOurs(ingress)) return;
    const wanted = addressesOf(service);
    if (canonical(ingress.status?.loadBalancer?.ingress ?? []) === canonical(wanted)) return;
    const { name, namespace } = ingress.metadata;
    unlessGone(() => this.#client.patch(ingresses, name, namespace, { status: { loadBalancer: wanted.length > 0 ? { ingress: wanted } : { ingress: null } } }, { subresource: 'status' }));
    this.#log('I', 'status.go:311', `"updating Ingress status" namespace="${namespace}" ingress="${name}" newValue=${JSON.stringify(wanted)}`);
  }

  #log(level: 'I' | 'W', where: string, text: string): void {
    this.#context.write(`${level}${klogTime(this.#context.world.clock.now())}       7 ${where}] ${text}\n`, 'stderr');
  }
}

/** What users reach the controller's Service under (ingress-nginx: statusAddressFromService). */
function addressesOf({ spec, status }: Service): { ip?: string; hostname?: string }[] {
  const external = (spec.externalIPs ?? []).map((ip) => ({ ip }));
  if (spec.type === 'LoadBalancer') return [...(status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => (ip ? { ip } : { hostname })), ...external];
  if (spec.type === 'ExternalName') return [{ hostname: spec.externalName }];
  return external.length > 0 ? external : [{ ip: spec.clusterIP }];
}

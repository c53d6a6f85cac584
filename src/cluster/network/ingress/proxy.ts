/** How the ingress controller answers a request: redirects, the endpoints behind a Service, and nginx's error pages. */
import type { EndpointSlice, Ingress, Service } from '../../api/types.ts';
import type { Informer } from '../../client/types.ts';
import { SERVICE_INDEX } from '../cluster-records.ts';
import { type HttpRequest, type HttpResponse, NetworkError, type NetworkStack, type Peer } from '../types.ts';
import { annotation, type Backend, matchOf, tlsSecretFor } from './routing.ts';

const TRIES = 3; // proxy-next-upstream-tries
const CONNECT_TIMEOUT_MS = 5_000; // proxy-connect-timeout

const REASONS: Readonly<Record<number, string>> = { 308: 'Permanent Redirect', 404: 'Not Found', 502: 'Bad Gateway', 503: 'Service Temporarily Unavailable', 504: 'Gateway Time-out' };

export interface ProxyObjects {
  services: Informer<Service>;
  /** Indexed by `service`. */
  slices: Informer<EndpointSlice>;
  /** Those of the controller's class, the oldest first. */
  ingresses: () => readonly Ingress[];
}

/** A response, and what the access log says of where it came from. */
export interface Answer { response: HttpResponse; upstream: string; address: string }

/** Answers one request that came over plain HTTP or TLS. */
export class IngressProxy {
  readonly #objects: ProxyObjects;
  readonly #network: NetworkStack;
  #turn = 0;

  constructor(objects: ProxyObjects, network: NetworkStack) {
    this.#objects = objects;
    this.#network = network;
  }

  answer(request: HttpRequest, peer: Peer, isTls: boolean): Answer {
    const host = (request.headers?.host ?? '').split(':')[0]!;
    const [path = '/', query] = request.path.split(/\?(.*)/s);
    const ingresses = this.#objects.ingresses();
    const match = matchOf(ingresses, host, path);
    if (!match) return { response: page(404), upstream: 'upstream-default-backend', address: '127.0.0.1:8181' };
    const { ingress, backend } = match.location;
    if (!isTls && redirects(ingress, ingresses, host)) return { response: { ...page(308), headers: { 'content-type': 'text/html', location: `https://${host}${request.path}` } }, upstream: '', address: '-' };
    const { name, endpoints } = this.#upstream(ingress.metadata.namespace ?? '', backend);
    if (endpoints.length === 0) return { response: page(503), upstream: name, address: '-' };
    const headers = { ...request.headers, 'x-forwarded-for': peer.address, 'x-real-ip': peer.address, 'x-forwarded-host': host, 'x-forwarded-proto': isTls ? 'https' : 'http', 'x-scheme': isTls ? 'https' : 'http' };
    const scheme = annotation(ingress, 'backend-protocol') === 'HTTPS' ? 'https' : 'http';
    return { upstream: name, ...this.#forward(endpoints, scheme, { ...request, headers, path: query === undefined ? match.upstreamPath : `${match.upstreamPath}?${query}` }) };
  }

  /** The ready endpoints of a backend's Service. nginx asks Pods, never the Service's address. */
  #upstream(namespace: string, { service }: Backend): { name: string; endpoints: string[] } {
    const { number, name: portName } = service?.port ?? {};
    const found = service && this.#objects.services.get(`${namespace}/${service.name}`);
    const port = found?.spec.ports?.find((each) => (portName ? each.name === portName : each.port === number));
    const name = service ? `${namespace}-${service.name}-${portName ?? number}` : '';
    if (!found || !port) return { name, endpoints: [] };
    if (found.spec.type === 'ExternalName') return { name, endpoints: [`${found.spec.externalName}:${number ?? port.port}`] };
    const slices = this.#objects.slices.byIndex(SERVICE_INDEX, `${namespace}/${found.metadata.name}`);
    return { name, endpoints: slices.flatMap(({ endpoints, ports }) => {
      const target = ports?.find((each) => (each.name ?? '') === (port.name ?? ''))?.port;
      return target === undefined ? [] : (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).map(({ addresses }) => `${addresses[0]}:${target}`);
    }) };
  }

  /** In turn; one that cannot be reached gives way to the next. */
  #forward(endpoints: readonly string[], scheme: string, request: HttpRequest): Omit<Answer, 'upstream'> {
    let failure: NetworkError | undefined;
    let address = '';
    for (let tried = 0; tried < TRIES; tried++) {
      address = endpoints[this.#turn++ % endpoints.length]!;
      try {
        return { response: this.#network.fetch(`${scheme}://${address}${request.path}`, request, { insecureSkipVerify: true }), address };
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        failure = error;
      }
    }
    return failure?.reason === 'timeout' ? { response: { ...page(504), latencyMs: TRIES * CONNECT_TIMEOUT_MS }, address } : { response: page(502), address };
  }
}

/** Hosts with a certificate are moved to HTTPS (ssl-redirect), others when forced. */
function redirects(ingress: Ingress, ingresses: readonly Ingress[], host: string): boolean {
  if (annotation(ingress, 'force-ssl-redirect') === 'true') return true;
  return annotation(ingress, 'ssl-redirect') !== 'false' && tlsSecretFor(ingresses, host) !== undefined;
}

function page(status: number): HttpResponse {
  const title = `${status} ${REASONS[status]}`;
  return { status, headers: { 'content-type': 'text/html' }, body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n` };
}

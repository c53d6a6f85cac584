/** CoreDNS: answers for Services and Pods from what the API server says; runs as an ordinary Pod. */
import type { EndpointSlice, Service } from '../api/types.ts';
import { createInformer } from '../client/informer.ts';
import { endpointSlices, services } from '../client/resources.ts';
import { networkTransport } from '../client/transport.ts';
import type { Informer } from '../client/types.ts';
import type { Behaviour } from '../node/process.ts';

const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const CA = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';
const ZONE = '.cluster.local';

/** The program `coredns`. */
export const dnsProgram: Behaviour = (context) => {
  const { world, files, env, network } = context;
  const server = `https://${env.KUBERNETES_SERVICE_HOST ?? '10.96.0.1'}:${env.KUBERNETES_SERVICE_PORT ?? '443'}`;
  const read = (path: string) => (files.exists(path) ? files.read(path) : '');
  const options = { world, transport: networkTransport(network, server, { ca: read(CA) }), credential: { token: read(TOKEN).trim() }, userAgent: 'coredns' };
  const allServices = createInformer(services, options);
  const slices = createInformer(endpointSlices, options);
  slices.indexBy('service', (slice) => [`${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`]);
  const dns = network.listen('0.0.0.0', 53, { dns: (name) => answer(name, allServices, slices) });
  const health = network.listen('0.0.0.0', 8080, { http: ({ path }) => ({ status: path.startsWith('/health') ? 200 : 404, body: 'OK' }) });
  // Ready once the API has been read, as the plugin `kubernetes` is.
  const ready = network.listen('0.0.0.0', 8181, { http: () => (allServices.hasSynced && slices.hasSynced ? { status: 200, body: 'OK' } : { status: 503, body: 'kubernetes' }) });
  world.soon('coredns', () => { allServices.start(); slices.start(); });
  context.write('.:53\nCoreDNS-1.14.2\nlinux/amd64, go1.26\n');
  context.useMemory(20 * 1024 * 1024);
  return {
    terminate: () => context.exit(0),
    cleanUp() {
      for (const part of [dns, health, ready]) part.close();
      allServices.stop();
      slices.stop();
    },
  };
};

/** Addresses of a name in the cluster's zone; [] for what does not exist. */
function answer(name: string, allServices: Informer<Service>, slices: Informer<EndpointSlice>): string[] {
  if (!name.endsWith(ZONE)) return [];
  const labels = name.slice(0, -ZONE.length).split('.');
  if (labels.at(-1) === 'pod') return podAddress(labels);
  if (labels.pop() !== 'svc') return [];
  const namespace = labels.pop() ?? '';
  const serviceName = labels.pop() ?? '';
  const service = allServices.get(`${namespace}/${serviceName}`);
  if (!service) return [];
  const { clusterIP } = service.spec;
  if (clusterIP && clusterIP !== 'None') return labels.length === 0 ? [clusterIP] : [];
  return endpointAddresses(slices.byIndex('service', `${namespace}/${serviceName}`), labels.join('.'));
}

function endpointAddresses(slices: readonly EndpointSlice[], hostname: string): string[] {
  const endpoints = slices.flatMap((slice) => slice.endpoints).filter((e) => e.conditions?.ready !== false);
  return endpoints.filter((e) => !hostname || e.hostname === hostname).flatMap((e) => e.addresses).sort();
}

/** `10-244-1-5.default.pod` */
function podAddress([dashed = '']: readonly string[]): string[] {
  return /^\d+(-\d+){3}$/.test(dashed) ? [dashed.replaceAll('-', '.')] : [];
}

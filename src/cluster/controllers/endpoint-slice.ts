/** EndpointSlices: for each Service with a selector, the addresses of the Pods behind it. */
import { matchesLabels } from '../api/labels.ts';
import type { Draft, EndpointSlice, Pod, Service } from '../api/types.ts';
import { endpointSlices, pods, services } from '../client/resources.ts';
import { type Controller, controllerReference, keyOf } from './controller.ts';
import { isReady } from './pods.ts';
import { canonical } from './template-hash.ts';

const ENDPOINTS_PER_SLICE = 100; // kube-controller-manager: --max-endpoints-per-slice
const MANAGED_BY = 'endpointslice-controller.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';

type Endpoint = EndpointSlice['endpoints'][number];
type SlicePorts = NonNullable<EndpointSlice['ports']>;

export const endpointSliceController: Controller = (context) => {
  const { client } = context;
  const allServices = context.informer(services);
  const allPods = context.informer(pods);
  const slices = context.informer(endpointSlices);
  allServices.indexBy('namespace', (service) => [service.metadata.namespace ?? '']);
  allPods.indexBy('namespace', (pod) => [pod.metadata.namespace ?? '']);
  slices.indexBy('service', (slice) => [`${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME] ?? ''}`]);
  const queue = context.queue('endpointslice', reconcile);

  allServices.onChange((now, old) => queue.add(keyOf((now ?? old)!)));
  allPods.onChange((now, old) => {
    if (now && old && samePlace(now, old)) return;
    for (const service of allServices.byIndex('namespace', (now ?? old)!.metadata.namespace ?? '')) {
      if ([now, old].some((pod) => pod && selects(service, pod))) queue.add(keyOf(service));
    }
  });
  slices.onChange((now, old) => {
    const slice = (now ?? old)!;
    if (slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] === MANAGED_BY) queue.add(`${slice.metadata.namespace}/${slice.metadata.labels[SERVICE_NAME]}`);
  });

  function reconcile(key: string): void {
    const service = allServices.get(key);
    const own = slices.byIndex('service', key).filter((slice) => slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] === MANAGED_BY);
    if (!service || !service.spec.selector || service.spec.type === 'ExternalName') {
      for (const slice of own) client.delete(endpointSlices, slice.metadata.name, slice.metadata.namespace);
      return;
    }
    if (service.metadata.deletionTimestamp) return;
    const wanted = wantedSlices(service);
    for (const [i, draft] of wanted.entries()) write(own[i], draft);
    for (const slice of own.slice(wanted.length)) client.delete(endpointSlices, slice.metadata.name, slice.metadata.namespace);
  }

  function write(existing: EndpointSlice | undefined, draft: Draft<EndpointSlice>): void {
    if (!existing) return void client.create(endpointSlices, draft);
    const { endpoints, ports } = draft;
    const labels = draft.metadata.labels!;
    if (canonical([existing.endpoints, existing.ports, existing.metadata.labels]) === canonical([endpoints, ports, labels])) return;
    client.update(endpointSlices, { ...existing, metadata: { ...existing.metadata, labels }, endpoints, ports });
  }

  function wantedSlices(service: Service): Draft<EndpointSlice>[] {
    const groups = new Map<string, { ports: SlicePorts; endpoints: Endpoint[] }>();
    for (const pod of allPods.byIndex('namespace', service.metadata.namespace ?? '')) {
      if (!belongs(service, pod)) continue;
      const ports = portsFor(service, pod);
      const group = groups.get(canonical(ports)) ?? { ports, endpoints: [] };
      group.endpoints.push(endpointOf(service, pod));
      groups.set(canonical(ports), group);
    }
    if (groups.size === 0) groups.set('', { ports: [], endpoints: [] });
    return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, { ports, endpoints }]) => {
      endpoints.sort((a, b) => (a.addresses[0]! < b.addresses[0]! ? -1 : 1));
      const count = Math.max(1, Math.ceil(endpoints.length / ENDPOINTS_PER_SLICE));
      return Array.from({ length: count }, (_, i) => draftSlice(service, ports, endpoints.slice(i * ENDPOINTS_PER_SLICE, (i + 1) * ENDPOINTS_PER_SLICE)));
    });
  }

  return { stop: () => queue.stop() };
};

function selects(service: Service, pod: Pod): boolean {
  const { selector } = service.spec;
  return selector !== undefined && Object.keys(selector).length > 0 && matchesLabels(selector, pod.metadata.labels);
}

function belongs(service: Service, pod: Pod): boolean {
  return selects(service, pod) && Boolean(pod.status.podIP) && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed';
}

/** Whether nothing that endpoints are made of has changed. */
function samePlace(a: Pod, b: Pod): boolean {
  return a.status.podIP === b.status.podIP && a.status.phase === b.status.phase && isReady(a) === isReady(b)
    && a.metadata.deletionTimestamp === b.metadata.deletionTimestamp && canonical(a.metadata.labels) === canonical(b.metadata.labels);
}

function endpointOf(service: Service, pod: Pod): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = (service.spec.publishNotReadyAddresses ?? false) || (serving && !terminating);
  return {
    addresses: [pod.status.podIP!], conditions: { ready, serving, terminating },
    nodeName: pod.spec.nodeName, targetRef: { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
    ...(pod.spec.hostname && pod.spec.subdomain === service.metadata.name ? { hostname: pod.spec.hostname } : {}),
  };
}

/** The Service's ports with names resolved against the Pod's containers; a name that the Pod lacks is left out. */
function portsFor(service: Service, pod: Pod): SlicePorts {
  return (service.spec.ports ?? []).flatMap((port) => {
    const target = port.targetPort ?? port.port;
    const number = typeof target === 'number' ? target : namedPort(pod, target, port.protocol ?? 'TCP');
    return number === undefined ? [] : [{ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP' }];
  });
}

function namedPort(pod: Pod, name: string, protocol: string): number | undefined {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')];
  return containers.flatMap((c) => c.ports ?? []).find((p) => p.name === name && (p.protocol ?? 'TCP') === protocol)?.containerPort;
}

function draftSlice(service: Service, ports: SlicePorts, endpoints: Endpoint[]): Draft<EndpointSlice> {
  const { name, namespace, labels } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`, namespace, ownerReferences: [controllerReference(service)],
      labels: { ...labels, [SERVICE_NAME]: name, 'endpointslice.kubernetes.io/managed-by': MANAGED_BY, ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}) },
    },
    addressType: 'IPv4', endpoints, ports,
  };
}

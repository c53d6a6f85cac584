/** Endpoints (v1), the elder of EndpointSlices: one object a Service, with at most 1000 addresses. */
import { timestamp } from '../../api/duration.ts';
import type { Endpoints, Pod, Service } from '../../api/types.ts';
import { endpoints, pods, services } from '../../client/resources.ts';
import { type Controller, keyOf, unlessGone } from '../controller.ts';
import { isReady } from '../pods.ts';
import { canonical } from '../template-hash.ts';
import { podsBehind } from './endpoint-slice.ts';
import { hasSelector, HEADLESS, hostnameOf, isEndpoint, portsFor, targetRef, TRIGGER_TIME } from './pod-endpoint.ts';

const CAPACITY = 1000; // endpoints_controller.go: maxCapacity
const MANAGED_BY = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];

export const endpointsController: Controller = (context) => {
  const { client, world } = context;
  const allServices = context.informer(services);
  const all = context.informer(endpoints);
  const behind = podsBehind(allServices, context.informer(pods));
  const queue = context.queue('endpoints', reconcile);

  allServices.onChange((now, old) => queue.add(keyOf((now ?? old)!)));
  behind.onChange((service, size) => queue.addAfter(keyOf(service), size > 100 ? size : 0));
  all.onChange((now, old) => { if (!now && old) queue.add(keyOf(old)); });

  function reconcile(key: string): void {
    const service = allServices.get(key);
    const existing = all.get(key);
    if (!service) {
      if (existing && existing.metadata.labels?.['endpoints.kubernetes.io/managed-by']) unlessGone(() => client.delete(endpoints, existing.metadata.name, existing.metadata.namespace));
      return;
    }
    if (!hasSelector(service)) return;
    const subsets = subsetsOf(service, behind.of(service));
    const labels = { ...service.metadata.labels, ...MANAGED_BY, ...(service.spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}) };
    if (existing && canonical(existing.subsets ?? []) === canonical(subsets) && canonical(existing.metadata.labels) === canonical(labels)) return;
    const { name, namespace } = service.metadata;
    const annotations = { ...existing?.metadata.annotations, [TRIGGER_TIME]: timestamp(world.clock.now()) };
    const content = subsets.length > 0 ? { subsets } : {};
    if (existing) {
      const { subsets: _old, ...rest } = existing;
      client.update(endpoints, { ...rest, metadata: { ...existing.metadata, labels, annotations }, ...content });
    } else client.create(endpoints, { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace, labels, annotations }, ...content });
  }

  return { stop: () => queue.stop() };
};

/** Ready and unready addresses, those with equal ports together. */
function subsetsOf(service: Service, behind: readonly Pod[]): Subset[] {
  const subsets = new Map<string, { addresses: Address[]; notReadyAddresses: Address[]; ports: NonNullable<Subset['ports']> }>();
  const withTerminating = service.spec.publishNotReadyAddresses ?? false;
  const reachable = behind.filter((pod) => isEndpoint(pod, { withTerminating })).sort((a, b) => (a.status.podIP! < b.status.podIP! ? -1 : 1)).slice(0, CAPACITY);
  for (const pod of reachable) {
    const ports = portsFor(service, pod).map(({ name, ...rest }) => ({ ...(name ? { name } : {}), ...rest, port: rest.port! }));
    const key = canonical(ports);
    const subset = subsets.get(key) ?? { addresses: [], notReadyAddresses: [], ports };
    const address = { ip: pod.status.podIP!, ...hostnameOf(service, pod), nodeName: pod.spec.nodeName, targetRef: targetRef(pod) };
    (withTerminating || isReady(pod) ? subset.addresses : subset.notReadyAddresses).push(address);
    subsets.set(key, subset);
  }
  return [...subsets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { addresses, notReadyAddresses, ports }]) => ({
    ...(addresses.length ? { addresses } : {}), ...(notReadyAddresses.length ? { notReadyAddresses } : {}), ...(ports.length ? { ports } : {}),
  }));
}

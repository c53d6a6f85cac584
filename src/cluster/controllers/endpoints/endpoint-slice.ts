/** EndpointSlices: for each Service with a selector, the addresses of the Pods behind it. */
import { timestamp } from '../../api/duration.ts';
import type { EndpointSlice, Node, Pod, Service } from '../../api/types.ts';
import { endpointSlices, nodes, pods, services } from '../../client/resources.ts';
import type { Informer } from '../../client/types.ts';
import { type Controller, controllerReference, keyOf, unlessGone } from '../controller.ts';
import { isReady } from '../pods.ts';
import { canonical } from '../template-hash.ts';
import { type Endpoint, ENDPOINTS_PER_SLICE, type Group, pack } from './packing.ts';
import { hasSelector, HEADLESS, hostnameOf, isEndpoint, isSamePlace, portsFor, selects, targetRef, TRIGGER_TIME } from './pod-endpoint.ts';

const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
const MANAGED_BY = 'endpointslice-controller.k8s.io';
export const SERVICE_NAME = 'kubernetes.io/service-name';
const MISSING_NODE_RETRY_MS = 1_000;

export const endpointSliceController: Controller = (context) => {
  const { client, world } = context;
  const allServices = context.informer(services);
  const allPods = context.informer(pods);
  const allNodes = context.informer(nodes);
  const slices = context.informer(endpointSlices);
  const behind = podsBehind(allServices, allPods);
  slices.indexBy('service', (slice) => (isOurs(slice) ? [`${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME]}`] : []));
  const queue = context.queue('endpointslice', reconcile);

  allServices.onChange((now) => { if (now) queue.add(keyOf(now)); });
  behind.onChange((service, size) => queue.addAfter(keyOf(service), batchMs(size)));
  slices.onChange((now, old) => {
    const slice = (now ?? old)!;
    if (isOurs(slice)) queue.add(`${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME]}`);
  });

  function reconcile(key: string): void {
    const service = allServices.get(key);
    // Slices of a Service that is gone are the garbage collector's.
    if (!service || service.metadata.deletionTimestamp || !hasSelector(service)) return;
    const existing = slices.byIndex('service', key).filter((slice) => !slice.metadata.deletionTimestamp);
    const labels = labelsFor(service);
    const annotations = { [TRIGGER_TIME]: timestamp(world.clock.now()) };
    const { create, keep, remove } = pack(existing, groupsFor(service));
    for (const { slice, endpoints } of keep) {
      if (canonical(slice.endpoints ?? []) === canonical(endpoints) && canonical(slice.metadata.labels) === canonical(labels)) continue;
      client.update(endpointSlices, { ...slice, metadata: { ...slice.metadata, labels, annotations: { ...slice.metadata.annotations, ...annotations } }, endpoints: [...endpoints] });
    }
    for (const { ports, endpoints } of create) {
      client.create(endpointSlices, {
        apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
        metadata: { generateName: `${service.metadata.name}-`, namespace: service.metadata.namespace, labels, annotations, ownerReferences: [controllerReference(service)] },
        addressType: service.spec.ipFamilies?.[0] ?? 'IPv4', endpoints: [...endpoints], ports,
      });
    }
    for (const { metadata } of remove) unlessGone(() => client.delete(endpointSlices, metadata.name, metadata.namespace));
  }

  function groupsFor(service: Service): Group[] {
    const groups = new Map<string, { ports: Group['ports']; endpoints: Endpoint[] }>();
    for (const pod of behind.of(service)) {
      if (!isEndpoint(pod, { withTerminating: true })) continue;
      const node = allNodes.get(pod.spec.nodeName ?? '');
      if (!node && !service.spec.publishNotReadyAddresses) {
        queue.addAfter(keyOf(service), MISSING_NODE_RETRY_MS);
        continue;
      }
      const ports = portsFor(service, pod);
      const key = canonical(ports);
      const group = groups.get(key) ?? { ports, endpoints: [] };
      group.endpoints.push(endpointOf(service, pod, node));
      groups.set(key, group);
    }
    return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  }

  return { stop: () => queue.stop() };
};

/** Many endpoints are looked at together: a change waits a little for the next. */
function batchMs(size: number): number { return size > ENDPOINTS_PER_SLICE ? size : 0; }

/** The Pods of Services, found by label, and who must hear when one changes. */
export function podsBehind(allServices: Informer<Service>, allPods: Informer<Pod>) {
  const label = (namespace: string | undefined, key: string, value: string) => `${namespace ?? ''} ${key}=${value}`;
  allServices.indexBy('namespace', (service) => [service.metadata.namespace ?? '']);
  allPods.indexBy('label', (pod) => Object.entries(pod.metadata.labels ?? {}).map(([key, value]) => label(pod.metadata.namespace, key, value)));

  const candidates = (service: Service): readonly Pod[] => {
    const [pair] = Object.entries(service.spec.selector ?? {});
    return pair ? allPods.byIndex('label', label(service.metadata.namespace, ...pair)) : [];
  };
  return {
    of: (service: Service): readonly Pod[] => candidates(service).filter((pod) => selects(service, pod)),
    /** Calls for each Service whose endpoints a Pod's change may change, with the rough number of its Pods. */
    onChange: (hear: (service: Service, size: number) => void): void => allPods.onChange((now, old) => {
      if (now && old && isSamePlace(now, old)) return;
      for (const service of allServices.byIndex('namespace', (now ?? old)!.metadata.namespace ?? '')) {
        if ([now, old].some((pod) => pod && selects(service, pod))) hear(service, candidates(service).length);
      }
    }),
  };
}

function isOurs({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY;
}

function labelsFor({ metadata: { name, labels }, spec }: Service): Record<string, string> {
  return { ...labels, [SERVICE_NAME]: name, [MANAGED_BY_LABEL]: MANAGED_BY, ...(spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}) };
}

function endpointOf(service: Service, pod: Pod, node: Node | undefined): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = (service.spec.publishNotReadyAddresses ?? false) || (serving && !terminating);
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
  return {
    addresses: [pod.status.podIP!], conditions: { ready, serving, terminating }, nodeName: pod.spec.nodeName, targetRef: targetRef(pod),
    ...hostnameOf(service, pod), ...(zone ? { zone } : {}), ...(ready ? hints(service, zone, pod.spec.nodeName) : {}),
  };
}

/** From where an endpoint is preferred, when the Service asks for near ones. */
function hints({ spec }: Service, zone: string | undefined, node: string | undefined): { hints?: Endpoint['hints'] } {
  const { trafficDistribution } = spec as { trafficDistribution?: string }; // younger than the types, as is forNodes
  const near = { ...(zone ? { forZones: [{ name: zone }] } : {}), ...(node && trafficDistribution === 'PreferSameNode' ? { forNodes: [{ name: node }] } : {}) };
  const isAsked = trafficDistribution === 'PreferClose' || trafficDistribution === 'PreferSameZone' || trafficDistribution === 'PreferSameNode';
  return isAsked && Object.keys(near).length > 0 ? { hints: near } : {};
}

/** EndpointSlice mirroring: Endpoints that somebody wrote for a Service without a selector, as slices, which is what kube-proxy reads. */
import type { Draft, Endpoints, EndpointSlice } from '../../api/types.ts';
import { endpointSlices, endpoints, services } from '../../client/resources.ts';
import { type Controller, controllerReference, keyOf, unlessGone } from '../controller.ts';
import { canonical } from '../template-hash.ts';
import { SERVICE_NAME } from './endpoint-slice.ts';
import { TRIGGER_TIME } from './pod-endpoint.ts';

const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
const MANAGED_BY = 'endpointslicemirroring-controller.k8s.io';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const NOT_COPIED = ['kubectl.kubernetes.io/last-applied-configuration', TRIGGER_TIME];

export const endpointSliceMirroringController: Controller = (context) => {
  const { client } = context;
  const all = context.informer(endpoints);
  const allServices = context.informer(services);
  const slices = context.informer(endpointSlices);
  slices.indexBy('mirrored', (slice) => (slice.metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY ? [`${slice.metadata.namespace}/${slice.metadata.labels[SERVICE_NAME]}`] : []));
  const queue = context.queue('endpointslicemirroring', reconcile);

  all.onChange((now, old) => queue.add(keyOf((now ?? old)!)));
  allServices.onChange((now, old) => queue.add(keyOf((now ?? old)!)));

  function reconcile(key: string): void {
    const existing = slices.byIndex('mirrored', key);
    const source = all.get(key);
    const service = allServices.get(key);
    const isMirrored = source && service && !service.spec.selector && source.metadata.labels?.[SKIP_MIRROR] !== 'true' && source.metadata.annotations?.[LEADER] === undefined;
    const wanted = isMirrored ? draftsOf(source) : [];
    for (const [i, draft] of wanted.entries()) write(existing[i], draft);
    for (const { metadata } of existing.slice(wanted.length)) unlessGone(() => client.delete(endpointSlices, metadata.name, metadata.namespace));
  }

  function write(existing: EndpointSlice | undefined, draft: Draft<EndpointSlice>): void {
    if (!existing) return void client.create(endpointSlices, draft);
    const { endpoints: addresses, ports, metadata: { labels } } = draft;
    if (canonical([existing.endpoints, existing.ports, existing.metadata.labels]) === canonical([addresses, ports, labels])) return;
    client.update(endpointSlices, { ...existing, metadata: { ...existing.metadata, labels }, endpoints: addresses, ports });
  }

  return { stop: () => queue.stop() };
};

/** One slice a subset. */
function draftsOf(source: Endpoints): Draft<EndpointSlice>[] {
  const { name, namespace, labels, annotations } = source.metadata;
  const copied = Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !NOT_COPIED.includes(key)));
  return (source.subsets ?? []).map(({ addresses = [], notReadyAddresses = [], ports = [] }) => ({
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`, namespace, labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY_LABEL]: MANAGED_BY }, ...(Object.keys(copied).length ? { annotations: copied } : {}),
      ownerReferences: [controllerReference(source)],
    },
    addressType: 'IPv4',
    endpoints: [...addresses.map((address) => ({ address, ready: true })), ...notReadyAddresses.map((address) => ({ address, ready: false }))].map(({ address: { ip, hostname, nodeName, targetRef }, ready }) => ({
      addresses: [ip], conditions: { ready }, ...(hostname ? { hostname } : {}), ...(nodeName ? { nodeName } : {}), ...(targetRef ? { targetRef } : {}),
    })),
    ports: ports.map(({ name: portName, port, protocol, appProtocol }) => ({ name: portName ?? '', port, protocol: protocol ?? 'TCP', ...(appProtocol ? { appProtocol } : {}) })),
  }));
}

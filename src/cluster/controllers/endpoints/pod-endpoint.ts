/** Which Pods are behind a Service, and how they are reached. Pure (staging/src/k8s.io/endpointslice/utils.go). */
import { matchesLabels } from '../../api/labels.ts';
import type { EndpointSlice, Pod, Service } from '../../api/types.ts';
import { isOver, isReady } from '../pods.ts';
import { canonical } from '../template-hash.ts';

export type SlicePorts = NonNullable<EndpointSlice['ports']>;

export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';
export const HEADLESS = 'service.kubernetes.io/headless';

/** Whether the Service has a selector that matches; one without is looked after by somebody else. */
export function selects(service: Service, pod: Pod): boolean {
  return hasSelector(service) && matchesLabels(service.spec.selector, pod.metadata.labels);
}

/** Whether endpoints are made for the Service at all. */
export function hasSelector({ spec }: Service): boolean {
  return spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;
}

/** A Pod has an endpoint while it has an address and is not over; on its way out only if that is asked for. */
export function isEndpoint(pod: Pod, { withTerminating }: { withTerminating: boolean }): boolean {
  return Boolean(pod.status.podIP) && !isOver(pod) && (withTerminating || !pod.metadata.deletionTimestamp);
}

/** Whether nothing that endpoints are made of has changed. */
export function isSamePlace(a: Pod, b: Pod): boolean {
  return a.status.podIP === b.status.podIP && isOver(a) === isOver(b) && isReady(a) === isReady(b) && a.spec.nodeName === b.spec.nodeName
    && a.metadata.deletionTimestamp === b.metadata.deletionTimestamp && canonical(a.metadata.labels) === canonical(b.metadata.labels);
}

/** A Pod named as an endpoint's target. */
export function targetRef({ metadata: { name, namespace, uid } }: Pod): { kind: string; namespace?: string; name: string; uid: string } {
  return { kind: 'Pod', namespace, name, uid };
}

/** The Pod's own name within a headless Service's domain, if it has one. */
export function hostnameOf(service: Service, { spec }: Pod): { hostname?: string } {
  return spec.hostname && spec.subdomain === service.metadata.name ? { hostname: spec.hostname } : {};
}

/** The Service's ports with names resolved against the Pod's containers; a name that the Pod lacks is left out. */
export function portsFor({ spec }: Service, pod: Pod): SlicePorts {
  return (spec.ports ?? []).flatMap(({ name, port, targetPort, protocol = 'TCP', appProtocol }) => {
    const target = targetPort ?? port;
    const number = typeof target === 'number' ? target : namedPort(pod, target, protocol);
    return number === undefined ? [] : [{ name: name ?? '', port: number, protocol, ...(appProtocol ? { appProtocol } : {}) }];
  });
}

function namedPort({ spec }: Pod, name: string, protocol: string): number | undefined {
  const containers = [...spec.containers, ...(spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')];
  return containers.flatMap((c) => c.ports ?? []).find((p) => p.name === name && (p.protocol ?? 'TCP') === protocol)?.containerPort;
}

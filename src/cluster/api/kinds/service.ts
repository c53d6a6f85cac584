/** Services. Addresses and node ports are given out by the API server's registry. */
import { mapped, withDefaults, withField } from '../defaulting.ts';
import type { Kind } from '../kind.ts';
import { formatLabels } from '../labels.ts';
import { dns1035LabelErrors } from '../names.ts';
import type { Service } from '../types.ts';
import { serviceErrors, serviceUpdateErrors } from '../validation/service.ts';
import { invalidEach, sameJson } from '../validation/common.ts';
import { ageColumn, column, nameColumn, wideColumn } from './columns.ts';

type Spec = Service['spec'];

const CLIENT_IP_TIMEOUT_SECONDS = 10_800;

export const service: Kind<Service> = {
  group: '', version: 'v1', kind: 'Service', plural: 'services', singular: 'service', shortNames: ['svc'], categories: ['all'], namespaced: true,
  hasStatus: true, hasGeneration: false, nameRule: 'dnsLabel', etcdPrefix: 'services/specs',
  subresources: { proxy: { kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] } },
  fields: { 'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '', 'spec.type': ({ spec }) => spec.type ?? '' },
  defaults: (object) => withField(object, 'spec', specWithDefaults(object.spec ?? {})),
  prepare: (object, old) => (old ? withField(object, 'spec', carriedOver(object.spec, old.spec)) : { ...object, spec: withBothAddresses(object.spec), status: { loadBalancer: {} } }),
  validate: (object, old, gates) => (old && old.spec === object.spec ? [] : [...(old || gates.isOn('RelaxedServiceNameValidation') ? [] : invalidEach('metadata.name', object.metadata.name, dns1035LabelErrors(object.metadata.name))), ...(old ? serviceUpdateErrors(object.spec, old.spec) : []), ...serviceErrors(object.spec)]),
  columns: [
    nameColumn,
    column('Type', ({ spec }) => spec.type ?? ''),
    column('Cluster-IP', ({ spec }) => spec.clusterIPs?.[0] || spec.clusterIP || '<none>'),
    column('External-IP', externalIP),
    column('Port(s)', ({ spec }) => (spec.ports ?? []).map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`).join(',') || '<none>'),
    ageColumn,
    wideColumn('Selector', ({ spec }) => formatLabels(spec.selector)),
  ],
};

/** True for Services that nodes answer for on a port of their own, or a load balancer in front of them. */
function isExternal({ type }: Spec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

function specWithDefaults(given: Spec): Spec {
  const base = withDefaults(given, { sessionAffinity: 'None', type: 'ClusterIP' });
  const hasAddress = base.type !== 'ExternalName';
  const headlessWithoutSelector = base.clusterIP === 'None' && !base.selector;
  const result = withDefaults(base, {
    sessionAffinityConfig: base.sessionAffinity === 'ClientIP' ? { clientIP: { timeoutSeconds: CLIENT_IP_TIMEOUT_SECONDS } } : undefined,
    internalTrafficPolicy: hasAddress ? 'Cluster' : undefined,
    externalTrafficPolicy: isExternal(base) || base.externalIPs?.length ? 'Cluster' : undefined,
    allocateLoadBalancerNodePorts: base.type === 'LoadBalancer' ? true : undefined,
    ipFamilyPolicy: hasAddress ? (headlessWithoutSelector ? 'RequireDualStack' : 'SingleStack') : undefined,
    ipFamilies: hasAddress ? (headlessWithoutSelector ? ['IPv4', 'IPv6'] : ['IPv4']) : undefined,
  });
  return withField(result, 'ports', mapped(result.ports, (port) => {
    const complete = withDefaults(port, { protocol: 'TCP', targetPort: port.port });
    return complete.targetPort === '' || complete.targetPort === 0 ? { ...complete, targetPort: port.port } : complete;
  }));
}

/** Whoever sets only one of clusterIP and clusterIPs has set both. */
function withBothAddresses(spec: Spec): Spec {
  if (spec.clusterIP && !spec.clusterIPs?.length) return { ...spec, clusterIPs: [spec.clusterIP] };
  return spec;
}

/** What an update leaves out and keeps, or what a change of type makes obsolete. */
function carriedOver(given: Spec, old: Spec): Spec {
  let spec = given;
  if (!needsHealthCheckPort(spec) && needsHealthCheckPort(old) && spec.healthCheckNodePort === old.healthCheckNodePort) spec = withField(spec, 'healthCheckNodePort', undefined);
  if (spec.clusterIP !== old.clusterIP && sameJson(spec.clusterIPs, old.clusterIPs) && spec.clusterIP) spec = { ...spec, clusterIPs: [spec.clusterIP] };
  if (spec.type === 'ExternalName') return old.type === 'ExternalName' ? spec : withoutAddresses(spec);
  if (!spec.clusterIP && old.clusterIP) spec = { ...spec, clusterIP: old.clusterIP };
  if (!spec.clusterIPs?.length && old.clusterIPs?.length) spec = { ...spec, clusterIPs: old.clusterIPs };
  if (!isExternal(spec) && isExternal(old)) {
    if (sameJson(nodePorts(spec), nodePorts(old))) spec = { ...spec, ports: spec.ports?.map(({ nodePort: _gone, ...port }) => port) };
    if (!spec.externalIPs?.length && spec.externalTrafficPolicy === old.externalTrafficPolicy) spec = withField(spec, 'externalTrafficPolicy', undefined);
  }
  if (spec.type !== 'LoadBalancer' && old.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) {
    spec = withField(spec, 'allocateLoadBalancerNodePorts', undefined);
  }
  return spec;
}

function withoutAddresses(spec: Spec): Spec {
  const { clusterIP: _ip, clusterIPs: _ips, ipFamilies: _families, ipFamilyPolicy: _policy, internalTrafficPolicy: _internal, externalTrafficPolicy: _external, ...rest } = spec;
  return { ...rest, ...(rest.ports ? { ports: rest.ports.map(({ nodePort: _port, ...port }) => port) } : {}) };
}

/** Load balancers ask this port whether a node has endpoints of its own. */
export function needsHealthCheckPort({ type, externalTrafficPolicy }: Spec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

function nodePorts({ ports }: Spec): number[] {
  return (ports ?? []).map(({ nodePort }) => nodePort ?? 0);
}

function externalIP({ spec, status }: Service): string {
  const own = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP': case 'NodePort': return own.join(',') || '<none>';
    case 'ExternalName': return spec.externalName ?? '';
    case 'LoadBalancer': {
      const balancers = [...new Set((status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || ''))].filter(Boolean).sort();
      return [...balancers, ...own].join(',') || '<pending>';
    }
    default: return '<unknown>';
  }
}

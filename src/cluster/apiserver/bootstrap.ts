/** What every API server makes sure exists when it starts: namespaces, priority classes, its own Service. */
import type { KubeObject } from '../api/types.ts';
import type { ApiClient, ResourceRef } from '../client/types.ts';
import { isoDate, TOKEN_TRACKING } from '../api/legacy-tokens.ts';
import { configMaps, endpointSlices, endpoints, namespaces, priorityClasses, serviceCIDRs, services } from '../client/resources.ts';
import { bootstrapPolicy } from './auth/bootstrap-policy.ts';
import { ensurePolicy } from './auth/reconcile-policy.ts';

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

const SYSTEM_PRIORITIES = [
  { name: 'system-node-critical', value: 2000001000, description: 'Used for system critical pods that must not be moved from their current node.' },
  { name: 'system-cluster-critical', value: 2000000000, description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.' },
];

/** Where the API server is found from inside the cluster. */
export interface OwnAddress { serviceIP: string; serviceRange: string; address: string; port: number }

/** Creates what is missing. Throws only if the server does not answer. */
export function bootstrap(client: ApiClient, own: OwnAddress, nowMs: number): void {
  publishNamespaces(client);
  ensure(client, configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: TOKEN_TRACKING, namespace: 'kube-system' }, data: { since: isoDate(nowMs) } });
  ensurePolicy(client, bootstrapPolicy());
  for (const { name, value, description } of SYSTEM_PRIORITIES) {
    ensure(client, priorityClasses, { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value, description, globalDefault: false });
  }
  publishService(client, own);
}

/** Makes sure of the namespaces that every cluster has. Throws as `bootstrap`. */
export function publishNamespaces(client: ApiClient): void {
  for (const name of SYSTEM_NAMESPACES) ensure(client, namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} });
}

/** Makes sure of the Service by which Pods find the API server. Throws as `bootstrap`. */
export function publishService(client: ApiClient, own: OwnAddress): void {
  ensure(client, serviceCIDRs, { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name: 'kubernetes' }, spec: { cidrs: [own.serviceRange] } });
  ensure(client, services, {
    apiVersion: 'v1', kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: own.serviceIP, ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: own.port }], sessionAffinity: 'None', type: 'ClusterIP' },
  });
  publishAddress(client, own);
}

function publishAddress(client: ApiClient, { address, port }: OwnAddress): void {
  ensure(client, endpoints, {
    apiVersion: 'v1', kind: 'Endpoints',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  ensure(client, endpointSlices, {
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
}

function ensure<T extends KubeObject>(client: ApiClient, resource: ResourceRef<T>, draft: Parameters<typeof client.create<T>>[1]): void {
  if (!client.get(resource, draft.metadata.name!, draft.metadata.namespace)) client.create(resource, draft);
}

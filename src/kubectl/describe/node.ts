/** kubectl describe node: its state, and what the Pods on it ask for. */
import { ageSince } from '../../cluster/api/duration.ts';
import { podLimits, podRequests, addLists, type ResourceList } from '../../cluster/api/pod-resources.ts';
import { milliValue, quantityValue } from '../../cluster/api/quantity.ts';
import type { Pod } from '../../cluster/api/types.ts';
import { type ApiObject, at, compareText, listAt, pairsAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';
import { annotations, created, type DescribeSource, labels, name, time } from './describer.ts';

const ROLE = 'node-role.kubernetes.io/';
const SYSTEM_INFO = [
  ['Machine ID', 'machineID'], ['System UUID', 'systemUUID'], ['Boot ID', 'bootID'], ['Kernel Version', 'kernelVersion'], ['OS Image', 'osImage'], ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'], ['Container Runtime Version', 'containerRuntimeVersion'], ['Kubelet Version', 'kubeletVersion'],
] as const;

export async function node(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  name(object, out);
  out.row('Roles', roles(object));
  labels(object, out);
  annotations(object, out);
  created(object, out);
  taints(object, out);
  out.row('Unschedulable', at(object, 'spec', 'unschedulable') === true);
  await lease(object, out, source);
  conditions(object, out);
  out.heading('Addresses');
  for (const address of listAt(object, 'status', 'addresses')) out.row(textAt(address, 'type'), textAt(address, 'address'), 1);
  for (const [label, key] of [['Capacity', 'capacity'], ['Allocatable', 'allocatable']] as const) resourceList(label, pairsAt(object, 'status', key), out);
  await resourceSlices(object, out, source);
  out.heading('System Info');
  for (const [label, key] of SYSTEM_INFO) out.row(label, textAt(object, 'status', 'nodeInfo', key), 1);
  out.optional('PodCIDR', textAt(object, 'spec', 'podCIDR'));
  out.optional('PodCIDRs', listAt(object, 'spec', 'podCIDRs').join(','));
  out.optional('ProviderID', textAt(object, 'spec', 'providerID'));
  await podsOn(object, out, source);
}

function roles(object: ApiObject): string {
  const found = Object.entries(pairsAt(object, 'metadata', 'labels')).flatMap(([key, value]) => (key.startsWith(ROLE) ? [key.slice(ROLE.length)] : key === 'kubernetes.io/role' ? [value] : []));
  return [...new Set(found)].filter(Boolean).sort(compareText).join(',') || '<none>';
}

function taints(object: ApiObject, out: Description): void {
  const order = (taint: unknown) => `${textAt(taint, 'effect')},${textAt(taint, 'key')}`;
  const sorted = [...listAt(object, 'spec', 'taints')].sort((a, b) => compareText(order(a), order(b)));
  out.lines('Taints', sorted.map((taint) => `${textAt(taint, 'key')}${textAt(taint, 'value') ? `=${textAt(taint, 'value')}` : ''}:${textAt(taint, 'effect')}`));
}

async function lease(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const found = await source.get('leases.coordination.k8s.io', object.metadata.name ?? '', 'kube-node-lease');
  if (!found) return out.row('Lease', `Failed to get lease: leases.coordination.k8s.io "${object.metadata.name}" not found`);
  out.heading('Lease');
  out.row('HolderIdentity', textAt(found, 'spec', 'holderIdentity') || '<unset>', 1);
  out.row('AcquireTime', time(textAt(found, 'spec', 'acquireTime')), 1);
  out.row('RenewTime', time(textAt(found, 'spec', 'renewTime')), 1);
}

function conditions(object: ApiObject, out: Description): void {
  const list = listAt(object, 'status', 'conditions');
  if (list.length === 0) return;
  out.heading('Conditions');
  out.table(['Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message'], list.map((condition) => [
    ...[textAt(condition, 'type'), textAt(condition, 'status'), time(textAt(condition, 'lastHeartbeatTime')), time(textAt(condition, 'lastTransitionTime')), textAt(condition, 'reason')].map((cell) => `${cell} `),
    textAt(condition, 'message'),
  ]));
}

function resourceList(label: string, amounts: Readonly<Record<string, string>>, out: Description): void {
  out.heading(label);
  for (const resource of Object.keys(amounts).sort(compareText)) out.row(resource, amounts[resource] ?? '', 1);
}

/** What drivers for devices offer on this node. */
async function resourceSlices(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const slices = (await source.list('resourceslices.resource.k8s.io', {})).filter((slice) => textAt(slice, 'spec', 'nodeName') === object.metadata.name);
  const pools = new Map<string, ApiObject[]>();
  for (const slice of slices) {
    const key = `${textAt(slice, 'spec', 'driver')}\t${textAt(slice, 'spec', 'pool', 'name')}`;
    pools.set(key, [...(pools.get(key) ?? []), slice]);
  }
  if (pools.size === 0) return;
  out.heading('Node-Local ResourceSlices');
  out.table(['Driver', 'Pool', 'Slices', 'Devices'], [...pools].sort(([a], [b]) => compareText(a, b)).map(([key, of]) => [
    ...key.split('\t'), String(of.length), String(of.reduce((sum, slice) => sum + listAt(slice, 'spec', 'devices').length, 0)),
  ]));
}

async function podsOn(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const pods = (await source.list('pods', { fieldSelector: `spec.nodeName=${object.metadata.name},status.phase!=Succeeded,status.phase!=Failed` })) as unknown as Pod[]; // the server served Pods
  const allocatable = { ...pairsAt(object, 'status', 'capacity'), ...pairsAt(object, 'status', 'allocatable') };
  const share = (resource: string, list: ResourceList) => {
    const value = resource === 'cpu' ? milliValue : quantityValue;
    const whole = value(allocatable[resource] ?? '0');
    return `${list[resource] ?? '0'} (${whole > 0 ? Math.trunc((value(list[resource] ?? '0') / whole) * 100) : 0}%)`;
  };
  const rows = pods.map(({ spec, metadata }) => {
    const [requests, limits] = [podRequests(spec), podLimits(spec)];
    return { requests, limits, cells: [metadata.namespace ?? '', metadata.name ?? '', '', share('cpu', requests), share('cpu', limits), share('memory', requests), share('memory', limits), ageSince(metadata.creationTimestamp, source.nowMs)] };
  });
  out.row('Non-terminated Pods', `(${pods.length} in total)`);
  out.table(['Namespace', 'Name', '', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age'], rows.map(({ cells }) => cells));
  const sum = (kind: 'requests' | 'limits') => rows.reduce((total: ResourceList, row) => addLists(total, row[kind]), {});
  const [requests, limits] = [sum('requests'), sum('limits')];
  out.heading('Allocated resources');
  out.line('(Total limits may be over 100 percent, i.e., overcommitted.)', 1);
  const special = Object.keys(allocatable).sort(compareText);
  const shared = ['cpu', 'memory', 'ephemeral-storage', ...special.filter((resource) => resource.startsWith('hugepages-'))];
  out.table(['Resource', 'Requests', 'Limits'], [
    ...shared.map((resource) => [resource, share(resource, requests), share(resource, limits)]),
    ...special.filter((resource) => resource.includes('/')).map((resource) => [resource, requests[resource] ?? '0', limits[resource] ?? '0']),
  ]);
}

/** A kubelet's own Node: registered at start, kept up to date, heartbeats every five minutes. */
import { timestamp } from '../../api/duration.ts';
import type { Draft, Node, NodeCondition, Taint } from '../../api/types.ts';
import { nodes } from '../../client/resources.ts';
import type { GpuHardware } from '../gpus.ts';
import { type ApiClient, ApiError } from '../../client/types.ts';
import type { Pressure } from './eviction/signals.ts';

/** What a machine is and offers. */
export interface NodeDescription {
  name: string;
  /** With status.addresses, capacity, nodeInfo; labels and taints that the kubelet registers with. */
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
  taints?: readonly Taint[];
  providerID?: string;
  podCIDR?: string;
  unschedulable?: boolean;
  addresses: readonly { type: string; address: string }[];
  capacity: Readonly<Record<string, string>>;
  /** The capacity unless given. */
  allocatable?: Readonly<Record<string, string>>;
  nodeInfo: NodeInfo;
  /** Cards in the machine; a device plugin or a DRA driver offers them. */
  gpus?: GpuHardware;
}

type NodeInfo = NonNullable<Node['status']['nodeInfo']>;

/** What device plugins and attached volumes add, and what its gates let the kubelet do. */
export interface NodeOffers { declaredFeatures?: readonly string[]; capacity?: Readonly<Record<string, string>>; allocatable?: Readonly<Record<string, string>>; volumesInUse?: readonly string[] }

/** What is wrong with the node at the moment. */
export interface NodeHealth extends NodeOffers {
  /** Why it is not ready; undefined: it is. */
  notReady?: string;
  pressures?: readonly Pressure[];
}

/** Feature gates that a 1.36 kubelet declares; older ones declare none. */
export const DECLARED_FEATURES = ['ExtendWebSocketsToKubelet', 'InPlacePodLevelResourcesVerticalScaling', 'InPlacePodVerticalScalingInitContainers', 'RestartAllContainersOnContainerExits'];

/** The labels every kubelet gives its Node. */
export function ownLabels({ name, nodeInfo: { architecture, operatingSystem } }: NodeDescription): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': architecture, 'beta.kubernetes.io/os': operatingSystem,
    'kubernetes.io/arch': architecture, 'kubernetes.io/hostname': name, 'kubernetes.io/os': operatingSystem,
  };
}

/** Creates the Node, or takes over the one of an earlier life. Throws ApiError or NetworkError. */
export function registerNode(client: ApiClient, description: NodeDescription, health: NodeHealth, nowMs: number, isHollow: boolean): void {
  const { name, labels, annotations, taints, providerID, podCIDR, unschedulable } = description;
  const attach: Record<string, string> = isHollow ? {} : { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' };
  const draft: Draft<Node> = {
    apiVersion: 'v1', kind: 'Node',
    metadata: { name, labels: { ...ownLabels(description), ...labels }, annotations: { ...attach, ...annotations } },
    spec: { ...(podCIDR ? { podCIDR, podCIDRs: [podCIDR] } : {}), ...(providerID ? { providerID } : {}), ...(taints?.length ? { taints: [...taints] } : {}), ...(unschedulable ? { unschedulable } : {}) },
    status: nodeStatus(description, health, nowMs, []),
  };
  try {
    client.create(nodes, draft);
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    client.patch(nodes, name, undefined, { metadata: { labels: ownLabels(description), annotations: attach } });
    writeNodeStatus(client, description, health, nowMs);
  }
}

/** Writes the status as it is now. Throws ApiError (404 once the Node was deleted) or NetworkError. */
export function writeNodeStatus(client: ApiClient, description: NodeDescription, health: NodeHealth, nowMs: number): void {
  const stored = client.get(nodes, description.name);
  if (!stored) return;
  client.patch(nodes, description.name, undefined, { status: nodeStatus(description, health, nowMs, stored.status.conditions ?? [], Boolean(stored.status.volumesInUse)) }, { subresource: 'status' });
}

function nodeStatus(description: NodeDescription, health: NodeHealth, nowMs: number, before: readonly NodeCondition[], hadVolumes = false): Node['status'] & { declaredFeatures?: readonly string[] } {
  const own = conditions(health, nowMs, before);
  const others = before.filter(({ type }) => !own.some((condition) => condition.type === type));
  return {
    capacity: { ...description.capacity, ...health.capacity }, allocatable: { ...(description.allocatable ?? description.capacity), ...health.allocatable },
    ...(health.volumesInUse?.length || hadVolumes ? { volumesInUse: [...health.volumesInUse ?? []] } : {}),
    conditions: [...others, ...own],
    addresses: [...description.addresses],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: { ...description.nodeInfo },
    ...(minorOf(description.nodeInfo.kubeletVersion) < 36 ? {} : { declaredFeatures: health.declaredFeatures ?? DECLARED_FEATURES }),
  };
}

const minorOf = (version: string): number => Number(version.split('.')[1]);

function conditions({ notReady, pressures = [] }: NodeHealth, nowMs: number, before: readonly NodeCondition[]): NodeCondition[] {
  const stamped = (type: string, status: 'True' | 'False', reason: string, message: string): NodeCondition => {
    const old = before.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : timestamp(nowMs);
    return { type, status, lastHeartbeatTime: timestamp(nowMs), lastTransitionTime, reason, message };
  };
  return [
    pressures.includes('MemoryPressure') ? stamped('MemoryPressure', 'True', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available')
      : stamped('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    pressures.includes('DiskPressure') ? stamped('DiskPressure', 'True', 'KubeletHasDiskPressure', 'kubelet has disk pressure')
      : stamped('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    pressures.includes('PIDPressure') ? stamped('PIDPressure', 'True', 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available')
      : stamped('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    notReady ? stamped('Ready', 'False', 'KubeletNotReady', notReady) : stamped('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ];
}

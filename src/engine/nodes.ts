/** From an author's short form of a node, or a v1.Node manifest, to the machine the cluster builds. */
import type { Node } from '../cluster/api/types.ts';
import type { NodeDescription } from '../cluster/node/kubelet/node-status.ts';
import type { NodeGroupSpec } from '../cluster/cloud/node-groups.ts';
import { durationMs, type NodeGroupInLevel, type NodeSpec } from './pack/level.ts';

const FIRST_ADDRESS = 10;

const NODE_INFO = {
  kubeletVersion: 'v1.36.2', osImage: 'Debian GNU/Linux 13 (trixie)', kernelVersion: '6.12.0-amd64', containerRuntimeVersion: 'containerd://2.1.4', architecture: 'amd64', operatingSystem: 'linux',
  machineID: '', systemUUID: '', bootID: '', kubeProxyVersion: '',
} as const;

/** The machines of a level, with addresses in order. */
export function nodesOf(specs: readonly NodeSpec[], addons: readonly string[] = []): NodeDescription[] {
  // Without one of NVIDIA's add-ons the cards are simply there, as if a plugin outside of the cluster offered them.
  const isOffered = !addons.some((name) => name.startsWith('nvidia-'));
  return specs.map((spec, index) => {
    const isControlPlane = spec.role === 'control-plane';
    return {
      name: spec.name,
      labels: { ...(isControlPlane ? { 'node-role.kubernetes.io/control-plane': '', 'node.kubernetes.io/exclude-from-external-load-balancers': '' } : {}), ...(spec.zone ? { 'topology.kubernetes.io/zone': spec.zone } : {}), ...spec.labels },
      taints: [...(isControlPlane ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] : []), ...(spec.taints ?? [])],
      addresses: [{ type: 'InternalIP', address: `10.0.0.${FIRST_ADDRESS + index}` }, { type: 'Hostname', address: spec.name }],
      capacity: { cpu: String(spec.cpu ?? 2), memory: spec.memory ?? '4Gi', 'ephemeral-storage': '40Gi', pods: '110', ...(spec.gpus && isOffered ? { 'nvidia.com/gpu': String(spec.gpus) } : {}) },
      nodeInfo: { ...NODE_INFO, ...(spec.runtime === 'cri-o' ? { containerRuntimeVersion: 'cri-o://1.36.0' } : {}), ...(spec.version ? { kubeletVersion: `v${spec.version}` } : {}), machineID: fingerprint(spec.name), systemUUID: fingerprint(`${spec.name}/uuid`), bootID: fingerprint(`${spec.name}/boot`) },
      podCIDR: `10.244.${index}.0/24`,
      ...(spec.gpus ? { gpus: { count: spec.gpus, model: spec.gpuModel } } : {}),
    };
  });
}

/** The cloud's groups of a level. */
export function nodeGroupsOf(groups: readonly NodeGroupInLevel[] = []): NodeGroupSpec[] {
  return groups.map(({ min, max, size, boot, ...spec }) => {
    const [{ labels, taints, capacity, nodeInfo }] = nodesOf([spec]) as [NodeDescription];
    return { name: spec.name, min, max, size, zone: spec.zone, bootMs: boot === undefined ? undefined : durationMs(boot), machine: { labels, taints, capacity, nodeInfo } };
  });
}

/** The machine behind a Node manifest, as `--cluster FILE` gives it. */
export function nodeFromManifest(node: Node, index: number): NodeDescription {
  const { metadata, spec, status } = node;
  return {
    name: metadata.name, labels: metadata.labels, annotations: metadata.annotations, taints: spec?.taints, providerID: spec?.providerID, podCIDR: spec?.podCIDR ?? `10.244.${index}.0/24`, unschedulable: spec?.unschedulable,
    addresses: [...(status?.addresses ?? [{ type: 'InternalIP', address: `10.0.0.${FIRST_ADDRESS + index}` }]), ...(status?.addresses?.some((a) => a.type === 'Hostname') ? [] : [{ type: 'Hostname', address: metadata.name }])],
    capacity: asTexts(status?.capacity) ?? { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '40Gi' },
    allocatable: asTexts(status?.allocatable),
    nodeInfo: { ...NODE_INFO, ...status?.nodeInfo },
    ...(metadata.labels?.['nvidia.com/gpu.count'] ? { gpus: { count: Number(metadata.labels['nvidia.com/gpu.count']), model: metadata.labels['nvidia.com/gpu.product'] } } : {}),
  };
}

/** Whether a Node's runtime only pretends: kubemark's hollow nodes. */
export function isHollow(node: Node): boolean {
  return node.status?.nodeInfo?.containerRuntimeVersion?.startsWith('fakeRuntime://') ?? false;
}

function asTexts(list: Record<string, string | number> | undefined): Record<string, string> | undefined {
  return list && Object.fromEntries(Object.entries(list).map(([name, value]) => [name, String(value)]));
}

/** 32 hexadecimal digits that depend on the name alone. */
function fingerprint(name: string): string {
  let text = '';
  for (let word = 0; word < 4; word++) {
    let hash = 0x811c9dc5 ^ word;
    for (const c of name) hash = Math.imul(hash ^ c.charCodeAt(0), 0x01000193);
    text += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return text;
}

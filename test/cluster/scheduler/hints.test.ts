/** Queueing hints: which events wake a Pod that a plugin has rejected. */
import { expect, test } from 'vitest';
import { changedAspects, type ClusterEvent } from '../../../src/cluster/scheduler/cluster-event.ts';
import { NodeInfo } from '../../../src/cluster/scheduler/node-info.ts';
import { podInfoOf } from '../../../src/cluster/scheduler/pod-info.ts';
import { pluginFactories } from '../../../src/cluster/scheduler/profile.ts';
import { clusterOf, node, type NodePart, pod, type PodPart } from './builders.ts';

const joins = (part: NodePart = {}): ClusterEvent => ({ type: 'NodeAdd', node: new NodeInfo(node('n', part)) });
const becomes = (before: NodePart, now: NodePart): ClusterEvent => ({ type: 'NodeUpdate', node: new NodeInfo(node('n', now)), before: new NodeInfo(node('n', before)), changed: changedAspects(node('n', now), node('n', before)) });
const comes = (part: PodPart): ClusterEvent => ({ type: 'PodAdd', pod: podInfoOf(pod('other', { on: 'n', ...part })) });
const changes = (before: PodPart, now: PodPart): ClusterEvent => ({ type: 'PodUpdate', pod: podInfoOf(pod('other', { on: 'n', ...now })), before: podInfoOf(pod('other', { on: 'n', ...before })) });
const goes = (part: PodPart = {}): ClusterEvent => ({ type: 'PodDelete', pod: podInfoOf(pod('other', { on: 'n', ...part })) });
const leaves = (part: NodePart = {}): ClusterEvent => ({ type: 'NodeDelete', node: new NodeInfo(node('n', part)) });
const object = (resource: string, name: string): ClusterEvent => ({ type: 'ObjectChange', resource, now: { apiVersion: 'v1', kind: 'X', metadata: { name, namespace: 'default', uid: name, resourceVersion: '2', creationTimestamp: '' } }, old: undefined });

const without = (resource: string, name: string): ClusterEvent => ({ type: 'ObjectChange', resource, now: undefined, old: { apiVersion: 'v1', kind: 'X', metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' } } });

const taint = (key: string): NodePart => ({ spec: { taints: [{ key, effect: 'NoSchedule' }] } });
const port = (hostPort: number): PodPart => ({ spec: { containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort, protocol: 'TCP' }] }] } });
const affinity = (kind: 'podAffinity' | 'podAntiAffinity', app: string): PodPart => ({ spec: { affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: { matchLabels: { app } } }] } } } });
const spread: PodPart = { labels: { app: 'a' }, spec: { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'a' } } }] } };
const claiming: PodPart = { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] } };
const app = (name: string): PodPart => ({ labels: { app: name } });
const zone = (name: string): NodePart => ({ labels: { zone: name } });
const GPU = 'nvidia.com/gpu';
const gpus = (count: string): NodePart => ({ allocatable: { [GPU]: count } });
const userNamespaces: PodPart = { spec: { hostNetwork: true, hostUsers: false } };
const gpuClaim = { name: 'gpu', resourceClaimName: 'gpu' };
const device: PodPart = { spec: { resourceClaims: [gpuClaim] } };

test.each<[plugin: string, of: PodPart, event: string, ClusterEvent, boolean]>([
  ['NodeUnschedulable', {}, 'an open node joins', joins(), true],
  ['NodeUnschedulable', {}, 'a cordoned node joins', joins({ spec: { unschedulable: true } }), false],
  ['NodeUnschedulable', {}, 'a node is uncordoned', becomes({ spec: { unschedulable: true } }, {}), true],
  ['NodeUnschedulable', {}, 'an open node is labelled', becomes({}, zone('a')), false],
  ['TaintToleration', {}, 'a taint goes', becomes(taint('a'), {}), true],
  ['TaintToleration', {}, 'a taint makes way for another', becomes(taint('a'), taint('b')), false],
  ['TaintToleration', {}, 'a Pod goes', goes(), false],
  ['NodeAffinity', { spec: { nodeSelector: { zone: 'a' } } }, 'a node gets the label', becomes({}, zone('a')), true],
  ['NodeAffinity', { spec: { nodeSelector: { zone: 'a' } } }, 'a node gets another value', becomes({}, zone('b')), false],
  ['NodePorts', port(80), 'a Pod with that port goes', goes(port(80)), true],
  ['NodePorts', port(80), 'a Pod with another port goes', goes(port(81)), false],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a Pod goes', goes(), true],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a Pod asks for less CPU', changes({ requests: { cpu: '2' } }, { requests: { cpu: '1' } }), true],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a Pod asks for less memory', changes({ requests: { memory: '2Gi' } }, { requests: { memory: '1Gi' } }), false],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a node joins that is too small', joins({ allocatable: { cpu: '1' } }), false],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a node gets more CPUs', becomes({ allocatable: { cpu: '2' } }, { allocatable: { cpu: '4' } }), true],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a node gets more memory', becomes({}, { allocatable: { memory: '64Gi' } }), false],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a node takes more Pods', becomes({ allocatable: { pods: '1' } }, { allocatable: { pods: '2' } }), true],
  ['PodTopologySpread', spread, 'a Pod of the group goes', goes(app('a')), true],
  ['PodTopologySpread', spread, 'a Pod of another group goes', goes(app('b')), false],
  ['PodTopologySpread', spread, 'a node without the label joins', joins(), false],
  ['PodTopologySpread', spread, 'a node with the label joins', joins(zone('a')), true],
  ['InterPodAffinity', affinity('podAffinity', 'a'), 'a wanted Pod comes', comes(app('a')), true],
  ['InterPodAffinity', affinity('podAffinity', 'a'), 'another Pod comes', comes(app('b')), false],
  ['InterPodAffinity', affinity('podAffinity', 'a'), 'a Pod gets the label', changes(app('b'), app('a')), true],
  ['InterPodAffinity', affinity('podAffinity', 'a'), 'a node without the domain joins', joins(), false],
  ['InterPodAffinity', affinity('podAntiAffinity', 'a'), 'a shunned Pod goes', goes(app('a')), true],
  ['InterPodAffinity', affinity('podAntiAffinity', 'a'), 'a Pod loses the label', changes(app('a'), app('b')), true],
  ['InterPodAffinity', affinity('podAntiAffinity', 'a'), 'a node moves to another domain', becomes(zone('a'), zone('b')), true],
  ['InterPodAffinity', affinity('podAntiAffinity', 'a'), 'a node gets some other label', becomes({}, { labels: { disk: 'ssd' } }), false],
  ['InterPodAffinity', app('x'), 'a Pod that shunned it goes', goes(affinity('podAntiAffinity', 'x')), true],
  ['VolumeBinding', claiming, 'its claim changes', object('persistentvolumeclaims', 'data'), true],
  ['VolumeBinding', claiming, 'another claim changes', object('persistentvolumeclaims', 'logs'), false],
  ['VolumeBinding', claiming, 'a volume comes', object('persistentvolumes', 'pv'), true],
  ['VolumeZone', claiming, 'a Service comes', object('services', 'web'), false],
  ['VolumeRestrictions', claiming, 'a Pod with the claim goes', goes(claiming), true],
  ['VolumeRestrictions', claiming, 'a Pod without it goes', goes(), false],
  ['NodeVolumeLimits', claiming, 'a Pod with volumes goes', goes(claiming), true],
  ['NodeVolumeLimits', claiming, 'a Pod without volumes goes', goes(), false],
  ['NodeUnschedulable', {}, 'a node is cordoned', becomes({}, { spec: { unschedulable: true } }), false],
  ['NodeName', { on: 'n' }, 'its node joins', joins(), true],
  ['NodeName', { on: 'm' }, 'another node joins', joins(), false],
  ['NodeName', { on: 'n' }, 'its node changes', becomes({}, zone('a')), false],
  ['TaintToleration', {}, 'a tainted node joins', joins(taint('a')), false],
  ['TaintToleration', {}, 'a node without taints joins', joins(), true],
  ['TaintToleration', { spec: { tolerations: [{ key: 'b', operator: 'Exists' }] } }, 'a taint makes way for one that it tolerates', becomes(taint('a'), taint('b')), true],
  ['NodeAffinity', { spec: { nodeSelector: { zone: 'a' } } }, 'a node with the label joins', joins(zone('a')), true],
  ['NodeAffinity', { spec: { nodeSelector: { zone: 'a' } } }, 'a node without it joins', joins(), false],
  ['NodeAffinity', { spec: { nodeSelector: { zone: 'a' } } }, 'a node keeps it', becomes(zone('a'), { labels: { zone: 'a', disk: 'ssd' } }), false],
  ['NodeAffinity', { spec: { nodeSelector: { zone: 'a' } } }, 'a node loses it', becomes(zone('a'), {}), false],
  ['NodePorts', port(80), 'a node joins', joins(), true],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a node joins that is just large enough', joins({ allocatable: { cpu: '2' } }), true],
  ['NodeResourcesFit', {}, 'a node joins that takes no Pods', joins({ allocatable: { pods: '0' } }), false],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a node gets fewer CPUs', becomes({ allocatable: { cpu: '4' } }, { allocatable: { cpu: '3' } }), false],
  ['NodeResourcesFit', { requests: { cpu: '8' } }, 'a node gets too few CPUs', becomes({ allocatable: { cpu: '2' } }, { allocatable: { cpu: '4' } }), false],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a node takes fewer Pods', becomes({ allocatable: { pods: '2' } }, { allocatable: { pods: '1' } }), false],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a node is labelled', becomes({}, zone('a')), false],
  ['NodeResourcesFit', { requests: { [GPU]: '1' } }, 'a node gets a device', becomes({}, gpus('1')), true],
  ['NodeResourcesFit', { requests: { [GPU]: '1' } }, 'a node without one joins', joins(), false],
  ['NodeResourcesFit', { requests: { [GPU]: '1' } }, 'a node with one joins', joins(gpus('1')), true],
  ['NodeResourcesFit', { requests: { 'ephemeral-storage': '1Gi' } }, 'a node gets a disk', becomes({}, { allocatable: { 'ephemeral-storage': '1Gi' } }), true],
  ['NodeResourcesFit', { requests: { cpu: '2' } }, 'a Pod asks for more CPU', changes({ requests: { cpu: '1' } }, { requests: { cpu: '2' } }), false],
  ['NodeResourcesFit', {}, 'a Pod comes', comes({}), false],
  ['PodTopologySpread', spread, 'a Pod of the group comes', comes(app('a')), true],
  ['PodTopologySpread', spread, 'a Pod of another group comes', comes(app('b')), false],
  ['PodTopologySpread', spread, 'a Pod joins the group', changes(app('b'), app('a')), true],
  ['PodTopologySpread', spread, 'a Pod leaves the group', changes(app('a'), app('b')), true],
  ['PodTopologySpread', spread, 'a Pod of the group asks for less', changes({ ...app('a'), requests: { cpu: '2' } }, app('a')), false],
  ['PodTopologySpread', spread, 'a node with the label leaves', leaves(zone('a')), true],
  ['PodTopologySpread', spread, 'a node without the label leaves', leaves(), false],
  ['PodTopologySpread', spread, 'a node gets the label', becomes({}, zone('a')), true],
  ['PodTopologySpread', spread, 'a node loses the label', becomes(zone('a'), {}), true],
  ['PodTopologySpread', spread, 'a node moves to another domain', becomes(zone('a'), zone('b')), true],
  ['PodTopologySpread', spread, 'a node of a domain gets some other label', becomes(zone('a'), { labels: { zone: 'a', disk: 'ssd' } }), false],
  ['PodTopologySpread', spread, 'a node of a domain loses a taint', becomes({ ...zone('a'), ...taint('x') }, zone('a')), true],
  ['PodTopologySpread', spread, 'a node without domain loses a taint', becomes(taint('x'), {}), false],
  ['PodTopologySpread', spread, 'a node of a domain grows', becomes(zone('a'), { ...zone('a'), ...gpus('1') }), false],
  ['InterPodAffinity', affinity('podAffinity', 'a'), 'a wanted Pod stays wanted', changes(app('a'), { labels: { app: 'a', more: 'x' } }), false],
  ['InterPodAffinity', affinity('podAffinity', 'a'), 'a wanted Pod goes', goes(app('a')), false],
  ['InterPodAffinity', { ...affinity('podAffinity', 'a'), ...app('a') }, 'a Pod of its own sort goes', goes(app('a')), true],
  ['InterPodAffinity', affinity('podAffinity', 'a'), 'a node in a domain joins', joins(zone('a')), true],
  ['InterPodAffinity', affinity('podAffinity', 'a'), 'a node of a domain gets some other label', becomes(zone('a'), { labels: { zone: 'a', disk: 'ssd' } }), false],
  ['InterPodAffinity', affinity('podAntiAffinity', 'a'), 'a node without a domain joins', joins(), true],
  ['InterPodAffinity', affinity('podAntiAffinity', 'a'), 'a Pod comes', comes(app('a')), false],
  ['InterPodAffinity', affinity('podAntiAffinity', 'a'), 'another Pod goes', goes(app('b')), false],
  ['InterPodAffinity', affinity('podAntiAffinity', 'a'), 'a shunned Pod stays one', changes(app('a'), { labels: { app: 'a', more: 'x' } }), false],
  ['InterPodAffinity', app('x'), 'a Pod that shuns others goes', goes(affinity('podAntiAffinity', 'y')), false],
  ['InterPodAffinity', app('x'), 'a node is labelled', becomes({}, { labels: { disk: 'ssd' } }), true],
  ['InterPodAffinity', app('x'), 'a node grows', becomes({}, gpus('1')), false],
  ['VolumeBinding', claiming, 'a node is relabelled', becomes({}, zone('a')), true],
  ['VolumeBinding', claiming, 'a node grows', becomes({}, gpus('1')), false],
  ['VolumeBinding', claiming, 'a node joins', joins(), true],
  ['VolumeBinding', claiming, 'its claim goes', without('persistentvolumeclaims', 'data'), false],
  ['VolumeBinding', claiming, 'a class comes', object('storageclasses', 'fast'), true],
  ['VolumeBinding', claiming, 'room is told of', object('csistoragecapacities', 'room'), true],
  ['VolumeBinding', claiming, 'a Service comes', object('services', 'web'), false],
  ['VolumeZone', claiming, 'its claim changes', object('persistentvolumeclaims', 'data'), true],
  ['VolumeZone', claiming, 'a volume comes', object('persistentvolumes', 'pv'), true],
  ['VolumeZone', claiming, 'a class comes', object('storageclasses', 'fast'), true],
  ['VolumeZone', claiming, 'a node is relabelled', becomes({}, zone('a')), true],
  ['VolumeRestrictions', claiming, 'its claim changes', object('persistentvolumeclaims', 'data'), true],
  ['VolumeRestrictions', claiming, 'a volume comes', object('persistentvolumes', 'pv'), false],
  ['VolumeRestrictions', claiming, 'a node joins', joins(), true],
  ['NodeVolumeLimits', claiming, 'a volume is detached', without('volumeattachments', 'x'), true],
  ['NodeVolumeLimits', claiming, 'a volume is attached', object('volumeattachments', 'x'), false],
  ['NodeVolumeLimits', claiming, 'a limit changes', object('csinodes', 'n'), true],
  ['NodeVolumeLimits', claiming, 'its claim changes', object('persistentvolumeclaims', 'data'), true],
  ['NodeVolumeLimits', claiming, 'a node joins', joins(), true],
  ['NodeDeclaredFeatures', userNamespaces, 'a node that declares nothing joins', joins(), false],
  ['DynamicResources', device, 'a claim changes', object('resourceclaims', 'gpu'), true],
  ['DynamicResources', device, 'devices come', object('resourceslices', 's'), true],
  ['DynamicResources', device, 'a class comes', object('deviceclasses', 'gpu'), true],
  ['DynamicResources', device, 'a volume comes', object('persistentvolumes', 'pv'), false],
  ['DynamicResources', device, 'a node joins', joins(), true],
])('%s on a Pod %j: %s', (name, of, _, event, isWorth) => {
  const plugin = pluginFactories[name]!(undefined as never);
  const concerns = !plugin.wakesOn || plugin.wakesOn.includes(event.type);
  expect(concerns && (plugin.mayHelp?.(event, podInfoOf(pod('waiting', of)), clusterOf([])) ?? true)).toBe(isWorth);
});

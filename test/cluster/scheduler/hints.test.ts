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
const object = (resource: string, name: string): ClusterEvent => ({ type: 'ObjectChange', resource, now: { apiVersion: 'v1', kind: 'X', metadata: { name, namespace: 'default', uid: name, resourceVersion: '2', creationTimestamp: '' } }, old: undefined });

const taint = (key: string): NodePart => ({ spec: { taints: [{ key, effect: 'NoSchedule' }] } });
const port = (hostPort: number): PodPart => ({ spec: { containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort, protocol: 'TCP' }] }] } });
const affinity = (kind: 'podAffinity' | 'podAntiAffinity', app: string): PodPart => ({ spec: { affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: { matchLabels: { app } } }] } } } });
const spread: PodPart = { labels: { app: 'a' }, spec: { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'a' } } }] } };
const claiming: PodPart = { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] } };
const app = (name: string): PodPart => ({ labels: { app: name } });
const zone = (name: string): NodePart => ({ labels: { zone: name } });

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
])('%s on a Pod %j: %s', (name, of, _, event, isWorth) => {
  const plugin = pluginFactories[name]!(undefined as never);
  const concerns = !plugin.wakesOn || plugin.wakesOn.includes(event.type);
  expect(concerns && (plugin.mayHelp?.(event, podInfoOf(pod('waiting', of)), clusterOf([])) ?? true)).toBe(isWorth);
});

/** Profiles: which plugins run, in which order, with what weight. */
import type { Plugin } from './framework.ts';
import { dynamicResources } from './plugins/dynamic-resources.ts';
import { imageLocality } from './plugins/image-locality.ts';
import { interPodAffinity } from './plugins/inter-pod-affinity.ts';
import { nodeAffinity } from './plugins/node-affinity.ts';
import { nodeDeclaredFeatures } from './plugins/node-declared-features.ts';
import { nodeName } from './plugins/node-name.ts';
import { nodePorts } from './plugins/node-ports.ts';
import { nodeResourcesBalancedAllocation } from './plugins/node-resources-balanced-allocation.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit.ts';
import { nodeUnschedulable } from './plugins/node-unschedulable.ts';
import { podTopologySpread } from './plugins/pod-topology-spread.ts';
import { nodeVolumeLimits } from './plugins/node-volume-limits.ts';
import { schedulingGates } from './plugins/scheduling-gates.ts';
import { taintToleration } from './plugins/taint-toleration.ts';
import { volumeBinding } from './plugins/volume-binding.ts';
import { volumeRestrictions } from './plugins/volume-restrictions.ts';
import { volumeZone } from './plugins/volume-zone.ts';
import { DEFAULT_PREEMPTION, type PreemptionArgs } from './preemption.ts';

/** A plugin in a profile; its score is multiplied by the weight. */
export interface EnabledPlugin { readonly plugin: Plugin; readonly weight: number }

export interface Profile {
  /** Pods that name it in spec.schedulerName are its. */
  readonly schedulerName: string;
  readonly plugins: readonly EnabledPlugin[];
  /** undefined: this profile does not preempt. */
  readonly preemption: PreemptionArgs | undefined;
  /** Share of feasible nodes that is enough to score; undefined: by the size of the cluster. */
  readonly percentageOfNodesToScore?: number;
}

/** Every plugin by name, made with its arguments (pluginConfig of a KubeSchedulerConfiguration, decoded). */
export const pluginFactories: Readonly<Record<string, (args: never) => Plugin>> = {
  SchedulingGates: () => schedulingGates,
  NodeUnschedulable: () => nodeUnschedulable,
  NodeName: () => nodeName,
  TaintToleration: () => taintToleration,
  NodeAffinity: nodeAffinity,
  NodePorts: () => nodePorts,
  NodeResourcesFit: nodeResourcesFit,
  VolumeRestrictions: () => volumeRestrictions,
  NodeVolumeLimits: () => nodeVolumeLimits,
  VolumeBinding: volumeBinding,
  VolumeZone: () => volumeZone,
  PodTopologySpread: podTopologySpread,
  InterPodAffinity: interPodAffinity,
  DynamicResources: () => dynamicResources,
  NodeDeclaredFeatures: () => nodeDeclaredFeatures,
  NodeResourcesBalancedAllocation: nodeResourcesBalancedAllocation,
  ImageLocality: () => imageLocality,
};

/** Weights of those that score (apis/config/v1/default_plugins.go). */
const defaultWeights: Readonly<Record<string, number>> = {
  TaintToleration: 3, NodeAffinity: 2, NodeResourcesFit: 1, PodTopologySpread: 2, InterPodAffinity: 2, NodeResourcesBalancedAllocation: 1, ImageLocality: 1,
};

/** What kube-scheduler 1.36 runs without a configuration file: all of the above in this order. */
export function defaultProfile(): Profile {
  const plugins = Object.entries(pluginFactories).map(([name, create]) => ({ plugin: create(undefined as never), weight: defaultWeights[name] ?? 0 }));
  return { schedulerName: 'default-scheduler', preemption: DEFAULT_PREEMPTION, plugins };
}

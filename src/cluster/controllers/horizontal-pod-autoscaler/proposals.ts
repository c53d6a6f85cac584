/** What one metric of a HorizontalPodAutoscaler proposes, in the words of podautoscaler/horizontal.go. */
import { goSelector } from '../../api/go-selector.ts';
import { milliValue, quantityOfMilli } from '../../api/quantity.ts';
import type { MetricSpec, MetricStatus } from '../../api/types.ts';
import type { MetricsClient, Scope } from './metrics-client.ts';
import { byAverage, byShare, byUtilization, byValue, MetricError, type Moment, type Proposal } from './replica-calculator.ts';

export interface Situation extends Moment {
  scope: Scope;
  statusReplicas: number;
  metrics: MetricsClient;
}

/** `name` is how events call the metric. */
export interface Proposed { replicas: number; name: string; status: MetricStatus }

/** Why a metric proposes nothing: a condition's reason and message, and the error as it is passed on. */
export class NoProposal extends Error {
  constructor(readonly reason: string, readonly why: string, prefix: string) { super(`${prefix}${why}`); }
}

/** Throws NoProposal. */
export function proposalOf(spec: MetricSpec, situation: Situation): Proposed {
  const [reason, prefix, propose] = sourceOf(spec);
  try {
    return propose(situation);
  } catch (error) {
    if (error instanceof MetricError) throw new NoProposal(reason, error.message, prefix);
    throw error;
  }
}

function sourceOf({ type, resource, containerResource, pods, object, external }: MetricSpec): [reason: string, prefix: string, propose: (situation: Situation) => Proposed] {
  if (type === 'Resource' && resource) return ['FailedGetResourceMetric', `failed to get ${resource.name} resource metric value: `, (situation) => ofResource(resource, situation)];
  if (type === 'ContainerResource' && containerResource) return ['FailedGetContainerResourceMetric', `failed to get ${containerResource.container} container metric value: `, (situation) => ofResource(containerResource, situation)];
  if (type === 'Pods' && pods) return ['FailedGetPodsMetric', 'failed to get pods metric value: ', (situation) => ofPods(pods, situation)];
  if (type === 'Object' && object) return ['FailedGetObjectMetric', 'failed to get object metric value: ', (situation) => ofObject(object, situation)];
  if (type === 'External' && external) return ['FailedGetExternalMetric', `failed to get ${external.metric.name} external metric value: `, (situation) => ofExternal(external, situation)];
  return ['InvalidMetricSourceType', '', () => { throw new MetricError(`unknown metric source type ${JSON.stringify(type)}`); }];
}

type ResourceSource = NonNullable<MetricSpec['resource']> & { container?: string };

function ofResource({ name, target, container }: ResourceSource, situation: Situation): Proposed {
  const { averageValue, averageUtilization } = target;
  if (averageValue === undefined && averageUtilization === undefined) throw new MetricError('invalid resource metric source: neither an average utilization target nor an average value (usage) target was set');
  const { replicas, usage, utilization } = within(`failed to get ${name} ${averageValue === undefined ? 'utilization' : 'usage'}: `, (): Proposal => {
    const metrics = within(`unable to get metrics for resource ${name}: `, () => situation.metrics.resource(name, situation.scope, container));
    return averageValue === undefined ? byUtilization(metrics, { percent: averageUtilization ?? 0, resource: name, container }, situation) : byAverage(metrics, milliValue(averageValue), name, situation);
  });
  const current = { averageValue: quantityOfMilli(usage), ...(utilization === undefined ? {} : { averageUtilization: utilization }) };
  const kind = container === undefined ? 'resource' : 'container resource';
  return {
    replicas, name: utilization === undefined ? `${name} resource` : `${name} ${kind} utilization (percentage of request)`,
    status: container === undefined ? { type: 'Resource', resource: { name, current } } : { type: 'ContainerResource', containerResource: { name, container, current } },
  };
}

function ofPods({ metric, target }: NonNullable<MetricSpec['pods']>, situation: Situation): Proposed {
  const metrics = within(`unable to get metric ${metric.name}: `, () => situation.metrics.pods(metric.name, situation.scope, metric.selector));
  const { replicas, usage } = byAverage(metrics, milliValue(target.averageValue ?? 0), '', situation);
  return { replicas, name: `pods metric ${metric.name}`, status: { type: 'Pods', pods: { metric, current: { averageValue: quantityOfMilli(usage) } } } };
}

function ofObject({ metric, target, describedObject }: NonNullable<MetricSpec['object']>, situation: Situation): Proposed {
  const { namespace } = situation.scope;
  if (target.type !== 'Value' && target.type !== 'AverageValue') throw new MetricError('invalid object metric source: neither a value target nor an average value target was set');
  const isShared = target.type === 'AverageValue';
  // The real controller puts these words in this order, too.
  const failed = `${isShared ? `failed to get ${metric.name} object metric: ` : ''}unable to get metric ${metric.name}: ${describedObject.kind} on ${namespace} ${describedObject.name}/`;
  const total = within(failed, () => situation.metrics.object(metric.name, namespace, describedObject, metric.selector));
  const { replicas, usage } = proposedBy(total, target, situation);
  return {
    replicas, name: isShared ? `external metric ${metric.name}(${goSelector(metric.selector)})` : `${describedObject.kind} metric ${metric.name}`,
    status: { type: 'Object', object: { describedObject, metric, current: { [isShared ? 'averageValue' : 'value']: quantityOfMilli(usage) } } },
  };
}

function ofExternal({ metric, target }: NonNullable<MetricSpec['external']>, situation: Situation): Proposed {
  const { namespace } = situation.scope;
  if (target.averageValue === undefined && target.value === undefined) throw new MetricError('invalid external metric source: neither a value target nor an average value target was set');
  const total = within(`failed to get ${metric.name} external metric: unable to get external metric ${namespace}/${metric.name}/${goSelector(metric.selector)}: `, () => situation.metrics.external(metric.name, namespace, metric.selector));
  const { replicas, usage } = proposedBy(total, target, situation);
  return {
    replicas, name: `external metric ${metric.name}(${goSelector(metric.selector)})`,
    status: { type: 'External', external: { metric, current: { [target.averageValue === undefined ? 'value' : 'averageValue']: quantityOfMilli(usage) } } },
  };
}

function proposedBy(total: number, { averageValue, value }: NonNullable<MetricSpec['external']>['target'], situation: Situation): Proposal {
  return averageValue === undefined ? byValue(total, milliValue(value ?? 0), situation) : byShare(total, milliValue(averageValue), situation.statusReplicas, situation.tolerances);
}

/** Does `act`; puts words before what goes wrong. */
function within<T>(prefix: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof MetricError) throw new MetricError(`${prefix}${error.message}`);
    throw error;
  }
}

/** What the metrics APIs say (podautoscaler/metrics/client.go): of resources, of Pods and objects, and of the world outside. */
import { selectorToString } from '../../api/labels.ts';
import { parseGoDuration } from '../../api/duration.ts';
import { milliValue } from '../../api/quantity.ts';
import type { KubeObject, LabelSelector, MetricSpec } from '../../api/types.ts';
import { NetworkError } from '../../network/types.ts';
import { type ApiClient, ApiError, type ListOptions, type ResourceRef } from '../../client/types.ts';
import type { Discovery } from '../discovery.ts';
import { MetricError, type PodMetric, type PodMetrics } from './replica-calculator.ts';

interface PodMetricsObject extends KubeObject { timestamp: string; window: string; containers: { name: string; usage: Record<string, string> }[] }
interface MetricValue extends KubeObject { describedObject: { name: string }; value: string; timestamp: string; windowSeconds?: number }

/** Which Pods, as text. */
export interface Scope { namespace: string; selector: string }

/** Every method throws MetricError when there is no answer. */
export interface MetricsClient {
  resource(name: string, scope: Scope, container?: string): PodMetrics;
  pods(metric: string, scope: Scope, selector?: LabelSelector): PodMetrics;
  object(metric: string, namespace: string, of: NonNullable<MetricSpec['object']>['describedObject'], selector?: LabelSelector): number;
  external(metric: string, namespace: string, selector?: LabelSelector): number;
}

const PODS: ResourceRef<PodMetricsObject> = { group: 'metrics.k8s.io', version: 'v1beta1', plural: 'pods', namespaced: true };
const CUSTOM = 'custom.metrics.k8s.io';
const MINUTE_MS = 60_000; // metricServerDefaultMetricWindow

/** A client of the aggregated APIs; `discover` says which there are. */
export function createMetricsClient(client: ApiClient, discover: () => Discovery): MetricsClient {
  const listed = <T extends KubeObject>(api: string, resource: ResourceRef<T>, options: ListOptions): T[] => {
    const items = answered(`unable to fetch metrics from ${api} metrics API`, () => client.list(resource, options));
    if (items.length === 0) throw new MetricError(`no metrics returned from ${api} metrics API`);
    return items;
  };
  const custom = (plural: string, options: ListOptions): MetricValue[] => {
    const version = answered('unable to fetch metrics from custom metrics API', discover).groups.get(CUSTOM);
    if (!version) throw new MetricError(`unable to fetch metrics from custom metrics API: no custom metrics API (${CUSTOM}) registered`);
    return listed<MetricValue>('custom', { group: CUSTOM, version, plural, namespaced: true }, options);
  };
  return {
    resource(name, { namespace, selector }, container) {
      const items = listed('resource', PODS, { namespace, labelSelector: selector });
      return new Map(items.flatMap((item): [string, PodMetric][] => {
        const value = container === undefined ? sumOf(item, name) : ofContainer(item, name, container);
        return value === undefined ? [] : [[item.metadata.name, { value, atMs: Date.parse(item.timestamp), windowMs: parseGoDuration(item.window) ?? MINUTE_MS }]];
      }));
    },
    pods(metric, { namespace, selector }, metricSelector) {
      const items = custom(`pods/*/${metric}`, { namespace, labelSelector: selector, ...metricLabels(metricSelector) });
      return new Map(items.map((item) => [item.describedObject.name, { value: milliValue(item.value), atMs: Date.parse(item.timestamp), windowMs: item.windowSeconds === undefined ? MINUTE_MS : item.windowSeconds * 1000 }]));
    },
    object(metric, namespace, { kind, name, apiVersion = '' }, selector) {
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
      const described = discover().resources.find((resource) => resource.kind === kind && resource.group === group);
      if (!described) throw new MetricError(`unable to fetch metrics from custom metrics API: no matches for kind "${kind}" in group "${group}"`);
      const [first] = custom(`${described.plural}${group ? `.${group}` : ''}/${name}/${metric}`, { namespace, ...metricLabels(selector) });
      return milliValue(first!.value);
    },
    external(metric, namespace, selector) {
      const items = listed<MetricValue>('external', { group: 'external.metrics.k8s.io', version: 'v1beta1', plural: metric, namespaced: true }, { namespace, ...(selector ? { labelSelector: selectorToString(selector) } : {}) });
      return items.reduce((sum, { value }) => sum + milliValue(value), 0);
    },
  };
}

function metricLabels(selector: LabelSelector | undefined): ListOptions {
  return selector ? { metricLabelSelector: selectorToString(selector) } : {};
}

function answered<T>(what: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof ApiError || error instanceof NetworkError) throw new MetricError(`${what}: ${error.message}`);
    throw error;
  }
}

/** Of all containers; undefined while that of one is not known. */
function sumOf({ containers }: PodMetricsObject, resource: string): number | undefined {
  const values = containers.map(({ usage }) => usage[resource]);
  return values.length === 0 || values.includes(undefined) ? undefined : values.reduce((sum, value) => sum + milliValue(value ?? 0), 0);
}

function ofContainer({ metadata, containers }: PodMetricsObject, resource: string, container: string): number | undefined {
  const found = containers.find(({ name }) => name === container);
  if (!found) throw new MetricError(`failed to get container metrics: container ${container} not present in metrics for pod ${metadata.namespace}/${metadata.name}`);
  const value = found.usage[resource];
  return value === undefined ? undefined : milliValue(value);
}

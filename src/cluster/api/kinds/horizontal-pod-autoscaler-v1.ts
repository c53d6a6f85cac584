/** HorizontalPodAutoscalers as autoscaling/v1 shows them: one share of the CPU in the spec, all else in annotations (pkg/apis/autoscaling/v1/conversion.go). */
import type { Kind } from '../kind.ts';
import type { HorizontalPodAutoscaler, KubeObject, MetricSpec, MetricStatus } from '../types.ts';

const KEY = 'autoscaling.alpha.kubernetes.io';
const NOTES = { metrics: `${KEY}/metrics`, current: `${KEY}/current-metrics`, conditions: `${KEY}/conditions`, behavior: `${KEY}/behavior` };

/** A metric of either version. */
type Flat = Record<string, unknown> & { type: string };
interface Version1 extends KubeObject {
  spec: Omit<HorizontalPodAutoscaler['spec'], 'metrics' | 'behavior'> & { targetCPUUtilizationPercentage?: number };
  status?: Omit<HorizontalPodAutoscaler['status'], 'currentMetrics' | 'conditions'> & { currentCPUUtilizationPercentage?: number };
}
type Values = { averageUtilization?: number; averageValue?: string; value?: string };

/** The kind in version 1, which is stored as `stored`. */
export function version1(stored: Kind<HorizontalPodAutoscaler>): Kind {
  return {
    group: stored.group, version: 'v1', kind: stored.kind, plural: stored.plural, singular: stored.singular, shortNames: stored.shortNames, categories: stored.categories, namespaced: true, hasStatus: true, hasGeneration: false,
    etcdPrefix: stored.etcdPrefix, type: 'autoscaling.v1.HorizontalPodAutoscaler',
    conversion: { toStored: (object) => toStored(object as Version1), fromStored: (object) => fromStored(object as HorizontalPodAutoscaler) }, // the decoder has checked them
    columns: stored.columns?.map((column) => ({ ...column, cell: (object, context) => column.cell(toStored(object as Version1), context) })),
  };
}

function toStored({ metadata, spec: given, status: shown, ...rest }: Version1): HorizontalPodAutoscaler {
  const { [NOTES.metrics]: metrics, [NOTES.current]: current, [NOTES.conditions]: conditions, [NOTES.behavior]: behavior, ...annotations } = metadata.annotations ?? {};
  const { targetCPUUtilizationPercentage: target, ...spec } = given ?? {};
  const { currentCPUUtilizationPercentage: now, ...status } = shown ?? { currentReplicas: 0, desiredReplicas: 0 };
  const cpu: MetricSpec[] = target === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } }];
  const seen: MetricStatus[] = now === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: now } } }];
  const specs = [...parsed<Flat[]>(metrics, []).map((flat): MetricSpec => raised(flat, 'target')), ...cpu];
  const currents = current === undefined ? seen : parsed<Flat[]>(current, []).map((flat): MetricStatus => raised(flat, 'current'));
  const { annotations: _all, ...meta } = metadata;
  return {
    ...rest, apiVersion: 'autoscaling/v2', metadata: { ...meta, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: { ...spec, ...(specs.length > 0 ? { metrics: specs } : {}), ...(behavior ? { behavior: parsed<HorizontalPodAutoscaler['spec']['behavior']>(behavior, undefined) } : {}) },
    status: { ...status, ...(currents.length > 0 ? { currentMetrics: currents } : {}), ...(conditions ? { conditions: parsed<HorizontalPodAutoscaler['status']['conditions']>(conditions, undefined) } : {}) },
  };
}

function fromStored({ metadata, spec: { metrics = [], behavior, ...spec }, status: { currentMetrics: seen, conditions = [], ...status }, ...rest }: HorizontalPodAutoscaler): Version1 {
  const currentMetrics = seen ?? [];
  const isCpu = ({ type, resource }: MetricSpec) => type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;
  const target = metrics.find(isCpu)?.resource?.target.averageUtilization;
  const now = currentMetrics.find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu')?.resource?.current.averageUtilization;
  const others = metrics.filter((metric) => !isCpu(metric));
  const notes = {
    ...(others.length > 0 ? { [NOTES.metrics]: JSON.stringify(others.map((metric) => lowered(metric, 'target'))) } : {}),
    ...(currentMetrics.length > 0 ? { [NOTES.current]: JSON.stringify(currentMetrics.map((metric) => lowered(metric, 'current'))) } : {}),
    ...(conditions.length > 0 ? { [NOTES.conditions]: JSON.stringify(conditions) } : {}), ...(behavior ? { [NOTES.behavior]: JSON.stringify(behavior) } : {}),
  };
  const annotations = { ...metadata.annotations, ...notes };
  return {
    ...rest, apiVersion: 'autoscaling/v1', metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) }, status: { currentReplicas: 0, ...status, ...(now === undefined ? {} : { currentCPUUtilizationPercentage: now }) },
  };
}

/** What an annotation holds; one that nobody can read is none. */
function parsed<T>(text: string | undefined, none: T): T {
  try {
    return text === undefined ? none : JSON.parse(text) as T;
  } catch {
    return none;
  }
}

const SOURCES = ['resource', 'containerResource', 'pods', 'object', 'external'] as const;
const CAPITALS: readonly (keyof Values)[] = ['averageUtilization', 'averageValue', 'value'];
const capital = (name: string) => name[0]!.toUpperCase() + name.slice(1);

/** A metric as version 1 writes it: `{targetAverageUtilization: 50}` in the place of `{target: {averageUtilization: 50}}`. */
function lowered(metric: MetricSpec | MetricStatus, side: 'target' | 'current'): Flat {
  const source = SOURCES.find((name) => metric[name]);
  if (!source) return { type: metric.type };
  const { target, current, metric: named, describedObject, ...rest } = metric[source] as Flat & { target?: Values; current?: Values; metric?: { name: string; selector?: object } };
  const values = (side === 'target' ? target : current) ?? {};
  const flat = CAPITALS.flatMap((name) => (values[name] === undefined ? [] : [[source === 'object' && name === 'averageValue' ? name : `${side}${capital(name)}`, values[name]] as const]));
  return {
    type: metric.type,
    [source]: { ...rest, ...(describedObject ? { target: describedObject } : {}), ...(named ? { metricName: named.name, ...(named.selector ? { [source === 'external' ? 'metricSelector' : 'selector']: named.selector } : {}) } : {}), ...Object.fromEntries(flat) },
  };
}

function raised(flat: Flat, side: 'target' | 'current'): Flat {
  const source = SOURCES.find((name) => flat[name]);
  if (!source) return flat;
  const { target: describedObject, metricName, metricSelector, selector = metricSelector, averageValue, ...rest } = flat[source] as Flat;
  const values = Object.fromEntries(CAPITALS.flatMap((name) => {
    const { [`${side}${capital(name)}`]: value = name === 'averageValue' ? averageValue : undefined } = rest;
    return value === undefined ? [] : [[name, value]];
  }));
  const kept = Object.fromEntries(Object.entries(rest).filter(([name]) => !CAPITALS.some((value) => name === `${side}${capital(value)}`)));
  const type = values.averageUtilization !== undefined ? 'Utilization' : values.averageValue !== undefined ? 'AverageValue' : 'Value';
  return {
    type: flat.type,
    [source]: { ...kept, ...(describedObject ? { describedObject } : {}), ...(metricName ? { metric: { name: metricName, ...(selector ? { selector } : {}) } } : {}), [side]: side === 'target' ? { type, ...values } : values },
  };
}

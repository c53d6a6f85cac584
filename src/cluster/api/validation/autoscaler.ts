/** What a HorizontalPodAutoscaler may say (pkg/apis/autoscaling/validation). */
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { pathSegmentErrors } from '../names.ts';
import { parseQuantity } from '../quantity.ts';
import type { HorizontalPodAutoscaler, ScalingRules } from '../types.ts';
import { invalidEach, nonNegativeQuantity } from './common.ts';

type Spec = HorizontalPodAutoscaler['spec'];
type Metric = NonNullable<Spec['metrics']>[number];
type Target = NonNullable<Metric['external']>['target'];

const STABILIZATION_MAX_SECONDS = 3600; // MaxStabilizationWindowSeconds
const PERIOD_MAX_SECONDS = 1800; // MaxPeriodSeconds

/** All that is wrong with it; `minReplicasLowest` is 0 with the gate HPAScaleToZero. */
export function autoscalerErrors({ minReplicas, maxReplicas = 0, scaleTargetRef, metrics = [], behavior }: Spec, minReplicasLowest: number): FieldError[] {
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < minReplicasLowest) errors.push(invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${minReplicasLowest}`));
  if (maxReplicas < 1) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  errors.push(...reference('spec.scaleTargetRef', scaleTargetRef), ...metrics.flatMap((metric, index) => metricErrors(`spec.metrics[${index}]`, metric)));
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) errors.push(forbidden('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas'));
  return [...errors, ...rulesErrors('spec.behavior.scaleUp', behavior?.scaleUp), ...rulesErrors('spec.behavior.scaleDown', behavior?.scaleDown)];
}

function segment(field: string, value: string | undefined, missing = ''): FieldError[] {
  return value ? invalidEach(field, value, pathSegmentErrors(value)) : [required(field, missing)];
}

function reference(field: string, ref: { kind?: string; name?: string } | undefined): FieldError[] {
  return [...segment(`${field}.kind`, ref?.kind), ...segment(`${field}.name`, ref?.name)];
}

/** The kinds of metric: the field of each, in the order in which upstream looks at them. */
const SOURCES = { Object: 'object', External: 'external', Pods: 'pods', Resource: 'resource', ContainerResource: 'containerResource' } as const;
const TYPES = Object.keys(SOURCES).sort();

function metricErrors(field: string, metric: Metric): FieldError[] {
  const { type } = metric;
  const errors = type ? [] : [required(`${field}.type`, 'must specify a metric source type')];
  const own = Object.entries(SOURCES).find(([name]) => name === type)?.[1];
  if (!own) errors.push(notSupported(`${field}.type`, type ?? '', TYPES));
  const given = Object.values(SOURCES).filter((name) => metric[name] !== undefined);
  if (given[0]) errors.push(...sourceErrors(`${field}.${given[0]}`, given[0], metric));
  if (own && !metric[own]) errors.push(required(`${field}.${own}`, 'must populate information for the given metric source'));
  return given.length === 1 ? errors : [...errors, ...given.filter((name) => name !== own).map((name) => forbidden(`${field}.${name}`, 'must populate the given metric source only'))];
}

function sourceErrors(field: string, name: (typeof SOURCES)[keyof typeof SOURCES], metric: Metric): FieldError[] {
  const target = metric[name]?.target ?? { type: '' };
  const { value, averageValue, averageUtilization } = target;
  const goal = `${field}.target`;
  if (name === 'resource' || name === 'containerResource') {
    const errors = metric[name]?.name ? [] : [required(`${field}.name`, 'must specify a resource name')];
    if (name === 'containerResource' && !metric.containerResource?.container) errors.push(required(`${field}.container`, 'must specify a container'));
    errors.push(...targetErrors(goal, target));
    if (averageUtilization === undefined && averageValue === undefined) errors.push(required(`${goal}.averageUtilization`, 'must set either a target raw value or a target utilization'));
    return averageUtilization !== undefined && averageValue !== undefined ? [...errors, forbidden(`${goal}.averageValue`, 'may not set both a target raw value and a target utilization')] : errors;
  }
  const errors = [
    ...(name === 'object' ? reference(`${field}.describedObject`, metric.object?.describedObject) : []),
    ...segment(`${field}.metric.name`, metric[name]?.metric?.name, 'must specify a metric name'), ...targetErrors(goal, target),
  ];
  if (name === 'pods') return averageValue === undefined || !isPositive(averageValue) ? [...errors, required(`${goal}.averageValue`, 'must specify a positive target averageValue')] : errors;
  if (value === undefined && averageValue === undefined) errors.push(required(`${goal}.averageValue`, name === 'object' ? 'must set either a target value or averageValue' : 'must set either a target value for metric or a per-pod target'));
  if (name === 'external' && value !== undefined && averageValue !== undefined) errors.push(forbidden(`${goal}.value`, 'may not set both a target value for metric and a per-pod target'));
  return errors;
}

function targetErrors(field: string, { type, value, averageValue, averageUtilization }: Target): FieldError[] {
  const errors = type ? [] : [required(`${field}.type`, 'must specify a metric target type')];
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) errors.push(invalid(`${field}.type`, type ?? '', 'must be either Utilization, Value, or AverageValue'));
  if (value !== undefined && !isPositive(value)) errors.push(invalid(`${field}.value`, value, 'must be positive'));
  if (averageValue !== undefined && !isPositive(averageValue)) errors.push(invalid(`${field}.averageValue`, averageValue, 'must be positive'));
  if (averageUtilization !== undefined && averageUtilization < 1) errors.push(invalid(`${field}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  return errors;
}

function isPositive(quantity: string | number): boolean {
  return parseQuantity(quantity).nano > 0n;
}

function rulesErrors(field: string, rules: ScalingRules | undefined): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies = [], tolerance } = rules;
  const errors: FieldError[] = [];
  if (window < 0) errors.push(invalid(`${field}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  if (window > STABILIZATION_MAX_SECONDS) errors.push(invalid(`${field}.stabilizationWindowSeconds`, window, `must be less than or equal to ${STABILIZATION_MAX_SECONDS}`));
  if (selectPolicy !== undefined && !['Disabled', 'Max', 'Min'].includes(selectPolicy)) errors.push(notSupported(`${field}.selectPolicy`, selectPolicy, ['Disabled', 'Max', 'Min']));
  if (policies.length === 0) errors.push(required(`${field}.policies`, 'must specify at least one Policy'));
  for (const [index, { type, value, periodSeconds }] of policies.entries()) {
    const at = `${field}.policies[${index}]`;
    if (type !== 'Pods' && type !== 'Percent') errors.push(notSupported(`${at}.type`, type ?? '', ['Percent', 'Pods']));
    if (!(value > 0)) errors.push(invalid(`${at}.value`, value ?? 0, 'must be greater than zero'));
    if (!(periodSeconds > 0)) errors.push(invalid(`${at}.periodSeconds`, periodSeconds ?? 0, 'must be greater than zero'));
    if (periodSeconds > PERIOD_MAX_SECONDS) errors.push(invalid(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${PERIOD_MAX_SECONDS}`));
  }
  return tolerance === undefined ? errors : [...errors, ...nonNegativeQuantity(`${field}.tolerance`, tolerance)];
}

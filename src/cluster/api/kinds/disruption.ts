/** PodDisruptionBudgets and HorizontalPodAutoscalers. */
import { internalOf } from '../internal-form.ts';
import { withDefaults, withField } from '../defaulting.ts';
import { type FieldError, invalid } from '../field-error.ts';
import { fieldsAlwaysThere } from '../go-types.ts';
import type { Kind } from '../kind.ts';
import type { HorizontalPodAutoscaler, PodDisruptionBudget } from '../types.ts';
import { autoscalerErrors } from '../validation/autoscaler.ts';
import { labelSelector, notMoreThan100Percent, oneOfOrNone, positiveIntOrPercent } from '../validation/common.ts';
import { ageColumn, column, countColumn, nameColumn } from './columns.ts';

export const podDisruptionBudget: Kind<PodDisruptionBudget> = {
  group: 'policy', version: 'v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', singular: 'poddisruptionbudget', shortNames: ['pdb'], namespaced: true,
  hasStatus: true, etcdPrefix: 'poddisruptionbudgets',
  defaults: (object) => withDefaults(object, { spec: {} }),
  prepare: (object, old) => (old ? object : { ...object, status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } }),
  validate: ({ spec }, old) => (old && old.spec === spec ? [] : budgetErrors(spec)),
  columns: [
    nameColumn,
    column('Min Available', ({ spec }) => String(spec.minAvailable ?? 'N/A')),
    column('Max Unavailable', ({ spec }) => String(spec.maxUnavailable ?? 'N/A')),
    countColumn('Allowed Disruptions', ({ status }) => status.disruptionsAllowed),
    ageColumn,
  ],
};

function budgetErrors(spec: PodDisruptionBudget['spec']): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  return [
    ...(minAvailable !== undefined && maxUnavailable !== undefined ? [invalid('spec', internalOf('PodDisruptionBudgetSpec', spec), 'minAvailable and maxUnavailable cannot be both set')] : []),
    ...positiveIntOrPercent('spec.minAvailable', minAvailable), ...notMoreThan100Percent('spec.minAvailable', minAvailable),
    ...positiveIntOrPercent('spec.maxUnavailable', maxUnavailable), ...notMoreThan100Percent('spec.maxUnavailable', maxUnavailable),
    ...labelSelector('spec.selector', selector),
    ...oneOfOrNone('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget']),
  ];
}

type Spec = HorizontalPodAutoscaler['spec'];
type Rules = NonNullable<NonNullable<Spec['behavior']>['scaleUp']>;
type Metric = NonNullable<Spec['metrics']>[number];
type Current = NonNullable<HorizontalPodAutoscaler['status']['currentMetrics']>[number];

export const horizontalPodAutoscaler: Kind<HorizontalPodAutoscaler> = {
  group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', plural: 'horizontalpodautoscalers', singular: 'horizontalpodautoscaler', shortNames: ['hpa'], categories: ['all'], namespaced: true,
  hasStatus: true, hasGeneration: false, type: 'autoscaling.v2.HorizontalPodAutoscaler', etcdPrefix: 'horizontalpodautoscalers',
  defaults: (object) => withField(object, 'spec', autoscalerWithDefaults(object.spec ?? ({} as Spec))), // validation says what is missing
  prepare: (object, old, gates) => ({ ...(gates.isOn('HPAConfigurableTolerance') ? object : withoutTolerance(object)), ...(old ? {} : { status: { ...fieldsAlwaysThere('autoscaling.v2.HorizontalPodAutoscalerStatus'), desiredReplicas: 0 } }) }),
  validate: ({ spec }, old, gates) => (old && old.spec === spec ? [] : autoscalerErrors(spec, gates.isOn('HPAScaleToZero') || old?.spec.minReplicas === 0 ? 0 : 1)),
  columns: [
    nameColumn,
    column('Reference', ({ spec: { scaleTargetRef } }) => `${scaleTargetRef.kind}/${scaleTargetRef.name}`),
    column('Targets', targets),
    column('MinPods', ({ spec }) => String(spec.minReplicas ?? '<unset>')),
    column('MaxPods', ({ spec }) => spec.maxReplicas),
    column('Replicas', ({ status }) => status.currentReplicas ?? 0),
    ageColumn,
  ],
};

const DEFAULT_CPU_PERCENT = 80;

function autoscalerWithDefaults(given: Spec): Spec {
  const cpu: Metric = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: DEFAULT_CPU_PERCENT } } };
  const spec = withDefaults(given, { minReplicas: 1, metrics: [cpu] });
  return spec.behavior ? withField(spec, 'behavior', behaviorWithDefaults(spec.behavior)) : spec;
}

/** Up at once by four Pods or double, whichever is more, in 15 s; down as far as wanted in 15 s. */
function behaviorWithDefaults(behavior: NonNullable<Spec['behavior']>): NonNullable<Spec['behavior']> {
  const up: Partial<Rules> = { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, { type: 'Percent', value: 100, periodSeconds: 15 }] };
  const down: Partial<Rules> = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };
  return withField(withField(behavior, 'scaleUp', withDefaults(behavior.scaleUp ?? {}, up)), 'scaleDown', withDefaults(behavior.scaleDown ?? {}, down));
}

/** The field belongs to the gate HPAConfigurableTolerance. */
function withoutTolerance(object: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const without = (rules: Rules & { tolerance?: string } | undefined) => rules && withField(rules, 'tolerance', undefined);
  const { behavior } = object.spec;
  return behavior ? { ...object, spec: { ...object.spec, behavior: { scaleUp: without(behavior.scaleUp), scaleDown: without(behavior.scaleDown) } } } : object;
}

const METRICS_SHOWN = 2;

/** `cpu: 63%/50%`, two metrics and how many more. */
function targets({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const shown = metrics.map((metric, index) => target(metric, status.currentMetrics?.[index]));
  const text = shown.slice(0, METRICS_SHOWN).join(', ');
  return shown.length > METRICS_SHOWN ? `${text} + ${shown.length - METRICS_SHOWN} more...` : text;
}

function target(metric: Metric, current: Current | undefined): string {
  switch (metric.type) {
    case 'Resource': return resourceTarget(metric.resource, current?.resource?.current);
    case 'ContainerResource': return resourceTarget(metric.containerResource, current?.containerResource?.current);
    case 'Pods': return `${current?.pods?.current.averageValue ?? '<unknown>'}/${metric.pods?.target.averageValue ?? '<auto>'}`;
    case 'Object': {
      const goal = metric.object?.target;
      const now = current?.object?.current;
      return goal?.averageValue !== undefined ? `${now?.averageValue ?? '<unknown>'}/${goal.averageValue} (avg)` : `${now?.value ?? '<unknown>'}/${goal?.value ?? '<auto>'}`;
    }
    case 'External': {
      const goal = metric.external?.target;
      const now = current?.external?.current;
      return goal?.averageValue !== undefined ? `${now?.averageValue ?? '<unknown>'}/${goal.averageValue} (avg)` : `${now?.value ?? '<unknown>'}/${goal?.value ?? '<auto>'}`;
    }
    default: return '<unknown type>';
  }
}

function resourceTarget(metric: { name: string; target: { averageValue?: unknown; averageUtilization?: number } } | undefined, current: { averageValue?: unknown; averageUtilization?: number } | undefined): string {
  const { averageValue, averageUtilization } = metric?.target ?? {};
  if (averageValue !== undefined) return `${metric?.name}: ${String(current?.averageValue ?? '<unknown>')}/${String(averageValue)}`;
  const now = current?.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`;
  return `${metric?.name}: ${now}/${averageUtilization === undefined ? '<auto>' : `${averageUtilization}%`}`;
}

/** Upstream's cases of a whole round of the controller: the API server and the metrics APIs behind it are the cases' own. */
import { describe, expect, test } from 'vitest';
import { matchesSelectorText, parseSelector, SelectorError } from '../../../../src/cluster/api/labels.ts';
import { horizontalPodAutoscaler } from '../../../../src/cluster/api/kinds/disruption.ts';
import { milliValue } from '../../../../src/cluster/api/quantity.ts';
import type { HorizontalPodAutoscaler, KubeObject, Pod } from '../../../../src/cluster/api/types.ts';
import { type ApiClient, ApiError, type ListOptions, type ResourceRef } from '../../../../src/cluster/client/types.ts';
import { type Autoscaling, autoscaled, ScaleError } from '../../../../src/cluster/controllers/horizontal-pod-autoscaler/autoscaling.ts';
import { createMetricsClient } from '../../../../src/cluster/controllers/horizontal-pod-autoscaler/metrics-client.ts';
import { scaleClient } from '../../../../src/cluster/controllers/horizontal-pod-autoscaler/scale.ts';
import { allCasesOf, hasCases } from '../cases.ts';

interface Case {
  name: string;
  minReplicas: number; maxReplicas: number; specReplicas: number; statusReplicas: number; expectedDesiredReplicas: number; CPUTarget: number; CPUCurrent: number; verifyCPUCurrent: boolean; initialReplicas: number;
  reportedLevels?: number[]; reportedCPURequests?: string[]; reportedPodReadiness?: string[]; reportedPodStartTime?: string[]; reportedPodPhase?: string[]; reportedPodDeletionTimestamp?: boolean[];
  expectedConditions?: { Type: string; Status: string; Reason: string }[]; initialConditions?: { Type: string; Status: string; Reason: string }[];
  metricsTarget?: object[]; scaleUpRules?: object; scaleDownRules?: object; recommendations?: { recommendation: number; timestamp: string }[];
  hpaSelectors?: { selectingObjects: Record<string, { selectorKey: { key: string } }> };
}

const NAMESPACE = 'test-namespace';
const KEY = `${NAMESPACE}/test-hpa`;
const NOW_MS = Date.parse('2026-11-23T17:34:05Z');
const LONG_AGO = '2020-01-01T00:00:00Z';

/** `{"AverageValue": "15"}` in Go's names as the API spells it. */
function apiNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(apiNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key === 'APIVersion' ? 'apiVersion' : key[0]!.toLowerCase() + key.slice(1), apiNames(inner)]));
}

const failed = (code: number, reason: string, message = reason) => new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message });

function autoscalerOf(c: Case): HorizontalPodAutoscaler {
  const cpu = c.CPUTarget > 0 ? [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: c.CPUTarget } } }] : [];
  const [up, down] = [c.scaleUpRules, c.scaleDownRules].map((rules) => rules && apiNames(rules));
  const draft = {
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'test-hpa', namespace: NAMESPACE },
    spec: {
      scaleTargetRef: { apiVersion: 'v1', kind: 'ReplicationController', name: 'test-rc' }, minReplicas: c.minReplicas, maxReplicas: c.maxReplicas, metrics: [...cpu, ...(apiNames(c.metricsTarget ?? []) as object[])],
      ...(up || down ? { behavior: { scaleUp: up, scaleDown: down } } : {}),
    },
    status: { currentReplicas: c.specReplicas, desiredReplicas: c.specReplicas, conditions: (apiNames(c.initialConditions ?? []) as object[]) },
  } as unknown as HorizontalPodAutoscaler;
  return horizontalPodAutoscaler.defaults!(draft);
}

const labels = { name: 'test-pod' };

function podsOf(c: Case, nowMs: number): Pod[] {
  const count = c.reportedCPURequests?.length ?? c.statusReplicas;
  return Array.from({ length: count }, (_, i) => {
    const request = c.reportedCPURequests?.[i] ?? '1';
    const container = (name: string) => ({ name, resources: { requests: { cpu: `${Math.trunc(milliValue(request) / 2)}m` } } });
    const startTime = c.reportedPodStartTime?.[i] ?? LONG_AGO;
    const isOverlapped = c.name === 'TestConditionAmbiguousSelectorWhenPartialSelectorOverlapBetweenHPAs';
    return {
      metadata: { name: `test-pod-${i}`, namespace: NAMESPACE, labels: isOverlapped ? { ...labels, cheddar: 'cheese' } : labels, ...(c.reportedPodDeletionTimestamp?.[i] ? { deletionTimestamp: new Date(nowMs).toISOString() } : {}) },
      spec: { containers: c.name === 'TestEmptyCPURequest' ? [{ name: 'container1' }] : [container('container1'), container('container2')] },
      status: { phase: c.reportedPodPhase?.[i] ?? 'Running', startTime, conditions: [{ type: 'Ready', status: c.reportedPodReadiness?.[i] ?? 'True', lastTransitionTime: startTime }] },
    } as unknown as Pod;
  });
}

/** An API server that serves the case's metrics and its target's scale. */
function serverOf(c: Case, nowMs: number) {
  let replicas = c.specReplicas;
  let refusals = c.name === 'TestHPARescaleWithSuccessfulConflictRetry' ? 1 : 0;
  const timestamp = new Date(nowMs).toISOString();
  const levels = c.reportedLevels ?? [];
  const selector = { TestConditionInvalidSelectorMissing: '', TestConditionInvalidSelectorUnparsable: 'cheddar cheese' }[c.name] ?? 'name=test-pod';
  const list = ({ group, plural }: ResourceRef<KubeObject>, { labelSelector }: ListOptions = {}): unknown[] => {
    if (c.name === 'TestConditionFailedGetMetrics') throw failed(500, 'InternalError', 'something went wrong');
    if (group === 'metrics.k8s.io') {
      expect(labelSelector).toBe(selector);
      const usage = (level: number) => ({ cpu: `${level / 2}m`, memory: '512Ki' });
      return levels.map((level, i) => ({ metadata: { name: `test-pod-${i}`, namespace: NAMESPACE }, timestamp, window: '1m0s', containers: [{ name: 'container1', usage: usage(level) }, { name: 'container2', usage: usage(level) }] }));
    }
    if (group === 'external.metrics.k8s.io' && c.name.endsWith('OneMetricEmpty')) return [];
    const isOfPods = plural.startsWith('pods/');
    return levels.map((level, i) => ({ describedObject: { name: isOfPods ? `test-pod-${i}` : 'some-deployment' }, value: `${level}m`, timestamp }));
  };
  const client = {
    list: list as ApiClient['list'],
    getSubresource: () => {
      if (c.name === 'TestConditionFailedGetScale') throw failed(404, 'NotFound', 'replicationcontrollers "test-rc" not found');
      return { metadata: { name: 'test-rc', namespace: NAMESPACE }, spec: { replicas }, status: { replicas: c.statusReplicas, selector } };
    },
    updateSubresource: (_: unknown, scale: KubeObject) => {
      if (c.name === 'TestConditionFailedUpdateScale') throw failed(500, 'InternalError');
      if (refusals-- > 0) throw failed(409, 'Conflict');
      replicas = (scale.spec as { replicas: number }).replicas;
      return scale;
    },
  } as unknown as ApiClient;
  return { client, replicas: () => replicas };
}

const kind = (kindName: string, plural: string, group: string) => ({ group, version: 'v1', kind: kindName, plural, namespaced: true, verbs: [] });
const discovery = { resources: [kind('ReplicationController', 'replicationcontrollers', ''), kind('Deployment', 'deployments', 'apps')], groups: new Map([['custom.metrics.k8s.io', 'v1beta2']]), failures: [] };

const cases = allCasesOf<Case>('hpa-controller').filter(({ name }) => !name.includes('feature_gate_is_disabled')); // HPAConfigurableTolerance is on

describe.skipIf(!hasCases)('upstream cases of the HorizontalPodAutoscaler controller', () => {
  test.each(cases)('$name', (c) => {
    const nowMs = Math.max(...(c.reportedPodStartTime ?? []).map((time) => Date.parse(time)), c.recommendations ? Date.parse('2026-11-23T17:34:18Z') : NOW_MS);
    const [pods, { client, replicas }] = [podsOf(c, nowMs), serverOf(c, nowMs)];
    const events: string[] = [];
    const recommendations = (c.recommendations ?? []).map(({ recommendation, timestamp }) => ({ replicas: recommendation, atMs: Date.parse(timestamp) }));
    const selected = (selector: string) => pods.filter(({ metadata }) => matchesSelectorText(selector, metadata.labels));
    const work: Autoscaling = {
      scales: scaleClient(client, () => discovery), metrics: createMetricsClient(client, () => discovery), memory: { recommendations, scaleUps: [], scaleDowns: [] }, nowMs,
      // The other cases start with an empty memory on purpose, so that nothing is stabilised.
      isNew: c.name === 'TestScaleDownStabilizeInitialSize', scalesToZero: c.name.endsWith('HPAScaleToZero=true'), timing: { cpuInitializationMs: 120_000, initialReadinessDelayMs: 10_000 },
      event: (_, reason) => events.push(reason),
      podsOf: (selector) => {
        try {
          parseSelector(selector);
        } catch (error) {
          if (error instanceof SelectorError) throw new ScaleError(error.message);
          throw error;
        }
        return selected(selector);
      },
      autoscalersOf: () => [KEY, ...Object.entries(c.hpaSelectors?.selectingObjects ?? {}).filter(([, { selectorKey }]) => selected(selectorKey.key).length > 0).map(([key]) => key)],
    };
    const autoscaler = autoscalerOf(c);
    const status = autoscaled(autoscaler, work);
    expect(replicas(), 'replicas').toBe(c.expectedDesiredReplicas);
    if (status.conditions?.some(({ reason }) => reason === 'FailedGetScale') === false && c.expectedConditions) expect(status.desiredReplicas).toBe(c.expectedDesiredReplicas);
    if (c.expectedConditions) expect(status.conditions?.map(({ type, status: is, reason }) => ({ Type: type, Status: is, Reason: reason }))).toEqual(c.expectedConditions.map(({ Type, Status, Reason }) => ({ Type, Status, Reason })));
    if (c.verifyCPUCurrent && c.CPUCurrent > 0) expect(status.currentMetrics?.find(({ resource }) => resource)?.resource?.current.averageUtilization).toBe(c.CPUCurrent);
    if (c.name === 'TestEventCreated') expect(events).toEqual(['SuccessfulRescale']);
    if (c.name === 'TestEventNotCreated') expect(events).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../../src/cluster/api/types.ts';
import { byAverage, byShare, byUtilization, byValue, type Moment, type PodMetrics, type Proposal } from '../../../../src/cluster/controllers/horizontal-pod-autoscaler/replica-calculator.ts';
import { allCasesOf, hasCases } from '../cases.ts';

interface Case {
  currentReplicas: number; expectedReplicas: number; expectedError?: { s: string }; container?: string; tolerances?: { scaleUp: number; scaleDown: number };
  podReadiness?: string[]; podPhase?: string[]; podStartTime?: string[]; podDeletionTimestamp?: boolean[];
  resource?: { name: string; levels: number[][]; podNames?: string[]; requests?: string[]; targetUtilization: number; expectedUtilization: number; expectedValue: number };
  metric?: { levels: number[]; metricType: number; targetUsage: number; perPodTargetUsage: number; expectedUsage: number };
}

const LONG_AGO = '0001-01-01T00:00:00Z';
const [OBJECT, OBJECT_PER_POD, EXTERNAL, EXTERNAL_PER_POD] = [0, 1, 2, 3];

function pods(c: Case): Pod[] {
  return Array.from({ length: Math.max(c.currentReplicas, c.podPhase?.length ?? 0) }, (_, i) => {
    const request = c.resource?.requests?.[i];
    const container = (name: string) => ({ name, ...(request && c.resource ? { resources: { requests: { [c.resource.name]: request } } } : {}) });
    return {
      metadata: { name: `test-pod-${i}`, ...(c.podDeletionTimestamp?.[i] ? { deletionTimestamp: LONG_AGO } : {}) }, spec: { containers: [container('container1'), container('container2')] },
      status: { phase: c.podPhase?.[i] ?? 'Running', startTime: c.podStartTime?.[i] ?? LONG_AGO, conditions: [{ type: 'Ready', status: c.podReadiness?.[i] ?? 'True', lastTransitionTime: LONG_AGO }] },
    } as unknown as Pod;
  });
}

function proposal(c: Case): Proposal {
  // The cases were recorded at the moment in which their youngest Pods start.
  const started = (c.podStartTime ?? ['2026-11-23T17:34:23Z']).map((time) => Date.parse(time));
  const moment: Moment = { currentReplicas: c.currentReplicas, tolerances: c.tolerances ?? { scaleUp: 0.1, scaleDown: 0.1 }, pods: pods(c), nowMs: Math.max(...started), timing: { cpuInitializationMs: 120_000, initialReadinessDelayMs: 10_000 } };
  const metrics = (values: (number | undefined)[], names: string[] = []): PodMetrics => new Map(values.flatMap((value, i) => (value === undefined ? [] : [[names[i] ?? `test-pod-${i}`, { value, atMs: Date.parse(LONG_AGO), windowMs: 60_000 }]])));
  if (c.resource) {
    const { name, levels, podNames, targetUtilization: percent } = c.resource;
    const at = c.container === undefined ? -1 : Number(c.container.at(-1)) - 1;
    return byUtilization(metrics(levels.map((level) => (at < 0 ? level.reduce((a, b) => a + b, 0) : level[at])), podNames), { percent, resource: name, container: c.container }, moment);
  }
  const { levels, metricType, targetUsage, perPodTargetUsage } = c.metric!;
  const total = levels.reduce((a, b) => a + b, 0);
  if (metricType === OBJECT || metricType === EXTERNAL) return byValue(total, targetUsage, moment);
  if (metricType === OBJECT_PER_POD || metricType === EXTERNAL_PER_POD) return byShare(total, perPodTargetUsage, c.currentReplicas, moment.tolerances);
  return byAverage(metrics(levels), targetUsage, '', moment);
}

describe.skipIf(!hasCases)('upstream cases of the replica calculator', () => {
  // That an API has nothing to tell is the metrics client's to say; see horizontal-pod-autoscaler/controller.test.ts.
  test.each(allCasesOf<Case>('hpa-replica-calculator').filter(({ name }) => name !== 'TestReplicaCalcEmptyMetrics'))('$name', (c) => {
    if (c.expectedError) return void expect(() => proposal(c)).toThrow(c.expectedError.s ?? '');
    const { replicas, usage, utilization } = proposal(c);
    expect(replicas).toBe(c.expectedReplicas);
    if (c.resource) expect({ usage, utilization }).toEqual({ usage: c.resource.expectedValue, utilization: c.resource.expectedUtilization });
    else expect(usage).toBe(c.metric!.expectedUsage);
  });
});

import { describe, expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../../../../src/cluster/api/types.ts';
import { DESIRED_REPLICAS, fencePosts, fraction, MAX_REPLICAS, newReplicas, oldReplicas, resolveFencePosts, shrunk, size, wantedReplicas, withoutUnhealthy } from '../../../../src/cluster/controllers/deployment/rolling.ts';
import { scaledSizes } from '../../../../src/cluster/controllers/deployment/scaling.ts';
import { type Condition, isComplete, isProgressing, isTimedOut } from '../../../../src/cluster/controllers/deployment/status.ts';
import { casesOf, hasCases } from '../cases.ts';

function set(name: string, replicas: number, available = 0, annotations?: Record<string, string>): ReplicaSet {
  return { metadata: { name, creationTimestamp: name, annotations }, spec: { replicas }, status: { availableReplicas: available } } as unknown as ReplicaSet;
}

function deployment(replicas: number, { maxSurge = 0, maxUnavailable = 0, type = 'RollingUpdate', status = {} }: { maxSurge?: number | string; maxUnavailable?: number | string; type?: string; status?: object } = {}): Deployment {
  return { metadata: {}, spec: { replicas, strategy: { type, rollingUpdate: { maxSurge, maxUnavailable } } }, status } as unknown as Deployment;
}

describe.skipIf(!hasCases)('upstream cases', () => {
  test.each(casesOf<{ maxSurge?: string; maxUnavailable?: string; desired: number; expectSurge: number; expectUnavailable: number; expectError: boolean }>('deployment-util', 'TestResolveFenceposts'))('fence posts $name', (c) => {
    const resolve = () => resolveFencePosts(c.maxSurge ?? 0, c.maxUnavailable ?? 0, c.desired);
    if (c.expectError) expect(resolve).toThrow();
    else expect(resolve()).toEqual({ maxSurge: c.expectSurge, maxUnavailable: c.expectUnavailable });
  });

  test.each(casesOf<{ deployment: Deployment; expected: number }>('deployment-util', 'TestMaxUnavailable'))('$name', (c) => {
    expect(fencePosts(c.deployment).maxUnavailable).toBe(c.expected);
  });

  test.each(casesOf<{ deployment: Deployment; expected: number }>('deployment-util', 'TestMinAvailable'))('$name', (c) => {
    const minAvailable = c.deployment.spec.strategy?.type === 'Recreate' ? 0 : wantedReplicas(c.deployment) - fencePosts(c.deployment).maxUnavailable;
    expect(minAvailable).toBe(c.expected);
  });

  test.each(casesOf<{ depReplicas: number; newRSReplicas: number; maxSurge: number; strategyType: string; expected: number }>('deployment-util', 'TestNewRSNewReplicas'))('$name', (c) => {
    expect(newReplicas(deployment(c.depReplicas, { maxSurge: c.maxSurge, maxUnavailable: 1, type: c.strategyType }), [set('new', c.newRSReplicas)], c.newRSReplicas)).toBe(c.expected);
  });

  test.each(casesOf<{ deploymentReplicas: number; deploymentMaxSurge: number; deploymentStatusReplicas: number; rsReplicas: number; rsAnnotations?: Record<string, string>; expectedFraction: number; enableDeploymentReplicaSetTerminatingReplicas: boolean }>('deployment-util', 'TestGetReplicaSetFraction'))('$name', (c) => {
    const wanted = deployment(c.deploymentReplicas, { maxSurge: c.deploymentMaxSurge, status: { replicas: c.deploymentStatusReplicas } });
    expect(fraction(wanted, set('rs', c.rsReplicas, 0, c.rsAnnotations))).toBe(c.expectedFraction);
  });

  test.each(casesOf<{ d: Deployment; expected: boolean }>('deployment-util', 'TestDeploymentComplete'))('$name', ({ d, expected }) => {
    expect(isComplete({ ...d, metadata: d.metadata ?? {} }, d.status)).toBe(expected);
  });

  test.each(casesOf<{ d: Deployment; newStatus: Record<string, number>; expected: boolean }>('deployment-util', 'TestDeploymentProgressing'))('$name', ({ d, newStatus, expected }) => {
    const counts = Object.fromEntries(Object.entries(newStatus).map(([key, value]) => [key[0]!.toLowerCase() + key.slice(1), value]));
    expect(isProgressing(d.status, counts)).toBe(expected);
  });

  test.each(casesOf<{ d: Deployment; expected: boolean }>('deployment-util', 'TestDeploymentTimedOut'))('$name', ({ d, expected }) => {
    expect(isTimedOut({ ...d, spec: d.spec ?? {} }, d.status.conditions as Condition[], Date.parse('2016-01-01T00:01:20Z'))).toBe(expected);
  });

  test.each(casesOf<{ deployment: Deployment; oldDeployment: Deployment; newRS?: ReplicaSet; oldRSs?: ReplicaSet[]; expectedNew?: ReplicaSet; expectedOld?: ReplicaSet[]; desiredReplicasAnnotations?: Record<string, number> }>('deployment', 'TestScale'))('$name', (c) => {
    const noted = (rs: ReplicaSet): ReplicaSet => {
      const desired = c.desiredReplicasAnnotations?.[rs.metadata.name] ?? wantedReplicas(c.oldDeployment);
      return { ...rs, metadata: { ...rs.metadata, annotations: { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + fencePosts(c.oldDeployment).maxSurge) } } };
    };
    const current = c.newRS && noted(c.newRS);
    const old = (c.oldRSs ?? []).map(noted);
    const sizes = scaledSizes({ ...c.deployment, status: c.deployment.status ?? {} }, [...old, ...(current ? [current] : [])], current);
    const sizeOf = (rs: ReplicaSet) => sizes.get(rs) ?? size(rs);
    expect([current && sizeOf(current), ...old.map(sizeOf)]).toEqual([c.expectedNew?.spec.replicas, ...(c.expectedOld ?? []).map((rs) => rs.spec.replicas)]);
  });

  test.each(casesOf<{ deploymentReplicas: number; maxSurge: number; oldReplicas: number; newReplicas: number; expectedNewReplicas: number; scaleExpected: boolean }>('deployment', 'TestDeploymentController_reconcileNewReplicaSet'))('new replicas $name', (c) => {
    const [old, current] = [set('1', c.oldReplicas), set('2', c.newReplicas)];
    const wanted = deployment(c.deploymentReplicas, { maxSurge: c.maxSurge });
    const next = Math.min(newReplicas(wanted, [old, current], c.newReplicas), c.deploymentReplicas);
    expect(next !== c.newReplicas).toBe(c.scaleExpected);
    if (c.scaleExpected) expect(next).toBe(c.expectedNewReplicas);
  });

  test.each(casesOf<{ deploymentReplicas: number; maxUnavailable: number; oldReplicas: number; newReplicas: number; readyPodsFromOldRS: number; readyPodsFromNewRS: number; expectedOldReplicas: number; scaleExpected: boolean }>('deployment', 'TestDeploymentController_reconcileOldReplicaSets'))('old replicas $name', (c) => {
    const [old, current] = [set('1', c.oldReplicas, c.readyPodsFromOldRS), set('2', c.newReplicas, c.readyPodsFromNewRS)];
    const sizes = oldReplicas(deployment(c.deploymentReplicas, { maxUnavailable: c.maxUnavailable }), [old, current], current);
    expect(sizes.size > 0).toBe(c.scaleExpected);
  });

  test.each(casesOf<{ oldReplicas: number; readyPods: number; maxCleanupCount: number; cleanupCountExpected: number }>('deployment', 'TestDeploymentController_cleanupUnhealthyReplicas'))('unhealthy replicas $name', (c) => {
    const old = set('1', c.oldReplicas, c.readyPods);
    expect(c.oldReplicas - (withoutUnhealthy([old], c.maxCleanupCount).get(old) ?? c.oldReplicas)).toBe(c.cleanupCountExpected);
  });

  test.each(casesOf<{ deploymentReplicas: number; maxUnavailable: number; oldReplicas: number; readyPods: number; expectedOldReplicas: number; scaleExpected: boolean }>('deployment', 'TestDeploymentController_scaleDownOldReplicaSetsForRollingUpdate'))('scale down $name', (c) => {
    const old = set('1', c.oldReplicas);
    const minAvailable = c.deploymentReplicas - fencePosts(deployment(c.deploymentReplicas, { maxUnavailable: c.maxUnavailable })).maxUnavailable;
    const sizes = shrunk([old], new Map(), c.readyPods - minAvailable);
    expect(sizes.get(old)).toBe(c.scaleExpected ? c.expectedOldReplicas : undefined);
  });
});

import { beforeEach, expect, test } from 'vitest';
import { Scene } from '../../../scenario/scene.ts';

const version1 = { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 60 } };
let scene: Scene;
beforeEach(async () => { scene = await Scene.hollow(); });

test('a version 1 autoscaler is stored as version 2 and shown in either', async () => {
  await scene.apply(version1);
  expect(await scene.see('hpa web', '.apiVersion} {.spec.metrics[0].resource.target.averageUtilization')).toBe('autoscaling/v2 60');
  expect(await scene.see('horizontalpodautoscalers.v1.autoscaling web', '.apiVersion} {.spec.targetCPUUtilizationPercentage}{.spec.metrics')).toBe('autoscaling/v1 60');
  await scene.apply({ ...version1, spec: { ...version1.spec, maxReplicas: 6 } });
  await scene.k(`patch horizontalpodautoscalers.v1.autoscaling web --type=merge -p '{"spec":{"targetCPUUtilizationPercentage":70}}'`);
  expect(await scene.k('get hpa web --no-headers')).toMatch(/^web +Deployment\/web +cpu: <unknown>\/70% +2 +6 +0 /);
  expect(await scene.k('get horizontalpodautoscalers.v1.autoscaling --no-headers')).toMatch(/^web +Deployment\/web +cpu: <unknown>\/70% +2 +6 +0 /);
});

test('what version 1 has no field for goes through its annotations and comes back', async () => {
  const metrics = [
    { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
    { type: 'Object', object: { describedObject: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'main' }, metric: { name: 'rps' }, target: { type: 'Value', value: '2k' } } },
    { type: 'External', external: { metric: { name: 'queue', selector: { matchLabels: { q: 'a' } } }, target: { type: 'AverageValue', averageValue: '30' } } },
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
  ];
  await scene.apply({ ...version1, apiVersion: 'autoscaling/v2', spec: { scaleTargetRef: version1.spec.scaleTargetRef, maxReplicas: 5, metrics, behavior: { scaleDown: { selectPolicy: 'Disabled' } } } });
  const before = await scene.see('hpa web', '.spec');
  expect(await scene.see('horizontalpodautoscalers.v1.autoscaling web', String.raw`.metadata.annotations.autoscaling\.alpha\.kubernetes\.io/metrics`)).toContain('"object":{"target":{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","name":"main"},"metricName":"rps","targetValue":"2k"}');
  await scene.k('label horizontalpodautoscalers.v1.autoscaling web touched=yes');
  expect(await scene.see('hpa web', '.spec')).toBe(before);
  await scene.k('annotate horizontalpodautoscalers.v1.autoscaling web autoscaling.alpha.kubernetes.io/metrics=nonsense --overwrite');
  expect(await scene.see('hpa web', '.spec.metrics[*].resource.name')).toBe('cpu');
});

/** The short form of `npm run simulate`: a few lives without a fault, twice the same, and rules that notice a fault. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/cluster/api/types.ts';
import { deployment as deploymentOf, Scene } from '../scenario/scene.ts';
import type { History } from './history.ts';
import { live, stepsOf } from './run.ts';
import { allValid } from './rules/api.ts';
import { LIVE_RULES } from './rules/live.ts';
import { shrink } from './shrink.ts';

describe('simulated lives', () => {
  it.each([11, 12])('of seed %i break no rule, and are the same twice', async (seed) => {
    const steps = stepsOf(seed, 25);
    const [first, second] = [await live(seed, steps), await live(seed, steps)];
    expect(first.violations).toEqual([]);
    expect(second.digest).toBe(first.digest);
  });
});

describe('the rules', () => {
  const object = (kind: string, name: string, more: object = {}, metadata: object = {}) => ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default', uid: name, creationTimestamp: '2026-01-05T09:00:00Z', ...metadata }, ...more }) as unknown as KubeObject;
  const historyOf = (...objects: KubeObject[]) => ({ objects: new Map(objects.map((each) => [each.metadata.name, each])), changes: [], uids: new Set(objects.map(({ metadata }) => metadata.uid)), all: (kind: string) => objects.filter((each) => each.kind === kind) }) as unknown as History;
  const pod = (spec: object, status: object = { phase: 'Running' }) => object('Pod', 'p', { spec, status });
  const indexed = (name: string, status: object) => object('Pod', name, { spec: {}, status }, { annotations: { 'batch.kubernetes.io/job-completion-index': '0' }, ownerReferences: [{ kind: 'Job', uid: 'j', controller: true }] });
  const evicted = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' };
  const ready = (name: string, ...more: object[]) => object('Pod', name, { spec: {}, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }, ...more] } });
  const deployment = object('Deployment', 'web', { spec: { replicas: 4 }, status: { observedGeneration: 1 } }, { generation: 1 });
  const replicaSet = (name: string, replicas: number) => object('ReplicaSet', name, { spec: { replicas } }, { ownerReferences: [{ uid: 'web', controller: true }] });

  it.each([
    ['a Pod stays on its node', pod({ nodeName: 'a' }), pod({ nodeName: 'b' }), historyOf()],
    ['an ended Pod stays ended', pod({}, { phase: 'Failed' }), pod({}), historyOf()],
    ['an object keeps its identity', object('Pod', 'p', {}, { deletionTimestamp: '2026-01-05T09:00:00Z' }), object('Pod', 'p'), historyOf()],
    ['finalizers are waited for', object('ConfigMap', 'c', {}, { finalizers: ['example.com/hold'] }), undefined, historyOf()],
    ['an address has one Pod', pod({}), pod({}, { podIP: '10.244.1.2' }), historyOf(object('Pod', 'other', { spec: {}, status: { podIP: '10.244.1.2' } }))],
    ['Jobs complete no more than asked', undefined, object('Job', 'j', { spec: { completions: 1 }, status: { succeeded: 2 } }), historyOf()],
    ['Jobs complete no more than asked', object('Job', 'j', { spec: {}, status: {} }), object('Job', 'j', { spec: {}, status: { succeeded: 2 } }), historyOf(object('Pod', 'p', { status: { phase: 'Succeeded' } }, { ownerReferences: [{ uid: 'j', controller: true }] }))],
    ['an index is completed once', undefined, indexed('b', {}), { ...historyOf(), changes: [{ after: indexed('a', { phase: 'Succeeded' }) }] } as unknown as History],
    ['autoscalers keep their bounds', undefined, object('HorizontalPodAutoscaler', 'h', { spec: { maxReplicas: 3 }, status: { desiredReplicas: 4 } }), historyOf()],
    ['events tell of what was', undefined, object('Event', 'e', { involvedObject: { kind: 'Pod', name: 'p', uid: 'never' } }), historyOf(object('Pod', 'p'))],
    ['evictions leave enough healthy', ready('p'), ready('p', evicted), historyOf(ready('p'), object('PodDisruptionBudget', 'b', { spec: { selector: {} }, status: { desiredHealthy: 1, observedGeneration: 1 } }, { generation: 1 }))],
    ['StatefulSets go in order', undefined, object('Pod', 'db-1', {}, { ownerReferences: [{ kind: 'StatefulSet', uid: 'db', controller: true }] }), historyOf(object('StatefulSet', 'db', { spec: {} }), object('Pod', 'db-0', { status: { phase: 'Pending' } }))],
    ['quotas hold', undefined, pod({}), historyOf(object('ResourceQuota', 'q', { status: { hard: { pods: '1' } } }), object('Pod', 'other', { spec: { containers: [] }, status: {} }))],
    ['Deployments stay within their surge', replicaSet('new', 1), replicaSet('new', 2), historyOf(deployment, replicaSet('old', 4))],
  ])('%s: notice what breaks it', (rule, before, after, history) => {
    const change = { key: 'key', revision: 2, atMs: 0, before, after };
    expect(LIVE_RULES[rule]!(change, history)).toBeTypeOf('string');
  });

  it('let a Deployment surge as far as it may', () => {
    expect(LIVE_RULES['Deployments stay within their surge']!({ key: 'new', revision: 2, atMs: 0, before: replicaSet('new', 0), after: replicaSet('new', 1) }, historyOf(deployment, replicaSet('old', 4)))).toBeUndefined();
  });

  it('tell an invalid object from one that a policy would refuse', async () => {
    const at = await Scene.hollow();
    const api = { apiVersion: 'admissionregistration.k8s.io/v1' };
    await at.apply(deploymentOf('web', { replicas: 6 }),
      { ...api, kind: 'ValidatingAdmissionPolicy', metadata: { name: 'few' }, spec: { matchConstraints: { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] }] }, validations: [{ expression: 'object.spec.replicas <= 5' }] } },
      { ...api, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'few' }, spec: { policyName: 'few', validationActions: ['Deny'] } });
    expect(await at.k('label deployment web a=b')).toContain('denied request'); // so it is in force
    const [web] = (at.transport.handle({ method: 'GET', path: '/apis/apps/v1/deployments' }).body as { items: KubeObject[] }).items;
    const stored = { ...web!, apiVersion: 'apps/v1', kind: 'Deployment' };
    expect(allValid(historyOf(stored), at.cluster)).toEqual([]);
    expect(allValid(historyOf({ ...stored, metadata: { ...stored.metadata, labels: { app: 'not valid' } } }), at.cluster)).toEqual([expect.objectContaining({ rule: 'what is stored is valid' })]);
  });
});

describe('shrinking', () => {
  it('keeps the steps that matter, in order', async () => {
    const steps = [...'abcdefghijk'];
    expect(await shrink(steps, async (fewer) => fewer.join('').includes('c') && fewer.join('').includes('h'))).toEqual(['c', 'h']);
  });
});

import { describe, expect, test } from 'vitest';
import { usageOf } from '../../../../src/cluster/api/quota-usage.ts';
import type { Pod } from '../../../../src/cluster/api/types.ts';
import { clusterOf, kind, object, pod, refusal } from './builders.ts';

type Resources = { requests?: Record<string, string>; limits?: Record<string, string> };
const asks = (name: string, resources: Resources) => pod(name, { containers: [{ name: 'c', resources }] });
const limits = (...items: object[]) => ['limitranges', object('limitranges', 'defaults', { spec: { limits: items } })] as const;
const quota = (name: string, hard: Record<string, string>, used: Record<string, string> = {}, spec: object = {}) =>
  ['resourcequotas', object('resourcequotas', name, { spec: { hard, ...spec }, status: { hard, used: { ...Object.fromEntries(Object.keys(hard).map((key) => [key, '0'])), ...used } } })] as const;

describe('LimitRanger', () => {
  const container = { type: 'Container', default: { cpu: '200m', memory: '128Mi' }, defaultRequest: { cpu: '100m', memory: '64Mi' }, max: { cpu: '1', memory: '512Mi' }, min: { cpu: '10m' } };
  const cluster = clusterOf(limits(container, { type: 'PersistentVolumeClaim', max: { storage: '5Gi' } }));

  test('fills in what is open, and notes it', () => {
    const made = cluster.createPod(pod('a', { containers: [{ name: 'a' }] }));
    expect(made.spec.containers[0]?.resources).toEqual({ limits: { cpu: '200m', memory: '128Mi' }, requests: { cpu: '100m', memory: '64Mi' } });
    expect(made.metadata.annotations).toEqual({ 'kubernetes.io/limit-ranger': 'LimitRanger plugin set: cpu, memory request for container a; cpu, memory limit for container a' });
  });
  test('leaves alone what is given', () => {
    const made = cluster.createPod(asks('x', { requests: { cpu: '50m', memory: '1Mi' }, limits: { cpu: '500m', memory: '2Mi' } }));
    expect(made.spec.containers[0]?.resources).toEqual({ requests: { cpu: '50m', memory: '1Mi' }, limits: { cpu: '500m', memory: '2Mi' } });
    expect(made.metadata.annotations).toBeUndefined();
  });
  test('a maximum is also the default', () => {
    expect(clusterOf(limits({ type: 'Container', max: { cpu: '1' } })).createPod(pod('x')).spec.containers[0]?.resources).toEqual({ limits: { cpu: '1' }, requests: { cpu: '1' } });
  });

  const cases: [string, Resources, string][] = [
    ['too much', { requests: { cpu: '2' }, limits: { cpu: '2' } }, 'maximum cpu usage per Container is 1, but limit is 2'],
    ['too little', { requests: { cpu: '5m' } }, 'minimum cpu usage per Container is 10m, but request is 5m'],
    ['two faults', { requests: { cpu: '5m', memory: '1Gi' }, limits: { memory: '1Gi' } }, '[minimum cpu usage per Container is 10m, but request is 5m, maximum memory usage per Container is 512Mi, but limit is 1Gi]'],
  ];
  test.each(cases)('%s is refused', (_name, resources, why) => expect(refusal(() => cluster.createPod(asks('greedy', resources)))).toBe(`pods "greedy" is forbidden: ${why}`));

  test('ratio, whole Pods and claims', () => {
    const strict = clusterOf(limits({ type: 'Container', maxLimitRequestRatio: { cpu: '10' } }, { type: 'Pod', max: { memory: '1Gi' } }));
    expect(refusal(() => strict.createPod(asks('x', { requests: { cpu: '100m' }, limits: { cpu: '2', memory: '2Gi' } })))).toBe('pods "x" is forbidden: [cpu max limit to request ratio per Container is 10, but provided ratio is 20.000000, maximum memory usage per Pod is 1Gi, but limit is 2Gi]');
    const claim = (storage: string) => object('persistentvolumeclaims', 'data', { spec: { resources: { requests: { storage } } } });
    expect(refusal(() => cluster.create('persistentvolumeclaims', claim('10Gi')))).toBe('persistentvolumeclaims "data" is forbidden: maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 10Gi');
    expect(refusal(() => cluster.create('persistentvolumeclaims', claim('5Gi')))).toBe('admitted');
  });
});

describe('ResourceQuota', () => {
  test('names only what is exceeded', () => {
    const cluster = clusterOf(quota('team', { pods: '2', 'requests.cpu': '500m', 'requests.memory': '1Gi' }, { pods: '2', 'requests.cpu': '400m' }));
    expect(refusal(() => cluster.createPod(asks('q', { requests: { cpu: '300m', memory: '100Mi' } })))).toBe('pods "q" is forbidden: exceeded quota: team, requested: pods=1,requests.cpu=300m, used: pods=2,requests.cpu=400m, limited: pods=2,requests.cpu=500m');
  });
  test('demands what it counts', () => {
    const cluster = clusterOf(quota('q', { 'limits.cpu': '1', 'requests.cpu': '1' }));
    expect(refusal(() => cluster.createPod(pod('x')))).toBe('pods "x" is forbidden: failed quota: q: must specify limits.cpu for: c; requests.cpu for: c');
  });
  test('books each write at once, but no dry run', () => {
    const cluster = clusterOf(quota('q', { 'count/configmaps': '1' }));
    const map = (name: string) => object('configmaps', name);
    expect(refusal(() => cluster.create('configmaps', map('dry'), { dryRun: true }))).toBe('admitted');
    expect(refusal(() => cluster.create('configmaps', map('x1')))).toBe('admitted');
    expect(refusal(() => cluster.create('configmaps', map('x2')))).toBe('configmaps "x2" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1');
  });
  test('waits for the controller to have counted', () => {
    const cluster = clusterOf(['resourcequotas', object('resourcequotas', 'q', { spec: { hard: { pods: '5' } } })]);
    expect(refusal(() => cluster.createPod(pod('x')))).toBe('pods "x" is forbidden: status unknown for quota: q, resources: pods');
  });
  test('counts only what is in its scope', () => {
    const cluster = clusterOf(quota('besteffort', { pods: '0' }, {}, { scopes: ['BestEffort'] }), quota('high', { pods: '0' }, {}, { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } }));
    expect(refusal(() => cluster.createPod(pod('x')))).toContain('exceeded quota: besteffort');
    expect(refusal(() => cluster.createPod(asks('x', { requests: { cpu: '1' } })))).toBe('admitted');
  });
  test('counts only the increase of an update', () => {
    const service = (type: string) => object('services', 's', { spec: { type, ports: [{ port: 80 }] } });
    const cluster = clusterOf(quota('q', { services: '1', 'services.nodeports': '1' }, { services: '1', 'services.nodeports': '1' }));
    expect(refusal(() => cluster.update('services', service('ClusterIP'), service('NodePort')))).toBe('admitted');
    expect(refusal(() => cluster.update('services', service('NodePort'), service('ClusterIP')))).toContain('requested: services.nodeports=1, used: services.nodeports=1');
  });

  const usages: [string, string, object, Record<string, string>][] = [
    ['a Pod', 'pods', asks('x', { requests: { cpu: '100m', 'nvidia.com/gpu': '1' }, limits: { cpu: '200m' } }), { 'count/pods': '1', pods: '1', cpu: '100m', 'requests.cpu': '100m', 'requests.nvidia.com/gpu': '1', 'limits.cpu': '200m' }],
    ['a Pod that has ended', 'pods', { ...pod('x'), status: { phase: 'Succeeded' } }, { 'count/pods': '1' }],
    ['a load balancer', 'services', object('services', 's', { spec: { type: 'LoadBalancer', ports: [{}, {}] } }), { 'count/services': '1', services: '1', 'services.nodeports': '2', 'services.loadbalancers': '1' }],
    ['a claim', 'persistentvolumeclaims', object('persistentvolumeclaims', 'p', { spec: { storageClassName: 'gold', resources: { requests: { storage: '1Gi' } } } }), {
      'count/persistentvolumeclaims': '1', persistentvolumeclaims: '1', 'requests.storage': '1Gi', 'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1', 'gold.storageclass.storage.k8s.io/requests.storage': '1Gi' }],
    ['a Deployment', 'deployments.apps', object('deployments.apps', 'd'), { 'count/deployments.apps': '1' }],
  ];
  test.each(usages)('%s uses', (_name, resource, one, expected) => expect(usageOf(kind(resource), one as Pod)).toEqual(expected));
});

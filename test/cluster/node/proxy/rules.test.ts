import { expect, test } from 'vitest';
import type { EndpointSlice, Service } from '../../../../src/cluster/api/types.ts';
import { iptablesSave } from '../../../../src/cluster/node/proxy/iptables-save.ts';
import { NodeRules } from '../../../../src/cluster/node/proxy/node-rules.ts';
import { servicePorts } from '../../../../src/cluster/node/proxy/rules.ts';
import { Random } from '../../../../src/time/random.ts';
import { Simulation } from '../../../../src/time/simulation.ts';

type Spec = Partial<Service['spec']>;
interface Place { at: string; on?: string; ready?: boolean; terminating?: boolean; serving?: boolean; zones?: string[] }

const metadata = { name: 'web', namespace: 'shop', uid: '1', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

function service(spec: Spec = {}, ingress: string[] = []): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: '10.96.0.20', ports: [{ port: 80, targetPort: 8080, nodePort: spec.type ? 30080 : undefined }], ...spec }, status: { loadBalancer: { ingress: ingress.map((ip) => ({ ip })) } } };
}

function slice(places: Place[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'web' } }, addressType: 'IPv4', ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: places.map(({ at, on = 'worker-1', ready = true, terminating = false, serving = ready, zones }) => ({ addresses: [at], nodeName: on, conditions: { ready, serving, terminating }, hints: zones && { forZones: zones.map((name) => ({ name })) } })),
  };
}

const world = new Simulation({ seed: 1, startMs: 0 });

function rules(spec: Spec, places: Place[], zone?: string, ingress: string[] = []): NodeRules {
  const made = new NodeRules({ clock: world.clock, random: new Random(1), node: { name: 'worker-1', zone } });
  made.set('shop/web', servicePorts(service(spec, ingress), [slice(places)]));
  return made;
}

/** All that 40 connections reached. */
function reached(made: NodeRules, how: 'cluster' | 'node port' = 'cluster'): string[] {
  const verdicts = Array.from({ length: 40 }, (_, i) => (how === 'cluster' ? made.toService('10.96.0.20', 80, `10.244.9.${i}`) : made.toNodePort(30080, `192.0.2.${i}`)));
  return [...new Set(verdicts.map((verdict) => (typeof verdict === 'object' ? `${verdict.address}:${verdict.port}` : String(verdict))))].sort();
}

const two: Place[] = [{ at: '10.244.1.2' }, { at: '10.244.2.2', on: 'worker-2' }];
const elsewhere: Place[] = [{ at: '10.244.2.2', on: 'worker-2' }];
const nodePort: Spec = { type: 'NodePort' };

test.each<[string, Spec, Place[], 'cluster' | 'node port', string[]]>([
  ['ready endpoints share the load', {}, two, 'cluster', ['10.244.1.2:8080', '10.244.2.2:8080']],
  ['one that is not ready gets none', {}, [{ at: '10.244.1.2', ready: false }, two[1]!], 'cluster', ['10.244.2.2:8080']],
  ['no endpoints are refused', {}, [], 'cluster', ['reject']],
  ['none that is ready is refused too', {}, [{ at: '10.244.1.2', ready: false }], 'cluster', ['reject']],
  ['those that terminate but serve stand in when nothing else is ready', {}, [{ at: '10.244.1.2', ready: false, serving: true, terminating: true }, { at: '10.244.1.3', ready: false }], 'cluster', ['10.244.1.2:8080']],
  ['those that terminate get nothing while one is ready', {}, [{ at: '10.244.1.2', ready: false, serving: true, terminating: true }, two[1]!], 'cluster', ['10.244.2.2:8080']],
  ['internalTrafficPolicy Local stays on the node', { internalTrafficPolicy: 'Local' }, two, 'cluster', ['10.244.1.2:8080']],
  ['internalTrafficPolicy Local drops where the node has none', { internalTrafficPolicy: 'Local' }, elsewhere, 'cluster', ['drop']],
  ['internalTrafficPolicy Local does not concern node ports', { ...nodePort, internalTrafficPolicy: 'Local' }, elsewhere, 'node port', ['10.244.2.2:8080']],
  ['a node port leads to all endpoints', nodePort, two, 'node port', ['10.244.1.2:8080', '10.244.2.2:8080']],
  ['externalTrafficPolicy Local stays on the node', { ...nodePort, externalTrafficPolicy: 'Local' }, two, 'node port', ['10.244.1.2:8080']],
  ['externalTrafficPolicy Local drops where the node has none', { ...nodePort, externalTrafficPolicy: 'Local' }, elsewhere, 'node port', ['drop']],
  ['externalTrafficPolicy Local does not concern the cluster IP', { ...nodePort, externalTrafficPolicy: 'Local' }, elsewhere, 'cluster', ['10.244.2.2:8080']],
  ['a node port without any endpoint is refused', { ...nodePort, externalTrafficPolicy: 'Local' }, [], 'node port', ['reject']],
  ['an unknown node port is nobody\'s', {}, two, 'node port', ['undefined']],
  ['a headless Service has no rules', { clusterIP: 'None' }, two, 'cluster', ['undefined']],
])('%s', (_, spec, places, how, wanted) => {
  expect(reached(rules(spec, places), how)).toEqual(wanted);
});

test('zone hints keep traffic in the zone, when all endpoints have them and one is for it', () => {
  const hinted = [{ at: '10.244.1.2', zones: ['a'] }, { at: '10.244.2.2', on: 'worker-2', zones: ['b'] }];
  expect(reached(rules({}, hinted, 'a'))).toEqual(['10.244.1.2:8080']);
  expect(reached(rules({}, hinted, 'c'))).toHaveLength(2);
  expect(reached(rules({}, hinted))).toHaveLength(2);
  expect(reached(rules({}, [hinted[0]!, { at: '10.244.2.2' }], 'a'))).toHaveLength(2);
});

test('a client with affinity stays where it was until it was away too long or its endpoint is gone', async () => {
  const made = rules({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }, two);
  const ask = () => JSON.stringify(made.toService('10.96.0.20', 80, '10.244.9.9'));
  const first = ask();
  for (let i = 0; i < 20; i++) expect(ask()).toBe(first);
  const left = two.filter(({ at }) => !first.includes(at));
  made.set('shop/web', servicePorts(service({ sessionAffinity: 'ClientIP' }), [slice(left)]));
  expect(ask()).not.toBe(first);
});

test('a load balancer address takes only those in its source ranges', () => {
  const made = rules({ type: 'LoadBalancer', loadBalancerSourceRanges: ['203.0.113.0/24'] }, two, undefined, ['198.51.100.7']);
  expect(made.toService('198.51.100.7', 80, '203.0.113.9')).toBeTypeOf('object');
  expect(made.toService('198.51.100.7', 80, '192.0.2.1')).toBe('drop');
});

test('rules follow a Service that changes its ports, and go with it', () => {
  const made = rules({}, two);
  made.set('shop/web', servicePorts(service({ ports: [{ port: 81 }] }), [slice(two)]));
  expect([made.toService('10.96.0.20', 80, 'x'), typeof made.toService('10.96.0.20', 81, 'x')]).toEqual([undefined, 'object']);
  made.set('shop/web', []);
  expect([made.toService('10.96.0.20', 81, 'x'), made.ports()]).toEqual([undefined, []]);
});

test('the rules of the same objects are computed once for all nodes', () => {
  const [one, slices] = [service(), [slice(two)]];
  expect(servicePorts(one, slices)).toBe(servicePorts(one, [...slices]));
  expect(servicePorts(one, [slice(two)])).not.toBe(servicePorts(one, slices));
});

test('iptables-save prints the chains of a node port with local policy and affinity', () => {
  const saved = iptablesSave(rules({ ...nodePort, externalTrafficPolicy: 'Local', sessionAffinity: 'ClientIP' }, two));
  const line = (text: string) => saved.split('\n').filter((l) => l.includes(text)).length;
  expect(line('-A KUBE-NODEPORTS -p tcp -m comment --comment "shop/web" -m tcp --dport 30080 -j KUBE-EXT-')).toBe(1);
  expect(line('pod traffic for shop/web external destinations')).toBe(1);
  expect(line('--rcheck --seconds 10800 --reap')).toBe(3);
  expect(line('-m recent --set --name KUBE-SEP-')).toBe(2);
  expect(saved.indexOf('this must be the last rule in this chain')).toBeGreaterThan(saved.indexOf('shop/web cluster IP" -m tcp --dport 80 -j KUBE-SVC'));
});

test('iptables-save shows a Service without endpoints as rejected', () => {
  const saved = iptablesSave(rules(nodePort, []));
  expect(saved).toContain('-A KUBE-SERVICES -d 10.96.0.20/32 -p tcp -m comment --comment "shop/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable');
  expect(saved).toContain('-A KUBE-EXTERNAL-SERVICES -p tcp -m addrtype --dst-type LOCAL -m comment --comment "shop/web has no endpoints" -m tcp --dport 30080 -j REJECT');
});

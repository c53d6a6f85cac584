/** Endpoints into slices, and which Pods they come from. */
import { expect, test } from 'vitest';
import type { EndpointSlice, Pod, Service } from '../../../src/cluster/api/types.ts';
import { type Group, pack } from '../../../src/cluster/controllers/endpoints/packing.ts';
import { hasSelector, hostnameOf, isEndpoint, isSamePlace, portsFor, selects, targetRef } from '../../../src/cluster/controllers/endpoints/pod-endpoint.ts';
import { made, pod, type PodPart } from './builders.ts';

const HTTP = [{ name: 'http', port: 80, protocol: 'TCP' }];
const DNS = [{ name: 'dns', port: 53, protocol: 'UDP' }];
const endpoint = (name: string) => ({ addresses: [`ip-${name}`], targetRef: { kind: 'Pod', name, uid: name } });
const endpoints = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => endpoint(String(from + i)));
const slice = (name: string, list: EndpointSlice['endpoints'], ports: object[] | undefined = HTTP) => ({ metadata: { name, uid: name }, ports, endpoints: list }) as unknown as EndpointSlice;
const group = (list: EndpointSlice['endpoints'], ports: Group['ports'] = HTTP): Group => ({ ports, endpoints: list });
const ofNothing = { ...slice('a', []), endpoints: undefined } as unknown as EndpointSlice;

test.each<[string, EndpointSlice[], Group[], string]>([
  ['the first', [], [group(endpoints(0, 3))], '+http3'],
  ['a hundred to a slice', [], [group(endpoints(0, 201))], '+http100 +http100 +http1'],
  ['none at all', [], [], '+0'],
  ['none of a port', [], [group([])], '+http0'],
  ['as they are', [slice('a', endpoints(0, 3))], [group(endpoints(0, 3))], 'a3'],
  ['one goes', [slice('a', endpoints(0, 3))], [group(endpoints(1, 3))], 'a2'],
  ['one comes', [slice('a', endpoints(0, 3))], [group(endpoints(0, 4))], 'a4'],
  ['the fullest with room takes them', [slice('a', endpoints(0, 2)), slice('b', endpoints(2, 5))], [group(endpoints(0, 7))], 'a2 b5'],
  ['then the next, then a new one', [slice('a', endpoints(0, 99)), slice('b', endpoints(99, 199))], [group(endpoints(0, 203))], '+http3 a100 b100'],
  ['an empty one goes', [slice('a', endpoints(0, 2)), slice('b', endpoints(2, 3))], [group(endpoints(0, 2))], 'a2 -b'],
  ['the first of the empty ones stays when there is no other', [slice('a', endpoints(0, 1)), slice('b', endpoints(1, 2))], [group([])], 'a0 -b'],
  ['one in two slices stays in the first', [slice('a', endpoints(0, 2)), slice('b', endpoints(0, 2))], [group(endpoints(0, 2))], 'a2 -b'],
  ['a slice of other ports goes', [slice('a', endpoints(0, 2), DNS)], [group(endpoints(0, 2))], '+http2 -a'],
  ['ports have slices of their own', [slice('a', endpoints(0, 2), DNS)], [group(endpoints(0, 2)), group(endpoints(2, 3), DNS)], '+http2 a1'],
  ['a slice without a list', [ofNothing], [group(endpoints(0, 1))], 'a1'],
  ['a slice without ports stays for none', [slice('a', [], [])], [], 'a0'],
])('slices: %s', (_, existing, groups, expected) => {
  const { create, keep, remove } = pack(existing, groups);
  expect([...create.map(({ ports, endpoints: list }) => `+${ports[0]?.name ?? ''}${list.length}`), ...keep.map((each) => `${each.slice.metadata.name}${each.endpoints.length}`), ...remove.map(({ metadata }) => `-${metadata.name}`)].join(' ')).toBe(expected);
});

test('what an endpoint says is renewed; another address is another endpoint', () => {
  const [old] = endpoints(0, 1);
  const kept = (now: object) => pack([slice('a', [old!])], [group([{ ...old!, ...now }])]).keep[0]!.endpoints;
  expect(kept({ nodeName: 'n' })).toEqual([{ ...old, nodeName: 'n' }]);
  expect(kept({ addresses: ['other'] })).toEqual([{ ...old, addresses: ['other'] }]);
  const two = [{ addresses: ['x'] }, { addresses: ['x'], targetRef: { uid: 'u' } }] as unknown as EndpointSlice['endpoints'];
  expect(pack([], [group(two)]).create[0]!.endpoints).toHaveLength(2);
});

const service = (spec: object) => made<Service>('Service', 'web', { selector: { app: 'web' }, ...spec });

test('which Pods a Service has', () => {
  expect([service({}), service({ selector: {} }), service({ selector: undefined }), service({ type: 'ExternalName' })].map((each) => [hasSelector(each), selects(each, pod('a'))])).toEqual([[true, true], [false, false], [false, false], [false, false]]);
  expect(selects(service({}), pod('a', { labels: { app: 'x' } }))).toBe(false);
  const is = (part: PodPart, withTerminating = false) => isEndpoint(pod('a', { ...part, status: { podIP: '10.0.0.1', ...part.status } }), { withTerminating });
  expect([is({}), is({ status: { podIP: undefined } }), is({ phase: 'Failed' }), is({ leaving: true }), is({ leaving: true }, true), is({ phase: 'Succeeded' }, true)]).toEqual([true, false, false, false, true, false]);
  expect(targetRef(pod('a'))).toEqual({ kind: 'Pod', namespace: 'default', name: 'a', uid: 'a' });
  const hostname = (spec: object) => hostnameOf(service({}), pod('a', { spec }));
  expect([hostname({ hostname: 'h', subdomain: 'web' }), hostname({ hostname: 'h', subdomain: 'x' }), hostname({ subdomain: 'web' })]).toEqual([{ hostname: 'h' }, {}, {}]);
});

test.each<[string, PodPart, boolean]>([
  ['another annotation', { annotations: { a: 'b' } }, true], ['another address', { status: { podIP: '2' } }, false], ['over', { phase: 'Failed' }, false], ['ready', { readyS: 1 }, false], ['another node', { on: 'm' }, false], ['leaving', { leaving: true }, false], ['another label', { labels: { app: 'web', x: 'y' } }, false],
])('a Pod that changes: %s', (_, part, expected) => expect(isSamePlace(pod('a'), pod('a', part))).toBe(expected));

test('ports: by number, by name and protocol, or the Service\'s own', () => {
  const containers = [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }, { name: 'dns', containerPort: 53, protocol: 'UDP' }] }, { name: 'bare' }];
  const given: Pod = pod('a', { spec: { containers, initContainers: [{ name: 'i', ports: [{ name: 'early', containerPort: 1 }] }, { name: 's', restartPolicy: 'Always', ports: [{ name: 'side', containerPort: 2 }] }] } });
  const of = (...ports: object[]) => portsFor(service({ ports }), given);
  expect(of({ port: 80 }, { name: 'b', port: 81, targetPort: 9, protocol: 'UDP', appProtocol: 'h2c' })).toEqual([{ name: '', port: 80, protocol: 'TCP' }, { name: 'b', port: 9, protocol: 'UDP', appProtocol: 'h2c' }]);
  expect(of({ port: 80, targetPort: 'http' }, { port: 53, targetPort: 'dns', protocol: 'UDP' }, { port: 2, targetPort: 'side' }).map(({ port }) => port)).toEqual([8080, 53, 2]);
  expect([of({ port: 80, targetPort: 'early' }, { port: 53, targetPort: 'dns' }, { port: 1, targetPort: 'nothing' }), portsFor(service({}), given)]).toEqual([[], []]);
});

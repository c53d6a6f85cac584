import { expect, test } from 'vitest';
import type { Device, DeviceClaim, DeviceClass, ResourceClaim, ResourceSlice } from '../../../src/cluster/api/device-types.ts';
import { allocate } from '../../../src/cluster/scheduler/device-allocator.ts';

const metadata = (name: string) => ({ name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' });
const claim = (name: string, devices: DeviceClaim): ResourceClaim => ({ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', metadata: metadata(name), spec: { devices } });
const slice = (devices: Device[], at: Partial<ResourceSlice['spec']> = { nodeName: 'n1' }, name = 's1'): ResourceSlice =>
  ({ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceSlice', metadata: metadata(name), spec: { driver: 'gpu.example.com', pool: { name: at.nodeName ?? 'shared', generation: 1, resourceSliceCount: 1 }, devices, ...at } });
const gpu = (name: string, zone?: string, more: Partial<Device> = {}): Device => ({ name, ...(zone ? { attributes: { zone: { string: zone } } } : {}), ...more });
const anyGpu: DeviceClass = { apiVersion: 'resource.k8s.io/v1', kind: 'DeviceClass', metadata: metadata('gpu'), spec: {} };
const exactly = (name: string, more: object = {}) => ({ name, exactly: { deviceClassName: 'gpu', ...more } });
const node = { name: 'n1', labels: {} };

/** Names of the devices that each claim gets; undefined when it cannot be. */
function given(claims: readonly ResourceClaim[], slices: readonly ResourceSlice[], taken: readonly ResourceClaim[] = []): string[][] | undefined {
  const answer = allocate(claims, { node, slices, classes: new Map([['gpu', anyGpu]]), taken });
  if ('error' in answer) throw new Error(answer.error);
  return answer.allocations?.map(({ devices }) => (devices?.results ?? []).map(({ device }) => device));
}

test('each of several claims gets its own devices and no other', () => {
  const claims = [claim('a', { requests: [exactly('one')] }), claim('b', { requests: [exactly('two', { count: 2 })] })];
  expect(given(claims, [slice([gpu('g0'), gpu('g1'), gpu('g2')])])).toEqual([['g0'], ['g1', 'g2']]);
  expect(given(claims, [slice([gpu('g0'), gpu('g1')])])).toBeUndefined();
});

test('a device given up on the way is free again for another request', () => {
  const devices = [gpu('g0', 'a'), gpu('g1', 'b'), gpu('g2', 'b')];
  const together = claim('a', { requests: [exactly('x'), exactly('y')], constraints: [{ matchAttribute: 'gpu.example.com/zone' }] });
  expect(given([together, claim('b', { requests: [exactly('z')] })], [slice(devices)])).toEqual([['g1', 'g2'], ['g0']]);
});

test('a constraint that names requests binds those alone', () => {
  const apart = claim('a', { requests: [exactly('x'), exactly('free'), exactly('y')], constraints: [{ requests: ['x', 'y'], distinctAttribute: 'gpu.example.com/zone' }] });
  expect(given([apart], [slice([gpu('g0', 'a'), gpu('g1'), gpu('g2', 'b')])])).toEqual([['g0', 'g1', 'g2']]);
  expect(given([apart], [slice([gpu('g0', 'a'), gpu('g1'), gpu('g2', 'a')])])).toBeUndefined();
});

test('a taint keeps a device from those who do not tolerate it; the effect None is a note only', () => {
  const tainted = (effect: string) => [slice([gpu('g0', undefined, { taints: [{ key: 'broken', effect }] })])];
  const plain = [claim('a', { requests: [exactly('x')] })];
  const tolerant = [claim('a', { requests: [exactly('x', { tolerations: [{ key: 'broken', operator: 'Exists' }] })] })];
  expect(given(plain, tainted('NoSchedule'))).toBeUndefined();
  expect(given(tolerant, tainted('NoSchedule'))).toEqual([['g0']]);
  expect(given(plain, tainted('None'))).toEqual([['g0']]);
});

test('a selector that cannot be judged is an error, and says whose it is', () => {
  const asked = claim('a', { requests: [exactly('x', { selectors: [{ cel: { expression: 'device.attributes["gpu.example.com"].none == "x"' } }] })] });
  const answer = allocate([asked], { node, slices: [slice([gpu('g0', 'a')])], classes: new Map([['gpu', anyGpu]]), taken: [] });
  expect(answer).toMatchObject({ error: expect.stringMatching(/^claim default\/a: selector #0: /) });
});

test('a search that goes on for ever is given up', () => {
  const devices = Array.from({ length: 40 }, (_, i) => gpu(`g${i}`, `zone-${i}`));
  const alike = claim('a', { requests: [exactly('many', { count: 20 }), exactly('other')], constraints: [{ requests: ['other', 'many'], distinctAttribute: 'gpu.example.com/zone' }, { requests: ['other'], matchAttribute: 'gpu.example.com/none' }] });
  expect(given([alike], [slice(devices)])).toBeUndefined();
});

test('administrators look at a device that is taken, and take nothing', () => {
  const holder: ResourceClaim = { ...claim('holder', {}), status: { allocation: { devices: { results: [{ request: 'x', driver: 'gpu.example.com', pool: 'n1', device: 'g0' }] } } } };
  const slices = [slice([gpu('g0')])];
  expect(given([claim('a', { requests: [exactly('x')] })], slices, [holder])).toBeUndefined();
  expect(given([claim('admin', { requests: [exactly('x', { adminAccess: true })] }), claim('a', { requests: [exactly('y')] })], slices)).toEqual([['g0'], ['g0']]);
});

test('a configuration goes with those of its requests that were served', () => {
  const opaque = (size: string) => ({ opaque: { driver: 'gpu.example.com', parameters: { size } } });
  const asked = claim('a', { requests: [{ name: 'x', firstAvailable: [{ name: 'big', deviceClassName: 'gpu' }] }], config: [{ ...opaque('all') }, { requests: ['other', 'x'], ...opaque('x') }, { requests: ['x/big'], ...opaque('big') }, { requests: ['other'], ...opaque('other') }] });
  const answer = allocate([asked], { node, slices: [slice([gpu('g0')])], classes: new Map([['gpu', anyGpu]]), taken: [] });
  const config = 'allocations' in answer ? answer.allocations?.[0]?.devices?.config : undefined;
  expect(config?.map(({ opaque: of, source }) => [of?.parameters, source])).toEqual([[{ size: 'all' }, 'FromClaim'], [{ size: 'x' }, 'FromClaim'], [{ size: 'big' }, 'FromClaim']]);
});

test('one device of the node among those that all nodes reach ties the claim to the node', () => {
  const slices = [slice([gpu('g0')]), slice([gpu('net')], { allNodes: true }, 's2')];
  const tied = (count: number, devices = slices) => {
    const answer = allocate([claim('a', { requests: [exactly('x', { count })] })], { node, slices: devices, classes: new Map([['gpu', anyGpu]]), taken: [] });
    return 'allocations' in answer ? answer.allocations?.[0]?.nodeSelector?.nodeSelectorTerms : undefined;
  };
  expect(tied(2)).toEqual([{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }]);
  expect(tied(1, [slices[1]!])).toBeUndefined();
});

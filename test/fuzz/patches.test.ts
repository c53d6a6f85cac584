/** Laws of patches: the difference of two objects makes one into the other, and what is applied twice changes nothing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allKinds } from '../../src/cluster/api/kinds/index.ts';
import { apply } from '../../src/cluster/api/managed-fields/apply.ts';
import { Ledger, LEDGER } from '../../src/cluster/api/managed-fields/ledger.ts';
import { jsonMergePatch, jsonPatch, PatchError, strategicMergePatch } from '../../src/cluster/api/patch.ts';
import { typeOfKind } from '../../src/cluster/api/schema.ts';
import type { KubeObject } from '../../src/cluster/api/types.ts';
import { threeWayStrategicPatch } from '../../src/kubectl/apply/three-way.ts';
import { diffMaps } from '../../src/kubectl/apply/two-way.ts';

const name = fc.constantFrom('a', 'b', 'c');
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const labels = fc.dictionary(name, fc.constantFrom('x', 'y'));
const container = fc.record({
  name, image: maybe(fc.constantFrom('nginx:1', 'nginx:2')), command: maybe(fc.array(name, { maxLength: 2 })),
  env: maybe(fc.uniqueArray(fc.record({ name, value: fc.constantFrom('1', '2') }), { selector: ({ name: key }) => key, minLength: 1 })),
  ports: maybe(fc.uniqueArray(fc.record({ containerPort: fc.integer({ min: 80, max: 82 }), protocol: fc.constant('TCP') }), { selector: ({ containerPort }) => containerPort, minLength: 1 })),
  resources: maybe(fc.record({ limits: fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.constantFrom('1', '2')) })),
});
const object = fc.record({
  metadata: fc.record({ name: fc.constant('web'), labels: maybe(labels), finalizers: maybe(fc.uniqueArray(fc.constantFrom('x/1', 'x/2', 'x/3'), { minLength: 1 })) }),
  spec: fc.record({
    replicas: maybe(fc.nat(3)), strategy: maybe(fc.constantFrom({ type: 'Recreate' }, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } })),
    template: fc.record({ metadata: maybe(fc.record({ labels })), spec: fc.record({
      containers: fc.uniqueArray(container, { selector: ({ name: key }) => key, minLength: 1 }), tolerations: maybe(fc.array(fc.record({ key: name, operator: fc.constant('Exists') }), { maxLength: 2 })),
      volumes: maybe(fc.uniqueArray(fc.record({ name, emptyDir: fc.constant({}) }), { selector: ({ name: key }) => key, minLength: 1 })), nodeSelector: maybe(labels),
    }) }),
  }),
}).map((made) => ({ apiVersion: 'apps/v1', kind: 'Deployment', ...plain(made) }));

function plain(value: object): Record<string, unknown> { return JSON.parse(JSON.stringify(value)); }

const TYPE = typeOfKind('apps/v1', 'Deployment') ?? '';
const deployments = allKinds.find(({ kind, group }) => kind === 'Deployment' && group === 'apps')!;
const write = { manager: 'one', apiVersion: 'apps/v1', subresource: '', timeMs: 0 };
const asObject = (made: object): KubeObject => JSON.parse(JSON.stringify(made));

/** As a strategic merge leaves it: an empty thing and no thing are the same here, and merged lists have the order of what was there. */
function settled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(settled).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, settled(item)] as const).filter(([, item]) => !isEmpty(item)).sort(([a], [b]) => (a < b ? -1 : 1)));
}
const isEmpty = (item: unknown): boolean => typeof item === 'object' && item !== null && Object.keys(item).length === 0;

test('a patch with the difference of two objects makes one into the other, and again nothing', () => fc.assert(fc.property(object, object, (a, b) => {
  const patch = diffMaps(a, b, TYPE, { setElementOrder: true });
  const patched = strategicMergePatch(a, patch, TYPE);
  expect(settled(patched)).toEqual(settled(b));
  expect(settled(strategicMergePatch(patched, patch, TYPE))).toEqual(settled(b));
  expect(diffMaps(b, b, TYPE, { setElementOrder: true })).toEqual({});
}), { numRuns: 300 }));

test('what kubectl apply sends brings the wish about and keeps what others have added', () => fc.assert(fc.property(object, object, (was, wanted) => {
  const live = { ...was, status: { replicas: 1 }, metadata: { ...Object(Reflect.get(was, 'metadata')), uid: '1' } };
  const patched = Object(strategicMergePatch(live, threeWayStrategicPatch(was, wanted, live, TYPE), TYPE));
  expect(settled({ ...patched, status: undefined, metadata: { ...patched.metadata, uid: undefined } })).toEqual(settled({ ...wanted, status: undefined }));
  expect(patched.metadata.uid).toBe('1');
  expect(threeWayStrategicPatch(wanted, wanted, patched, TYPE)).toEqual({});
}), { numRuns: 300 }));

test('server-side apply: applied twice changes nothing, what is no longer wished goes, what another owns stays', () => fc.assert(fc.property(object, object, fc.constantFrom('1', '2'), (a, b, value) => {
  const first = applied(undefined, asObject(a), 'one');
  const again = apply(deployments, first, asObject(a), write);
  expect(again.conflicts).toEqual([]);
  expect(again.object).toBe(first);
  const other = applied(first, asObject({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', annotations: { other: value } } }), 'two');
  const second = apply(deployments, other, asObject(b), write);
  expect(second.conflicts).toEqual([]);
  expect(settled({ ...second.object, metadata: { ...second.object.metadata, [LEDGER]: undefined, annotations: undefined } })).toEqual(settled(b));
  expect(second.object.metadata.annotations).toEqual({ other: value });
}), { numRuns: 200 }));

function applied(live: KubeObject | undefined, config: KubeObject, manager: string): KubeObject {
  const { object: made, entries } = apply(deployments, live, config, { ...write, manager });
  return { ...made, metadata: { ...made.metadata, [LEDGER]: Ledger.of(entries) } };
}

test('a merge patch of an object on another is idempotent, and never changes what it is given', () => fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
  const before = JSON.stringify([a, b]);
  const once = jsonMergePatch(a, b);
  expect(jsonMergePatch(once, b)).toEqual(once);
  expect(JSON.stringify([a, b])).toBe(before);
}), { numRuns: 300 }));

const path = fc.array(fc.constantFrom('a', '0', '1', '-', 'b', '~1', '~', '__proto__', ''), { maxLength: 3 }).map((steps) => steps.map((step) => `/${step}`).join(''));
const operation = fc.oneof(fc.record({ op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'fly'), path, from: path, value: fc.jsonValue() }, { requiredKeys: [] }), fc.jsonValue());
test('a JSON patch is done or refused in words; a strategic one of any shape is, too', () => fc.assert(fc.property(fc.jsonValue(), fc.array(operation, { maxLength: 4 }), object, (target, operations, made) => {
  for (const act of [() => jsonPatch(target, operations), () => strategicMergePatch(made, target, TYPE), () => strategicMergePatch(made, { spec: { template: { spec: { containers: target, volumes: [target] } } } }, TYPE)]) {
    try { act(); } catch (error) { if (!(error instanceof PatchError)) throw error; }
  }
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  expect('polluted' in {}).toBe(false);
}), { numRuns: 500 }));

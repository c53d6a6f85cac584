import { expect, test } from 'vitest';
import type { CustomResourceDefinition, KubeObject } from '../../../../src/cluster/api/types.ts';
import { ApiError, type ResourceRef } from '../../../../src/cluster/client/types.ts';
import { Scene } from '../../controllers/scene.ts';

const definitions: ResourceRef<CustomResourceDefinition> = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', namespaced: false };
type Rocket = KubeObject & { spec: { stage?: number; max?: number; name?: string; replicas?: number } };
const rockets: ResourceRef<Rocket> = { group: 'space.example', version: 'v1', plural: 'rockets', namespaced: true };

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object', required: ['stage'],
      'x-kubernetes-validations': [{ rule: 'self.stage <= self.max', message: 'too high' }, { rule: 'self.name == oldSelf.name' }],
      properties: { stage: { type: 'integer', minimum: 1 }, max: { type: 'integer', default: 5 }, name: { type: 'string', enum: ['a', 'b'], default: 'a' }, replicas: { type: 'integer' } },
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' } } },
  },
};
const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } } };
const definition = (spec: object = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'rockets.space.example' },
  spec: { group: 'space.example', scope: 'Namespaced', names: { plural: 'rockets', kind: 'Rocket', shortNames: ['rk'] }, versions: [version], ...spec },
});
const rocket = (spec: object, name = 'r') => ({ apiVersion: 'space.example/v1', kind: 'Rocket', metadata: { name, namespace: 'default' }, spec });

async function scene(spec: object = {}): Promise<Scene> {
  const at = new Scene({ controllers: ['garbage-collector-controller'] });
  at.create(definitions, definition(spec));
  await at.wait(1);
  return at;
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
  return 'accepted';
}

test('a definition is established, and its objects have defaults and lose what nobody knows', async () => {
  const at = await scene();
  expect(at.get(definitions, 'rockets.space.example').status.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual(['NamesAccepted=True', 'Established=True']);
  const made = at.create(rockets, { ...rocket({ stage: 2, color: 'red' }), status: { replicas: 9 } });
  expect(made.spec).toEqual({ stage: 2, max: 5, name: 'a' });
  expect(made.status).toBeUndefined();
  expect(made.metadata.generation).toBe(1);
});

/** What is plainly wrong keeps the rules from being asked, and the refusal says so. */
const unchecked = (problem: string) => `[${problem}, <nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]`;

test.each([
  [{}, unchecked('spec.stage: Required value')],
  [{ stage: 0 }, 'spec.stage: Invalid value: 0: spec.stage in body should be greater than or equal to 1'],
  [{ stage: 'x' }, unchecked('spec.stage: Invalid value: "string": spec.stage in body must be of type integer: "string"')],
  [{ stage: 1, name: 'c' }, unchecked('spec.name: Unsupported value: "c": supported values: "a", "b"')],
  [{ stage: 9 }, 'spec: Invalid value: "object": too high'],
])('%j is refused', async (spec, why) => {
  const at = await scene();
  expect(refusal(() => at.create(rockets, rocket(spec)))).toBe(`Rocket.space.example "r" is invalid: ${why}`);
});

test('a rule about the old value sees it', async () => {
  const at = await scene();
  at.create(rockets, rocket({ stage: 1 }));
  expect(refusal(() => at.client.patch(rockets, 'r', 'default', { spec: { name: 'b' } }))).toContain('failed rule: self.name == oldSelf.name');
});

test('status and scale are written on their own', async () => {
  const at = await scene();
  const made = at.create(rockets, rocket({ stage: 1, replicas: 1 }));
  at.client.updateStatus(rockets, { ...made, spec: { stage: 4 }, status: { replicas: 1 } });
  at.client.patch(rockets, 'r', 'default', { spec: { replicas: 3 } }, { subresource: 'scale' });
  expect(at.get(rockets, 'r')).toMatchObject({ spec: { stage: 1, replicas: 3 }, status: { replicas: 1 }, metadata: { generation: 2 } });
});

test('it is served in all its versions, and stored in one', async () => {
  const at = await scene({ versions: [{ ...version, name: 'v1beta1', storage: false }, version] });
  at.create(rockets, rocket({ stage: 1 }));
  expect(at.get({ ...rockets, version: 'v1beta1' }, 'r').apiVersion).toBe('space.example/v1beta1');
  expect(at.get(rockets, 'r').apiVersion).toBe('space.example/v1');
});

test('it goes with its objects, but not before those with finalizers', async () => {
  const at = await scene();
  const draft = rocket({ stage: 1 });
  at.create(rockets, { ...draft, metadata: { ...draft.metadata, finalizers: ['example.org/hold'] } });
  at.client.delete(definitions, 'rockets.space.example');
  await at.wait(1);
  expect(at.get(definitions, 'rockets.space.example').metadata.deletionTimestamp).toBeDefined();
  at.client.patch(rockets, 'r', 'default', { metadata: { finalizers: null } });
  await at.wait(1);
  expect(at.has(definitions, 'rockets.space.example')).toBe(false);
  expect(refusal(() => at.client.list(rockets))).toBe('the server could not find the requested resource (get rockets.space.example)');
});

test('a definition that is not structural is refused', async () => {
  const at = new Scene({ controllers: [] });
  const wrong = { ...version, schema: { openAPIV3Schema: { type: 'object', properties: { spec: {} } } } };
  expect(refusal(() => at.create(definitions, definition({ versions: [wrong] })))).toContain('spec.versions[0].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields');
});

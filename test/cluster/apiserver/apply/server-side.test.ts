import { expect, test } from 'vitest';
import { entriesOf } from '../../../../src/cluster/api/managed-fields/ledger.ts';
import { difference, intersection, union } from '../../../../src/cluster/api/managed-fields/fields.ts';
import type { Deployment, KubeObject, Status } from '../../../../src/cluster/api/types.ts';
import { configMaps, deployments } from '../../../../src/cluster/client/resources.ts';
import { deployment, Scene } from '../../controllers/scene.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const scene = () => new Scene({ controllers: [] });

function apply(at: Scene, path: string, body: unknown, manager: string, force = false): { code: number; body: KubeObject & Status } {
  const answer = at.server.handle({ method: 'PATCH', path: `${path}?fieldManager=${manager}&force=${force}`, contentType: 'application/apply-patch+yaml', body, credential: {}, userAgent: 'test' });
  return answer as { code: number; body: KubeObject & Status };
}

const web = (replicas: number, image: string, labels = { app: 'web' }) => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', labels },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image }] } } },
});
const owners = (object: KubeObject) => entriesOf(object).map(({ manager, operation }) => `${manager} ${operation}`);

test('what one manager applied another may not change, unless it forces it', () => {
  const at = scene();
  expect(apply(at, `${DEPLOYMENTS}/web`, web(2, 'nginx:1'), 'one').code).toBe(201);
  expect(apply(at, `${DEPLOYMENTS}/web`, web(2, 'nginx:1'), 'two').code).toBe(200);
  const refused = apply(at, `${DEPLOYMENTS}/web`, web(2, 'nginx:2'), 'two');
  expect(refused.code).toBe(409);
  expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.template.spec.containers[name="main"].image');
  expect(apply(at, `${DEPLOYMENTS}/web`, web(2, 'nginx:2'), 'two', true).code).toBe(200);
  expect(apply(at, `${DEPLOYMENTS}/web`, web(2, 'nginx:3'), 'one').body.message).toContain('conflict with "two"');
});

test('a field that a manager leaves out goes, if nobody else wants it', () => {
  const at = scene();
  apply(at, `${CONFIG_MAPS}/c`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1', b: '2' } }, 'one');
  apply(at, `${CONFIG_MAPS}/c`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { b: '2' } }, 'two');
  apply(at, `${CONFIG_MAPS}/c`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: {} }, 'one');
  expect(at.get(configMaps, 'c').data).toEqual({ b: '2' });
});

test('an update takes the fields that it changes', () => {
  const at = scene();
  at.create(deployments, deployment('web'));
  at.client.patch(deployments, 'web', 'default', { spec: { replicas: 5 } });
  apply(at, `${DEPLOYMENTS}/web`, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', annotations: { a: 'b' } } }, 'notes');
  const conflict = apply(at, `${DEPLOYMENTS}/web`, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 1, paused: true } }, 'other');
  expect(conflict.body.message).toBe('Apply failed with 1 conflict: conflict with "test" using apps/v1 at 2026-01-05T09:00:00Z: .spec.replicas');
  expect(owners(at.get(deployments, 'web'))).toEqual(['notes Apply', 'test Update']);
});

test('applying the same again changes nothing', async () => {
  const at = scene();
  apply(at, `${DEPLOYMENTS}/web`, web(2, 'nginx:1'), 'one');
  const before = at.get<Deployment>(deployments, 'web').metadata.resourceVersion;
  await at.wait(5);
  apply(at, `${DEPLOYMENTS}/web`, web(2, 'nginx:1'), 'one');
  expect(at.get<Deployment>(deployments, 'web').metadata.resourceVersion).toBe(before);
});

test('owners outlive many writes and are told only to those who ask', () => {
  const at = scene();
  at.create(deployments, deployment('web'));
  for (let i = 0; i < 40; i++) {
    const path = `${DEPLOYMENTS}/web?fieldManager=m${i % 2}`;
    at.server.handle({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body: { spec: { replicas: i + 5 } }, credential: {}, userAgent: 'test' });
  }
  const asked = at.server.handle({ method: 'GET', path: `${DEPLOYMENTS}/web`, credential: {}, managedFields: true }).body as KubeObject;
  expect(asked.metadata.managedFields?.map(({ manager }) => manager).sort()).toEqual(['m1', 'test']);
  expect((at.server.handle({ method: 'GET', path: `${DEPLOYMENTS}/web`, credential: {} }).body as KubeObject).metadata.managedFields).toBeUndefined();
});

test('sets of fields', () => {
  const a = { 'f:x': { '.': {}, 'f:1': {}, 'f:2': {} }, 'f:y': {} };
  expect(difference(a, { 'f:x': { 'f:1': {} } })).toEqual({ 'f:x': { '.': {}, 'f:2': {} }, 'f:y': {} });
  expect(difference(a, { 'f:x': {}, 'f:y': {} })).toEqual({ 'f:x': { 'f:1': {}, 'f:2': {} } });
  expect(intersection(a, { 'f:x': { 'f:2': {}, 'f:3': {} } })).toEqual({ 'f:x': { 'f:2': {} } });
  expect(union({ 'f:x': { 'f:1': {} } }, { 'f:y': {} })).toEqual({ 'f:x': { 'f:1': {} }, 'f:y': {} });
});

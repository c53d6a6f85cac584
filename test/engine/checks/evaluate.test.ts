/** Each subject of a check: how it is read, what must be so unless something else is said, and what the player is told. */
import { describe, expect, test } from 'vitest';
import { evaluateCheck, readSubject } from '../../../src/engine/checks/evaluate.ts';
import { type CheckWorld, checkVariables, subjectOf } from '../../../src/engine/checks/subjects.ts';
import type { CheckSpec } from '../../../src/engine/pack/level.ts';
import { english } from '../../../src/language/english.ts';

const web = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', resourceVersion: '1', uid: 'u', creationTimestamp: '' }, spec: { replicas: 3 } };
const owned = { ...web, metadata: { ...web.metadata, managedFields: [{ manager: 'kubectl' }] } };
/** A world that repeats the question, so that the answer shows what was asked. */
const WORLD: CheckWorld = {
  get: (resource, name, namespace, wanted) => (resource === 'pods' && name === 'web' && /^(default|shop)$/.test(namespace) ? (wanted?.managedFields ? owned : web) : undefined),
  list: (...asked) => (asked.join('/') === 'pods///' ? [] : asked.join('/') === 'pods/shop/app=web/spec.nodeName=a' ? [web] : []),
  can: ({ verb }) => verb === 'get',
  probe: (from, to) => (from === 'pods/a' && to === 'http://web' ? { outcome: 'ok', status: 399, body: 'hi' } : { outcome: 'ok', status: 400, body: '' }),
  traffic: (name) => ({ sent: 100, failed: 1, success: name === 'shoppers' ? 0.99 : 0.98 }),
  file: (node, path) => ({ exists: node === 'cp' && path === '/etc/x', text: 'x', mode: '600', owner: 'root' }),
  etcd: (key) => ({ exists: key === '/registry/x', text: 'k8s' }),
  ran: (pattern) => pattern === 'get',
  answers: () => ['no', 'kubelet'],
};
const told = (check: CheckSpec, before?: Record<string, unknown>, look?: string) => evaluateCheck(check, WORLD, before, { look });

const HOLD: CheckSpec[] = [
  { get: 'pods/web' }, { get: 'pods/web', namespace: 'shop' }, { list: 'pods', namespace: 'shop', labels: 'app=web', fields: 'spec.nodeName=a' }, { can: { as: 'eve', verb: 'get', resource: 'pods' } },
  { probe: { from: 'pods/a', to: 'http://web' } }, { traffic: 'shoppers' }, { file: '/etc/x', node: 'cp' }, { etcd: '/registry/x' }, { ran: 'get' }, { answer: 'kubelet' },
];
test.each(HOLD)('%j holds', (check) => expect(told(check)).toEqual({ holds: true }));

test('who owns what is worked out only where it is asked for', () => {
  expect(told({ get: 'pods/web', that: 'object.metadata.managedFields[0].manager == "kubectl"' }).holds).toBe(true);
  expect(told({ get: 'pods/web', that: 'size(object.metadata) == 4' }).holds).toBe(true);
});

test('the past of a list is its items', () => {
  const check = { list: 'pods', that: 'size(items) == size(before)' };
  expect(told(check, { items: [] }).holds).toBe(true);
  expect(told(check, { items: [web] }).holds).toBe(false);
});

test('a list asks for everything that it leaves open', () => {
  const asked: string[][] = [];
  evaluateCheck({ list: 'pods' }, { ...WORLD, list: (...words) => { asked.push(words); return []; } }, undefined);
  expect(asked).toEqual([['pods', '', '', '']]);
});

test('the last answer counts', () => {
  const last = (answers: string[]) => evaluateCheck({ answer: 'etcd' }, { ...WORLD, answers: () => answers }, undefined);
  expect(last(['kubelet', 'etcd']).holds).toBe(true);
  expect(last(['kubelet', 'etcd', 'kube-proxy'])).toEqual({ holds: false, note: expect.stringContaining('kube-proxy') as string });
  expect(last(['x', 'y', 'kubelet', 'kube-proxy']).note).toContain('kube-proxy');
});

describe('a note', () => {
  test.each<[CheckSpec, string]>([
    [{ get: 'pods/db' }, 'pods/db is not there. Look: kubectl get pods db'],
    [{ get: 'pods/web', namespace: 'other' }, 'pods/web is not there. Look: kubectl get pods web -n other'],
    [{ get: 'pods/web', that: 'object.spec.replicas == 5' }, 'pods/web: replicas should be 5, seen 3. Look: kubectl get pods web'],
    [{ get: 'pods/web', that: 'object.spec.?replicas.orValue(0) >= 5' }, 'pods/web: replicas should be at least 5, seen 3. Look: kubectl get pods web'],
    [{ get: 'pods/web', that: 'size(object.metadata) == 5' }, 'pods/web: the number of metadata should be 5, seen 4. Look: kubectl get pods web'],
    [{ get: 'pods/web', that: 'object.metadata.exists(k, k == "labels")' }, 'pods/web: not as wanted. Look: kubectl get pods web'],
    [{ get: 'pods/web', that: 'object.status.phase == "Running"' }, 'pods/web: phase should be Running, seen nothing. Look: kubectl get pods web'],
    [{ get: 'pods/web', that: 'has(object.status)' }, 'pods/web: this is not so: has(object.status). Look: kubectl get pods web'],
    [{ list: 'pods' }, 'pods: the number of items should be more than 0, seen 0. Look: kubectl get pods'],
    [{ list: 'pods', namespace: 'shop', labels: 'app=db' }, 'pods: the number of items should be more than 0, seen 0. Look: kubectl get pods -n shop -l app=db'],
    [{ can: { as: 'eve', verb: 'delete', resource: 'pods' } }, 'eve to delete pods: this is not so: allowed. Look: kubectl auth can-i delete pods --as=eve'],
    [{ can: { as: 'eve', verb: 'delete', resource: 'pods', namespace: 'shop' } }, 'eve to delete pods: this is not so: allowed. Look: kubectl auth can-i delete pods --as=eve -n shop'],
    [{ probe: { to: 'http://db' } }, 'http://db: status should be less than 400, seen 400. Look: curl http://db'],
    [{ traffic: 'robots' }, 'robots: success should be at least 0.99, seen 0.98. Look: kubectl get pods,endpointslices'],
    [{ file: '/etc/y', node: 'cp' }, '/etc/y: this is not so: exists. Look: ssh cp ls -l /etc/y'],
    [{ etcd: '/registry/y' }, '/registry/y: this is not so: exists. Look: etcdctl get /registry/y | head -c 64'],
    [{ ran: 'describe' }, 'no such command has run. Look: the briefing'],
    [{ answer: 'etcd' }, '"kubelet" is not it. Look: answer WORD'],
  ])('%j', (check, note) => expect(told(check)).toEqual({ holds: false, note }));

  test.each([
    ['!= 3', 'anything but 3'], ['>= 4', 'at least 4'], ['<= 2', 'at most 2'], ['> 3', 'more than 3'], ['< 3', 'less than 3'], ['== 5', '5'], ['== null', 'nothing'],
  ])('of %s says %s', (than, wanted) => expect(told({ get: 'pods/web', that: `object.spec.replicas ${than}` }).note).toBe(`pods/web: replicas should be ${wanted}, seen 3. Look: kubectl get pods web`));

  test('says nothing of an answer before there is one', () => {
    expect(evaluateCheck({ answer: 'etcd' }, { ...WORLD, answers: () => [] }, undefined).note).toBe('nothing has been answered. Look: answer WORD');
  });

  test('points where the level says', () => expect(told({ get: 'pods/db' }, undefined, 'kubectl get all').note).toBe('pods/db is not there. Look: kubectl get all'));
});

test('before is the object, the items, or the whole of what was seen then; null before the fault', () => {
  expect(told({ get: 'pods/web', that: 'before.spec.replicas == 2' }, { object: { spec: { replicas: 2 } } }).holds).toBe(true);
  expect(told({ list: 'pods', that: 'size(before) == 1 && size(items) == 0' }, { items: [web] }).holds).toBe(true);
  expect(told({ traffic: 'shoppers', that: 'before.sent == 40 && sent == 100 && failed == 1' }, { sent: 40 }).holds).toBe(true);
  expect(told({ traffic: 'shoppers', that: 'before == null' }).holds).toBe(true);
});

test('a subject gives what it names', () => {
  const given: CheckSpec[] = [...HOLD, { get: 'pods/db' }];
  for (const check of given) expect([...Object.keys(readSubject(check, WORLD)), 'before']).toEqual(checkVariables(check));
  expect(readSubject({ get: 'pods/db' }, WORLD)).toEqual({ object: null });
  expect(() => subjectOf({})).toThrow('a check without a subject passed the schema');
  const names = HOLD.map((check) => subjectOf(check).name(check, english.checks));
  expect(names).toEqual(['pods/web', 'pods/web', 'pods', 'eve to get pods', 'http://web', 'shoppers', '/etc/x', '/registry/x', 'get', 'the answer']);
});

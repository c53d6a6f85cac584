import { expect, test } from 'vitest';
import { deployment, GATED, pod, Scene, template } from './scene.ts';

const budget = (spec: object, name = 'b', app = 'web') => ({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec: { selector: { matchLabels: { app } }, ...spec } });
const counts = (at: Scene, name = 'b') => at.see(`pdb ${name}`, '.status.expectedPods} {.status.currentHealthy} {.status.desiredHealthy} {.status.disruptionsAllowed');

async function web(replicas: number, ...more: object[]): Promise<Scene> {
  const at = await Scene.hollow({ w1: {}, w2: {} });
  await at.apply(deployment('web', { replicas }), ...more);
  await at.wait(8);
  return at;
}
const evict = (at: Scene, name: string, dryRun = false) => at.ask('POST', `/api/v1/namespaces/default/pods/${name}/eviction${dryRun ? '?dryRun=All' : ''}`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' } });
const REFUSED = "429 Cannot evict pod as it would violate the pod's disruption budget.";
/** What the answer to a refused eviction gives as its cause. */
function causeOf(at: Scene, name: string): string {
  const { body } = at.transport.handle({ method: 'POST', path: `/api/v1/namespaces/default/pods/${name}/eviction`, body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } } });
  return (body as { details: { causes: { message: string }[] } }).details.causes[0]!.message;
}

test.each([
  [{ minAvailable: 3 }, '7 7 3 4'], [{ minAvailable: '50%' }, '7 7 4 3'], [{ minAvailable: '100%' }, '7 7 7 0'], [{ minAvailable: 0 }, '7 7 0 7'], [{ minAvailable: 9 }, '7 7 9 0'],
  [{ maxUnavailable: 2 }, '7 7 5 2'], [{ maxUnavailable: '30%' }, '7 7 4 3'], [{ maxUnavailable: 0 }, '7 7 7 0'], [{ maxUnavailable: '100%' }, '7 7 0 7'],
])('12.1 seven Pods under %j: expected, healthy, wanted, allowed are %s', async (spec, expected) => {
  expect(await counts(await web(7, budget(spec)))).toBe(expected);
});

test('12.1 only Pods that are ready are healthy, and never less than none may go', async () => {
  const at = await web(1, deployment('gated', { replicas: 3, selector: { matchLabels: { app: 'gated' } }, template: template({ app: 'gated' }, 'nginx:1', GATED) }), budget({ maxUnavailable: 1 }, 'g', 'gated'));
  expect([await counts(at, 'g'), await at.see('pdb g', '.status.conditions[0].reason')]).toEqual(['3 0 2 0', 'InsufficientPods']);
  await at.open((await at.names('pods -l app=gated')));
  expect([await counts(at, 'g'), await at.see('pdb g', '.status.conditions[0].reason')]).toEqual(['3 3 2 1', 'SufficientPods']);
});

test('12.1 what is expected is what the owners want, of several owners together', async () => {
  const labelled = (name: string, replicas: number) => deployment(name, { replicas, selector: { matchLabels: { name } }, template: template({ name, app: 'web' }) });
  const at = await Scene.hollow({ w1: {} });
  await at.apply(labelled('a', 3), labelled('b', 5), budget({ minAvailable: '50%' }), budget({ minAvailable: 2 }, 'bare', 'bare'), pod('p', {}, { labels: { app: 'bare' } }), budget({ maxUnavailable: 1 }, 'percent', 'bare'));
  await at.wait(8);
  expect([await counts(at), await counts(at, 'bare'), await counts(at, 'percent')]).toEqual(['8 8 4 4', '1 1 2 0', '0 1 0 0']);
  await at.k('scale deploy a --replicas=1');
  await at.wait(5);
  expect(await counts(at)).toBe('6 6 3 3');
  expect((await at.events('percent')).some((event) => event.startsWith('UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: '))).toBe(true);
});

test('12.1 an empty selector is about all Pods of the namespace', async () => {
  expect(await counts(await web(3, { ...budget({}), spec: { minAvailable: 1, selector: {} } }))).toBe('3 3 1 2');
});

test('12.2 an eviction deletes; when the budget is spent it is refused until the Pod has been replaced', async () => {
  const at = await web(3, budget({ minAvailable: 2 }));
  const [first = '', second = ''] = await at.names('pods');
  expect(evict(at, first, true)).toMatch(/^201/);
  expect(await counts(at)).toBe('3 3 2 1');
  expect(evict(at, first)).toMatch(/^201/);
  expect(evict(at, second)).toBe(REFUSED);
  await at.wait(8);
  expect([await counts(at), (await at.names('pods')).includes(first)]).toEqual(['3 3 2 1', false]);
  expect(evict(at, second)).toMatch(/^201/);
});

test('12.2 the refusal says how many it needs and has', async () => {
  const at = await web(2, budget({ minAvailable: 2 }));
  const [first = ''] = await at.names('pods');
  expect([evict(at, first), causeOf(at, first)]).toEqual([REFUSED, 'The disruption budget b needs 2 healthy pods and has 2 currently']);
});

test('12.2 a budget that the controller has not seen yet refuses, one that it cannot work out says why', async () => {
  const at = await web(1, budget({ maxUnavailable: '50%' }, 'odd', 'odd'), pod('odd', {}, { labels: { app: 'odd' }, ownerReferences: [{ apiVersion: 'example.org/v1', kind: 'Thing', name: 't', uid: 'u', controller: true }] }));
  await at.wait(5);
  const [first = ''] = await at.names('pods -l app=web');
  expect(at.ask('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', budget({ minAvailable: 0 }))).toBe('201');
  expect([evict(at, first), causeOf(at, first)]).toEqual([REFUSED, 'The disruption budget b is still being processed by the server.']);
  await at.wait(2);
  expect(evict(at, first)).toMatch(/^201/);
});

test('12.2 two budgets over one Pod are one too many', async () => {
  const at = await web(3, budget({ minAvailable: 1 }), budget({ maxUnavailable: 1 }, 'c'));
  expect(evict(at, (await at.names('pods'))[0]!)).toBe('500 This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
});

test('12.2 what is pending or over is nobody\'s availability', async () => {
  const at = await web(1, budget({ minAvailable: 5 }), pod('waiting', { nodeSelector: { no: 'where' } }, { labels: { app: 'web' } }), pod('done', {}, { labels: { app: 'web' } }));
  await at.wait(3);
  await at.patch('pod done', { status: { phase: 'Succeeded' } }, '--subresource=status');
  expect([evict(at, 'waiting'), evict(at, 'done')]).toEqual([expect.stringMatching(/^201/), expect.stringMatching(/^201/)]);
});

test.each([[undefined, REFUSED], ['IfHealthyBudget', REFUSED], ['AlwaysAllow', '201']])('12.2 with unhealthyPodEvictionPolicy %s a Pod that is not ready, in a budget that is not met: %s', async (unhealthyPodEvictionPolicy, answer) => {
  const at = await Scene.hollow();
  await at.apply(deployment('web', { replicas: 3, template: template({ app: 'web' }, 'nginx:1', GATED) }), budget({ minAvailable: 2, ...(unhealthyPodEvictionPolicy ? { unhealthyPodEvictionPolicy } : {}) }));
  await at.wait(8);
  const [ready = '', unready = ''] = await at.names('pods');
  await at.open([ready]);
  expect([evict(at, ready), evict(at, unready)]).toEqual([REFUSED, expect.stringMatching(new RegExp(`^${answer}`))]);
});

test('12.2 while the healthy ones are enough an unready Pod may go for nothing', async () => {
  const at = await Scene.hollow();
  await at.apply(deployment('web', { replicas: 3, template: template({ app: 'web' }, 'nginx:1', GATED) }), budget({ minAvailable: 2 }));
  await at.wait(8);
  const [a = '', b = '', unready = ''] = await at.names('pods');
  await at.open([a, b]);
  expect([evict(at, a), evict(at, unready)]).toEqual([REFUSED, expect.stringMatching(/^201/)]);
});

test('12.2 who was evicted bears a mark while it ends', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(pod('p', { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '1000000'] }] }));
  await at.wait(10);
  expect(evict(at, 'p')).toMatch(/^201/);
  await at.wait(1);
  expect(await at.see('pod p', '.status.conditions[?(@.type=="DisruptionTarget")].reason}: {.status.conditions[?(@.type=="DisruptionTarget")].message')).toBe('EvictionByEvictionAPI: Eviction API: evicting');
});

test('12.3 delete, scale, update and a dead node ask no budget; drain does', async () => {
  const at = await web(3, budget({ minAvailable: 3 }));
  const [first = ''] = await at.names('pods');
  expect(await at.k(`delete pod ${first}`)).toContain('deleted');
  await at.k('set image deploy/web main=nginx:2');
  await at.wait(30);
  expect(await at.see('deploy web', '.status.updatedReplicas} {.status.readyReplicas')).toBe('3 3');
  const node = await at.see('pods', '.items[0].spec.nodeName');
  expect(await at.k(`drain ${node} --timeout=6s`)).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
  await at.k(`uncordon ${node}`);
  await at.k('scale deploy web --replicas=1');
  await at.wait(5);
  expect(await at.names('pods')).toHaveLength(1);
});

test('12.3 one of minAvailable and maxUnavailable, and a selector that stays', async () => {
  const at = await Scene.hollow();
  expect(await at.make(budget({ minAvailable: 1, maxUnavailable: 1 }))).toContain('minAvailable and maxUnavailable cannot be both set');
  expect(await at.make(budget({ minAvailable: '120%' }))).toContain('must not be greater than 100%');
});

test('12.2 a Pod that is ending already may be evicted all the same', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(pod('p', { terminationGracePeriodSeconds: 60, containers: [{ name: 'c', image: 'busybox', command: ['sleep', '1000000'] }] }, { labels: { app: 'web' } }), budget({ minAvailable: 5 }));
  await at.wait(10);
  expect(evict(at, 'p')).toBe(REFUSED);
  await at.k('delete pod p --wait=false');
  await at.wait(1);
  expect(evict(at, 'p')).toMatch(/^201/);
});

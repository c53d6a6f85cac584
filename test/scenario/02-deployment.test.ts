import { expect, test } from 'vitest';
import type { ReplicaSet } from '../../src/cluster/api/types.ts';
import { deployments, replicaSets } from '../../src/cluster/client/resources.ts';
import { deployment, GATED, Scene, SLEEPER, template } from './scene.ts';

const rolling = (maxSurge: number | string, maxUnavailable: number | string) => ({ strategy: { rollingUpdate: { maxSurge, maxUnavailable } } });
const REVISION = '.metadata.annotations.deployment\\.kubernetes\\.io/revision';
const condition = (at: Scene, type: string, name = 'web') => at.see(`deploy ${name}`, `.status.conditions[?(@.type=="${type}")].status} {.status.conditions[?(@.type=="${type}")].reason`);
/** The sizes of the ReplicaSets, oldest first. */
const sizes = (at: Scene) => at.k("get rs --sort-by=.metadata.creationTimestamp -o jsonpath='{.items[*].spec.replicas}'");

/** The largest sum of wanted Pods and the smallest number of available ones, from now on. */
function extremes(at: Scene): { most: number; least: number } {
  const seen = { most: 0, least: Infinity };
  at.follow(replicaSets, (sets: readonly ReplicaSet[]) => {
    seen.most = Math.max(seen.most, sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0));
    seen.least = Math.min(seen.least, sets.reduce((sum, set) => sum + (set.status.availableReplicas ?? 0), 0));
  });
  return seen;
}

async function web(spec: object = {}, nodes?: Parameters<typeof Scene.hollow>[0]): Promise<Scene> {
  const at = await Scene.hollow(nodes);
  await at.apply(deployment('web', spec));
  await at.wait(10);
  return at;
}

test.each([
  ['25%', '25%', 10, { most: 13, least: 8 }], ['25%', '25%', 4, { most: 5, least: 3 }], ['30%', '30%', 3, { most: 4, least: 3 }], [0, '1%', 3, { most: 3, least: 2 }], ['100%', 0, 3, { most: 6, least: 3 }],
])('2.1 2.4 with surge %s and unavailable %s a rollout of %i keeps within the posts at every step', async (surge, unavailable, replicas, posts) => {
  const at = await web({ replicas, ...rolling(surge, unavailable) });
  const seen = extremes(at);
  await at.wait(1);
  await at.k('set image deploy/web main=nginx:1.28');
  await at.wait(120);
  expect(seen).toEqual(posts);
  expect(await condition(at, 'Progressing')).toBe('True NewReplicaSetAvailable');
});

test('2.1 surge and unavailability of zero are refused', async () => {
  const at = await Scene.hollow();
  expect(await at.apply(deployment('web', rolling(0, 0)))).toContain('spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0');
});

test('2.2 the new ReplicaSet grows first, and Pods on their way out give it no room less', async () => {
  const at = await web({ replicas: 4, ...rolling(1, 0), template: template({ app: 'web' }, 'nginx:1.27', GATED) });
  await at.open(await at.names('pods'));
  await at.k('set image deploy/web main=nginx:1.28');
  await at.wait(5);
  expect(await sizes(at)).toBe('4 1');
  await at.wait(60);
  expect(await sizes(at)).toBe('4 1');
});

test('2.3 old Pods that are not healthy go first', async () => {
  const at = await web({ replicas: 4, ...rolling(1, 0) });
  await at.k('set image deploy/web main=nginx:1.28');
  await at.wait(0.4);
  await at.patch('deploy web', { spec: { template: { spec: { ...GATED, containers: [{ name: 'main', image: 'nginx:bad' }] } } } });
  await at.wait(30);
  await at.k('set image deploy/web main=nginx:worse');
  await at.wait(30);
  const left = (await at.see('rs', 'range .items[*]}{.spec.template.spec.containers[0].image}={.spec.replicas} {end')).split(' ').sort();
  expect(left).toContain('nginx:bad=0');
  expect(Number(await at.see('deploy web', '.status.availableReplicas'))).toBeGreaterThanOrEqual(4);
});

test('2.5 scaling in the middle of a rollout is shared out by size, the largest first', async () => {
  const at = await web({ replicas: 10, ...rolling(3, 2) });
  await at.patch('deploy web', { spec: { template: { spec: { ...GATED, containers: [{ name: 'main', image: 'nginx:1.28' }] } } } });
  await at.wait(10);
  expect(await sizes(at)).toBe('8 5');
  await at.k('scale deploy web --replicas=15');
  await at.wait(10);
  expect(await sizes(at)).toBe('11 7');
});

test('2.6 Recreate waits until no old Pod is left, and then creates', async () => {
  const at = await Scene.kubeadm();
  await at.apply(deployment('web', { replicas: 2, strategy: { type: 'Recreate' }, template: template({ app: 'web' }, '', { ...SLEEPER, terminationGracePeriodSeconds: 20 }) }));
  await at.wait(15);
  await at.k('set image deploy/web main=busybox:1.36');
  await at.wait(15);
  expect(await sizes(at)).toBe('0');
  expect(await at.names('pods')).toHaveLength(2);
  await at.wait(20);
  expect(await sizes(at)).toBe('0 2');
});

test('2.6 finished old Pods do not hold up Recreate', async () => {
  const at = await web({ replicas: 1, strategy: { type: 'Recreate' } });
  const [old] = await at.names('pods');
  await at.patch(`pod ${old}`, { metadata: { finalizers: ['example.com/stay'] } });
  await at.patch(`pod ${old}`, { status: { phase: 'Failed' } }, '--subresource=status');
  await at.wait(5);
  await at.k('set image deploy/web main=nginx:1.28');
  await at.wait(15);
  expect(await sizes(at)).toBe('0 1');
});

test('2.7 the ReplicaSet is named after the hash of the template, which labels it and its Pods', async () => {
  const at = await web({ replicas: 1 });
  const [name] = await at.names('rs');
  expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{7,10}$/);
  const hash = name!.slice('web-'.length);
  expect(await at.see(`rs ${name}`, '.spec.selector.matchLabels.pod-template-hash} {.spec.template.metadata.labels.pod-template-hash} {.metadata.labels.pod-template-hash')).toBe(`${hash} ${hash} ${hash}`);
  expect(await at.names(`pods -l pod-template-hash=${hash}`)).toHaveLength(1);
});

test('2.7 2.8 an old template takes its ReplicaSet again, with the newest number', async () => {
  const at = await web({ replicas: 1 });
  const [first] = await at.names('rs');
  await at.k('set image deploy/web main=nginx:1.28');
  await at.wait(15);
  await at.k('set image deploy/web main=nginx:1.27');
  await at.wait(15);
  expect(await at.names('rs')).toHaveLength(2);
  expect([await at.see(`rs ${first}`, REVISION), await at.see(`rs ${first}`, '.spec.replicas'), await at.see('deploy web', REVISION)]).toEqual(['3', '1', '3']);
});

test('2.7 a ReplicaSet of somebody else under that name raises the collision count', async () => {
  const at = await web({ replicas: 1 });
  const [name] = await at.names('rs');
  await at.k('delete deploy web');
  await at.wait(5);
  await at.apply({ ...deployment(name!, { replicas: 0, template: undefined, selector: { matchLabels: { a: 'b' } } }), kind: 'ReplicaSet', spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: template({ a: 'b' }) } });
  await at.apply(deployment('web', { replicas: 1 }));
  await at.wait(10);
  expect(await at.see('deploy web', '.status.collisionCount} {.status.readyReplicas')).toBe('1 1');
});

test('2.8 only the Pod template makes a revision', async () => {
  const at = await web({ replicas: 1 });
  await at.k('scale deploy web --replicas=2');
  await at.patch('deploy web', { spec: rolling(2, 0) });
  await at.k('annotate deploy web note=x');
  await at.wait(10);
  expect(await at.see('deploy web', REVISION)).toBe('1');
  await at.k('set env deploy/web A=b');
  await at.wait(10);
  expect(await at.see('deploy web', REVISION)).toBe('2');
});

test('2.9 after completion old ReplicaSets beyond the limit go, the lowest revision first', async () => {
  const at = await web({ replicas: 1, revisionHistoryLimit: 2 });
  for (const tag of ['2', '3', '4', '5']) {
    await at.k(`set image deploy/web main=nginx:${tag}`);
    await at.wait(15);
  }
  expect((await at.see('rs', `range .items[*]}{${REVISION}} {end`)).split(' ').sort()).toEqual(['3', '4', '5']);
  await at.patch('deploy web', { spec: { revisionHistoryLimit: 0 } });
  await at.wait(5);
  expect(await at.names('rs')).toHaveLength(1);
  expect(await at.k('rollout undo deploy/web')).toBe('error: no rollout history found for deployment "web"');
});

test('2.10 a rollback brings the old template under a new number, and the old number disappears', async () => {
  const at = await web({ replicas: 1 });
  for (const tag of ['2', '3']) {
    await at.k(`set image deploy/web main=nginx:${tag}`);
    await at.wait(15);
  }
  expect(await at.k('rollout undo deploy/web --to-revision=1')).toBe('deployment.apps/web rolled back');
  await at.wait(15);
  expect(await at.k('rollout history deploy/web')).toBe('deployment.apps/web \nREVISION  CHANGE-CAUSE\n2         <none>\n3         <none>\n4         <none>');
  expect(await at.k('rollout undo deploy/web --to-revision=4')).toBe('deployment.apps/web skipped rollback (current template already matches revision 4)');
  await at.k('rollout pause deploy/web');
  expect(await at.k('rollout undo deploy/web')).toBe("error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again");
});

test('2.11 2.12 Progressing goes from created over updated to available; Available follows the Pods', async () => {
  const at = await Scene.hollow();
  await at.apply(deployment('web', { replicas: 2, minReadySeconds: 5 }));
  await at.wait(0.05);
  expect([await condition(at, 'Progressing'), await condition(at, 'Available')]).toEqual(['True ReplicaSetUpdated', 'False MinimumReplicasUnavailable']);
  await at.wait(3);
  expect(await at.see('deploy web', '.status.readyReplicas},{.status.availableReplicas')).toBe('2,');
  await at.wait(5);
  expect([await condition(at, 'Progressing'), await condition(at, 'Available')]).toEqual(['True NewReplicaSetAvailable', 'True MinimumReplicasAvailable']);
  expect(await at.see('deploy web', '.status.conditions[?(@.type=="Progressing")].message')).toMatch(/^ReplicaSet "web-\w+" has successfully progressed\.$/);
});

test('2.12 a rollout without progress is marked after its deadline, and neither stops nor turns back', async () => {
  const at = await web({ replicas: 2, progressDeadlineSeconds: 60 });
  await at.patch('deploy web', { spec: { template: { spec: { ...GATED, containers: [{ name: 'main', image: 'nginx:bad' }] } } } });
  await at.wait(55);
  expect(await condition(at, 'Progressing')).toBe('True ReplicaSetUpdated');
  await at.wait(15);
  expect(await condition(at, 'Progressing')).toBe('False ProgressDeadlineExceeded');
  expect(await at.see('deploy web', '.status.conditions[?(@.type=="Progressing")].message')).toMatch(/^ReplicaSet "web-\w+" has timed out progressing\.$/);
  expect(await at.k('rollout status deploy/web')).toBe('error: deployment "web" exceeded its progress deadline');
  expect([await sizes(at), await condition(at, 'Available')]).toEqual(['2 1', 'True MinimumReplicasAvailable']);
  await at.patch('deploy web', { spec: { template: { spec: { readinessGates: null } } } });
  await at.wait(15);
  expect(await condition(at, 'Progressing')).toBe('True NewReplicaSetAvailable');
});

test('2.12 a finished rollout never times out, a paused one neither', async () => {
  const at = await web({ replicas: 1, progressDeadlineSeconds: 30 });
  const [name] = await at.names('pods');
  await at.k('cordon w1');
  await at.k(`delete pod ${name}`);
  await at.wait(120);
  expect([await condition(at, 'Progressing'), await condition(at, 'Available')]).toEqual(['True NewReplicaSetAvailable', 'False MinimumReplicasUnavailable']);
  await at.k('set image deploy/web main=nginx:1.28');
  await at.wait(5);
  await at.k('rollout pause deploy/web');
  await at.wait(120);
  expect(await condition(at, 'Progressing')).toBe('Unknown DeploymentPaused');
});

test('2.13 a paused Deployment rolls nothing out but follows its size', async () => {
  const at = await web({ replicas: 1 });
  await at.k('rollout pause deploy/web');
  await at.k('set image deploy/web main=nginx:1.28');
  await at.k('scale deploy web --replicas=3');
  await at.wait(10);
  expect(await sizes(at)).toBe('3');
  await at.k('rollout resume deploy/web');
  await at.wait(20);
  expect(await sizes(at)).toBe('0 3');
});

test('2.14 a restart annotates the template', async () => {
  const at = await web({ replicas: 1 });
  expect(await at.k('rollout restart deploy/web')).toBe('deployment.apps/web restarted');
  expect(await at.see('deploy web', '.spec.template.metadata.annotations')).toMatch(/^\{"kubectl\.kubernetes\.io\/restartedAt":"2026-01-05T09:00:\d\dZ"\}$/);
  await at.wait(15);
  expect(await sizes(at)).toBe('0 1');
});

test('2.15 Pods on their way out are counted', async () => {
  const at = await Scene.kubeadm();
  await at.apply(deployment('web', { replicas: 3, template: template({ app: 'web' }, '', SLEEPER) }));
  await at.wait(15);
  await at.k('scale deploy web --replicas=1');
  await at.wait(5);
  expect(await at.see('deploy web', '.status.replicas} {.status.terminatingReplicas')).toBe('1 2');
  await at.wait(40);
  expect(await at.see('deploy web', '.status.replicas} {.status.terminatingReplicas')).toBe('1 0');
});

test('2.12 Progressing tells of a ReplicaSet that was made, or found', async () => {
  const at = await Scene.hollow();
  const seen: string[] = [];
  at.follow(deployments, ([web]) => {
    const { reason, message } = web?.status.conditions?.find(({ type }) => type === 'Progressing') ?? {};
    if (reason && !seen.at(-1)?.startsWith(reason)) seen.push(`${reason}: ${message?.replace(/web-\w+/, 'SET')}`);
  });
  await at.apply(deployment('web', { replicas: 2 }));
  await at.wait(10);
  expect(seen).toEqual(['NewReplicaSetCreated: Created new replica set "SET"', 'ReplicaSetUpdated: ReplicaSet "SET" is progressing.', 'NewReplicaSetAvailable: ReplicaSet "SET" has successfully progressed.']);
  await at.k('delete deploy web --cascade=orphan');
  await at.wait(2);
  seen.splice(0);
  await at.apply(deployment('web', { replicas: 2 }));
  await at.wait(10);
  expect(seen).toEqual(['FoundNewReplicaSet: Found new replica set "SET"', 'NewReplicaSetAvailable: ReplicaSet "SET" has successfully progressed.']);
});

test('2.12 pausing and resuming are told', async () => {
  const at = await web({ replicas: 1 });
  await at.k('rollout pause deploy/web');
  await at.wait(1);
  expect(await condition(at, 'Progressing')).toBe('Unknown DeploymentPaused');
  await at.k('rollout resume deploy/web');
  await at.wait(1);
  expect(await condition(at, 'Progressing')).toMatch(/^(Unknown DeploymentResumed|True NewReplicaSetAvailable)$/);
});

test('2.9 an old ReplicaSet that still has Pods is kept beyond the limit', async () => {
  const at = await web({ replicas: 2, revisionHistoryLimit: 0, ...rolling(1, 0) });
  await at.patch('deploy web', { spec: { template: { spec: { ...GATED, containers: [{ name: 'main', image: 'nginx:2' }] } } } });
  await at.wait(30);
  expect(await sizes(at)).toBe('2 1');
  await at.open((await at.names('pods')));
  await at.wait(5);
  await at.open((await at.names('pods')));
  await at.wait(20);
  expect(await sizes(at)).toBe('2');
});

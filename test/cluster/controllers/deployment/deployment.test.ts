import { expect, test } from 'vitest';
import { deployments, pods, replicaSets } from '../../../../src/cluster/client/resources.ts';
import type { ReplicaSet } from '../../../../src/cluster/api/types.ts';
import { forbidden } from '../../../../src/cluster/apiserver/errors.ts';
import { deployment, replicaSet, Scene } from '../scene.ts';

const WORKLOADS = ['deployment-controller', 'replicaset-controller'];
const scene = (nodes?: string[]) => new Scene({ controllers: WORKLOADS, nodes });
const REVISION = 'deployment.kubernetes.io/revision';

function setImage(at: Scene, image: string, name = 'web'): void {
  at.client.patch(deployments, name, 'default', { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } }, { type: 'strategic' });
}

function setsByImage(at: Scene): Record<string, ReplicaSet> {
  return Object.fromEntries(at.client.list(replicaSets, { namespace: 'default' }).map((set) => [set.spec.template!.spec!.containers[0]!.image, set]));
}

test('a Deployment makes a ReplicaSet named after its template, and its status fills', async () => {
  const at = scene();
  at.create(deployments, deployment('web'));
  await at.wait(5);
  const [set] = at.client.list(replicaSets, { namespace: 'default' });
  expect(set!.metadata.generation).toBe(1);
  expect(set!.metadata.name).toMatch(/^web-[456789bcdf]{6,10}$/);
  expect(set!.metadata.labels).toEqual({ app: 'web', 'pod-template-hash': set!.metadata.name.slice(4) });
  expect(set!.metadata.annotations).toEqual({ 'deployment.kubernetes.io/desired-replicas': '3', 'deployment.kubernetes.io/max-replicas': '4', [REVISION]: '1' });
  const { metadata, status } = at.get(deployments, 'web');
  expect(metadata.annotations?.[REVISION]).toBe('1');
  expect(status).toMatchObject({ observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 });
  expect(status.conditions).toMatchObject([
    { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' },
    { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: `ReplicaSet "${set!.metadata.name}" has successfully progressed.` },
  ]);
  expect(at.eventsOf('web')).toEqual([`ScalingReplicaSet: Scaled up replica set ${set!.metadata.name} from 0 to 3`]);
});

test('a rollout never goes over the surge nor under what must be available', async () => {
  const at = scene();
  at.create(deployments, deployment('web', { replicas: 10, strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }));
  await at.wait(10);
  setImage(at, 'nginx:1.28');
  let most = 0;
  let fewest = 10;
  for (let i = 0; i < 100; i++) {
    await at.wait(0.1);
    const sets = at.client.list(replicaSets, { namespace: 'default' });
    most = Math.max(most, sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0));
    fewest = Math.min(fewest, at.pods().filter((pod) => !pod.metadata.deletionTimestamp && pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')).length);
  }
  expect(most).toBe(13);
  expect(fewest).toBe(8);
  expect(setsByImage(at)['nginx:1.28']!.status.availableReplicas).toBe(10);
  expect(setsByImage(at)['nginx:1.27']!.spec.replicas).toBe(0);
  expect(at.get(deployments, 'web').metadata.annotations?.[REVISION]).toBe('2');
});

test('an image that never starts stops the rollout; the deadline only tells', async () => {
  const at = scene();
  at.create(deployments, deployment('web', { progressDeadlineSeconds: 60 }));
  await at.wait(5);
  at.fate = (pod) => (pod.spec.containers[0]!.image === 'nginx:bad' ? 'pending' : 'ready');
  setImage(at, 'nginx:bad');
  await at.wait(50);
  const progressing = () => at.get(deployments, 'web').status.conditions?.find((c) => c.type === 'Progressing');
  expect(progressing()).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
  await at.wait(20);
  expect(progressing()).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded', message: `ReplicaSet "${setsByImage(at)['nginx:bad']!.metadata.name}" has timed out progressing.` });
  expect(at.get(deployments, 'web').status).toMatchObject({ replicas: 4, updatedReplicas: 1, availableReplicas: 3, unavailableReplicas: 1 });
});

test('progress moves the deadline on', async () => {
  const at = scene();
  at.startMs = 40_000;
  at.create(deployments, deployment('web', { replicas: 4, progressDeadlineSeconds: 60, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }));
  await at.wait(50);
  setImage(at, 'nginx:1.28');
  for (let i = 0; i < 4; i++) {
    await at.wait(42);
    expect(at.get(deployments, 'web').status.conditions?.find((c) => c.type === 'Progressing')?.status).toBe('True');
  }
});

test('the old template comes back as its old ReplicaSet, with a new number', async () => {
  const at = scene();
  at.create(deployments, deployment('web'));
  await at.wait(5);
  setImage(at, 'nginx:1.28');
  await at.wait(20);
  setImage(at, 'nginx:1.27');
  await at.wait(20);
  expect(Object.values(setsByImage(at))).toHaveLength(2);
  expect(setsByImage(at)['nginx:1.27']!.metadata.annotations).toMatchObject({ [REVISION]: '3', 'deployment.kubernetes.io/revision-history': '1' });
  expect(at.get(deployments, 'web').metadata.annotations?.[REVISION]).toBe('3');
});

test('no more old ReplicaSets are kept than the history limit allows', async () => {
  const at = scene();
  at.create(deployments, deployment('web', { revisionHistoryLimit: 2 }));
  for (const tag of [1, 2, 3, 4]) {
    await at.wait(20);
    setImage(at, `nginx:${tag}`);
  }
  await at.wait(20);
  expect(Object.keys(setsByImage(at)).sort()).toEqual(['nginx:2', 'nginx:3', 'nginx:4']);
});

test('Recreate starts nothing before the last old Pod is gone', async () => {
  const at = scene();
  at.stopMs = 10_000;
  at.create(deployments, deployment('web', { strategy: { type: 'Recreate' } }));
  await at.wait(5);
  setImage(at, 'nginx:1.28');
  await at.wait(9);
  expect(Object.keys(setsByImage(at))).toEqual(['nginx:1.27']);
  expect(at.pods()).toHaveLength(3);
  await at.wait(5);
  expect(at.pods().map((pod) => pod.spec.containers[0]!.image)).toEqual(['nginx:1.28', 'nginx:1.28', 'nginx:1.28']);
});

test('a paused Deployment takes no new template, but a new size', async () => {
  const at = scene();
  at.create(deployments, deployment('web'));
  await at.wait(5);
  at.client.patch(deployments, 'web', 'default', { spec: { paused: true } });
  setImage(at, 'nginx:1.28');
  at.client.patch(deployments, 'web', 'default', { spec: { replicas: 5 } });
  await at.wait(5);
  expect(Object.keys(setsByImage(at))).toEqual(['nginx:1.27']);
  expect(at.pods()).toHaveLength(5);
  expect(at.get(deployments, 'web').status.conditions).toContainEqual(expect.objectContaining({ type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' }));
  at.client.patch(deployments, 'web', 'default', { spec: { paused: null } });
  await at.wait(20);
  expect(setsByImage(at)['nginx:1.28']!.status.readyReplicas).toBe(5);
});

test('scaling while a rollout is stuck is shared in proportion', async () => {
  const at = scene();
  at.create(deployments, deployment('web', { replicas: 10, strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }));
  await at.wait(5);
  at.fate = (pod) => (pod.spec.containers[0]!.image === 'nginx:bad' ? 'pending' : 'ready');
  setImage(at, 'nginx:bad');
  await at.wait(20);
  expect([setsByImage(at)['nginx:1.27']!.spec.replicas, setsByImage(at)['nginx:bad']!.spec.replicas]).toEqual([8, 5]);
  at.client.patch(deployments, 'web', 'default', { spec: { replicas: 15 } });
  await at.wait(0.5);
  expect([setsByImage(at)['nginx:1.27']!.spec.replicas, setsByImage(at)['nginx:bad']!.spec.replicas]).toEqual([11, 7]);
});

test('orphans with the right labels are adopted, ReplicaSets and Pods alike', async () => {
  const at = scene();
  at.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'stray', namespace: 'default', labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'nginx:1.27' }] } });
  await at.wait(2);
  at.create(replicaSets, replicaSet('web'));
  await at.wait(5);
  expect(at.get(pods, 'stray').metadata.ownerReferences?.[0]).toMatchObject({ kind: 'ReplicaSet', name: 'web', controller: true });
  expect(at.pods()).toHaveLength(3);
  at.create(deployments, deployment('web'));
  await at.wait(20);
  expect(at.get(replicaSets, 'web').metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Deployment', name: 'web' });
  expect(Object.values(setsByImage(at))).toHaveLength(1);
});

test('a ReplicaSet that comes along later is adopted at once', async () => {
  const at = scene();
  at.create(deployments, deployment('web'));
  await at.wait(5);
  at.create(replicaSets, { ...replicaSet('other', { replicas: 0, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'nginx:old' }] } }, selector: { matchLabels: { app: 'web' } } }), metadata: { name: 'other', namespace: 'default', labels: { app: 'web' } } });
  at.create(replicaSets, replicaSet('stranger', { replicas: 0 }));
  await at.wait(1);
  expect(at.get(replicaSets, 'other').metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Deployment', name: 'web' });
  expect(at.get(replicaSets, 'stranger').metadata.ownerReferences).toBeUndefined();
});

test('refused Pods show in the Deployment, and are tried once a round', async () => {
  const at = new Scene({ controllers: WORKLOADS, security: { check: ({ kind, verb }) => { if (kind.kind === 'Pod' && verb === 'CREATE') throw forbidden(kind, 'x', 'exceeded quota'); } } });
  at.create(deployments, deployment('web'));
  await at.wait(1);
  const [set] = at.client.list(replicaSets, { namespace: 'default' });
  expect(set!.status.conditions).toMatchObject([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'pods "x" is forbidden: exceeded quota' }]);
  expect(at.get(deployments, 'web').status.conditions).toContainEqual(expect.objectContaining({ type: 'ReplicaFailure', reason: 'FailedCreate', message: 'pods "x" is forbidden: exceeded quota' }));
  expect(at.eventsOf(set!.metadata.name)).toEqual(['FailedCreate: Error creating: pods "x" is forbidden: exceeded quota']);
});

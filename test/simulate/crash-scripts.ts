/** Lives for the crashes at every write. */
import { cronJobs, daemonSets, deployments, jobs, namespaces, nodes, persistentVolumeClaims, persistentVolumes, podDisruptionBudgets, pods, replicaSets, services, statefulSets } from '../../src/cluster/client/resources.ts';
import { deployment, replicaSet, type Scene, template } from '../cluster/controllers/scene.ts';
import type { Script } from './crash-points.ts';

const LONG_S = 60;
const QUARANTINE_S = 120; // what is on a node that went is looked at again after 40 s, in rounds
const meta = (name: string, more: object = {}) => ({ name, namespace: 'default', ...more });
const selected = (app: string, image = 'nginx:1.27') => ({ selector: { matchLabels: { app } }, template: template({ app }, image) });
const set = (kind: string, name: string, spec: object) => ({ apiVersion: 'apps/v1', kind, metadata: meta(name), spec: { ...selected(name), ...spec } });
const job = (name: string, spec: object) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: meta(name), spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] } }, ...spec } });
const image = (name: string) => ({ spec: { template: { spec: { containers: [{ name: 'main', image: name }] } } } });
const claim = (name: string, storage = '1Gi') => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta(name), spec: { storageClassName: 'manual', accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } } });
const volume = (name: string, policy: string) => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: { storageClassName: 'manual', capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'], persistentVolumeReclaimPolicy: policy, hostPath: { path: '/srv' } } });
const strategic = { type: 'strategic' } as const;

/** The first Pods of each index (or of all) fail so often. */
const failing = (times: number, byIndex = false) => (scene: Scene): Scene['fate'] => (pod) => {
  const index = (of: typeof pod) => (byIndex ? of.metadata.labels?.['batch.kubernetes.io/job-completion-index'] : '');
  const failed = scene.pods().filter((other) => other.status.phase === 'Failed' && index(other) === index(pod)).length;
  return failed < times ? 'Failed' : 'Succeeded';
};
const succeeding = () => (): 'Succeeded' => 'Succeeded';
const wait = (seconds = LONG_S) => async (scene: Scene) => scene.wait(seconds);
const making = (...objects: [Parameters<Scene['create']>[0], object][]) => async (scene: Scene) => { for (const [resource, object] of objects) { scene.create(resource, object); await scene.wait(15); } await wait()(scene); };

export const SCRIPTS: readonly Script[] = [
  { name: 'a Deployment is made, rolled, scaled, rolled back', play: async (scene) => {
    scene.create(deployments, deployment('web'));
    await scene.wait(10);
    scene.client.patch(deployments, 'web', 'default', image('nginx:1.28'), strategic);
    await scene.wait(30);
    scene.client.patch(deployments, 'web', 'default', { spec: { replicas: 5 } });
    await scene.wait(10);
    scene.client.patch(deployments, 'web', 'default', image('nginx:1.27'), strategic);
    await wait()(scene);
  } },
  { name: 'a Deployment is recreated', play: async (scene) => {
    scene.create(deployments, deployment('web', { strategy: { type: 'Recreate' }, revisionHistoryLimit: 0 }));
    await scene.wait(10);
    scene.client.patch(deployments, 'web', 'default', image('nginx:1.28'), strategic);
    await wait()(scene);
  } },
  ...(['Background', 'Foreground', 'Orphan'] as const).map((propagationPolicy): Script => ({ name: `a Deployment is deleted (${propagationPolicy})`, play: async (scene) => {
    scene.create(deployments, deployment('web'));
    scene.create(services, { apiVersion: 'v1', kind: 'Service', metadata: meta('web'), spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
    await scene.wait(10);
    scene.client.delete(deployments, 'web', 'default', { propagationPolicy });
    await wait()(scene);
  } })),
  { name: 'a ReplicaSet adopts and grows', play: async (scene) => {
    scene.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: meta('lone', { labels: { app: 'plain' } }), spec: { containers: [{ name: 'main', image: 'nginx' }] } });
    scene.create(replicaSets, replicaSet('plain', { replicas: 2 }));
    await scene.wait(10);
    scene.client.patch(replicaSets, 'plain', 'default', { spec: { replicas: 3 } });
    await wait()(scene);
  } },
  ...(['OrderedReady', 'Parallel'] as const).map((podManagementPolicy): Script => ({ name: `a StatefulSet is made, rolled, scaled (${podManagementPolicy})`, play: async (scene) => {
    scene.create(statefulSets, set('StatefulSet', 'db', { replicas: 3, serviceName: 'db', podManagementPolicy, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' }, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] }));
    await scene.wait(20);
    scene.client.patch(statefulSets, 'db', 'default', image('nginx:1.28'), strategic);
    await scene.wait(30);
    scene.client.patch(statefulSets, 'db', 'default', { spec: { replicas: 1 } });
    await wait()(scene);
  } })),
  ...[{ maxUnavailable: 1 }, { maxUnavailable: 0, maxSurge: 1 }].map((rollingUpdate): Script => ({ name: `a DaemonSet is made and rolled (${JSON.stringify(rollingUpdate)})`, play: async (scene) => {
    scene.create(daemonSets, set('DaemonSet', 'agent', { updateStrategy: { rollingUpdate } }));
    await scene.wait(10);
    scene.client.patch(daemonSets, 'agent', 'default', image('nginx:1.28'), strategic);
    await wait()(scene);
  } })),
  { name: 'a Job completes', fate: succeeding, play: making([jobs, job('j', { completions: 4, parallelism: 2 })]) },
  { name: 'an Indexed Job completes', fate: succeeding, play: making([jobs, job('j', { completions: 4, parallelism: 2, completionMode: 'Indexed' })]) },
  { name: 'a Job fails twice and completes', fate: failing(2), play: making([jobs, job('j', { completions: 2, parallelism: 1 })]) },
  { name: 'a Job fails for good', fate: failing(9), play: making([jobs, job('j', { backoffLimit: 1 })]) },
  { name: 'a Job has enough of some indexes', fate: failing(1, true), play: making([jobs, job('j', { completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 1 })]) },
  { name: 'a Job gives up indexes', fate: failing(2, true), play: making([jobs, job('j', { completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 1 })]) },
  { name: 'a Job succeeds by its policy', open: ['failed'], fate: () => (pod) => (pod.metadata.labels?.['batch.kubernetes.io/job-completion-index'] === '1' ? 'Succeeded' : 'ready'), play: making([jobs, job('j', { completions: 3, parallelism: 3, completionMode: 'Indexed', successPolicy: { rules: [{ succeededIndexes: '1' }] } })]) },
  { name: 'a Job fails by its policy', fate: failing(9), play: making([jobs, job('j', { completions: 3, parallelism: 1, podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }] } })]) },
  { name: 'a Job is suspended and resumed', play: async (scene) => {
    scene.create(jobs, job('j', { completions: 3, parallelism: 3 }));
    await scene.wait(10);
    scene.client.patch(jobs, 'j', 'default', { spec: { suspend: true } });
    await scene.wait(20);
    scene.fate = () => 'Succeeded';
    scene.client.patch(jobs, 'j', 'default', { spec: { suspend: false } });
    await wait()(scene);
  } },
  { name: 'a Job goes when its time is over', fate: succeeding, play: making([jobs, job('j', { completions: 2, ttlSecondsAfterFinished: 20 })]) },
  { name: 'a Job has a deadline', play: making([jobs, job('j', { completions: 2, activeDeadlineSeconds: 20 })]) },
  ...(['Allow', 'Forbid', 'Replace'] as const).map((concurrencyPolicy): Script => ({ name: `a CronJob runs (${concurrencyPolicy})`, fate: () => (pod) => (Number(pod.metadata.labels?.['job-name']?.slice(2)) % 2 === 0 ? 'Succeeded' : 'ready'), play: async (scene) => {
    await scene.wait(48);
    scene.create(cronJobs, { apiVersion: 'batch/v1', kind: 'CronJob', metadata: meta('c'), spec: { schedule: '* * * * *', concurrencyPolicy, jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox' }] } } } } } });
    await wait(280)(scene);
  } })),
  { name: 'a namespace goes with what is in it', play: async (scene) => {
    scene.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' }, spec: {} });
    await scene.wait(3);
    for (const name of ['a', 'b']) scene.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'team', labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'nginx' }] } });
    scene.create(services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'team' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
    scene.create(persistentVolumeClaims, { ...claim('files'), metadata: { name: 'files', namespace: 'team' } });
    await scene.wait(10);
    scene.client.delete(namespaces, 'team', undefined);
    await wait()(scene);
  } },
  { name: 'budgets count', play: making([podDisruptionBudgets, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: meta('web'), spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } }], [deployments, deployment('web')]) },
  { name: 'a node falls silent and goes', play: async (scene) => {
    scene.create(deployments, deployment('web'));
    await scene.wait(10);
    scene.silent.add('worker-1');
    await scene.wait(370);
    scene.client.delete(nodes, 'worker-1', undefined);
    await wait(QUARANTINE_S)(scene);
  } },
  ...(['Retain', 'Delete'] as const).map((policy): Script => ({ name: `volumes and claims find each other and part (${policy})`, play: async (scene) => {
    scene.create(persistentVolumes, volume('a', policy));
    scene.create(persistentVolumeClaims, claim('files'));
    await scene.wait(10);
    scene.create(persistentVolumeClaims, claim('more'));
    scene.create(persistentVolumes, volume('b', policy));
    await scene.wait(20);
    scene.client.delete(persistentVolumeClaims, 'files', 'default');
    await wait()(scene);
  } })),
];

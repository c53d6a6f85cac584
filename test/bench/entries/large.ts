import { Cluster } from '../../../src/cluster/cluster.ts';
import { configMaps, deployments } from '../../../src/cluster/client/resources.ts';
import { cpu, cpuRow, tooShort, type Row } from '../row.ts';

const REPLICAS = 1000;
const NODES = 50;
const WATCHES = 500;
const WRITES = 400;
const ROUNDS = 5;

async function hollow(): Promise<Cluster> {
  const amounts = { cpu: '32', memory: '128Gi', pods: '110' };
  const description = (i: number) => ({ name: `node-${i}`, addresses: [{ type: 'InternalIP' as const, address: `10.0.1.${i + 1}` }], capacity: amounts, allocatable: amounts, nodeInfo: NODE_INFO });
  const cluster = new Cluster({ seed: 1, hollow: true, nodes: Array.from({ length: NODES }, (_, i) => description(i)) });
  await cluster.boot();
  return cluster;
}

const NODE_INFO = { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.36.2', kubeProxyVersion: '', containerRuntimeVersion: 'fakeRuntime://0.1.0', kernelVersion: '6.1', osImage: 'Debian', machineID: '', systemUUID: '', bootID: '' };

async function until(cluster: Cluster, isSo: () => boolean): Promise<void> {
  for (let s = 0; s < 1200; s++) {
    if (isSo()) return;
    await cluster.world.advance(1000);
  }
  throw new Error('not so after 1200 s of virtual time');
}

/** A rolling update of 1,000 replicas, against making them; then what lies in etcd, written to a file and read again. */
export async function rollout(): Promise<Row[]> {
  const cluster = await hollow();
  const client = cluster.admin();
  const labels = { app: 'web' };
  const web = () => client.get(deployments, 'web', 'default')!;
  const isDone = () => {
    const { metadata, status } = web();
    return status.observedGeneration === metadata.generation && status.updatedReplicas === REPLICAS && status.availableReplicas === REPLICAS && status.replicas === REPLICAS;
  };
  const made = await cpu(async () => {
    client.create(deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' }, spec: { replicas: REPLICAS, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } } } });
    await until(cluster, isDone);
  });
  const rolled = await cpu(async () => {
    client.patch(deployments, 'web', 'default', { spec: { template: { spec: { containers: [{ name: 'web', image: 'nginx:1.28' }] } } } });
    await until(cluster, isDone);
  });
  let saved = cluster.saved();
  const snapshot = await cpu(() => { saved = cluster.saved(); });
  const restored = await cpu(async () => { await Cluster.restore(saved).boot(); });
  return [
    cpuRow(`a rolling update of ${REPLICAS} replicas`, rolled, 'making them', made),
    tooShort(cpuRow(`a snapshot of ${REPLICAS} Pods`, snapshot, 'making them', made)),
    cpuRow('the same cluster from its snapshot', restored, 'making them', made),
  ];
}

/** 400 writes seen by 500 watches, against the same writes seen by none: the best of some rounds, for both are short. */
export async function fanOut(): Promise<Row[]> {
  const cluster = await hollow();
  const client = cluster.admin();
  const once = (from: string) => cpu(async () => {
    for (let i = 0; i < WRITES; i++) client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${from}-${i}`, namespace: 'default' }, data: { number: String(i) } });
    await cluster.world.settle();
  });
  const write = async (from: string) => {
    let best = Infinity;
    for (let round = 0; round < ROUNDS; round++) best = Math.min(best, await once(`${from}-${round}`));
    return best;
  };
  await write('warm');
  const alone = await write('alone');
  let seen = 0;
  const transport = cluster.transportAs(cluster.adminUser);
  for (let i = 0; i < WATCHES; i++) transport.watch({ method: 'GET', path: '/api/v1/configmaps?watch=true' }, { event: () => { seen++; }, closed: () => undefined });
  const before = seen;
  const watched = await write('watched');
  if (seen - before < WATCHES * WRITES * ROUNDS) throw new Error(`${seen - before} events were seen, ${WATCHES * WRITES * ROUNDS} expected`);
  return [tooShort(cpuRow(`${WRITES} writes seen by ${WATCHES} watches`, watched, 'seen by none', alone))];
}

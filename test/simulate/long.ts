/** Long play: ordinary commands for hours of virtual time, and what is kept meanwhile. */
import { Cluster } from '../../src/cluster/cluster.ts';
import { nodesOf } from '../../src/engine/nodes.ts';
import { PlayerShell } from '../../src/shell/player-shell.ts';

const HOUR_MS = 3_600_000;
const ROUND_MS = 120_000;
const MANIFEST = '{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"tick"},"spec":{"schedule":"*/2 * * * *","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"main","image":"busybox:1.36","command":["sh","-c","echo tick"]}]}}}}}}';
const BEGINNING = ['kubectl create deployment web --image=nginx:1.27 --replicas=3', 'kubectl expose deployment web --port=80', `kubectl apply -f - <<< '${MANIFEST}'`];

/** What somebody does in each round; the same objects come and go. */
const ROUND = (round: number) => [
  `kubectl scale deployment web --replicas=${2 + (round % 3)}`, `kubectl set image deployment/web nginx=nginx:1.${26 + (round % 3)}`, 'kubectl get pods -o wide', 'kubectl create configmap note --from-literal=a=b', 'kubectl delete configmap note',
  'kubectl run once --image=busybox:1.36 --restart=Never -- echo hello', 'sleep 10', 'kubectl logs once', 'kubectl delete pod once --wait=false', 'kubectl describe deployment web', 'kubectl get events',
];

/** What a world keeps at an instant. */
export interface Kept { minute: number; revision: number; revisions: number; objects: number; events: number; timers: number; connections: number; /** Changes that API servers remember for watches from the past. */ remembered: number; etcdBytes: number; diskBytes: number; heapBytes: number }

/** Plays for so many hours; tells what is kept every `everyMs`. */
export async function play(hours: number, everyMs: number, tell: (kept: Kept) => void): Promise<void> {
  const cluster = new Cluster({ seed: 1, nodes: nodesOf([{ name: 'cp-1', role: 'control-plane', cpu: 2, memory: '4Gi' }, { name: 'w-1', cpu: 4, memory: '8Gi' }, { name: 'w-2', cpu: 4, memory: '8Gi' }]) });
  await cluster.boot();
  const shell = new PlayerShell(cluster, { write: () => undefined, edit: async () => undefined, answer: () => undefined, isTerminal: false }, cluster.adminKubeconfig());
  const { clock } = cluster.world;
  const startMs = clock.now();
  for (const line of BEGINNING) await shell.runToEnd(line, ROUND_MS);
  for (let round = 1, told = 1; clock.now() < startMs + hours * HOUR_MS; round++) {
    for (const line of ROUND(round)) await shell.runToEnd(line, ROUND_MS);
    await cluster.world.advanceTo(startMs + round * ROUND_MS);
    if (clock.now() < startMs + told * everyMs) continue;
    tell({ minute: Math.round((clock.now() - startMs) / 60_000), ...keptBy(cluster) });
    told++;
  }
}

function keptBy(cluster: Cluster): Omit<Kept, 'minute'> {
  const store = cluster.etcdDisks.find(cluster.controlPlane.os.files, '/var/lib/etcd')!.group.store;
  const { kvs } = store.range('\0', { rangeEnd: '\uffff' });
  globalThis.gc?.();
  return {
    revision: store.revision, revisions: store.revision - store.compactRevision, objects: kvs.filter(({ key }) => !key.startsWith('/registry/events/')).length, events: kvs.filter(({ key }) => key.startsWith('/registry/events/')).length,
    timers: cluster.world.clock.pending().length, connections: cluster.network.openConnections, remembered: rememberedBy(cluster), etcdBytes: store.sizeBytes(), diskBytes: [...cluster.machines.values()].reduce((sum, { os }) => sum + os.files.usedBytes, 0), heapBytes: process.memoryUsage().heapUsed,
  };
}

function rememberedBy({ apiServer }: Cluster): number {
  const { storage } = apiServer ?? {};
  const streams = new Set(storage?.kinds().map((kind) => storage.resource(kind).recent));
  return [...streams].reduce((sum, { length }) => sum + length, 0);
}

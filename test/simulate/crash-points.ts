/**
 * Crashes at every write: a scene of controllers is played once undisturbed, then once for each of their writes with the answer to it lost,
 * and once with the controllers dead right after it and others in their place. What comes of it must be the same.
 */
import type { CronJob, DaemonSet, Deployment, Job, KubeObject, Pod, ReplicaSet, StatefulSet } from '../../src/cluster/api/types.ts';
import { controllerRevisions, cronJobs, daemonSets, deployments, endpointSlices, jobs, namespaces, persistentVolumeClaims, persistentVolumes, podDisruptionBudgets, pods, replicaSets, resourceQuotas, serviceAccounts, statefulSets } from '../../src/cluster/client/resources.ts';
import type { ResourceRef } from '../../src/cluster/client/types.ts';
import type { ControllerManager } from '../../src/cluster/controllers/controller-manager.ts';
import { NetworkError } from '../../src/cluster/network/types.ts';
import type { ApiRequest } from '../../src/cluster/apiserver/request.ts';
import { Scene } from '../cluster/controllers/scene.ts';

/** A life: what people do, with the time that passes. */
export interface Script { name: string; fate?: (scene: Scene) => Scene['fate']; play: (scene: Scene) => Promise<void>; /** Fields of a status that a crash may change: real controllers count otherwise then, too. */ open?: readonly string[] }

type Disturbance = 'the answer is lost' | 'the controllers die';

const OPTIONS = { controllers: ['*'] };
const RESTART_MS = 1_000;

/** What has come of a script, and how many writes the controllers made. */
async function play(script: Script, disturbance?: { at: number; kind: Disturbance }): Promise<{ outcome: string[]; writes: number }> {
  const scene = new Scene(OPTIONS);
  let running: ControllerManager = scene.manager;
  let writes = 0;
  scene.fate = script.fate?.(scene) ?? scene.fate;
  scene.afterWrite = () => {
    if (++writes !== disturbance?.at) return;
    if (disturbance.kind === 'the controllers die') {
      const dead = running;
      scene.world.soon('death', () => dead.stop());
      scene.world.clock.after(RESTART_MS, 'restart', () => { running = scene.createManager(OPTIONS); running.start(); });
    }
    throw new NetworkError('timeout', 'http2: client connection lost');
  };
  await scene.wait(2);
  await script.play(scene);
  return { outcome: outcomeOf(scene, script.open ?? []), writes };
}

const MARK = 'example.com/mark';
const MARKS = ['finalizer', 'annotation', 'condition'] as const;
type Mark = (typeof MARKS)[number];

/**
 * Somebody marks the very object that a controller is about to write, at its `at`th write: the mark is there in the end. With a finalizer for
 * a mark the object is, too; conditions are those of Pods, which several programs write. Gives what became of the mark otherwise.
 */
async function marked(script: Script, at: number, mark: Mark): Promise<string | undefined> {
  const scene = new Scene(OPTIONS);
  let [writes, path, uid] = [0, '', ''];
  scene.fate = script.fate?.(scene) ?? scene.fate;
  scene.beforeWrite = (request) => {
    if (++writes !== at) return;
    path = objectPath(request);
    const { code, body } = scene.server.loopback().handle({ method: 'GET', path });
    const { annotations, finalizers = [], ...known } = code === 200 ? (body as KubeObject).metadata : { uid: '' };
    uid = known.uid;
    const patches = { finalizer: { metadata: { finalizers: [...finalizers, MARK] } }, annotation: { metadata: { annotations: { ...annotations, [MARK]: 'yes' } } }, condition: { status: { conditions: [{ type: MARK, status: 'True' }] } } };
    const isFor = mark !== 'condition' || path.includes('/pods/');
    if (!isFor || scene.server.loopback().handle({ method: 'PATCH', path: mark === 'condition' ? `${path}/status` : path, contentType: `application/${mark === 'condition' ? 'strategic-merge' : 'merge'}-patch+json`, body: patches[mark] }).code >= 400) path = '';
  };
  const lost = (): string | undefined => {
    const { code, body } = scene.server.loopback().handle({ method: 'GET', path });
    // Another of its name is there by now.
    if (code === 404 || (body as KubeObject).metadata.uid !== uid) return mark === 'finalizer' ? `${path} is gone, whatever its finalizer` : undefined;
    const { metadata: { annotations, finalizers }, status } = body as KubeObject & { status?: Pod['status'] };
    const has = { finalizer: finalizers?.includes(MARK), annotation: annotations?.[MARK], condition: status?.conditions?.some(({ type }) => type === MARK) };
    return has[mark] ? undefined : `${path} has lost its ${mark}`;
  };
  let atOnce: string | undefined;
  scene.afterWrite = () => { if (writes === at && path !== '') atOnce = lost(); };
  await scene.wait(2);
  await script.play(scene);
  return path === '' ? undefined : atOnce ?? lost();
}

/** The object that is written, without subresource; of what is to be made there is none yet. */
function objectPath({ method, path }: ApiRequest): string {
  if (method === 'POST') return '';
  return path.split('?')[0]!.replace(/\/(status|scale|finalize|binding|approval)$/, '');
}

/** Which marks are lost in a script. */
export async function marksLost(script: Script, marks: readonly Mark[] = MARKS): Promise<string[]> {
  const { writes } = await play(script);
  const found: string[] = [];
  for (const mark of marks) for (let at = 1; at <= writes; at++) found.push(...[await marked(script, at, mark)].flatMap((lost) => (lost ? [`write ${at}: ${lost}`] : [])));
  return found;
}

const KINDS: readonly ResourceRef<KubeObject>[] = [deployments, replicaSets, statefulSets, daemonSets, jobs, cronJobs, pods, endpointSlices, podDisruptionBudgets, resourceQuotas, persistentVolumeClaims, persistentVolumes, serviceAccounts, namespaces, controllerRevisions];

/** What is there in the end, without what differs from life to life: random names, uids, times. */
function outcomeOf(scene: Scene, open: readonly string[]): string[] {
  const names = new Map<string, string>();
  const all = KINDS.flatMap((kind) => scene.client.list(kind));
  for (const { metadata } of all) if (metadata.generateName) names.set(metadata.name, `${metadata.generateName}*`);
  const lines = all.map((object) => {
    const { kind, metadata: { namespace, name, finalizers, deletionTimestamp, ownerReferences = [] } } = object;
    const owners = ownerReferences.map((owner) => names.get(owner.name) ?? owner.name);
    return JSON.stringify([kind, namespace, names.get(name) ?? name, owners, finalizers, deletionTimestamp && 'going', factsOf(object, open)]);
  });
  return lines.sort();
}

function factsOf(object: KubeObject, open: readonly string[]): unknown {
  const without = (status: object = {}) => withoutTimes(status, open);
  switch (object.kind) {
    case 'Pod': { const { status, metadata: { labels } } = object as Pod; return [status.phase, labels?.['controller-revision-hash'], labels?.['batch.kubernetes.io/job-completion-index'], labels?.['pod-template-hash']]; }
    case 'ReplicaSet': return [(object as ReplicaSet).spec.replicas, without((object as ReplicaSet).status), object.metadata.annotations];
    case 'Deployment': return [(object as Deployment).spec.replicas, without((object as Deployment).status), object.metadata.annotations];
    case 'StatefulSet': return without((object as StatefulSet).status);
    case 'DaemonSet': return without((object as DaemonSet).status);
    case 'Job': return without((object as Job).status);
    case 'CronJob': return [(object as CronJob).status.active?.length];
    case 'EndpointSlice': return (object as KubeObject & { endpoints?: { conditions: object }[] }).endpoints?.map(({ conditions }) => conditions);
    case 'PersistentVolumeClaim': case 'PersistentVolume': return [(object as KubeObject & { status: { phase: string } }).status.phase];
    default: return without((object as KubeObject & { status?: object }).status);
  }
}

/** Without times, and conditions by what they say. */
function withoutTimes(status: object, open: readonly string[]): unknown {
  return Object.entries(status).filter(([name]) => !open.includes(name) && !/Time$|^disruptedPods$|^observedGeneration$/.test(name)).sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, name === 'conditions' ? (value as { type: string; status: string; reason?: string }[]).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`).sort() : value]);
}

/** What goes otherwise when a script is disturbed: after which write, how, and what is different. */
export async function crashesOf(script: Script): Promise<string[]> {
  const usual = await play(script);
  const found = new Map<string, number[]>();
  for (const kind of ['the answer is lost', 'the controllers die'] as const) {
    for (let at = 1; at <= usual.writes; at++) {
      const different = differences(usual.outcome, (await play(script, { at, kind })).outcome);
      if (different.length === 0) continue;
      const what = [kind, ...different].join('\n    ');
      found.set(what, [...(found.get(what) ?? []), at]);
    }
  }
  return [...found].map(([what, at]) => `after write ${at.join(', ')} ${what}`);
}

/** How a disturbed life differs from the usual one. */
export function differences(usual: readonly string[], found: readonly string[]): string[] {
  const [a, b] = [[...usual], [...found]];
  for (const line of usual) {
    const at = b.indexOf(line);
    if (at < 0) continue;
    b.splice(at, 1);
    a.splice(a.indexOf(line), 1);
  }
  return [...a.map((line) => `missing: ${line}`), ...b.map((line) => `instead: ${line}`)];
}

/** kubectl rollout: status, history, undo, restart, pause, resume. */
import type { Call, Verb } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { type ApiObject, at, isDict, isEqual, listAt, numberAt, pairsAt, textAt, withAt } from '../objects.ts';
import { printerFor, printOperation } from '../output.ts';
import { displayName, fetchedOne, hasManifests, type Info } from '../resource-builder.ts';
import { podTemplateText } from '../describe/index.ts';
import { listed } from '../resource-builder.ts';
import { eachObject, MERGE, sendPatch } from './mutate.ts';
import { waitUntil } from './waiting.ts';

/** Visits what a rollout command names. Throws KubectlError when it names nothing. */
async function eachRollout(call: Call, visit: (info: Info) => Promise<void>, saysNone = true): Promise<void> {
  if (call.args.length === 0 && !hasManifests(call)) throw new KubectlError('required resource not specified');
  let count = 0;
  await eachObject(call, call.args, { allowsEmptySelector: true }, (info) => { count++; return visit(info); });
  if (count === 0 && saysNone) call.err(`No resources found in ${await call.namespace()} namespace.\n`);
}

/** What kubectl knows to have a rollout of some sort; of anything else its visitor knows nothing. */
const VISITED = ['DaemonSet', 'Deployment', 'Job', 'Pod', 'ReplicaSet', 'ReplicationController', 'StatefulSet', 'CronJob'];

/** Refuses what keeps no revisions. */
function expectRevisions({ kind, group }: Info['type'], subject: string, viewer: string): void {
  if (WITH_REVISIONS.includes(kind)) return;
  throw new KubectlError(VISITED.includes(kind) ? `no ${viewer} has been implemented for ${JSON.stringify(kind)}` : `error retrieving ${subject} for ${JSON.stringify(kind)}, no visitor method exists for {${group} ${kind}}`);
}

const REVISION = 'deployment.kubernetes.io/revision';
const CAUSE = 'kubernetes.io/change-cause';

const status: Verb = {
  path: 'rollout status', about: 'Show the status of the rollout', examples: [['# A Deployment', 'kubectl rollout status deployment/web']],
  run: (call) => eachRollout(call, async (info) => {
    const wanted = call.flags.number('revision');
    if (wanted < 0) throw new KubectlError(`revision must be a positive integer: ${wanted}`);
    const running = Number(pairsAt(info.object, 'metadata', 'annotations')[REVISION] ?? 0);
    if (info.type.kind === 'Deployment' && wanted > 0 && wanted !== running) throw new KubectlError(`desired revision (${wanted}) is different from the running revision (${running})`);
    let said = '';
    const look = async () => {
      const { object } = await fetchedOne(call, { ...info, what: 'object', source: '' });
      const { text, done } = progress(info, object);
      if (text !== said) call.out(text);
      said = text;
      return done || !call.flags.bool('watch');
    };
    const timeoutMs = call.flags.duration('timeout') || Number.MAX_SAFE_INTEGER;
    if (!await waitUntil(call, look, timeoutMs)) throw new KubectlError('timed out waiting for the condition');
  }),
};

function progress({ type, name }: Info, object: ApiObject): { text: string; done: boolean } {
  const n = (...path: string[]) => numberAt(object, ...path) ?? 0;
  const waiting = (text: string) => ({ text, done: false });
  if (!WITH_REVISIONS.includes(type.kind)) throw new KubectlError(`no status viewer has been implemented for ${type.kind}${type.group ? `.${type.group}` : ''}`);
  if (['DaemonSet', 'StatefulSet'].includes(type.kind) && textAt(object, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate') throw new KubectlError('rollout status is only available for RollingUpdate strategy type');
  if (n('metadata', 'generation') > n('status', 'observedGeneration')) return waiting(`Waiting for ${type.kind === 'Deployment' ? 'deployment' : type.kind === 'DaemonSet' ? 'daemon set' : 'statefulset'} spec update to be observed...\n`);
  if (type.kind === 'Deployment') {
    const progressing = listAt(object, 'status', 'conditions').find((c) => textAt(c, 'type') === 'Progressing');
    if (textAt(progressing, 'reason') === 'ProgressDeadlineExceeded') throw new KubectlError(`deployment "${name}" exceeded its progress deadline`);
    const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
    const [updated, total, available] = [n('status', 'updatedReplicas'), n('status', 'replicas'), n('status', 'availableReplicas')];
    if (updated < wanted) return waiting(`Waiting for deployment "${name}" rollout to finish: ${updated} out of ${wanted} new replicas have been updated...\n`);
    if (total > updated) return waiting(`Waiting for deployment "${name}" rollout to finish: ${total - updated} old replicas are pending termination...\n`);
    if (available < updated) return waiting(`Waiting for deployment "${name}" rollout to finish: ${available} of ${updated} updated replicas are available...\n`);
    return { text: `deployment "${name}" successfully rolled out\n`, done: true };
  }
  if (type.kind === 'DaemonSet') {
    const [wanted, updated, available] = [n('status', 'desiredNumberScheduled'), n('status', 'updatedNumberScheduled'), n('status', 'numberAvailable')];
    if (updated < wanted) return waiting(`Waiting for daemon set "${name}" rollout to finish: ${updated} out of ${wanted} new pods have been updated...\n`);
    if (available < wanted) return waiting(`Waiting for daemon set "${name}" rollout to finish: ${available} of ${wanted} updated pods are available...\n`);
    return { text: `daemon set "${name}" successfully rolled out\n`, done: true };
  }
  return statefulSetProgress(object);
}

/** A StatefulSet with a rollingUpdate section is partitioned, if only at 0. */
function statefulSetProgress(object: ApiObject): { text: string; done: boolean } {
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  const [ready, updated] = [numberAt(object, 'status', 'readyReplicas') ?? 0, numberAt(object, 'status', 'updatedReplicas') ?? 0];
  if (ready < wanted) return { text: `Waiting for ${wanted - ready} pods to be ready...\n`, done: false };
  if (isDict(at(object, 'spec', 'updateStrategy', 'rollingUpdate'))) {
    const due = wanted - (numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0);
    if (updated < due) return { text: `Waiting for partitioned roll out to finish: ${updated} out of ${due} new pods have been updated...\n`, done: false };
    return { text: `partitioned roll out complete: ${updated} new pods have been updated...\n`, done: true };
  }
  const revision = textAt(object, 'status', 'updateRevision');
  if (revision !== textAt(object, 'status', 'currentRevision')) return { text: `waiting for statefulset rolling update to complete ${updated} pods at revision ${revision}...\n`, done: false };
  return { text: `statefulset rolling update complete ${numberAt(object, 'status', 'currentReplicas') ?? 0} pods at revision ${revision}...\n`, done: true };
}

interface Revision { number: number; cause: string; template: unknown; object: ApiObject }

const WITH_REVISIONS = ['Deployment', 'DaemonSet', 'StatefulSet'];
const titleOf = ({ group, plural }: Info['type'], name: string) => `${plural}${group ? `.${group}` : ''} "${name}"`;

/** Kept revisions, oldest first. */
async function revisionsOf(call: Call, { type, namespace, object }: Info): Promise<Revision[]> {
  const discovery = await call.discovery();
  const isDeployment = type.kind === 'Deployment';
  const owned = await listed(call, { what: 'list', type: await discovery.resolve(isDeployment ? 'replicasets.apps' : 'controllerrevisions.apps'), namespace, labelSelector: '', fieldSelector: '' });
  const mine = owned.filter((info) => listAt(info.object, 'metadata', 'ownerReferences').some((r) => textAt(r, 'uid') === object.metadata.uid));
  return mine.map((info): Revision => {
    const annotations = pairsAt(info.object, 'metadata', 'annotations');
    return isDeployment
      ? { number: Number(annotations[REVISION] ?? 0), cause: annotations[CAUSE] ?? '', template: at(info.object, 'spec', 'template'), object: info.object }
      : { number: numberAt(info.object, 'revision') ?? 0, cause: annotations[CAUSE] ?? '', template: at(info.object, 'data', 'spec', 'template'), object: withAt(object, ['spec', 'template'], at(info.object, 'data', 'spec', 'template')) };
  }).sort((a, b) => a.number - b.number);
}

const history: Verb = {
  path: 'rollout history', about: 'View rollout history', examples: [['# Of a Deployment', 'kubectl rollout history deployment/web']],
  run: (call) => eachRollout(call, async (info) => {
    expectRevisions(info.type, 'history', 'history viewer');
    const all = await revisionsOf(call, info);
    const wanted = call.flags.number('revision');
    if (wanted < 0) throw new KubectlError(`revision must be a positive integer: ${wanted}`);
    const print = await printerFor(call);
    if (print && wanted > 0 && !all.some((one) => one.number === wanted)) throw new KubectlError('unable to find the specified revision');
    if (print) return all.filter((one) => wanted <= 0 || one.number === wanted).forEach(({ object }) => print(object));
    const name = displayName(info.type, info.name);
    if (wanted > 0) {
      const found = all.find((r) => r.number === wanted);
      if (!found) throw new KubectlError('unable to find the specified revision');
      const template = found.cause ? withAt(isDict(found.template) ? found.template : {}, ['metadata', 'annotations', CAUSE], found.cause) : found.template;
      return call.out(`${name} with revision #${wanted}\n${podTemplateText(template)}\n`);
    }
    const rows = all.map((r) => `${String(r.number).padEnd(10)}${r.cause || '<none>'}\n`).join('');
    call.out(`${name} \nREVISION  CHANGE-CAUSE\n${rows}\n`);
  }, false),
};

const undo: Verb = {
  path: 'rollout undo', about: 'Undo a previous rollout', examples: [['# To the one before', 'kubectl rollout undo deployment/web']],
  run: (call) => eachRollout(call, async (info) => {
    expectRevisions(info.type, 'rollbacker', 'rollbacker');
    const all = await revisionsOf(call, info);
    const to = call.flags.number('to-revision');
    const target = to !== 0 ? all.find((r) => r.number === to) : all.at(-2);
    if (!target) throw new KubectlError(to !== 0 ? `unable to find specified revision ${to} in history` : info.type.kind === 'Deployment' ? `no rollout history found for deployment "${info.name}"` : 'no last revision to roll back to');
    if (call.dryRun() === 'client') return printOperation(call, info, `${info.type.kind === 'Deployment' ? '' : 'will roll back to '}${podTemplateText(target.template)}`);
    if (at(info.object, 'spec', 'paused') === true) throw new KubectlError(`you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`);
    const template = withoutHash(target.template);
    if (isEqual(template, withoutHash(at(info.object, 'spec', 'template')))) return printOperation(call, info, `skipped rollback (current template already matches revision ${target.number})`);
    await sendPatch(call, info, [{ op: 'replace', path: '/spec/template', value: template }, ...causePatch(info, target)], 'application/json-patch+json');
    await printOperation(call, info, 'rolled back');
  }, false),
};

function causePatch(info: Info, { cause }: Revision): object[] {
  const annotations = { ...pairsAt(info.object, 'metadata', 'annotations') };
  if (cause) annotations[CAUSE] = cause;
  else delete annotations[CAUSE];
  return [{ op: 'add', path: '/metadata/annotations', value: annotations }];
}

function withoutHash(template: unknown): unknown {
  if (!isDict(template)) return template;
  const labels = Object.fromEntries(Object.entries(pairsAt(template, 'metadata', 'labels')).filter(([key]) => key !== 'pod-template-hash' && key !== 'controller-revision-hash'));
  const { $patch: _replace, ...rest } = template;
  return withAt(rest, ['metadata', 'labels'], labels);
}

const restart: Verb = {
  path: 'rollout restart', about: 'Restart a resource', examples: [['# Of a Deployment', 'kubectl rollout restart deployment/web']],
  run: (call) => eachRollout(call, async (info) => {
    if (!WITH_REVISIONS.includes(info.type.kind)) throw new KubectlError(`error: ${titleOf(info.type, info.name)} restarting is not supported`);
    if (at(info.object, 'spec', 'paused') === true) throw new KubectlError(`error: ${titleOf(info.type, info.name)} can't restart paused deployment (run rollout resume first)`);
    const restartedAt = new Date(call.nowMs).toISOString().replace(/\.\d+/, '');
    await sendPatch(call, info, { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': restartedAt } } } } });
    await printOperation(call, info, 'restarted');
  }),
};

function pauseVerb(path: 'rollout pause' | 'rollout resume', paused: boolean): Verb {
  return {
    path, about: paused ? 'Mark the provided resource as paused' : 'Resume a paused resource', examples: [['# A Deployment', `kubectl ${path} deployment/web`]],
    run: (call) => eachRollout(call, async (info) => {
      if (info.type.kind !== 'Deployment') throw new KubectlError(`error: ${titleOf(info.type, info.name)} ${paused ? 'pausing' : 'resuming'} is not supported`);
      const is = at(info.object, 'spec', 'paused') === true;
      if (is === paused) throw new KubectlError(`error: deployments.apps "${info.name}" is ${paused ? 'already' : 'not'} paused`);
      await sendPatch(call, info, { spec: { paused: paused || null } }, MERGE);
      await printOperation(call, info, paused ? 'paused' : 'resumed');
    }),
  };
}

export const rollout: readonly Verb[] = [
  { path: 'rollout', about: 'Manage the rollout of a resource' }, status, history, undo, restart, pauseVerb('rollout pause', true), pauseVerb('rollout resume', false),
];


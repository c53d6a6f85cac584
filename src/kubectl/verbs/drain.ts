/** kubectl drain: cordons nodes, judges which of their Pods may go, evicts these and waits until they are gone. */
import { formatGoDuration } from '../../cluster/api/duration.ts';
import { parseSelector } from '../../cluster/api/labels.ts';
import type { Call, Verb } from '../command.ts';
import { pathOf } from '../discovery.ts';
import { AggregateFailure, ExitError, hasReason, KubectlError, PlainError, textOf, throwAll } from '../errors.ts';
import { type ApiObject, at, isDict, listAt, pairsAt, textAt } from '../objects.ts';
import { dryRunSuffix } from '../output.ts';
import { fetched, fetchedOne, type Info, listed, type ListTarget, targetsOf } from '../resource-builder.ts';
import { setSchedulable } from './simple.ts';

const EVICT_RETRY_MS = 5000; // after a disruption budget has refused
const POLL_MS = 1000;
const CANCELLED = 130;

export const drain: Verb = {
  path: 'drain', about: 'Drain node in preparation for maintenance',
  examples: [['# A worker', 'kubectl drain worker-1 --ignore-daemonsets'], ['# Also Pods that nobody will make again', 'kubectl drain worker-1 --ignore-daemonsets --force']],
  async run(call) {
    const { flags, args } = call;
    const selector = flags.string('selector');
    if (args.length === 0 && !selector) throw call.usage('USAGE: drain NODE [flags]');
    if (args.length > 0 && selector) throw call.usage('cannot specify both a node name and a --selector option');
    if (!isSelector(flags.string('pod-selector'))) throw new KubectlError('--pod-selector=<pod_selector> must be a valid label selector');
    const { infos: nodes, errors } = await fetched(call, await targetsOf(call, { args, defaultType: 'nodes', selector }));
    throwAll(errors);
    for (const node of nodes) await setSchedulable(call, node, true);
    await drainAll(call, nodes);
  },
};

/** Goes on after a node that cannot be emptied; such nodes are named together at the end. */
async function drainAll(call: Call, nodes: readonly Info[]): Promise<void> {
  const pending: string[] = [];
  const reasons: string[] = [];
  for (const node of nodes) {
    const problems = await drainNode(call, node);
    if (problems.length === 0) {
      call.out(`node/${node.name} drained${dryRunSuffix(call)}\n`);
      continue;
    }
    const why = problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
    call.err(`error: unable to drain node "${node.name}" due to error: ${why}, continuing command...\n`);
    pending.push(node.name);
    reasons.push(...problems);
  }
  if (pending.length === 0) return;
  throw new PlainError(`There are pending nodes to be drained:\n${pending.map((name) => ` ${name}\n`).join('')}${[...new Set(reasons)].join('\n')}`);
}

/** What kept the node from being emptied; nothing if it is empty. */
async function drainNode(call: Call, node: Info): Promise<string[]> {
  const { flags } = call;
  const pods = await (await call.discovery()).resolve('pods');
  const target: ListTarget = { what: 'list', type: pods, namespace: undefined, labelSelector: flags.string('pod-selector'), fieldSelector: `spec.nodeName=${node.name}` };
  const rules: DrainRules = {
    force: flags.bool('force'), ignoreDaemonSets: flags.bool('ignore-daemonsets'), deleteEmptyDirData: flags.bool('delete-emptydir-data'),
    skipDeletedBeforeMs: flags.number('skip-wait-for-delete-timeout') > 0 ? call.nowMs - flags.number('skip-wait-for-delete-timeout') * 1000 : -Infinity,
  };
  const { chosen, problems, warnings } = sortOut(await listed(call, target), rules);
  if (problems.length > 0) return problems;
  if (warnings.length > 0) call.warn(warnings.join('; '));
  const failures = await removeAll(call, chosen);
  if (failures.length > 0) {
    const left = sortOut(await listed(call, target), rules).chosen;
    if (left.length > 0) call.err(`There are pending pods in node "${node.name}" when an error occurred: ${textOf(new AggregateFailure(failures))}\n${left.map(({ name }) => `pod/${name}\n`).join('')}`);
  }
  return failures;
}

/** What the flags of drain allow. */
export interface DrainRules {
  force: boolean;
  ignoreDaemonSets: boolean;
  deleteEmptyDirData: boolean;
  /** Pods whose deletion was asked for before this are left alone. */
  skipDeletedBeforeMs: number;
}

/** What is to be done with a Pod, and what to say of it. */
interface Verdict { removes: boolean; warning?: string; problem?: string }

/** Which Pods go, in the order given, and what stands against it or is to be told; each said once with all its Pods. */
export function sortOut(pods: readonly Info[], rules: DrainRules): { chosen: Info[]; problems: string[]; warnings: string[] } {
  const judged = pods.map((pod) => ({ pod, ...verdictOn(pod.object, rules) }));
  const grouped = (key: 'problem' | 'warning', order: readonly string[]) => order
    .map((text) => ({ text, names: judged.filter((one) => one[key] === text).map(({ pod }) => `${pod.namespace}/${pod.name}`) }))
    .filter(({ names }) => names.length > 0).map(({ text, names }) => `${text}: ${names.join(', ')}`);
  return {
    chosen: judged.filter(({ removes }) => removes).map(({ pod }) => pod),
    problems: grouped('problem', [LOCAL_STORAGE.problem, DAEMON_SET.problem, BARE.problem]),
    warnings: grouped('warning', [DAEMON_SET.warning, LOCAL_STORAGE.warning, BARE.warning]),
  };
}

const DAEMON_SET = { problem: 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)', warning: 'ignoring DaemonSet-managed Pods' };
const LOCAL_STORAGE = { problem: 'cannot delete Pods with local storage (use --delete-emptydir-data to override)', warning: 'deleting Pods with local storage' };
const BARE = { problem: 'cannot delete Pods that declare no controller (use --force to override)', warning: 'deleting Pods that declare no controller' };

/** kubectl's filters in their order: the first that keeps a Pod decides, otherwise the last one's warning counts. */
function verdictOn(pod: ApiObject, rules: DrainRules): Verdict {
  const deletedAt = textAt(pod, 'metadata', 'deletionTimestamp');
  if (deletedAt && Date.parse(deletedAt) < rules.skipDeletedBeforeMs) return { removes: false };
  const isOver = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
  const controller = listAt(pod, 'metadata', 'ownerReferences').find((owner) => isDict(owner) && owner.controller === true);
  if (!isOver && textAt(controller, 'kind') === 'DaemonSet') return rules.ignoreDaemonSets ? { removes: false, warning: DAEMON_SET.warning } : { removes: false, problem: DAEMON_SET.problem };
  if (pairsAt(pod, 'metadata', 'annotations')['kubernetes.io/config.mirror'] !== undefined) return { removes: false };
  const isLocal = !isOver && listAt(pod, 'spec', 'volumes').some((volume) => at(volume, 'emptyDir') !== undefined);
  if (isLocal && !rules.deleteEmptyDirData) return { removes: false, problem: LOCAL_STORAGE.problem };
  if (isOver || controller) return { removes: true };
  return rules.force ? { removes: true, warning: BARE.warning } : { removes: false, problem: BARE.problem };
}

/** A Pod on its way out. */
interface Leaving { pod: Info; state: 'asked' | 'going' | 'gone'; dueMs: number }

/** Evicts the Pods side by side and waits until they are gone; gives what went wrong. */
async function removeAll(call: Call, pods: readonly Info[]): Promise<string[]> {
  if (call.dryRun() === 'client') {
    for (const { namespace, name } of pods) call.out(`evicting pod ${namespace}/${name}${dryRunSuffix(call)}\n`);
    return [];
  }
  const { world, signal } = call.environment;
  const timeoutMs = call.flags.duration('timeout');
  const untilMs = timeoutMs > 0 ? call.nowMs + timeoutMs : Infinity;
  const leaving = pods.map((pod): Leaving => ({ pod, state: 'asked', dueMs: call.nowMs }));
  const problems: string[] = [];
  for (;;) {
    for (const one of leaving) if (one.state !== 'gone' && one.dueMs <= call.nowMs) await step(call, one, { untilMs, timeoutMs }, problems);
    const dueMs = Math.min(...leaving.filter(({ state }) => state !== 'gone').map((one) => one.dueMs));
    if (dueMs === Infinity) return problems;
    await world.sleep(Math.max(dueMs - call.nowMs, 0), signal);
    if (signal.aborted) throw new ExitError(CANCELLED);
  }
}

interface Limit { untilMs: number; timeoutMs: number }

/** One look at a Pod: another attempt to evict it, or whether it has gone. */
async function step(call: Call, one: Leaving, limit: Limit, problems: string[]): Promise<void> {
  try {
    await (one.state === 'asked' ? askToLeave(call, one, limit) : lookAfter(call, one, limit));
  } catch (error) {
    problems.push(textOf(error));
    one.state = 'gone';
  }
}

async function askToLeave(call: Call, one: Leaving, { untilMs, timeoutMs }: Limit): Promise<void> {
  const { pod } = one;
  const isEviction = !call.flags.bool('disable-eviction');
  const where = `pods/"${pod.name}" -n "${pod.namespace}"`;
  if (isEviction) call.out(`evicting pod ${pod.namespace}/${pod.name}${dryRunSuffix(call)}\n`);
  if (call.nowMs >= untilMs) throw new KubectlError(`error when evicting ${where}: global timeout reached: ${formatGoDuration(timeoutMs)}`);
  try {
    await sendRemoval(call, pod, isEviction);
  } catch (error) {
    if (hasReason(error, 'NotFound')) {
      one.state = 'gone';
      return;
    }
    if (!hasReason(error, 'TooManyRequests')) throw new KubectlError(`error when evicting ${where}: ${textOf(error)}`);
    call.err(`error when evicting ${where} (will retry after 5s): ${textOf(error)}\n`);
    one.dueMs = call.nowMs + EVICT_RETRY_MS;
    return;
  }
  one.state = call.dryRun() === 'server' ? 'gone' : 'going';
}

async function sendRemoval(call: Call, { type, namespace, name, object }: Info, isEviction: boolean): Promise<void> {
  const client = await call.client();
  const grace = call.flags.number('grace-period');
  const deleteOptions = {
    ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}), ...(call.dryRun() === 'server' ? { dryRun: ['All'] } : {}),
    ...(isEviction ? {} : { preconditions: { uid: object.metadata.uid } }),
  };
  const subject = { ...type, name };
  if (!isEviction) client.call('DELETE', pathOf(type, namespace, name), { body: { apiVersion: 'v1', kind: 'DeleteOptions', ...deleteOptions }, query: call.dryRunQuery(), subject });
  else client.call('POST', pathOf(type, namespace, name, 'eviction'), { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions }, subject });
}

/** Says when the Pod is gone, also when another has taken its name. */
async function lookAfter(call: Call, one: Leaving, { untilMs, timeoutMs }: Limit): Promise<void> {
  const { pod } = one;
  let isGone = false;
  try {
    const { object } = await fetchedOne(call, { what: 'object', type: pod.type, namespace: pod.namespace, name: pod.name, source: '' });
    isGone = object.metadata.uid !== pod.object.metadata.uid;
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    isGone = true;
  }
  if (isGone) {
    call.out(`pod/${pod.name} ${call.flags.bool('disable-eviction') ? 'deleted' : 'evicted'}\n`);
    one.state = 'gone';
    return;
  }
  if (call.nowMs >= untilMs) throw new KubectlError(`error when waiting for pod "${pod.name}" in namespace "${pod.namespace}" to terminate: global timeout reached: ${formatGoDuration(timeoutMs)}`);
  one.dueMs = call.nowMs + POLL_MS;
}

function isSelector(text: string): boolean {
  try {
    parseSelector(text);
    return true;
  } catch {
    return false;
  }
}

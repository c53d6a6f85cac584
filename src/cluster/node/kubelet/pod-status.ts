/** The status a kubelet reports: a pure function of the spec, of what is on the node, and of what was reported before. */
import { timestamp } from '../../api/duration.ts';
import { isFinished } from '../../api/pod-status.ts';
import type { ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from '../../api/types.ts';
import { podPhase } from './pod-phase.ts';
import type { ResizeCondition } from './pod-resize.ts';
import { type AnyContainer, type ContainerView, isInitialized, type PodView } from './pod-view.ts';

export interface StatusInput {
  pod: Pod;
  view: PodView;
  nowMs: number;
  hostIP: string;
  /** `containerd`, for container IDs. */
  runtimeName: string;
  /** A resize that waits. */
  resize?: ResizeCondition;
  /** All containers have ended and none will start again (the Pod is deleted or evicted). */
  isTerminal: boolean;
  /** Phase, reason and message that the kubelet has decided on: Evicted, DeadlineExceeded, OutOfcpu. */
  verdict?: { phase: 'Failed'; reason: string; message: string; /** The condition DisruptionTarget. */ disruption?: { reason: string; message: string }; /** It was never let in: there is nothing to say of its containers. */ isRejected?: boolean };
}

/** A condition with what came after kubernetes-types. */
type Condition = PodCondition & { observedGeneration?: number };

/** The status of a Pod. Conditions of others (PodScheduled, readiness gates) are left out. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, view, hostIP, verdict } = input;
  const statuses = containerStatuses(input);
  const phase = reportedPhase(input, statuses.containerStatuses);
  const ip = pod.spec.hostNetwork ? hostIP : view.sandbox?.ip;
  return {
    observedGeneration: pod.metadata.generation,
    phase,
    ...(verdict ? { reason: verdict.reason, message: verdict.message } : isFinished(pod) ? endOf(pod.status) : {}),
    conditions: conditions(input, phase, statuses),
    hostIP, hostIPs: [{ ip: hostIP }],
    ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
    startTime: pod.status.startTime ?? timestamp(input.nowMs),
    ...statuses,
    ...(verdict?.isRejected ? { containerStatuses: undefined, initContainerStatuses: undefined } : {}),
  };
}

interface Statuses { containerStatuses: ContainerStatus[]; initContainerStatuses?: ContainerStatus[]; ephemeralContainerStatuses?: ContainerStatus[] }

function containerStatuses(input: StatusInput): Statuses {
  const { spec } = input.pod;
  const init = spec.initContainers?.map((container) => initStatus(input, container));
  const ephemeral = spec.ephemeralContainers?.map((container) => ephemeralStatus(input, container)).filter(({ name }) => input.view.containers.has(name));
  const waitsFor = init && !isInitialized(input.pod, input.view) ? 'PodInitializing' : 'ContainerCreating';
  return {
    containerStatuses: spec.containers.map((container) => containerStatus(input, container, waitsFor)),
    ...(init ? { initContainerStatuses: init } : {}),
    ...(ephemeral?.length ? { ephemeralContainerStatuses: ephemeral } : {}),
  };
}

/** An init container is ready when it has ended well; a sidecar when it is like an app container. */
function initStatus(input: StatusInput, container: AnyContainer): ContainerStatus {
  const status = containerStatus(input, container, 'PodInitializing');
  if (container.restartPolicy === 'Always') return status;
  return { ...status, ready: status.state?.terminated?.exitCode === 0 };
}

/** An ephemeral container is never started again: once it has ended it waits for nothing, not even after a failed start. */
function ephemeralStatus(input: StatusInput, container: AnyContainer): ContainerStatus {
  const state = input.view.containers.get(container.name)?.state;
  const hasEnded = state !== undefined && state !== 'Created' && state !== 'Running';
  return containerStatus({ ...input, isTerminal: input.isTerminal || hasEnded }, container, 'ContainerCreating');
}

function containerStatus({ view, runtimeName, isTerminal }: StatusInput, container: AnyContainer, waitsFor: string): ContainerStatus {
  const { name } = container;
  const found = view.containers.get(name);
  const isRunning = found?.state === 'Running' && !found.isStale;
  const probes = view.probes.get(name);
  const waiting = isTerminal || isRunning ? undefined : view.waiting.get(name);
  const { state, lastState } = states(found, view.previous.get(name), waiting, waitsFor, runtimeName);
  const resources = container.resources ?? {};
  return {
    ...(found ? { containerID: `${runtimeName}://${found.id}` } : {}),
    image: found?.image ?? container.image ?? '',
    imageID: found?.imageID ?? '',
    lastState, name,
    ready: isRunning && (probes?.ready ?? true),
    restartCount: (found ?? view.previous.get(name))?.attempt ?? 0,
    started: isRunning && (probes?.started ?? true),
    state,
    ...(found && resources.requests ? { allocatedResources: resources.requests } : {}),
    ...(found ? { resources } : {}),
    ...(container.volumeMounts?.length ? { volumeMounts: container.volumeMounts.map(volumeMountStatus) } : {}),
  };
}

function volumeMountStatus({ name, mountPath, readOnly }: NonNullable<AnyContainer['volumeMounts']>[number]) {
  return { name, mountPath, ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}) };
}

function states(found: ContainerView | undefined, previous: ContainerView | undefined, waiting: PodView['waiting'] extends ReadonlyMap<string, infer W> ? W | undefined : never, waitsFor: string, runtimeName: string): { state: ContainerState; lastState: ContainerState } {
  const before = previous ? terminated(previous, runtimeName) : {};
  if (!found || found.state === 'Created') return { state: { waiting: waiting ?? { reason: waitsFor } }, lastState: before };
  if (found.state === 'Running') return { state: { running: { startedAt: timestamp(found.startedMs) } }, lastState: before };
  if (waiting) return { state: { waiting }, lastState: terminated(found, runtimeName) };
  return { state: terminated(found, runtimeName), lastState: before };
}

function terminated(found: ContainerView, runtimeName: string): ContainerState {
  const { exitCode, reason, message, startedMs, finishedMs, id } = found;
  return {
    terminated: {
      containerID: `${runtimeName}://${id}`, exitCode, finishedAt: timestamp(finishedMs),
      ...(message ? { message } : {}),
      reason: reason || (exitCode === 0 ? 'Completed' : 'Error'), startedAt: timestamp(startedMs),
    },
  };
}

/** What was said of a Pod's end stays, whoever looks at it again. */
function endOf({ reason, message }: PodStatus): Partial<PodStatus> {
  return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

/** A final phase is held back while a container still runs (sidecars, for one). */
function reportedPhase({ pod, view, isTerminal, verdict }: StatusInput, statuses: readonly ContainerStatus[]): string {
  if (isFinished(pod)) return pod.status.phase ?? '';
  if (verdict && verdict.phase === 'Failed') return 'Failed';
  const phase = podPhase(pod, view, isTerminal);
  const runs = statuses.some(({ state }) => state?.running) || [...view.containers.values()].some(({ state, isStale }) => state === 'Running' && !isStale);
  if ((phase === 'Succeeded' || phase === 'Failed') && runs) return pod.status.phase ?? 'Running';
  return phase;
}

function conditions(input: StatusInput, phase: string, statuses: Statuses): Condition[] {
  const ready = containersReady(phase, statuses, input.pod);
  return [
    stamped(input, { type: 'PodReadyToStartContainers', status: truth(input.view.sandbox?.isReady === true) }),
    stamped(input, { type: 'Initialized', ...initialized(input, phase) }),
    stamped(input, { type: 'Ready', ...withGates(input.pod, ready) }),
    stamped(input, { type: 'ContainersReady', ...ready }),
    { ...scheduled(input) },
    ...(input.resize ? [stamped(input, { ...input.resize, status: 'True' })] : []),
    ...(input.verdict?.disruption ? [stamped(input, { type: 'DisruptionTarget', status: 'True', ...input.verdict.disruption })] : []),
  ];
}

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

function containersReady(phase: string, { containerStatuses, initContainerStatuses = [] }: Statuses, pod: Pod): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const sidecars = initContainerStatuses.filter(({ name }) => pod.spec.initContainers?.some((c) => c.name === name && c.restartPolicy === 'Always'));
  const unready = [...sidecars, ...containerStatuses].filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
}

function initialized({ pod, view }: StatusInput, phase: string): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  if (isInitialized(pod, view)) return { status: 'True' };
  const incomplete = (pod.spec.initContainers ?? []).filter(({ name, restartPolicy }) => {
    const found = view.containers.get(name);
    if (restartPolicy === 'Always') return !(found?.state === 'Running' && (view.probes.get(name)?.started ?? true));
    return !(found?.state === 'Exited' && found.exitCode === 0);
  }).map(({ name }) => name);
  return { status: 'False', reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${incomplete.join(' ')}]` };
}

/** Ready also needs the Pod's readiness gates to be true. */
function withGates(pod: Pod, ready: Verdict): Verdict {
  if (ready.status !== 'True') return ready;
  const missing = (pod.spec.readinessGates ?? []).map(({ conditionType }) => conditionType)
    .filter((type) => pod.status.conditions?.find((condition) => condition.type === type)?.status !== 'True');
  if (missing.length === 0) return ready;
  const messages = missing.map((type) => {
    const exists = pod.status.conditions?.some((condition) => condition.type === type);
    return exists ? `the status of pod readiness gate "${type}" is not "True", but False` : `corresponding condition of pod readiness gate "${type}" does not exist.`;
  });
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}

/** Adds when the condition last changed its status. */
function stamped({ pod, nowMs }: StatusInput, condition: Condition): Condition {
  const before = pod.status.conditions?.find(({ type }) => type === condition.type);
  const lastTransitionTime = before && before.status === condition.status ? before.lastTransitionTime : timestamp(nowMs);
  return { ...condition, observedGeneration: pod.metadata.generation, lastTransitionTime };
}

/** A bound Pod is scheduled: static Pods learn it from the kubelet. */
function scheduled(input: StatusInput): Condition {
  return stamped(input, { type: 'PodScheduled', status: 'True' });
}

function truth(is: boolean): 'True' | 'False' {
  return is ? 'True' : 'False';
}

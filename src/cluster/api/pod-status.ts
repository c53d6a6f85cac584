/** What `kubectl get pods` says of a Pod: STATUS, READY and RESTARTS. Pure, so that the game can say the same. */
import { ageSince } from './duration.ts';
import type { Container, ContainerStatus, Pod } from './types.ts';

/** The summary of a Pod as the server's printer makes it. */
export interface PodSummary {
  /** `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`, … */
  status: string;
  readyContainers: number;
  /** Containers that READY counts: app containers and sidecars. */
  totalContainers: number;
  restarts: number;
  /** When a counted container was last terminated, in ms since the epoch. */
  lastRestartMs?: number;
}

/** True for a sidecar: an init container that stays. */
export function isSidecar(container: Pick<Container, 'restartPolicy'>): boolean {
  return container.restartPolicy === 'Always';
}

/** Summarizes a Pod by the rules of printPod. */
export function summarizePod(pod: Pod): PodSummary {
  const init = summarizeInit(pod);
  const totalContainers = pod.spec.containers.length + (pod.spec.initContainers ?? []).filter(isSidecar).length;
  const walked = init.reason === undefined || hasCondition(pod, 'Initialized') ? walkContainers(pod, init) : undefined;
  const shown = walked ?? init;
  const status = walked?.reason ?? init.reason ?? phaseReason(pod);
  return {
    status: deletedStatus(pod) ?? status,
    readyContainers: init.ready + (walked?.ready ?? 0),
    totalContainers,
    restarts: shown.restarts,
    ...(shown.lastRestartMs === undefined ? {} : { lastRestartMs: shown.lastRestartMs }),
  };
}

/** RESTARTS: `0`, or `3 (5m ago)` when the time of the last one is known. */
export function formatRestarts({ restarts, lastRestartMs }: PodSummary, nowMs: number): string {
  if (restarts === 0 || lastRestartMs === undefined) return String(restarts);
  return `${restarts} (${ageSince(new Date(lastRestartMs).toISOString(), nowMs)} ago)`;
}

interface Part { reason?: string; ready: number; restarts: number; lastRestartMs?: number }

/** Init containers in order; `reason` is set while the Pod is initializing. Restarts of all count until it has done so. */
function summarizeInit(pod: Pod): Part & { sidecars: Part } {
  const containers = pod.spec.initContainers ?? [];
  const part: Part & { sidecars: Part } = { ready: 0, restarts: 0, sidecars: { ready: 0, restarts: 0 } };
  for (const [index, status] of (pod.status.initContainerStatuses ?? []).entries()) {
    const sidecar = containers.some((container) => container.name === status.name && isSidecar(container));
    countRestarts(part, status);
    if (sidecar) countRestarts(part.sidecars, status);
    const reason = initReason(status, index, containers.length, sidecar);
    if (reason !== undefined) return { ...part, reason };
    if (sidecar && status.started && status.ready) part.ready++;
  }
  return part;
}

/** Undefined for an init container that lets the next one start. */
function initReason({ state, started }: ContainerStatus, index: number, total: number, sidecar: boolean): string | undefined {
  const { terminated, waiting } = state ?? {};
  if (terminated?.exitCode === 0) return undefined;
  if (sidecar && started) return undefined;
  if (terminated) return `Init:${terminated.reason || exitText(terminated)}`;
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
  return `Init:${index}/${total}`;
}

/** App containers from last to first, so that the first one's problem wins. */
function walkContainers(pod: Pod, init: { reason?: string; sidecars: Part }): Part {
  const part: Part = { ...init.sidecars, ready: 0, reason: init.reason ?? phaseReason(pod) };
  let running = false;
  let failed: string | undefined;
  for (const status of [...(pod.status.containerStatuses ?? [])].reverse()) {
    countRestarts(part, status);
    const { waiting, terminated } = status.state ?? {};
    if (waiting?.reason) part.reason = waiting.reason;
    else if (terminated) {
      part.reason = terminated.reason || exitText(terminated);
      if (terminated.exitCode !== 0) failed = part.reason;
    } else if (status.ready && status.state?.running) {
      running = true;
      part.ready++;
    }
  }
  if (part.reason === 'Completed' && running) part.reason = hasCondition(pod, 'Ready') ? 'Running' : (failed ?? 'NotReady');
  return part;
}

function phaseReason(pod: Pod): string {
  const gated = pod.status.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated');
  if (gated) return 'SchedulingGated';
  return pod.status.reason || (pod.status.phase ?? '');
}

function deletedStatus(pod: Pod): string | undefined {
  if (!pod.metadata.deletionTimestamp) return undefined;
  if (pod.status.reason === 'NodeLost') return 'Unknown';
  return isFinished(pod) ? undefined : 'Terminating';
}

/** True once no container of the Pod will run again. */
export function isFinished(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** True when the Pod's Ready condition is. */
export function isReady(pod: Pod): boolean {
  return hasCondition(pod, 'Ready');
}

function hasCondition(pod: Pod, type: string): boolean {
  return pod.status.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

function countRestarts(part: Part, { restartCount, lastState }: ContainerStatus): void {
  part.restarts += restartCount;
  const finishedAt = lastState?.terminated?.finishedAt;
  if (!finishedAt) return;
  const ms = Date.parse(finishedAt);
  if (part.lastRestartMs === undefined || ms > part.lastRestartMs) part.lastRestartMs = ms;
}

function exitText({ signal, exitCode }: { signal?: number; exitCode: number }): string {
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

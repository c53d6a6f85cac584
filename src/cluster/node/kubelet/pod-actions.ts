/** What a kubelet does next for a Pod: a pure function of the spec and of what is there (kuberuntime's computePodActions). */
import type { Pod } from '../../api/types.ts';
import { type AnyContainer, type ContainerView, type PodView, restarts, restartsAll } from './pod-view.ts';

export interface ContainerToStart { container: AnyContainer; kind: 'init' | 'app' | 'ephemeral' }
export interface ContainerToKill {
  container: AnyContainer;
  /** For the Killing event. */
  message: string;
  reason: 'liveness' | 'startup' | 'changed';
}

export interface PodActions {
  /** Kill what is left of a sandbox that is gone. */
  killPod: boolean;
  createSandbox: boolean;
  /** The attempt of the new sandbox. */
  attempt: number;
  /** All containers have ended and begin again, init containers first, in the same sandbox. */
  restartAll?: boolean;
  start: ContainerToStart[];
  kill: ContainerToKill[];
}

const NOTHING: PodActions = { killPod: false, createSandbox: false, attempt: 0, start: [], kill: [] };

/** Decides; never waits: back-off is the executor's affair. */
export function computePodActions(pod: Pod, view: PodView): PodActions {
  if (!view.sandbox?.isReady) return forNewSandbox(pod, view);
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  if (all.some((container) => restartsAll(container, view.containers.get(container.name)))) {
    const kill = all.filter(({ name }) => view.containers.get(name)?.state === 'Running').map((container): ContainerToKill => ({ container, reason: 'changed', message: `Stopping container ${container.name}` }));
    return { ...NOTHING, kill, restartAll: kill.length === 0 };
  }
  const init = initActions(pod, view);
  const ephemeral = ephemeralToStart(pod, view);
  if (!init.done) return { ...NOTHING, start: [...ephemeral, ...init.start], kill: init.kill };
  const app = appActions(pod, view);
  return { ...NOTHING, start: [...ephemeral, ...init.start, ...app.start], kill: [...init.kill, ...app.kill] };
}

function forNewSandbox(pod: Pod, view: PodView): PodActions {
  const attempt = view.sandbox ? view.sandbox.attempt + 1 : 0;
  const killPod = view.sandbox !== undefined;
  if (killPod && hasRunItsCourse(pod, view)) return { ...NOTHING, killPod };
  const afresh = { ...view, containers: new Map([...view.containers].filter(([, { isStale, state, exitCode }]) => !isStale && state === 'Exited' && exitCode === 0)) };
  const init = initActions(pod, afresh);
  const start = init.done ? appActions(pod, { ...view, containers: staleAsExited(view) }).start : init.start;
  return { killPod, createSandbox: true, attempt, start, kill: [] };
}

/** Containers of a lost sandbox count as ended. */
function staleAsExited(view: PodView): ReadonlyMap<string, ContainerView> {
  return new Map([...view.containers].map(([name, found]) => [name, found.state === 'Exited' ? found : { ...found, state: 'Exited', exitCode: 255 }]));
}

/** A Pod that may not run again: its sandbox is not made anew. */
function hasRunItsCourse(pod: Pod, view: PodView): boolean {
  const containers = pod.spec.containers.map((container) => ({ container, found: view.containers.get(container.name) }));
  return containers.every(({ container, found }) => found !== undefined && found.state === 'Exited' && !restarts(container, found.exitCode, pod.spec.restartPolicy));
}

interface InitActions { done: boolean; start: ContainerToStart[]; kill: ContainerToKill[] }

/** Init containers one by one; sidecars need only have started, and are kept running from then on. */
function initActions(pod: Pod, view: PodView): InitActions {
  const containers = pod.spec.initContainers ?? [];
  const start: ContainerToStart[] = [];
  const kill: ContainerToKill[] = [];
  const isPast = pod.spec.containers.some(({ name }) => isLive(view.containers.get(name)));
  for (const container of containers) {
    const found = current(view, container.name);
    const step = container.restartPolicy === 'Always' ? sidecarStep(container, found, view) : isPast ? 'next' : initStep(found, pod);
    if (step === 'next') continue;
    if (step === 'start') start.push({ container, kind: 'init' });
    if (typeof step === 'object') kill.push(step);
    if (!isPast) return { done: false, start, kill };
  }
  return { done: true, start, kill };
}

type Step = 'next' | 'wait' | 'start' | ContainerToKill;

function initStep(found: ContainerView | undefined, pod: Pod): Step {
  if (!found) return 'start';
  if (found.state !== 'Exited') return 'wait';
  if (found.exitCode === 0) return 'next';
  return pod.spec.restartPolicy === 'Never' ? 'wait' : 'start';
}

function sidecarStep(container: AnyContainer, found: ContainerView | undefined, view: PodView): Step {
  if (!found || found.state === 'Exited') return 'start';
  const failed = probeFailure(container, found, view);
  if (failed) return failed;
  const started = view.probes.get(container.name)?.started ?? true;
  return found.state === 'Running' && started ? 'next' : 'wait';
}

function appActions(pod: Pod, view: PodView): { start: ContainerToStart[]; kill: ContainerToKill[] } {
  const start: ContainerToStart[] = [];
  const kill: ContainerToKill[] = [];
  for (const container of pod.spec.containers) {
    const found = view.containers.get(container.name);
    if (!found || found.state === 'Exited') {
      if (!found || restarts(container, found.exitCode, pod.spec.restartPolicy)) start.push({ container, kind: 'app' });
      continue;
    }
    const toKill = changed(container, found) ?? probeFailure(container, found, view);
    if (toKill) kill.push(toKill);
  }
  return { start, kill };
}

function ephemeralToStart(pod: Pod, view: PodView): ContainerToStart[] {
  return (pod.spec.ephemeralContainers ?? []).filter(({ name }) => !view.containers.has(name)).map((container) => ({ container, kind: 'ephemeral' }));
}

function changed(container: AnyContainer, found: ContainerView): ContainerToKill | undefined {
  if (container.image === found.specImage) return undefined;
  return { container, reason: 'changed', message: `Container ${container.name} definition changed, will be restarted` };
}

function probeFailure(container: AnyContainer, found: ContainerView, view: PodView): ContainerToKill | undefined {
  const failed = found.state === 'Running' ? view.probes.get(container.name)?.failed : undefined;
  return failed && { container, reason: failed, message: `Container ${container.name} failed ${failed} probe, will be restarted` };
}

function current(view: PodView, name: string): ContainerView | undefined {
  const found = view.containers.get(name);
  return found?.isStale ? undefined : found;
}

function isLive(found: ContainerView | undefined): boolean {
  return found !== undefined && !found.isStale;
}

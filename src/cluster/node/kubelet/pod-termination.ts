/** Stops containers: preStop, SIGTERM, SIGKILL, all within the grace period; sidecars after the others, last one first. */
import type { Pod } from '../../api/types.ts';
import type { RuntimeContainer } from '../runtime/container.ts';
import { runHook } from './lifecycle-hooks.ts';
import { containerEvent, type NodeContext } from './node-context.ts';
import type { AnyContainer } from './pod-view.ts';

const STOP_MIN_MS = 2000; // kuberuntime: minimumGracePeriodInSeconds
const DEFAULT_GRACE_SECONDS = 30;

/** How long a Pod's containers have, in seconds: what the deletion or eviction asked for, else the Pod's own. */
export function gracePeriodSeconds(pod: Pod, asked?: number): number {
  const own = pod.metadata.deletionTimestamp ? pod.metadata.deletionGracePeriodSeconds : undefined;
  return Math.max(1, asked ?? own ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS);
}

/** Stops one running container and calls `done` when it has ended. */
export function stopContainer(context: NodeContext, pod: Pod, container: AnyContainer, found: RuntimeContainer, graceMs: number, message: string, done: () => void): void {
  const { runtime, world } = context;
  if (found.state !== 'Running') return done();
  const deadlineMs = world.clock.now() + graceMs;
  const watching = runtime.onChange((changed) => {
    if (changed !== found || changed.state !== 'Exited') return;
    watching.close();
    done();
  });
  containerEvent(context, pod, container, 'Normal', 'Killing', message);
  const stop = () => runtime.stop(found, Math.max(STOP_MIN_MS, deadlineMs - world.clock.now()));
  const hook = container.lifecycle?.preStop;
  if (!hook) return stop();
  let isOver = false;
  const afterHook = (error: string | undefined) => {
    if (isOver) return;
    isOver = true;
    timer.cancel();
    if (error) containerEvent(context, pod, container, 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
    stop();
  };
  const timer = world.clock.after(graceMs, 'preStop', () => afterHook(undefined));
  runHook(context, container, found, hook, afterHook);
}

/** Stops all containers of a Pod; `done` is called when the last has ended. */
export function stopAll(context: NodeContext, pod: Pod, running: readonly RuntimeContainer[], graceSeconds: number, done: () => void): void {
  const sidecarNames = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map(({ name }) => name);
  const deadlineMs = context.world.clock.now() + graceSeconds * 1000;
  const stop = (found: RuntimeContainer, next: () => void) =>
    stopContainer(context, pod, specOf(pod, found.config.name), found, Math.max(STOP_MIN_MS, deadlineMs - context.world.clock.now()), `Stopping container ${found.config.name}`, next);
  const sidecars = running.filter(({ config }) => sidecarNames.includes(config.name))
    .sort((a, b) => sidecarNames.indexOf(b.config.name) - sidecarNames.indexOf(a.config.name));
  const others = running.filter(({ config }) => !sidecarNames.includes(config.name));
  const stopSidecars = () => {
    const [next] = sidecars.splice(0, 1);
    if (next) stop(next, stopSidecars);
    else done();
  };
  let left = others.length;
  if (left === 0) return stopSidecars();
  for (const found of others) stop(found, () => { if (--left === 0) stopSidecars(); });
}

/** A container's part of the spec; one that is no longer in it has only its name. */
export function specOf(pod: Pod, name: string): AnyContainer {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  return [...containers, ...initContainers, ...ephemeralContainers].find((c) => c.name === name) ?? { name };
}

/** A Pod's phase (kubelet's getPhase). */
import type { Pod } from '../../api/types.ts';
import { isInitialized, type PodView, restarts } from './pod-view.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** Pending until every container has started once; final only when none will start again. */
export function podPhase(pod: Pod, view: PodView, isTerminal: boolean): Phase {
  if (initFailed(pod, view)) return 'Failed';
  if (isTerminal) return endOf(pod, view);
  if (!isInitialized(pod, view)) return 'Pending';
  const found = pod.spec.containers.map((container) => ({ container, view: view.containers.get(container.name) }));
  const neverStarted = found.filter(({ view: each }) => !each || each.state === 'Created');
  if (neverStarted.length > 0) return 'Pending';
  const ended = found.filter(({ view: each }) => each?.state === 'Exited');
  if (ended.length < found.length) return 'Running';
  const isOver = ended.every(({ container, view: each }) => !restarts(container, each?.exitCode ?? 0, pod.spec.restartPolicy));
  return isOver ? endOf(pod, view) : 'Running';
}

/** How a Pod ends: well if all its containers did. */
function endOf(pod: Pod, view: PodView): Phase {
  return pod.spec.containers.every(({ name }) => view.containers.get(name)?.state === 'Exited' && view.containers.get(name)?.exitCode === 0) ? 'Succeeded' : 'Failed';
}

function initFailed(pod: Pod, view: PodView): boolean {
  return (pod.spec.initContainers ?? []).some((container) => {
    const found = view.containers.get(container.name);
    return container.restartPolicy !== 'Always' && found?.state === 'Exited' && found.exitCode !== 0 && !restarts(container, found.exitCode, pod.spec.restartPolicy === 'Never' ? 'Never' : 'OnFailure');
  });
}

/** What a kubelet sees of one Pod on its node: the input of its decisions and of the status it reports. */
import type { Container, Pod } from '../../api/types.ts';

/** The newest attempt of a container. */
export interface ContainerView {
  id: string;
  state: 'Created' | 'Running' | 'Exited';
  attempt: number;
  /** As the runtime resolved it: `docker.io/library/nginx:1.27`. */
  image: string;
  imageID: string;
  /** The image of the spec it was made from: a change means a restart. */
  specImage: string;
  startedMs: number;
  finishedMs: number;
  exitCode: number;
  reason: string;
  message: string;
  /** Belongs to a sandbox that is gone. */
  isStale: boolean;
}

/** Results of the probes of a running container; see `prober.ts`. */
export interface ProbeView {
  /** The startup probe has succeeded (or there is none). */
  started: boolean;
  /** The readiness probe succeeds (or there is none). */
  ready: boolean;
  /** A probe that failed for good: the container must be restarted. */
  failed?: 'liveness' | 'startup';
}

/** Why a container is not there: shown as its waiting state. */
export interface Waiting { reason: string; message?: string }

/** Everything about a Pod that lives on the node. */
export interface PodView {
  sandbox?: { isReady: boolean; attempt: number; ip: string };
  containers: ReadonlyMap<string, ContainerView>;
  /** The attempt before the newest one, for lastState. */
  previous: ReadonlyMap<string, ContainerView>;
  probes: ReadonlyMap<string, ProbeView>;
  waiting: ReadonlyMap<string, Waiting>;
}

/** A container of whatever list of the spec. */
export type AnyContainer = Omit<Container, 'image'> & { image?: string };

/** Whether the Pod has come so far that its app containers may run. */
export function isInitialized(pod: Pod, view: PodView): boolean {
  if (pod.spec.containers.some(({ name }) => view.containers.has(name) && !view.containers.get(name)!.isStale)) return true;
  return (pod.spec.initContainers ?? []).every((container) => {
    const found = view.containers.get(container.name);
    if (!found || found.isStale) return false;
    if (container.restartPolicy === 'Always') return found.state === 'Running' && (view.probes.get(container.name)?.started ?? true);
    return found.state === 'Exited' && found.exitCode === 0;
  });
}

/** Whether an exited container is started again. */
export function restarts(container: AnyContainer, exitCode: number, podPolicy: string | undefined): boolean {
  const rule = restartRule(container, exitCode);
  if (rule) return rule === 'Restart' || rule === 'RestartAllContainers';
  const policy = container.restartPolicy ?? podPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** Whether the end of this container makes the whole Pod begin again (RestartAllContainersOnContainerExits). */
export function restartsAll(container: AnyContainer, found: ContainerView | undefined): boolean {
  return found?.state === 'Exited' && !found.isStale && restartRule(container, found.exitCode) === 'RestartAllContainers';
}

/** The action of the container's first restartPolicyRule that matches the exit code. */
function restartRule(container: AnyContainer, exitCode: number): string | undefined {
  return container.restartPolicyRules?.find(({ exitCodes }) => {
    const isListed = exitCodes?.values?.includes(exitCode) ?? false;
    return exitCodes?.operator === 'NotIn' ? !isListed : isListed;
  })?.action;
}

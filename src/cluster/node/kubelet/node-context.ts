/** What the parts of a kubelet share. */
import type { World } from '../../../time/simulation.ts';
import type { Pod, PodStatus } from '../../api/types.ts';
import type { EventRecorder } from '../../client/types.ts';
import type { NetworkStack } from '../../network/types.ts';
import type { FileSystem } from '../file-system.ts';
import type { RegistryCredential } from '../process.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import type { RuntimeContainer, Sandbox, SandboxConfig } from '../runtime/container.ts';
import type { Refusal } from './admission.ts';
import type { BackOff } from './back-off.ts';
import type { ObjectSource } from './environment.ts';
import type { DeviceEdits } from './plugin-sockets.ts';
import type { AnyContainer, ContainerView, PodView } from './pod-view.ts';
import type { ClaimedVolume, ClaimProblem } from './volumes.ts';

export interface NodeContext {
  readonly world: World;
  readonly nodeName: string;
  readonly hostIP: string;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly runtime: ContainerRuntime;
  /** The node's disk. */
  readonly files: FileSystem;
  /** The node's own network: probes start here. */
  readonly network: NetworkStack;
  readonly recorder: EventRecorder;
  readonly containerBackOff: BackOff;
  readonly imageBackOff: BackOff;
  /** Texts of failed pulls by Pod and image, for the waiting message of the pauses between them. */
  readonly pullErrors: Map<string, string>;
  /** Reads ConfigMaps and Secrets; throws ApiError or NetworkError when the API does not answer. */
  objects(pod: Pod): ObjectSource;
  token(pod: Pod, audience: string | undefined, expirationSeconds: number): string;
  /** Logins for registries from the Pod's imagePullSecrets. */
  credentials(pod: Pod): RegistryCredential[];
  /** Where the data of one of the Pod's claims lies. */
  claim(pod: Pod, name: string): ClaimedVolume | ClaimProblem;
  /** Makes the devices of the Pod's claims ready; why it cannot. */
  prepareResources(pod: Pod): string | undefined;
  /** What its devices add to a container. */
  deviceEdits(pod: Pod, container: AnyContainer): DeviceEdits;
  /** Why the node's Pod network does not work, if it does not. */
  networkProblem(): string | undefined;
  /** A line of the kubelet's own log. */
  log(line: string): void;
  /** Variables of the Services that a container of this Pod is told about. */
  serviceVariables(pod: Pod): Record<string, string>;
  resolver(pod: Pod): SandboxConfig['resolver'];
  /** Why this node cannot take the Pod, or undefined: see `admission.ts`. */
  admit(pod: Pod, options?: { /** Whether it would fit if it were the only one. */ alone?: boolean }): Refusal | undefined;
  /** Takes note of a status; it is written when it differs from the last one. */
  report(pod: Pod, status: PodStatus): void;
  /** All is gone from the node: the object may go too. */
  finished(pod: Pod): void;
}

/** `web_default(uid)`: a Pod in the kubelet's messages. */
export function podInMessages(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
}

/** The field path of a container in events. */
function containerPath(pod: Pod, name: string): string {
  if (pod.spec.containers.some((c) => c.name === name)) return `spec.containers{${name}}`;
  return pod.spec.initContainers?.some((c) => c.name === name) ? `spec.initContainers{${name}}` : `spec.ephemeralContainers{${name}}`;
}

/** Records an event on one container of a Pod. */
export function containerEvent(context: NodeContext, pod: Pod, container: Pick<AnyContainer, 'name'>, type: 'Normal' | 'Warning', reason: string, message: string): void {
  context.recorder.event(pod, type, reason, message, { fieldPath: containerPath(pod, container.name) });
}

/** A Pod as it is on the node: the newest attempt of each container, and the one before; who is in `past` counts as the latter. */
export function observe(sandbox: Sandbox | undefined, attempts: readonly RuntimeContainer[], past: Pick<ReadonlySet<RuntimeContainer>, 'has'>, waiting: PodView['waiting'], probes: PodView['probes']): PodView {
  const containers = new Map<string, ContainerView>();
  const previous = new Map<string, ContainerView>();
  for (const attempt of attempts) {
    const { name } = attempt.config;
    const before = containers.get(name);
    if (before) previous.set(name, before);
    if (past.has(attempt)) containers.delete(name);
    (past.has(attempt) ? previous : containers).set(name, viewOf(attempt));
  }
  return { sandbox: sandbox && { isReady: sandbox.state === 'Ready', attempt: sandbox.config.attempt, ip: sandbox.ip }, containers, previous, waiting, probes };
}

function viewOf(container: RuntimeContainer): ContainerView {
  const { id, config, image, sandbox } = container;
  return {
    id, state: container.state, attempt: config.attempt, image: image.fullReference ?? image.reference, imageID: image.digest, specImage: config.image,
    startedMs: container.startedMs, finishedMs: container.finishedMs, exitCode: container.exitCode, reason: container.reason, message: container.message,
    isStale: sandbox.state !== 'Ready',
  };
}

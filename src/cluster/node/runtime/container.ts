/** Sandboxes and containers as CRI describes and lists them. */
import type { Timer } from '../../../time/clock.ts';
import type { StreamSink } from '../../apiserver/request.ts';
import type { ClusterNetwork } from '../../network/network.ts';
import type { NetworkStack } from '../../network/types.ts';
import type { FileSystem } from '../file-system.ts';
import type { Mount } from '../os/mounts.ts';
import type { Image, Process } from '../process.ts';
import type { ContainerLog } from './container-log.ts';
import type { Usage } from './process-context.ts';
import type { Processes } from './shell/processes.ts';

export interface SandboxConfig {
  namespace: string;
  name: string;
  uid: string;
  hostNetwork: boolean;
  attempt: number;
  /** The Pod's own host name; its name unless given. */
  hostname?: string;
  resolver?: Parameters<ClusterNetwork['podStack']>[2];
  labels?: Readonly<Record<string, string>>;
  /** The limit of all its containers together (Pod-level resources). */
  memoryLimitBytes?: number;
}

export interface Sandbox { readonly id: string; readonly config: SandboxConfig; readonly ip: string; readonly stack: NetworkStack; readonly createdMs: number; state: 'Ready' | 'NotReady' }

export interface ContainerConfig {
  name: string;
  image: string;
  command?: readonly string[];
  args?: readonly string[];
  env: Readonly<Record<string, string>>;
  workingDir?: string;
  mounts: readonly Mount[];
  attempt: number;
  memoryLimitBytes?: number;
  cpuLimitMillis?: number;
  /** How readily the kernel kills it when the node's memory is used up: -1000 (never) to 1000. */
  oomScoreAdj?: number;
  runAsUser?: number;
  runAsGroup?: number;
  /** fsGroup and supplementalGroups. */
  groups?: readonly number[];
  capabilities?: { drop?: readonly string[]; add?: readonly string[] };
  readOnlyRootFilesystem?: boolean;
  /** Whether its standard input stays open. */
  stdin?: boolean;
  /** Its input ends when the first client that attached goes. */
  stdinOnce?: boolean;
  tty?: boolean;
  exposedPorts?: readonly number[];
}

/** A container as CRI lists it. */
export interface RuntimeContainer {
  readonly id: string;
  readonly sandbox: Sandbox;
  readonly config: ContainerConfig;
  readonly image: Image;
  readonly log: ContainerLog;
  readonly createdMs: number;
  state: 'Created' | 'Running' | 'Exited';
  startedMs: number;
  finishedMs: number;
  exitCode: number;
  reason: string;
  message: string;
  readonly usage: Usage;
  /** Commands run in it from outside: each ends when called. */
  readonly execs: Set<() => void>;
  /** Who sees what it writes, as it writes it. */
  readonly attached: Set<StreamSink>;
  readonly processes: Processes;
  files: FileSystem;
  /** Bytes of its writable layer. */
  layerBytes: () => number;
  process?: Process;
  kill?: Timer;
}

/** What a machine's disk knows of containers once the power is gone. */
export interface SavedRuntime {
  images: string[];
  sandboxes: Pick<Sandbox, 'id' | 'config' | 'ip' | 'createdMs'>[];
  containers: (Pick<RuntimeContainer, 'id' | 'createdMs' | 'startedMs' | 'finishedMs' | 'exitCode' | 'reason' | 'message'> & { sandbox: string; config: Omit<ContainerConfig, 'mounts'> })[];
}

export function stillRuns(container: RuntimeContainer): boolean {
  return container.state === 'Running';
}

/** The link by which log collectors find a container's log. */
export function logLink({ id, config, sandbox }: RuntimeContainer): string {
  return `/var/log/containers/${sandbox.config.name}_${sandbox.config.namespace}_${config.name}-${id}.log`;
}

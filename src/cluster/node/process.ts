/** What runs in a container: an image's behaviour, what it sees of its surroundings, and how it ends. */
import type { Random } from '../../time/random.ts';
import type { World } from '../../time/simulation.ts';
import type { NetworkStack } from '../network/types.ts';
import type { FileSystem } from './file-system.ts';
import type { Processes } from './runtime/shell/processes.ts';

/** What a container's process sees. Everything it does goes through here. */
export interface ProcessContext {
  readonly world: World;
  readonly random: Random;
  /** Entrypoint and arguments after `$(VAR)` expansion. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  /** The container's root, volumes mounted. */
  readonly files: FileSystem;
  readonly network: NetworkStack;
  /** The image's reference as the manifest has it. */
  readonly image?: string;
  readonly hostname: string;
  readonly nodeName: string;
  /** Limits in force; undefined: none. */
  readonly memoryLimitBytes?: number;
  readonly cpuLimitMillis?: number;
  readonly runAsUser?: number;
  /** Its own group first. */
  readonly groups?: readonly number[];
  /** What its user may do beyond an ordinary one, without CAP_; unknown outside of containers. */
  readonly capabilities?: ReadonlySet<string>;
  /** Standard input stays open (`stdin: true` in the manifest). */
  readonly stdin?: boolean;
  readonly tty?: boolean;
  /** Writes to the container's log; text may hold several lines, the last unfinished. */
  write(text: string, stream?: 'stdout' | 'stderr'): void;
  /** Reports memory in use; above the limit the runtime kills the process (OOMKilled, 137). */
  useMemory(bytes: number): void;
  /** Reports CPU in use from now on, in thousandths of a core. */
  useCpu(millis: number): void;
  /** Reports a process of its own that it has started, or that has ended. */
  useProcesses?(more: 1 | -1): void;
  /** What its container has used so far, as its cgroup counts it. */
  usage?(): Usage;
  /** Reports one piece of work, in milliseconds of CPU. */
  spendCpu?(ms: number): void;
  /** Sends a signal, by its name without SIG, to process 1 of the container; for programs started beside it. */
  signalMain?(signal: string): void;
  /** The container's processes beside the first. */
  readonly processes?: Processes;
  /** Ends the process. Later calls do nothing. */
  exit(code: number): void;
}

/** Processor time since the start, and memory at the moment. */
interface Usage { cpuMs: number; memoryBytes: number }

/** A running process. */
export interface Process {
  /** SIGTERM: the process may end by calling `exit` (at once or later). SIGKILL is the runtime's own affair. */
  terminate(): void;
  /** Any signal but SIGKILL, where the program tells them apart. */
  receive?(signal: string): void;
  /** SIGHUP, where the program reads its configuration again; others end by it. */
  hangUp?: (() => void) | undefined;
  /** What is typed while attached; undefined is the end of input. */
  input?(text: string | undefined): void;
  /** Called when the process has ended for whatever reason, to let go of listeners and timers. */
  cleanUp(): void;
}

/** What an image does when started. Throwing here is a StartError. */
export type Behaviour = (context: ProcessContext) => Process;

/** An image as its registry describes it. */
export interface Image {
  /** As asked for, e.g. `nginx:1.27`. */
  reference: string;
  /** With registry and tag: `docker.io/library/nginx:1.27`. */
  fullReference?: string;
  /** `docker.io/library/nginx@sha256:…` */
  digest: string;
  sizeBytes: number;
  entrypoint: readonly string[];
  cmd: readonly string[];
  env?: Readonly<Record<string, string>>;
  workingDir?: string;
  user?: number;
  exposedPorts?: readonly number[];
  /** Whether `sh` and the usual tools are inside. */
  hasShell: boolean;
  /** Files of the image, path to content. */
  files?: Readonly<Record<string, string>>;
  behaviour: Behaviour;
  /** The image's own programs by name, for exec and for scripts that start them. */
  programs?: Readonly<Record<string, Behaviour>>;
}

/** Says what a reference names, or why it cannot be pulled (the container runtime's words). */
export interface ImageCatalogue {
  resolve(reference: string, credentials?: readonly RegistryCredential[]): Image | { pullError: string };
}

/** A login for a registry, from an imagePullSecret. */
export interface RegistryCredential { registry: string; username: string; password: string }

/** The container runtime behind CRI: sandboxes, images, containers, their logs and their ends. */
import type { Random } from '../../../time/random.ts';
import type { World } from '../../../time/simulation.ts';
import type { StreamSink, OpenStream } from '../../apiserver/request.ts';
import type { ClusterNetwork } from '../../network/network.ts';
import type { NetworkStack } from '../../network/types.ts';
import type { FileSystem } from '../file-system.ts';
import type { Image, ImageCatalogue } from '../process.ts';
import { faceOf, type RuntimeFace, servesCri, UNIMPLEMENTED, unreachable } from './faces.ts';
import { ImageStore } from './image-store.ts';
import { processContext, Usage } from './process-context.ts';
import { execInContainer } from './shell/exec.ts';
import { type ContainerConfig, logLink, type RuntimeContainer, type Sandbox, type SandboxConfig, type SavedRuntime, stillRuns } from './container.ts';
import { ContainerLog } from './container-log.ts';
import { containerRoot } from './container-root.ts';
import { relieveMemory } from './oom-killer.ts';
import { Processes } from './shell/processes.ts';
import { tell } from './shell/shell.ts';
import { RuntimeError } from './runtime-error.ts';

const KILLED = 137; // 128 + SIGKILL
/** How a container has ended that was there when the power went. */
const CUT_OFF = { exitCode: 255, reason: 'Unknown', message: '' };

export interface RuntimeOptions {
  world: World;
  random: Random;
  nodeName: string;
  hostname: string;
  files: FileSystem;
  network: ClusterNetwork;
  hostStack: NetworkStack;
  images: ImageCatalogue;
  allocateAddress: () => string;
  /** Gives an address of a stopped sandbox back. */
  releaseAddress?: (address: string) => void;
  /** The processors of the machine, in thousandths. */
  cpuMillis?: number;
  /** containerd://2.1.4 and the like. */
  version: string;
  /** The node's memory, and what is taken of it by all that is no container. */
  memory?: { capacityBytes: number; reservedBytes: number };
  /** What is left on the node's disk. */
  freeBytes?: () => number;
  /** Hollow nodes: every image exists, every container runs until it is stopped. */
  pretend?: boolean;
}

export class ContainerRuntime {
  readonly version: string;
  readonly #options: RuntimeOptions;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, RuntimeContainer>();
  readonly imageStore: ImageStore;
  readonly #listeners = new Set<(container: RuntimeContainer) => void>();
  /** Told of each container that the kernel killed for want of the node's memory. */
  readonly oomListeners = new Set<(victim: RuntimeContainer) => void>();
  readonly #createdMs: number;
  /** Processor time of containers that are no more. */
  #pastCpuMs = 0;
  #isUp = true;
  #servesCri = true;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.version = options.version;
    this.#createdMs = options.world.clock.now();
    this.imageStore = new ImageStore(options);
  }

  get face(): RuntimeFace { return faceOf(this.version); }
  /** Whether it answers to the CRI. */
  get isUp(): boolean { return this.#isUp && this.#servesCri; }
  get pretend(): boolean { return this.#options.pretend ?? false; }

  /** The daemon starts, reading its configuration, or stops; containers are not its children and go on. */
  setUp(isUp: boolean): void {
    this.#isUp = isUp;
    this.#servesCri = servesCri(this.face, this.#options.files);
  }

  /** What a CRI client hears at a socket where this daemon does not serve it. */
  noAnswer(socket: string): string {
    const inRun = (path: string) => path.replace(/^\/var\/run\//, '/run/');
    return this.#isUp && !this.#servesCri && inRun(socket) === inRun(this.face.socket) ? UNIMPLEMENTED : unreachable(socket);
  }

  /** Calls `listener` whenever a container changes its state. */
  onChange(listener: (container: RuntimeContainer) => void): { close(): void } {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }

  /** The power is gone: every process with it. */
  powerOff(): void {
    for (const container of this.#containers.values()) if (container.state === 'Running') this.#finish(container, CUT_OFF.exitCode, CUT_OFF.reason, CUT_OFF.message, true);
    for (const sandbox of this.#sandboxes.values()) this.#release(sandbox);
    this.imageStore.dropPulls();
  }

  /** What would be left of it if the power went now. */
  saved(): SavedRuntime {
    const nowMs = this.#options.world.clock.now();
    return {
      images: this.images().map(({ reference }) => reference),
      sandboxes: this.sandboxes().map(({ id, config, ip, createdMs }) => ({ id, config: { ...config, resolver: undefined }, ip, createdMs })),
      containers: this.containers().filter(({ state }) => state !== 'Created').map(({ id, sandbox, config: { mounts: _mounts, ...config }, createdMs, startedMs, ...container }) => {
        const end = container.state === 'Running' ? { finishedMs: nowMs, ...CUT_OFF } : container;
        return { id, sandbox: sandbox.id, config, createdMs, startedMs, finishedMs: end.finishedMs, exitCode: end.exitCode, reason: end.reason, message: end.message };
      }),
    };
  }

  /** Takes over images and ended containers that were saved; their logs are on the machine's disk. */
  load({ images, sandboxes, containers }: SavedRuntime): void {
    const { hostStack, world, files } = this.#options;
    for (const reference of images) this.imageStore.preload(reference);
    for (const sandbox of sandboxes) this.#sandboxes.set(sandbox.id, { ...sandbox, stack: hostStack, state: 'NotReady' });
    for (const { sandbox: id, config, ...ended } of containers) {
      const sandbox = this.#sandboxes.get(id);
      const image = this.imageStore.get(config.image);
      if (!sandbox || !image) continue; // its image is known no more: as if it had been removed
      const log = this.#logOf(sandbox, config);
      log.load();
      this.#containers.set(ended.id, { ...ended, sandbox, image, log, config: { ...config, mounts: [] }, state: 'Exited', usage: new Usage(world, () => undefined), execs: new Set(), attached: new Set(), processes: new Processes(), files, layerBytes: () => 0 });
    }
  }

  #logOf({ config: { namespace, name, uid } }: Sandbox, { name: container, attempt }: Pick<ContainerConfig, 'name' | 'attempt'>): ContainerLog {
    return new ContainerLog(this.#options.files, `/var/log/pods/${namespace}_${name}_${uid}/${container}/${attempt}.log`);
  }

  /** Processor time of all containers so far, in milliseconds, and since when it is counted. */
  get cpuMs(): number { return this.containers().reduce((sum, { usage }) => sum + usage.cpuMs, this.#pastCpuMs); }
  get createdMs(): number { return this.#createdMs; }

  sandboxes(): Sandbox[] { return [...this.#sandboxes.values()]; }
  containers(): RuntimeContainer[] { return [...this.#containers.values()]; }
  images(): Image[] { return this.imageStore.list(); }
  preload(reference: string): void { this.imageStore.preload(reference); }
  removeImage(reference: string): boolean { return this.imageStore.remove(reference); }
  container(id: string): RuntimeContainer | undefined { return this.#containers.get(id); }

  createSandbox(config: SandboxConfig): Sandbox {
    this.#check();
    const { network, hostStack, nodeName, allocateAddress, random, world } = this.#options;
    const ip = config.hostNetwork ? hostStack.addresses[0]! : allocateAddress();
    const stack = config.hostNetwork ? hostStack : network.podStack(nodeName, ip, config.resolver);
    const sandbox: Sandbox = { id: random.hex(64), config, ip, stack, createdMs: world.clock.now(), state: 'Ready' };
    this.#sandboxes.set(sandbox.id, sandbox);
    return sandbox;
  }

  /** Stops a sandbox: its network goes, its containers are killed. */
  stopSandbox(sandbox: Sandbox): void {
    if (sandbox.state === 'NotReady') return;
    for (const container of this.#containers.values()) if (container.sandbox === sandbox && container.state === 'Running') this.kill(container);
    this.#release(sandbox);
  }

  removeSandbox(sandbox: Sandbox): void {
    this.stopSandbox(sandbox);
    for (const container of this.#containers.values()) if (container.sandbox === sandbox) this.#forget(container);
    this.#sandboxes.delete(sandbox.id);
  }

  createContainer(sandbox: Sandbox, config: ContainerConfig): RuntimeContainer {
    this.#check();
    const image = this.imageStore.get(config.image);
    if (!image) throw new RuntimeError('NotFound', `image "${config.image}": not found`);
    const { world, random, files } = this.#options;
    const now = () => world.clock.now();
    const id = random.hex(64);
    const root = this.pretend ? { files, layerBytes: () => 0 } : containerRoot(image, config, { now: () => this.#options.world.clock.now(), freeBytes: this.#options.freeBytes });
    const container: RuntimeContainer = {
      id, sandbox, config, image, createdMs: now(), state: 'Created', startedMs: 0, finishedMs: 0, exitCode: 0, reason: '', message: '',
      usage: new Usage(world, () => config.cpuLimitMillis ?? this.#options.cpuMillis), execs: new Set(), attached: new Set(), processes: new Processes(), ...root,
      log: this.#logOf(sandbox, config),
    };
    this.#containers.set(id, container);
    return container;
  }

  /** Memory in use on the node. */
  get memoryBytes(): number {
    return this.#running().reduce((sum, { usage }) => sum + usage.memoryBytes, this.#options.memory?.reservedBytes ?? 0);
  }

  #running(): RuntimeContainer[] { return this.containers().filter(stillRuns); }

  #relieve({ sandbox }: RuntimeContainer): void {
    relieveMemory(sandbox, {
      running: () => this.#running(), usedBytes: () => this.memoryBytes, capacityBytes: this.#options.memory?.capacityBytes ?? Infinity,
      kill: (victim) => this.#finish(victim, KILLED, 'OOMKilled', ''),
      killedForNode: (victim) => { for (const listener of this.oomListeners) listener(victim); },
    });
  }

  /** Starts a created container; a program that cannot start makes it exit 128 with StartError. */
  startContainer(container: RuntimeContainer): void {
    this.#check();
    container.state = 'Running';
    container.startedMs = this.#options.world.clock.now();
    this.#tell(container);
    if (this.pretend) return;
    this.#options.files.makeDirectory('/var/log/containers');
    this.#options.files.link(container.log.path, logLink(container));
    try {
      const { context } = this.#context(container, (code) => this.#finish(container, code, code === 0 ? 'Completed' : 'Error', ''));
      const process = container.image.behaviour(context);
      if (stillRuns(container)) container.process = process;
      else process.cleanUp();
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      this.#finish(container, 128, 'StartError', `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${error.message}`);
    }
  }

  /** SIGTERM now, SIGKILL after the grace period. */
  stop(container: RuntimeContainer, graceMs: number): void {
    if (container.state !== 'Running') return;
    if (this.pretend) return this.#finish(container, 0, 'Completed', '');
    if (graceMs <= 0) return this.kill(container);
    container.kill ??= this.#options.world.clock.after(graceMs, `kill ${container.config.name}`, () => this.kill(container));
    container.process?.terminate();
  }

  kill(container: RuntimeContainer): void {
    if (container.state === 'Running') this.#finish(container, KILLED, 'Error', '');
  }

  remove(container: RuntimeContainer): void {
    if (container.state === 'Running') this.kill(container);
    this.#forget(container);
    this.#options.files.remove(container.log.path, { force: true });
  }

  #forget(container: RuntimeContainer): void {
    this.#pastCpuMs += container.usage.cpuMs;
    this.#containers.delete(container.id);
    if (!this.pretend) this.#options.files.remove(logLink(container), { force: true });
  }

  /** Runs a command in a running container. Throws RuntimeError. */
  exec(container: RuntimeContainer, command: readonly string[], sink: StreamSink, options: { stdin: boolean; tty: boolean }): OpenStream {
    this.#check();
    if (container.state !== 'Running') throw new RuntimeError('Unknown', `container not running (${container.id})`);
    const { context, end } = this.#context(container, () => undefined, (signal) => signalled(container, signal));
    const closed = (exit: number | undefined) => {
      if (!container.execs.delete(stop)) return;
      end();
      sink.closed(exit);
    };
    const stream = execInContainer(context, container.image, command, { stdout: (text) => sink.stdout(text), stderr: (text) => sink.stderr(text), closed }, options);
    const stop = () => {
      stream.close();
      closed(KILLED);
    };
    container.execs.add(stop);
    return { ...stream, close: () => { container.execs.delete(stop); end(); stream.close(); } };
  }

  /** Joins a running container's input and output. Throws RuntimeError. */
  attach(container: RuntimeContainer, sink: StreamSink, { stdin }: { stdin: boolean }): OpenStream {
    this.#check();
    if (container.state !== 'Running') throw new RuntimeError('Unknown', `container not running (${container.id})`);
    container.attached.add(sink);
    return {
      send: (text) => { if (stdin) container.process?.input?.(text); },
      endInput: () => { if (stdin) container.process?.input?.(undefined); },
      close() {
        container.attached.delete(sink);
        if (stdin && container.config.stdinOnce) container.process?.input?.(undefined);
      },
    };
  }

  #context(container: RuntimeContainer, exit: (code: number) => void, signalMain?: (signal: string) => void) {
    const { world, random, nodeName, hostname } = this.#options;
    return processContext(container, { world, random: random.fork(container.id), nodeName, hostname, exit, signalMain, outOfMemory: () => this.#finish(container, KILLED, 'OOMKilled', ''), memoryTaken: () => this.#relieve(container) });
  }

  #finish(container: RuntimeContainer, exitCode: number, reason: string, message: string, silent = false): void {
    if (container.state !== 'Running') return;
    const nowMs = this.#options.world.clock.now();
    Object.assign(container, { state: 'Exited', exitCode, reason, message, finishedMs: nowMs });
    container.kill?.cancel();
    const { process } = container;
    container.process = undefined;
    process?.cleanUp();
    for (const stop of container.execs) stop();
    for (const sink of container.attached) sink.closed(exitCode);
    container.attached.clear();
    container.log.finish(nowMs);
    if (!silent) this.#tell(container);
  }

  #release(sandbox: Sandbox): void {
    if (sandbox.state === 'NotReady') return;
    sandbox.state = 'NotReady';
    if (sandbox.config.hostNetwork) return;
    this.#options.network.removePod(sandbox.ip);
    this.#options.releaseAddress?.(sandbox.ip);
  }

  #tell(container: RuntimeContainer): void {
    const listeners = Array.from(this.#listeners); // some leave when they are told
    for (const listener of listeners) listener(container);
  }

  #check(): void {
    if (!this.isUp) throw new RuntimeError(this.#isUp ? 'Unimplemented' : 'Unavailable', this.noAnswer(this.face.socket));
  }
}

/** A signal for process 1 from inside of its container: the kernel keeps SIGKILL from it. */
function signalled({ process }: RuntimeContainer, signal: string): void {
  if (process && signal !== 'KILL') tell(process, signal);
}

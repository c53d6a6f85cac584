/** What a container's processes are given, and what they use up. */
import type { Random } from '../../../time/random.ts';
import type { World } from '../../../time/simulation.ts';
import type { ProcessContext } from '../process.ts';
import type { RuntimeContainer } from './container.ts';
import { identityOf } from './container-root.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** How long clients wait for what an overloaded program has not got to. */
const PATIENCE_MS = 5_000;

/** Memory in use and processor time used by the processes of a container, as its cgroup counts them. */
export class Usage {
  readonly #world: World;
  readonly #cpuLimitMillis: () => number | undefined;
  readonly #processes = new Map<symbol, { memoryBytes: number; cpuMillis: number; children: number }>();
  #cpuMs = 0;
  /** Work that waits for the processor. */
  #backlogMs = 0;
  #sinceMs: number;

  /** The limit may change while it runs (in-place resize). */
  constructor(world: World, cpuLimitMillis: () => number | undefined) {
    this.#world = world;
    this.#cpuLimitMillis = cpuLimitMillis;
    this.#sinceMs = world.clock.now();
  }

  get memoryBytes(): number { return this.#sum('memoryBytes'); }
  /** What runs at the moment uses so many thousandths of a core, its limit permitting. */
  get cpuMillis(): number { return Math.min(this.#sum('cpuMillis'), this.#limitMillis); }
  get #limitMillis(): number { return this.#cpuLimitMillis() ?? Infinity; }

  /** Processor time since the start, in milliseconds. */
  get cpuMs(): number {
    this.#settle();
    return this.#cpuMs;
  }

  /** One piece of work. It is done as fast as the limit lets it be; what nobody waits for any more is dropped. */
  spend(ms: number): void {
    this.#settle();
    this.#backlogMs = Math.min(this.#backlogMs + ms, (PATIENCE_MS * this.#limitMillis) / 1000);
  }

  set(process: symbol, what: Partial<{ memoryBytes: number; cpuMillis: number }>): void {
    this.#settle();
    this.#processes.set(process, { memoryBytes: 0, cpuMillis: 0, children: 0, ...this.#processes.get(process), ...what });
  }

  /** How many processes there are, with those that they have started. */
  get processes(): number { return this.#processes.size + this.#sum('children'); }

  fork(process: symbol, more: 1 | -1): void {
    const known = this.#processes.get(process) ?? { memoryBytes: 0, cpuMillis: 0, children: 0 };
    this.#processes.set(process, { ...known, children: known.children + more });
  }

  end(process: symbol): void {
    this.#settle();
    this.#processes.delete(process);
  }

  #settle(): void {
    const nowMs = this.#world.clock.now();
    const passedMs = nowMs - this.#sinceMs;
    const steadyMs = (passedMs * this.cpuMillis) / 1000;
    const roomMs = passedMs > 0 ? (passedMs * this.#limitMillis) / 1000 - steadyMs : 0;
    const doneMs = Math.min(this.#backlogMs, roomMs);
    this.#backlogMs -= doneMs;
    this.#cpuMs += steadyMs + doneMs;
    this.#sinceMs = nowMs;
  }

  #sum(what: 'memoryBytes' | 'cpuMillis' | 'children'): number {
    let sum = 0;
    for (const process of this.#processes.values()) sum += process[what];
    return sum;
  }
}

export interface ContextOptions {
  world: World;
  random: Random;
  nodeName: string;
  hostname: string;
  /** Called when the container's memory is above its limit. */
  outOfMemory: () => void;
  /** Called when it has taken memory within its limit: there may be others. */
  memoryTaken: () => void;
  exit: (code: number) => void;
  /** For a process beside the main one. */
  signalMain?: ((signal: string) => void) | undefined;
}

/** The surroundings of one process of a container; `end` takes what it used out of the count. */
export function processContext(container: RuntimeContainer, { world, random, nodeName, hostname, outOfMemory, memoryTaken, exit, signalMain }: ContextOptions): { context: ProcessContext; end: () => void } {
  const { config, image, sandbox, log, usage } = container;
  const process = Symbol(config.name);
  const { groups, capabilities } = identityOf(image, config);
  const context: ProcessContext = {
    world, random, nodeName, image: config.image,
    env: { ...(image.hasShell ? { PATH, HOME: '/root' } : {}), ...image.env, ...config.env },
    argv: argvOf(container), workingDir: config.workingDir ?? image.workingDir ?? '/',
    files: container.files, network: { ...sandbox.stack, listen: (address, port, service, tls) => sandbox.stack.listen(address, port, service, tls, config.name) }, hostname: sandbox.config.hostNetwork ? hostname : (sandbox.config.hostname ?? sandbox.config.name),
    get memoryLimitBytes() { return config.memoryLimitBytes; },
    get cpuLimitMillis() { return config.cpuLimitMillis; },
    runAsUser: config.runAsUser ?? image.user, groups, capabilities, stdin: config.stdin, tty: config.tty,
    write(text, stream = 'stdout') {
      if (container.state !== 'Running') return;
      log.write(world.clock.now(), stream, text);
      for (const sink of container.attached) sink[stream](text);
    },
    useMemory(bytes) {
      if (container.state !== 'Running') return;
      usage.set(process, { memoryBytes: bytes });
      if (config.memoryLimitBytes !== undefined && usage.memoryBytes > config.memoryLimitBytes) outOfMemory();
      else memoryTaken();
    },
    useCpu: (millis) => { if (container.state === 'Running') usage.set(process, { cpuMillis: millis }); },
    useProcesses: (more) => { if (container.state === 'Running') usage.fork(process, more); },
    spendCpu: (ms) => usage.spend(ms),
    usage: () => ({ cpuMs: usage.cpuMs, memoryBytes: usage.memoryBytes }),
    exit, processes: container.processes, ...(signalMain ? { signalMain } : {}),
  };
  return { context, end: () => usage.end(process) };
}

/** The image's entrypoint and arguments, replaced as the manifest says. */
export function argvOf({ config: { command = [], args = [] }, image }: Pick<RuntimeContainer, 'config' | 'image'>): readonly string[] {
  if (command.length > 0) return [...command, ...args];
  return [...image.entrypoint, ...(args.length > 0 ? args : image.cmd)];
}

/** The player's terminal: bash on their own machine and, by ssh, on the nodes, with the tools of the trade. */
import type { Cluster } from '../cluster/cluster.ts';
import { type Job, Shell } from '../cluster/node/runtime/shell/shell.ts';
import { commandsFor } from './commands/commands.ts';
import { type Host, hostContext, nodeHost, workstation } from './host.ts';
import { isForeground } from './syntax.ts';

/** What the terminal needs from whoever shows it. */
export interface Terminal {
  write(stream: 'stdout' | 'stderr', text: string): void;
  /** Opens an editor; resolves (within the world) with the new text, or undefined when nothing was written. */
  edit(fileName: string, text: string): Promise<string | undefined>;
  /** The player names something, with `answer WORD`. */
  answer(word: string): void;
  isTerminal: boolean;
  /** Where the shell may end, and its terminal with it: told as it does. */
  ended?(): void;
}

/** One level of ssh: a machine, with its own variables and folder. */
interface Session { host: Host; env: Record<string, string>; cwd: string; functions: string; jobs: Map<number, Job> }

const INTERRUPTED = 130;
const EXIT = /^\s*(exit|logout)(\s+\d+)?\s*$/;
/** Commands whose `2>&1` comes in the order of writing. */
const MERGING = ['kubectl', 'k'];

export class PlayerShell {
  readonly cluster: Cluster;
  readonly terminal: Terminal;
  readonly #sessions: Session[];
  #running: { shell: Shell; aborter: AbortController; done: (code: number) => void } | undefined;
  /** Exit status of the last line. */
  lastExit = 0;

  /** On a new machine with a kubeconfig, or on one that there is. */
  constructor(cluster: Cluster, terminal: Terminal, on: string | Host) {
    this.cluster = cluster;
    this.terminal = terminal;
    this.#sessions = [sessionOn(typeof on === 'string' ? workstation(cluster, on) : on)];
  }

  /** Another shell on the same machine: the same files, a folder and variables of its own. */
  beside(terminal: Terminal): PlayerShell { return new PlayerShell(this.cluster, terminal, this.#sessions[0]!.host); }

  get host(): Host { return this.#session.host; }
  get cwd(): string { return this.#session.cwd; }
  get env(): Readonly<Record<string, string>> { return this.#session.env; }
  get isBusy(): boolean { return this.#running !== undefined; }
  /** Whether `exit` leads out of here: off a node, or out of a terminal that may be closed. */
  get canExit(): boolean { return this.#sessions.length > 1 || this.terminal.ended !== undefined; }
  /** Whether a line closes the terminal; it changes nothing in the world. */
  isClosedBy(line: string): boolean { return this.#sessions.length === 1 && this.terminal.ended !== undefined && EXIT.test(line); }
  get signal(): AbortSignal { return this.#running?.aborter.signal ?? new AbortController().signal; }

  /** `player@quest:~$ ` */
  get prompt(): string {
    const { host, cwd } = this.#session;
    const folder = cwd === host.home ? '~' : cwd.startsWith(`${host.home}/`) ? `~${cwd.slice(host.home.length)}` : cwd;
    return `${host.user}@${host.name}:${folder}${host.user === 'root' ? '#' : '$'} `;
  }

  get #session(): Session { return this.#sessions.at(-1)!; }

  /** Runs a line (or several); `done` is called at the instant it ends. Not while another runs. */
  start(line: string, done: (exitCode: number) => void = () => undefined): void {
    if (this.#running) throw new Error('PlayerShell.start: a command is running');
    const session = this.#session;
    if (this.canExit && EXIT.test(line)) return this.#logOut(done);
    const aborter = new AbortController();
    const shell = this.#createShell(session, line);
    const end = (code: number) => {
      if (this.#running?.shell !== shell) return;
      this.#running = undefined;
      this.#keep(session, shell, line);
      this.lastExit = code;
      done(code);
    };
    this.#running = { shell, aborter, done: end };
    this.cluster.world.start('terminal', async () => end(await shell.run(`${session.functions}${line}`)));
  }

  /** Ctrl-C: commands that can are told to stop; what does not is left where it stands. */
  interrupt(): void {
    const running = this.#running;
    if (!running) return;
    running.aborter.abort();
    this.cluster.world.soon('interrupt', () => {
      if (this.#running !== running) return;
      running.shell.kill();
      this.terminal.write('stdout', '^C\n');
      running.done(INTERRUPTED);
    });
  }

  /** Runs a line to its end, letting virtual time pass; false when it did not end within `limitMs` and was interrupted. */
  async runToEnd(line: string, limitMs: number): Promise<boolean> {
    let ended = false;
    this.start(line, () => { ended = true; });
    const { world } = this.cluster;
    const untilMs = world.clock.now() + limitMs;
    await world.settle();
    while (!ended) {
      const nextMs = world.clock.nextDueMs();
      if (nextMs === undefined || nextMs > untilMs) break;
      await world.advanceTo(nextMs);
    }
    if (ended) return true;
    this.interrupt();
    await world.settle();
    return false;
  }

  /** Opens a session on a node; undefined when there is no such machine or it does not answer. */
  logIn(name: string): Host | string {
    const machine = this.cluster.machines.get(name) ?? [...this.cluster.machines.values()].find((m) => m.os.address === name);
    if (!machine) return `ssh: Could not resolve hostname ${name}: Name or service not known`;
    if (!machine.os.isOn || this.cluster.network.isCut(machine.name)) return `ssh: connect to host ${name} port 22: No route to host`;
    return nodeHost(machine);
  }

  /** Makes a host the one that the next lines run on. */
  enter(host: Host): void {
    this.#sessions.push(sessionOn(host));
  }

  /** A script on a host, beside the session: `ssh NODE COMMAND`, `sudo`, `watch`. To be awaited within an activity. */
  async runOn(host: Host, script: string, output: { stdout(text: string): void; stderr(text: string): void }, stdin?: string): Promise<number> {
    const shell = new Shell(hostContext(host, this.cluster.world), output, { commands: commandsFor(this, host, { isForeground: isForeground(script), output }), merging: MERGING, keepsState: true, ...(stdin ? { stdin } : {}) });
    return shell.run(script);
  }

  #createShell(session: Session, line: string): Shell {
    const output = { stdout: (text: string) => this.terminal.write('stdout', text), stderr: (text: string) => this.terminal.write('stderr', text) };
    const shell = new Shell({ ...hostContext(session.host, this.cluster.world, session.env), workingDir: session.cwd }, output, {
      commands: commandsFor(this, session.host, { isForeground: isForeground(line), output }), merging: MERGING, keepsState: true, jobs: session.jobs,
    });
    shell.keptState = { env: session.env, cwd: session.cwd };
    return shell;
  }

  #keep(session: Session, shell: Shell, line: string): void {
    if (shell.keptState && !shell.isKilled) Object.assign(session, shell.keptState);
    session.functions += functionsIn(line);
  }

  #logOut(done: (code: number) => void): void {
    if (this.#sessions.length > 1) {
      this.#sessions.pop();
      this.terminal.write('stdout', 'logout\n');
    } else this.terminal.ended?.();
    done(0);
  }
}

function sessionOn(host: Host): Session {
  const context = { HOME: host.home, USER: host.user, PWD: host.home, HOSTNAME: host.name, PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', SHELL: '/bin/bash', TERM: 'xterm-256color' };
  return { host, env: context, cwd: host.home, functions: '', jobs: new Map() };
}

/** Function definitions of a line, to be known by the lines that follow. */
function functionsIn(line: string): string {
  const found = line.match(/^\s*(?:function\s+)?[A-Za-z_][\w-]*\s*\(\)\s*\{[\s\S]*?\n?\}\s*;?$/m);
  return found ? `${found[0].replace(/;\s*$/, '')}\n` : '';
}

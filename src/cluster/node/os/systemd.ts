/** systemd in small: unit files on disk, services that start, fail and are restarted. */
import type { Clock, Timer } from '../../../time/clock.ts';
import { errorWords, FileError, type FileSystem } from '../file-system.ts';
import { statusAfter } from '../runtime/shell/processes.ts';
import { type Binary, binaryAt } from './binary.ts';
import type { Journal } from './journal.ts';
import { expand, fullName, last, parseUnit, seconds, type Settings, UnitFiles } from './unit-file.ts';

const FIRST_PID = 700;
/** Ended by these a service has done as it was told (systemd.service: SuccessExitStatus). */
const CLEAN_SIGNALS: readonly string[] = ['HUP', 'INT', 'TERM', 'PIPE'];

/** What a program on the disk does when a unit's ExecStart names it. */
export interface ServiceProgram {
  /**
   * Starts it with its arguments. `exit` is called when it ends by itself. Throws StartError when it cannot start.
   */
  start(argv: readonly string[], context: ServiceContext): { stop(): void };
}

export interface ServiceContext {
  env: Readonly<Record<string, string>>;
  /** Of the program on the disk, as it was started. */
  version: string;
  /** Writes to the journal. */
  log(message: string): void;
  exit(code: number): void;
}

/** A program that says why and exits before it has begun. */
export class StartError extends Error {
  constructor(readonly lines: readonly string[], readonly exitCode = 1) {
    super(lines.join('\n'));
    this.name = 'StartError';
  }
}

type UnitState = 'active' | 'inactive' | 'failed' | 'activating';

/** What `systemctl status` shows. */
export interface UnitStatus {
  name: string;
  description: string;
  loaded: boolean;
  path: string;
  dropIns: string[];
  enabled: boolean;
  state: UnitState;
  sub: 'running' | 'dead' | 'auto-restart' | 'failed';
  sinceMs: number;
  pid?: number;
  exitCode?: number;
  /** What ended its process, if a signal did. */
  signal?: string;
  command: string;
  /** What runs, variables filled in. */
  argv: readonly string[];
  restarts: number;
  needsReload: boolean;
}

interface Unit {
  name: string;
  /** As read at the last daemon-reload; undefined once its file was gone then. */
  text: string | undefined;
  state: UnitState;
  sinceMs: number;
  pid?: number;
  exitCode?: number;
  signal?: string;
  argv?: readonly string[];
  process?: { stop(): void };
  restart?: Timer;
  restarts: number;
  /** When it was started lately, for the start limit. */
  startsMs: number[];
}

export interface SystemdOptions {
  clock: Clock;
  files: FileSystem;
  journal: Journal;
  /** By the name in their binaries. */
  programs: Readonly<Record<string, ServiceProgram>>;
}

export class Systemd {
  readonly #options: SystemdOptions;
  readonly #files: UnitFiles;
  readonly #units = new Map<string, Unit>();
  #nextPid = FIRST_PID;

  constructor(options: SystemdOptions) {
    this.#options = options;
    this.#files = new UnitFiles(options.files);
  }

  /** Reads unit files and starts what is enabled, as booting does. */
  boot(): void {
    this.reload();
    for (const unit of this.#sorted()) if (unit.text !== undefined && this.#files.isEnabled(unit.name)) this.#start(unit);
  }

  /** Everything ends at once: the power is gone, nobody writes a journal. */
  halt(): void {
    for (const unit of this.#units.values()) {
      this.#end(unit);
      unit.restarts = 0;
    }
  }

  /** `systemctl daemon-reload`. */
  reload(): void {
    for (const name of this.#files.names()) {
      const known = this.#units.get(name);
      const text = this.#files.textOf(name);
      if (known) known.text = text;
      else this.#units.set(name, { name, text, state: 'inactive', sinceMs: this.#options.clock.now(), restarts: 0, startsMs: [] });
    }
    for (const unit of this.#units.values()) if (!this.#files.pathOf(unit.name)) unit.text = undefined;
  }

  /** Starts a unit; false when there is none of that name. */
  start(name: string): boolean { return this.#with(name, (unit) => { if (unit.state !== 'active') this.#start(unit); }); }
  stop(name: string): boolean { return this.#with(name, (unit) => this.#stop(unit)); }

  restart(name: string): boolean {
    return this.#with(name, (unit) => {
      this.#stop(unit);
      this.#start(unit);
    });
  }

  /** `systemctl kill`: a signal to the unit's process, if it has one; what asks it to end is no failure. */
  kill(name: string, signal: string): boolean {
    return this.#with(name, (unit) => {
      const status = statusAfter(signal);
      if (unit.state === 'active' && status !== undefined) this.#exited(unit, CLEAN_SIGNALS.includes(signal) ? 0 : status, signal);
    });
  }

  /** `systemctl reset-failed`: forgets a failure and the starts that count against the limit. */
  resetFailed(name: string): boolean {
    return this.#with(name, (unit) => {
      unit.startsMs = [];
      if (unit.state === 'failed') unit.state = 'inactive';
    });
  }

  setEnabled(name: string, enabled: boolean): boolean {
    return this.#with(name, (unit) => this.#files.setEnabled(unit.name, enabled));
  }

  status(name: string): UnitStatus | undefined {
    const unit = this.#units.get(fullName(name));
    if (!unit) return undefined;
    const settings = parseUnit(unit.text ?? '');
    return {
      name: unit.name, description: last(settings, 'Description') ?? unit.name, loaded: unit.text !== undefined, path: this.#files.pathOf(unit.name) ?? '', dropIns: this.#files.dropIns(unit.name),
      enabled: this.#files.isEnabled(unit.name), state: unit.restart ? 'activating' : unit.state,
      sub: unit.restart ? 'auto-restart' : unit.state === 'active' ? 'running' : unit.state === 'failed' ? 'failed' : 'dead',
      sinceMs: unit.sinceMs, pid: unit.pid, exitCode: unit.exitCode, signal: unit.signal, command: last(settings, 'ExecStart') ?? '', argv: unit.argv ?? [], restarts: unit.restarts,
      needsReload: this.#files.textOf(unit.name) !== (unit.text ?? ''),
    };
  }

  list(): UnitStatus[] {
    return this.#sorted().map((unit) => this.status(unit.name)!);
  }

  #with(name: string, act: (unit: Unit) => void): boolean {
    const unit = this.#units.get(fullName(name));
    if (unit?.text === undefined) return false;
    act(unit);
    return true;
  }

  #start(unit: Unit): void {
    unit.restart?.cancel();
    unit.restart = undefined;
    const { clock, journal, programs } = this.#options;
    const settings = parseUnit(unit.text ?? '');
    if (this.#hitsStartLimit(unit, settings)) return;
    const description = last(settings, 'Description') ?? unit.name;
    const env = this.#files.environment(settings);
    const argv = expand(last(settings, 'ExecStart') ?? '', env);
    const pid = this.#nextPid++;
    const identifier = argv[0]?.split('/').pop() ?? unit.name;
    journal.write(unit.name, 'systemd', 1, `Started ${unit.name} - ${description}.`);
    Object.assign(unit, { state: 'active', sinceMs: clock.now(), pid, argv, exitCode: undefined, signal: undefined });
    const binary = this.#locate(argv[0] ?? '');
    const program = typeof binary === 'string' ? undefined : programs[binary.name];
    if (typeof binary === 'string' || !program) {
      const why = typeof binary === 'string' ? binary : 'Exec format error';
      if (why.startsWith('No such')) journal.write(unit.name, `(${identifier})`, pid, `${unit.name}: Failed to locate executable ${argv[0]}: ${why}`);
      journal.write(unit.name, `(${identifier})`, pid, `${unit.name}: Failed at step EXEC spawning ${argv[0]}: ${why}`);
      return this.#exited(unit, 203);
    }
    try {
      const process = program.start(argv.slice(1), {
        env, version: binary.version, log: (message) => journal.write(unit.name, identifier, pid, message),
        exit: (code) => { if (unit.pid === pid) this.#exited(unit, code); },
      });
      if (unit.pid === pid) unit.process = process;
      else process.stop();
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      for (const line of error.lines) journal.write(unit.name, identifier, pid, line);
      this.#exited(unit, error.exitCode);
    }
  }

  /** The program at a path, or why it cannot be executed. */
  #locate(path: string): Binary | string {
    try {
      return binaryAt(this.#options.files, path) ?? 'Exec format error';
    } catch (error) {
      if (error instanceof FileError) return errorWords(error);
      throw error;
    }
  }

  /** systemd gives up on a unit that was started too often: 5 times in 10 s unless the unit says otherwise. */
  #hitsStartLimit(unit: Unit, settings: Settings): boolean {
    const { clock, journal } = this.#options;
    const intervalMs = seconds(last(settings, 'StartLimitIntervalSec') ?? last(settings, 'StartLimitInterval') ?? '10') * 1000;
    const burst = Number(last(settings, 'StartLimitBurst') ?? 5);
    if (intervalMs === 0) return false;
    unit.startsMs = unit.startsMs.filter((ms) => ms > clock.now() - intervalMs);
    if (unit.startsMs.length < burst) {
      unit.startsMs.push(clock.now());
      return false;
    }
    Object.assign(unit, { state: 'failed', sinceMs: clock.now(), pid: undefined });
    journal.write(unit.name, 'systemd', 1, `${unit.name}: Start request repeated too quickly.`);
    journal.write(unit.name, 'systemd', 1, `${unit.name}: Failed with result 'exit-code'.`);
    return true;
  }

  #exited(unit: Unit, code: number, signal?: string): void {
    const { clock, journal } = this.#options;
    const settings = parseUnit(unit.text ?? '');
    const { process } = unit;
    Object.assign(unit, { state: code === 0 ? 'inactive' : 'failed', sinceMs: clock.now(), exitCode: code, signal, pid: undefined, process: undefined });
    process?.stop();
    if (code === 0) journal.write(unit.name, 'systemd', 1, `${unit.name}: Deactivated successfully.`);
    else {
      journal.write(unit.name, 'systemd', 1, `${unit.name}: Main process exited, code=${signal ? 'killed' : 'exited'}, status=${signal ? `${code - 128}/${signal}` : exitStatus(code)}`);
      journal.write(unit.name, 'systemd', 1, `${unit.name}: Failed with result '${signal ? 'signal' : 'exit-code'}'.`);
    }
    const policy = last(settings, 'Restart');
    if (policy !== 'always' && !(policy === 'on-failure' && code !== 0)) return;
    const delayMs = seconds(last(settings, 'RestartSec') ?? '100ms') * 1000;
    unit.restart = clock.after(delayMs, `restart ${unit.name}`, () => {
      unit.restarts++;
      journal.write(unit.name, 'systemd', 1, `${unit.name}: Scheduled restart job, restart counter is at ${unit.restarts}.`);
      this.#start(unit);
    });
  }

  #stop(unit: Unit): void {
    const { journal } = this.#options;
    const description = last(parseUnit(unit.text ?? ''), 'Description') ?? unit.name;
    const wasActive = unit.state === 'active';
    if (wasActive) journal.write(unit.name, 'systemd', 1, `Stopping ${unit.name} - ${description}...`);
    this.#end(unit);
    if (!wasActive) return;
    journal.write(unit.name, 'systemd', 1, `${unit.name}: Deactivated successfully.`);
    journal.write(unit.name, 'systemd', 1, `Stopped ${unit.name} - ${description}.`);
  }

  #end(unit: Unit): void {
    unit.restart?.cancel();
    const { process } = unit;
    Object.assign(unit, { state: 'inactive', restart: undefined, process: undefined, pid: undefined, sinceMs: this.#options.clock.now() });
    process?.stop();
  }

  #sorted(): Unit[] {
    return [...this.#units.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** `203/EXEC`, `1/FAILURE`. */
export function exitStatus(code: number): string {
  return `${code}/${code === 203 ? 'EXEC' : 'FAILURE'}`;
}

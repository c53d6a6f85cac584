/** systemd in small: unit files on disk, services that start, fail and are restarted. */
import type { Clock, Timer } from '../../../time/clock.ts';
import type { FileSystem } from '../file-system.ts';
import type { Journal } from './journal.ts';

const UNIT_FOLDERS = ['/etc/systemd/system', '/usr/lib/systemd/system'];
const FIRST_PID = 700;

/** A program that a unit's ExecStart names. */
export interface ServiceProgram {
  /**
   * Starts it with its arguments. `exit` is called when it ends by itself. Throws StartError when it cannot start.
   */
  start(argv: readonly string[], context: ServiceContext): { stop(): void };
}

export interface ServiceContext {
  env: Readonly<Record<string, string>>;
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

export type UnitState = 'active' | 'inactive' | 'failed' | 'activating';

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
  command: string;
  restarts: number;
  needsReload: boolean;
}

interface Unit {
  name: string;
  text: string;
  state: UnitState;
  sinceMs: number;
  pid?: number;
  exitCode?: number;
  process?: { stop(): void };
  restart?: Timer;
  restarts: number;
  enabled: boolean;
}

export interface SystemdOptions {
  clock: Clock;
  files: FileSystem;
  journal: Journal;
  /** By the path of ExecStart: `/usr/bin/kubelet`. */
  programs: Readonly<Record<string, ServiceProgram>>;
}

export class Systemd {
  readonly #options: SystemdOptions;
  readonly #units = new Map<string, Unit>();
  #nextPid = FIRST_PID;

  constructor(options: SystemdOptions) {
    this.#options = options;
  }

  /** Reads unit files and starts what is enabled, as booting does. */
  boot(): void {
    this.reload();
    for (const unit of this.#sorted()) if (unit.enabled) this.#start(unit);
  }

  /** Everything ends at once: the power is gone. */
  halt(): void {
    for (const unit of this.#units.values()) this.#end(unit, 'inactive');
  }

  /** `systemctl daemon-reload`. */
  reload(): void {
    for (const name of this.#unitNames()) {
      const known = this.#units.get(name);
      const text = this.#textOf(name);
      if (known) known.text = text;
      else this.#units.set(name, { name, text, state: 'inactive', sinceMs: this.#options.clock.now(), restarts: 0, enabled: this.#isEnabled(name) });
    }
  }

  /** Starts a unit; false when there is none of that name. */
  start(name: string): boolean { return this.#with(name, (unit) => { if (unit.state !== 'active') this.#start(unit); }); }
  stop(name: string): boolean { return this.#with(name, (unit) => this.#end(unit, 'inactive')); }

  restart(name: string): boolean {
    return this.#with(name, (unit) => {
      this.#end(unit, 'inactive');
      this.#start(unit);
    });
  }

  setEnabled(name: string, enabled: boolean): boolean {
    return this.#with(name, (unit) => {
      unit.enabled = enabled;
      const link = `/etc/systemd/system/multi-user.target.wants/${unit.name}`;
      const { files } = this.#options;
      files.makeDirectory('/etc/systemd/system/multi-user.target.wants');
      files.remove(link, { force: true });
      if (enabled) files.link(this.#pathOf(unit.name) ?? '', link);
    });
  }

  status(name: string): UnitStatus | undefined {
    const unit = this.#units.get(fullName(name));
    if (!unit) return undefined;
    const settings = parseUnit(unit.text);
    return {
      name: unit.name, description: last(settings, 'Description') ?? unit.name, loaded: true, path: this.#pathOf(unit.name) ?? '', dropIns: this.#dropIns(unit.name),
      enabled: unit.enabled, state: unit.restart ? 'activating' : unit.state,
      sub: unit.restart ? 'auto-restart' : unit.state === 'active' ? 'running' : unit.state === 'failed' ? 'failed' : 'dead',
      sinceMs: unit.sinceMs, pid: unit.pid, exitCode: unit.exitCode, command: last(settings, 'ExecStart') ?? '', restarts: unit.restarts,
      needsReload: this.#textOf(unit.name) !== unit.text,
    };
  }

  list(): UnitStatus[] {
    return this.#sorted().map((unit) => this.status(unit.name)!);
  }

  #with(name: string, act: (unit: Unit) => void): boolean {
    const unit = this.#units.get(fullName(name));
    if (unit) act(unit);
    return unit !== undefined;
  }

  #start(unit: Unit): void {
    unit.restart?.cancel();
    unit.restart = undefined;
    const { clock, journal, programs } = this.#options;
    const settings = parseUnit(unit.text);
    const description = last(settings, 'Description') ?? unit.name;
    const env = this.#environment(settings);
    const argv = expand(last(settings, 'ExecStart') ?? '', env);
    const pid = this.#nextPid++;
    const identifier = argv[0]?.split('/').pop() ?? unit.name;
    journal.write(unit.name, 'systemd', 1, `Started ${unit.name} - ${description}.`);
    Object.assign(unit, { state: 'active', sinceMs: clock.now(), pid, exitCode: undefined });
    const program = programs[argv[0] ?? ''];
    if (!program) {
      journal.write(unit.name, 'systemd', pid, `${unit.name}: Failed to locate executable ${argv[0]}: No such file or directory`);
      return this.#failed(unit, 203);
    }
    try {
      unit.process = program.start(argv.slice(1), {
        env, log: (message) => journal.write(unit.name, identifier, pid, message),
        exit: (code) => { if (unit.pid === pid) this.#exited(unit, code); },
      });
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      for (const line of error.lines) journal.write(unit.name, identifier, pid, line);
      this.#failed(unit, error.exitCode);
    }
  }

  #exited(unit: Unit, code: number): void {
    unit.process?.stop();
    unit.process = undefined;
    if (code !== 0) return this.#failed(unit, code);
    this.#end(unit, 'inactive');
  }

  #failed(unit: Unit, code: number): void {
    const { clock, journal } = this.#options;
    const settings = parseUnit(unit.text);
    journal.write(unit.name, 'systemd', 1, `${unit.name}: Main process exited, code=exited, status=${code}/${code === 203 ? 'EXEC' : 'FAILURE'}`);
    journal.write(unit.name, 'systemd', 1, `${unit.name}: Failed with result 'exit-code'.`);
    Object.assign(unit, { state: 'failed', sinceMs: clock.now(), exitCode: code, pid: undefined, process: undefined });
    const policy = last(settings, 'Restart');
    if (policy !== 'always' && policy !== 'on-failure') return;
    const delayMs = Number(last(settings, 'RestartSec') ?? '0.1') * 1000;
    unit.restart = clock.after(delayMs, `restart ${unit.name}`, () => {
      unit.restarts++;
      journal.write(unit.name, 'systemd', 1, `${unit.name}: Scheduled restart job, restart counter is at ${unit.restarts}.`);
      this.#start(unit);
    });
  }

  #end(unit: Unit, state: UnitState): void {
    unit.restart?.cancel();
    unit.restart = undefined;
    const wasActive = unit.state === 'active';
    const { process } = unit;
    Object.assign(unit, { state, process: undefined, pid: undefined, sinceMs: this.#options.clock.now() });
    process?.stop();
    if (wasActive) this.#options.journal.write(unit.name, 'systemd', 1, `Stopped ${unit.name} - ${last(parseUnit(unit.text), 'Description') ?? ''}.`);
  }

  #environment(settings: Settings): Record<string, string> {
    const env: Record<string, string> = {};
    for (const line of settings.get('Environment') ?? []) assign(env, line.replace(/^"(.*)"$/, '$1'));
    for (const file of settings.get('EnvironmentFile') ?? []) {
      const path = file.replace(/^-/, '');
      if (!this.#options.files.exists(path)) continue;
      for (const line of this.#options.files.read(path).split('\n')) if (/^\w+=/.test(line)) assign(env, line);
    }
    return env;
  }

  #unitNames(): string[] {
    const { files } = this.#options;
    const names = UNIT_FOLDERS.flatMap((folder) => (files.exists(folder) ? files.list(folder) : [])).filter((name) => name.endsWith('.service'));
    return [...new Set(names)].sort();
  }

  #pathOf(name: string): string | undefined {
    return UNIT_FOLDERS.map((folder) => `${folder}/${name}`).find((path) => this.#options.files.exists(path));
  }

  #dropIns(name: string): string[] {
    const { files } = this.#options;
    return UNIT_FOLDERS.map((folder) => `${folder}/${name}.d`).filter((folder) => files.exists(folder))
      .flatMap((folder) => files.list(folder).filter((f) => f.endsWith('.conf')).map((f) => `${folder}/${f}`));
  }

  #textOf(name: string): string {
    const { files } = this.#options;
    const path = this.#pathOf(name);
    return [path, ...this.#dropIns(name)].filter((p) => p !== undefined).map((p) => files.read(p)).join('\n');
  }

  #isEnabled(name: string): boolean {
    const link = `/etc/systemd/system/multi-user.target.wants/${name}`;
    try {
      return this.#options.files.lstat(link).type === 'symlink';
    } catch {
      return false;
    }
  }

  #sorted(): Unit[] {
    return [...this.#units.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

type Settings = ReadonlyMap<string, readonly string[]>;

/** Settings of a unit file with its drop-ins; an empty assignment clears what came before. */
function parseUnit(text: string): Settings {
  const settings = new Map<string, string[]>();
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    const match = /^([A-Za-z]+)=(.*)$/.exec(line.trim());
    if (!match) continue;
    if (match[2] === '') settings.delete(match[1]!);
    else settings.set(match[1]!, [...(settings.get(match[1]!) ?? []), match[2]!]);
  }
  return settings;
}

function last(settings: Settings, name: string): string | undefined {
  return settings.get(name)?.at(-1);
}

function assign(env: Record<string, string>, line: string): void {
  const at = line.indexOf('=');
  if (at > 0) env[line.slice(0, at)] = line.slice(at + 1).replace(/^"(.*)"$/, '$1');
}

/** ExecStart as argv, `$VAR` and `${VAR}` replaced; an unset variable is nothing. */
function expand(command: string, env: Readonly<Record<string, string>>): string[] {
  return command.replace(/\$\{?(\w+)\}?/g, (_, name: string) => env[name] ?? '').split(/\s+/).filter(Boolean);
}

function fullName(name: string): string {
  return name.includes('.') ? name : `${name}.service`;
}

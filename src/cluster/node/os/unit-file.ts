/** Unit files with their drop-ins, as they lie on a machine's disk, and how their lines are read. */
import type { FileSystem } from '../file-system.ts';

const UNIT_FOLDERS = ['/etc/systemd/system', '/usr/lib/systemd/system']; // the first wins
const WANTS = '/etc/systemd/system/multi-user.target.wants';

/** Settings of a unit file with its drop-ins, by name, in order of appearance. */
export type Settings = ReadonlyMap<string, readonly string[]>;

export class UnitFiles {
  readonly #files: FileSystem;

  constructor(files: FileSystem) {
    this.#files = files;
  }

  /** Names of all services that have a file. */
  names(): string[] {
    const names = UNIT_FOLDERS.flatMap((folder) => (this.#files.exists(folder) ? this.#files.list(folder) : [])).filter((name) => name.endsWith('.service'));
    return [...new Set(names)].sort();
  }

  pathOf(name: string): string | undefined {
    return UNIT_FOLDERS.map((folder) => `${folder}/${name}`).find((path) => this.#files.exists(path));
  }

  /** Drop-ins in the order in which they apply. */
  dropIns(name: string): string[] {
    const byName = new Map<string, string>();
    for (const folder of UNIT_FOLDERS.map((f) => `${f}/${name}.d`).filter((f) => this.#files.exists(f))) {
      // A file in /etc hides the one of the same name in /usr/lib.
      for (const file of this.#files.list(folder)) if (file.endsWith('.conf') && !byName.has(file)) byName.set(file, `${folder}/${file}`);
    }
    return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
  }

  /** The unit file and its drop-ins as one text. */
  textOf(name: string): string {
    return [this.pathOf(name), ...this.dropIns(name)].filter((path) => path !== undefined).map((path) => this.#files.read(path)).join('\n');
  }

  isEnabled(name: string): boolean {
    try {
      return this.#files.lstat(`${WANTS}/${name}`).type === 'symlink';
    } catch {
      return false; // no such link
    }
  }

  setEnabled(name: string, isEnabled: boolean): void {
    this.#files.makeDirectory(WANTS);
    this.#files.remove(`${WANTS}/${name}`, { force: true });
    if (isEnabled) this.#files.link(this.pathOf(name) ?? '', `${WANTS}/${name}`);
  }

  /** The variables of Environment= and EnvironmentFile=; a file that is missing is left out. */
  environment(settings: Settings): Record<string, string> {
    const env: Record<string, string> = {};
    for (const line of settings.get('Environment') ?? []) {
      for (const [, quoted, plain] of line.matchAll(/"([^"]*)"|(\S+)/g)) assign(env, quoted ?? plain ?? '');
    }
    for (const file of settings.get('EnvironmentFile') ?? []) {
      const path = file.replace(/^-/, '');
      if (!this.#files.exists(path)) continue;
      for (const line of this.#files.read(path).split('\n')) if (/^\w+=/.test(line)) assign(env, line);
    }
    return env;
  }
}

/** Settings of a unit file with its drop-ins; an empty assignment clears what came before. */
export function parseUnit(text: string): Settings {
  const settings = new Map<string, string[]>();
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    const match = /^([A-Za-z]+)=(.*)$/.exec(line.trim());
    if (!match) continue;
    if (match[2] === '') settings.delete(match[1]!);
    else settings.set(match[1]!, [...(settings.get(match[1]!) ?? []), match[2]!]);
  }
  return settings;
}

/** `10`, `10s`, `5min`, `100ms` as seconds. */
export function seconds(text: string): number {
  const [, amount = '0', unit = 's'] = /^([\d.]+)\s*(ms|s|sec|m|min|h)?$/.exec(text.trim()) ?? [];
  const factor: Readonly<Record<string, number>> = { ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3600 };
  return Number(amount) * (factor[unit] ?? 1);
}

/** The value in force. */
export function last(settings: Settings, name: string): string | undefined {
  return settings.get(name)?.at(-1);
}

function assign(env: Record<string, string>, line: string): void {
  const at = line.indexOf('=');
  if (at > 0) env[line.slice(0, at)] = line.slice(at + 1).replace(/^"(.*)"$/, '$1');
}

/** ExecStart as argv, `$VAR` and `${VAR}` replaced; an unset variable is nothing. */
export function expand(command: string, env: Readonly<Record<string, string>>): string[] {
  return command.replace(/\$\{?(\w+)\}?/g, (_, name: string) => env[name] ?? '').split(/\s+/).filter(Boolean);
}

/** `kubelet` is `kubelet.service`. */
export function fullName(name: string): string {
  return name.includes('.') ? name : `${name}.service`;
}

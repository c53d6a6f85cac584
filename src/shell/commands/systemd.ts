/** systemctl and journalctl over a node's services. */
import { DAYS, MONTHS } from '../../cluster/node/os/calendar.ts';
import type { JournalEntry } from '../../cluster/node/os/journal.ts';
import type { NodeOs } from '../../cluster/node/os/node-os.ts';
import { exitStatus, type UnitStatus } from '../../cluster/node/os/systemd.ts';
import { ageSince } from '../../cluster/api/duration.ts';
import { signalNamed } from '../../cluster/node/runtime/shell/processes.ts';
import { failed, readFlags, type Result, said } from './result.ts';


export function systemctl(args: readonly string[], os: NodeOs): Result {
  const { words: [verb = 'list-units', ...units], flags } = readFlags(args, ['-n', '-p', '-s', '--signal']);
  switch (verb) {
    case 'daemon-reload': os.systemd.reload(); return said('');
    case 'list-units': case 'list-unit-files': return list(os, flags.has('--failed') || flags.get('--state') === 'failed');
    case 'status': return units.length ? one(units, (name) => status(name, os)) : list(os);
    case 'is-active': return query(units, os, (unit) => unit.state, (unit) => unit.state === 'active');
    case 'is-enabled': return query(units, os, (unit) => (unit.enabled ? 'enabled' : 'disabled'), (unit) => unit.enabled);
    case 'cat': return one(units, (name) => cat(name, os));
    case 'kill': return kill(units, os, flags.get('-s') ?? flags.get('--signal') ?? 'TERM');
    case 'enable': case 'disable': return enable(units, os, verb === 'enable', flags.has('--now'));
    case 'reset-failed': return each(units, os, (name) => os.systemd.resetFailed(name), verb);
    case 'is-failed': return query(units, os, (unit) => unit.state, (unit) => unit.state === 'failed');
    case 'start': case 'stop': case 'restart': return each(units, os, (name) => os.systemd[verb](name), verb);
    default: return failed(`Unknown command verb '${verb}'.\n`);
  }
}

function each(units: readonly string[], os: NodeOs, act: (name: string) => boolean, verb = ''): Result {
  if (units.length === 0) return failed('Too few arguments.\n');
  let stderr = '';
  for (const name of units) {
    const before = os.systemd.status(name);
    if (before?.needsReload && verb !== 'stop') stderr += reloadWarning(before);
    if (!act(name)) stderr += `Failed to ${verb || 'change'} ${full(name)}: Unit ${full(name)} not found.\n`;
  }
  return { stdout: '', stderr, exitCode: stderr.includes('not found') ? 5 : 0 };
}

/** One unit after the other, a line between them; the first that fails gives the status. */
function one(units: readonly string[], show: (name: string) => Result): Result {
  if (units.length === 0) return failed('Too few arguments.\n');
  const shown = units.map(show);
  return { stdout: shown.map(({ stdout }) => stdout).filter(Boolean).join('\n'), stderr: shown.map(({ stderr }) => stderr).join(''), exitCode: shown.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0 };
}

function kill(units: readonly string[], os: NodeOs, text: string): Result {
  const signal = signalNamed(text);
  if (!signal) return failed(`Failed to parse signal string ${text}.\n`);
  return one(units, (name) => (os.systemd.kill(name, signal) ? said('') : failed(`Failed to kill unit ${full(name)}: Unit ${full(name)} not loaded.\n`)));
}

/** Links a unit into what starts at boot, or unlinks it; with `--now` it starts or stops as well. */
function enable(units: readonly string[], os: NodeOs, isWanted: boolean, now: boolean): Result {
  const links = units.filter((name) => os.systemd.status(name)?.enabled === !isWanted).map((name) => {
    const link = `/etc/systemd/system/multi-user.target.wants/${full(name)}`;
    return isWanted ? `Created symlink '${link}' → '${os.systemd.status(name)!.path}'.\n` : `Removed '${link}'.\n`;
  });
  const done = each(units, os, (name) => os.systemd.setEnabled(name, isWanted) && (!now || os.systemd[isWanted ? 'start' : 'stop'](name)), isWanted ? 'enable' : 'disable');
  return { ...done, stderr: links.join('') + done.stderr };
}

function reloadWarning({ name }: UnitStatus): string {
  return `Warning: The unit file, source configuration file or drop-ins of ${name} changed on disk. Run 'systemctl daemon-reload' to reload units.\n`;
}

function query(units: readonly string[], os: NodeOs, word: (unit: UnitStatus) => string, isGood: (unit: UnitStatus) => boolean): Result {
  const found = units.map((name) => os.systemd.status(name));
  return { stdout: found.map((unit) => `${unit ? word(unit) : 'inactive'}\n`).join(''), stderr: '', exitCode: found.every((unit) => unit && isGood(unit)) ? 0 : 3 };
}

function status(name: string, os: NodeOs): Result {
  const unit = os.systemd.status(name);
  if (!unit) return failed(`Unit ${full(name)} could not be found.\n`, 4);
  const nowMs = os.world.clock.now();
  const result = unit.exitCode === 0 ? '' : ` (Result: ${unit.signal ? 'signal' : 'exit-code'})`;
  const state = unit.state === 'active' ? 'active (running)' : unit.state === 'activating' ? `activating (auto-restart)${result}` : unit.state === 'failed' ? `failed${result}` : 'inactive (dead)';
  const folders = new Map<string, string[]>();
  for (const path of unit.dropIns) folders.set(path.slice(0, path.lastIndexOf('/')), [...(folders.get(path.slice(0, path.lastIndexOf('/'))) ?? []), path.split('/').pop()!]);
  const dropIn = [...folders].flatMap(([folder, names], i) => [`${i ? '           ' : '    Drop-In:'} ${folder}`, `             └─${names.join(', ')}`]);
  const lines = [
    `${unit.state === 'active' ? '●' : unit.state === 'failed' ? '×' : '○'} ${unit.name} - ${unit.description}`,
    `     Loaded: loaded (${unit.path}; ${unit.enabled ? 'enabled' : 'disabled'}; preset: enabled)`, ...dropIn,
    `     Active: ${state} since ${date(unit.sinceMs)}; ${ageSince(new Date(unit.sinceMs).toISOString(), nowMs)} ago`,
    ...(unit.pid ? [`   Main PID: ${unit.pid} (${unit.command.split(/[ /]/).find((part) => /^[a-z]+$/.test(part) && part !== 'usr' && part !== 'bin') ?? unit.name})`] : []),
    ...(unit.exitCode !== undefined && unit.state !== 'active' ? [`    Process: ExecStart=${unit.command} (code=${unit.signal ? `killed, signal=${unit.signal}` : `exited, status=${exitStatus(unit.exitCode)}`})`] : []),
    '', ...os.journal.read({ unit: unit.name }).slice(-8).map((entry) => line(entry, os.hostname)), '',
  ];
  return { stdout: lines.join('\n'), stderr: unit.needsReload ? reloadWarning(unit) : '', exitCode: unit.state === 'active' ? 0 : 3 };
}

function list(os: NodeOs, isFailedOnly = false): Result {
  const rows = os.systemd.list().filter((unit) => !isFailedOnly || unit.state === 'failed').map((unit) => `  ${unit.name.padEnd(24)} loaded ${unit.state.padEnd(10)} ${unit.sub.padEnd(12)} ${unit.description}`);
  return said(`  ${'UNIT'.padEnd(24)} LOAD   ${'ACTIVE'.padEnd(10)} ${'SUB'.padEnd(12)} DESCRIPTION\n${rows.join('\n')}\n`);
}

function cat(name: string, os: NodeOs): Result {
  const unit = os.systemd.status(name);
  if (!unit) return failed(`No files found for ${full(name)}.\n`);
  return said([unit.path, ...unit.dropIns].map((path) => `# ${path}\n${os.files.read(path)}`).join('\n'));
}

export function journalctl(args: readonly string[], os: NodeOs): Result {
  const { flags } = readFlags(args.flatMap((arg) => (/^-[a-z]{2,}$/.test(arg) && !arg.startsWith('--') ? spread(arg) : [arg])), ['-u', '--unit', '-n', '--lines', '--since', '-S', '-o', '-p', '-t']);
  const unit = flags.get('-u') ?? flags.get('--unit');
  const since = flags.get('--since') ?? flags.get('-S');
  const count = flags.get('-n') ?? flags.get('--lines');
  const entries = os.journal.read({ unit: unit && full(unit), sinceMs: since ? sinceMs(since, os.world.clock.now()) : undefined });
  const pattern = flags.get('-g') ?? flags.get('--grep');
  const matching = pattern ? entries.filter((entry) => entry.message.includes(pattern)) : entries;
  const shown = count ? matching.slice(-Number(count)) : matching;
  const ordered = flags.has('-r') || flags.has('--reverse') ? [...shown].reverse() : shown;
  if (ordered.length === 0) return said('-- No entries --\n');
  return said(`${ordered.map((entry) => line(entry, os.hostname)).join('\n')}\n`);
}

/** `-xeu` → `-x -e -u`; `-n20` → `-n=20`. */
function spread(arg: string): string[] {
  return Array.from(arg.slice(1), (letter) => `-${letter}`);
}

function sinceMs(text: string, nowMs: number): number {
  const relative = /^-?(\d+)\s*(s|sec|m|min|minutes?|h|hours?)( ago)?$/.exec(text);
  if (relative) return nowMs - Number(relative[1]) * (relative[2]!.startsWith('h') ? 3_600_000 : relative[2]!.startsWith('m') ? 60_000 : 1000);
  const parsed = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(parsed) ? 0 : parsed;
}

function line({ timeMs, identifier, pid, message }: JournalEntry, hostname: string): string {
  const at = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${MONTHS[at.getUTCMonth()]} ${two(at.getUTCDate())} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} ${hostname} ${identifier}[${pid}]: ${message}`;
}

function date(ms: number): string {
  const at = new Date(ms);
  return `${DAYS[at.getUTCDay()]} ${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function full(name: string): string {
  return name.includes('.') ? name : `${name}.service`;
}

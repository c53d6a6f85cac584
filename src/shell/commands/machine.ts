/** What a node says of itself: disk, memory, clock, processes. */
import type { Machine } from '../../cluster/node/machine.ts';
import { argvOf } from '../../cluster/node/runtime/process-context.ts';
import { formatDate } from '../../cluster/node/runtime/shell/system-commands.ts';
import { columns, failed, type Result, said } from './result.ts';

export const MACHINE_COMMANDS: Readonly<Record<string, (args: readonly string[], machine: Machine) => Result>> = { df, free, date, timedatectl, ps };

function df(args: readonly string[], machine: Machine): Result {
  const isInodes = args.some((arg) => /^-\w*i/.test(arg) || arg === '--inodes');
  const { capacityBytes, availableBytes } = machine.stats()[isInodes ? 'inodes' : 'disk'];
  const used = capacityBytes - availableBytes;
  const isHuman = args.some((arg) => /^-\w*h/.test(arg));
  if (isInodes) return said(columns([['Filesystem', 'Inodes', 'IUsed', 'IFree', 'IUse%', 'Mounted on'], ['/dev/sda1', String(capacityBytes), String(used), String(availableBytes), `${Math.ceil((used * 100) / capacityBytes)}%`, '/']], 1));
  const size = (bytes: number) => (isHuman ? human(bytes) : String(Math.ceil(bytes / 1024)));
  return said(columns([['Filesystem', isHuman ? 'Size' : '1K-blocks', 'Used', isHuman ? 'Avail' : 'Available', 'Use%', 'Mounted on'], ['/dev/sda1', size(capacityBytes), size(used), size(availableBytes), `${Math.ceil((used * 100) / capacityBytes)}%`, '/']], 1));
}

function free(args: readonly string[], machine: Machine): Result {
  const { capacityBytes, availableBytes } = machine.stats().memory;
  const unit = args.some((arg) => /^-\w*h/.test(arg)) ? human : (bytes: number) => String(Math.floor(bytes / (args.includes('-g') ? 1024 ** 3 : args.includes('-m') ? 1024 ** 2 : args.includes('-b') ? 1 : 1024)));
  const row = (label: string, ...values: number[]) => `${label.padEnd(7)}${values.map((value) => unit(value).padStart(12)).join(' ')}\n`;
  return said(`        ${['total', 'used', 'free', 'shared', 'buff/cache', 'available'].map((name) => name.padStart(11)).join(' ')}\n${row('Mem:', capacityBytes, capacityBytes - availableBytes, availableBytes, 0, 0, availableBytes)}${row('Swap:', 0, 0, 0)}`);
}

/** `ps aux`, `ps -ef`: what systemd started, and the containers' programs. */
function ps(args: readonly string[], { os, runtime }: Machine): Result {
  const { systemd } = os;
  const services = systemd.list().filter(({ pid }) => pid !== undefined).map(({ pid = 0, argv, sinceMs }) => ({ pid, parent: 1, argv, sinceMs }));
  const running = runtime.containers().filter(({ state }) => state === 'Running');
  const programs = running.map((container, i) => ({ pid: 2000 + i, parent: services[0]?.pid ?? 1, argv: argvOf(container), sinceMs: container.startedMs }));
  const all = [{ pid: 1, parent: 0, argv: ['/sbin/init'], sinceMs: os.bootedAtMs }, ...services, ...programs];
  const start = (ms: number) => new Date(ms).toISOString().slice(11, 16);
  if (args.some((arg) => /^-\w*e/.test(arg))) return said(columns([['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'], ...all.map(({ pid, parent, argv, sinceMs }) => ['root', String(pid), String(parent), '0', start(sinceMs), '?', '00:00:00', argv.join(' ')])]));
  return said(columns([['USER', 'PID', '%CPU', '%MEM', 'VSZ', 'RSS', 'TTY', 'STAT', 'START', 'TIME', 'COMMAND'], ...all.map(({ pid, argv, sinceMs }) => ['root', String(pid), '0.0', '0.1', '0', '0', '?', 'Ssl', start(sinceMs), '0:00', argv.join(' ')])]));
}

/** `date -s TIME` sets the node's clock; what runs on it goes by it from then on. */
function date(args: readonly string[], machine: Machine): Result {
  const at = args.findIndex((arg) => arg === '-s' || arg === '--set');
  const text = at >= 0 ? (args[at + 1] ?? '') : /^--set=(.*)$/.exec(args[0] ?? '')?.[1];
  const nowMs = machine.os.world.clock.now();
  const asked = text ?? args[args.findIndex((arg) => arg === '-d' || arg === '--date') + 1 || args.length];
  const toMs = asked === undefined ? nowMs : timeOf(asked, nowMs);
  if (toMs === undefined) return failed(`date: invalid date '${asked}'\n`);
  if (text !== undefined) machine.os.setClock(toMs);
  return said(`${formatDate(toMs, args.filter((arg) => arg !== asked))}\n`);
}

function timedatectl([verb = 'status', value = '']: readonly string[], { os }: Machine): Result {
  if (verb === 'set-ntp') {
    os.isTimeSynchronized = ['true', 'yes', '1', 'on'].includes(value);
    return said('');
  }
  if (verb === 'set-time') {
    if (os.isTimeSynchronized) return failed('Failed to set time: Automatic time synchronization is enabled\n');
    const toMs = timeOf(value, os.world.clock.now());
    if (toMs === undefined) return failed(`Failed to parse time specification '${value}': Invalid argument\n`);
    os.setClock(toMs);
    return said('');
  }
  const text = `${formatDate(os.world.clock.now(), ['+%a %F %T'])} UTC`;
  const rows: [string, string][] = [['Local time', text], ['Universal time', text], ['RTC time', text.slice(0, -4)], ['Time zone', 'Etc/UTC (UTC, +0000)'], ['System clock synchronized', os.isTimeSynchronized ? 'yes' : 'no'], ['NTP service', os.isTimeSynchronized ? 'active' : 'inactive'], ['RTC in local TZ', 'no']];
  return said(rows.map(([label, value]) => `${label.padStart(25)}: ${value}\n`).join(''));
}

/** `2026-01-05 12:00`, `12:00` of today, `@SECONDS`, `+2 hours`, `10 minutes ago`. */
function timeOf(text: string, nowMs: number): number | undefined {
  const [, sign, amount, unit, ago] = /^([+-]?)\s*(\d+)\s*(sec|second|min|minute|hour|day|week|year)s?( ago)?$/.exec(text.trim()) ?? [];
  const factor: Readonly<Record<string, number>> = { sec: 1, second: 1, min: 60, minute: 60, hour: 3600, day: 86_400, week: 604_800, year: 31_536_000 };
  if (unit) return nowMs + (sign === '-' || ago ? -1 : 1) * Number(amount) * (factor[unit] ?? 0) * 1000;
  if (/^\d?\d:\d\d(:\d\d)?$/.test(text.trim())) return timeOf(`${new Date(nowMs).toISOString().slice(0, 10)} ${text.trim().padStart(text.trim().length > 5 ? 8 : 5, '0')}`, nowMs);
  const ms = text.startsWith('@') ? Number(text.slice(1)) * 1000 : Date.parse(/^\d{4}-\d\d-\d\d/.test(text) ? `${text.trim().replace(' ', 'T')}${/T|\d \d/.test(text.trim()) ? 'Z' : ''}` : `${text} UTC`);
  return Number.isFinite(ms) ? ms : undefined;
}

/** 3.5G, 120M: as df -h rounds. */
function human(bytes: number): string {
  const power = bytes > 0 ? Math.min(4, Math.floor(Math.log2(bytes) / 10)) : 0;
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? Math.ceil(value * 10) / 10 : Math.ceil(value)}${' KMGT'[power]!.trim()}`;
}

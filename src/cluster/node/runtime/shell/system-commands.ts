/** Commands that ask the container about itself: time, identity, memory. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { errorWords, FileError, type FileSystem } from '../../file-system.ts';
import { DAYS, MONTHS } from '../../os/calendar.ts';
import { nvidiaSmi } from '../../gpus.ts';
import type { ProcessContext } from '../../process.ts';

const DD_BLOCK_BYTES = 512;

/** hostname, id, uname, dd and the like, over what the container's process sees. */
export function systemCommands(context: ProcessContext): CustomCommand[] {
  const { hostname, runAsUser = 0 } = context;
  const user = runAsUser === 0 ? 'root' : (context.env.USER ?? String(runAsUser));
  return [
    say('hostname', (args) => `${args.some((arg) => /^-[iI]$/.test(arg)) ? context.network.addresses[0] : hostname}\n`),
    defineCommand('nvidia-smi', async (args) => {
      const stdout = nvidiaSmi(context.files, args);
      return stdout === undefined ? { stdout: '', stderr: 'sh: nvidia-smi: not found\n', exitCode: 127 } : { stdout, stderr: '', exitCode: 0 };
    }),
    say('whoami', () => `${user}\n`),
    say('id', (args) => identity(args[0] ?? '', runAsUser, context.groups ?? [runAsUser], context.env.USER)),
    say('nproc', () => `${Math.max(1, Math.ceil((context.cpuLimitMillis ?? 4000) / 1000))}\n`),
    defineCommand('chown', async (args, shell) => {
      const [owner = '', ...paths] = args.filter((arg) => !arg.startsWith('-'));
      const [uid = 0, gid = uid] = owner.split(':').map((id) => (Number.isNaN(Number(id)) ? 0 : Number(id)));
      const isRecursive = args.some((arg) => /^-\w*R|^--recursive$/.test(arg));
      for (const path of paths) changeOwner(context.files, shell.fs.resolvePath(shell.cwd, path), { uid, gid, isRecursive });
      return { stdout: '', stderr: '', exitCode: 0 };
    }),
    say('uname', (args) => (args.includes('-a') ? `Linux ${hostname} 6.8.0 #1 SMP x86_64 GNU/Linux\n` : args.includes('-n') ? `${hostname}\n` : 'Linux\n')),
    defineCommand('dd', async (args, shell) => {
      const option = (name: string) => args.find((a) => a.startsWith(`${name}=`))?.slice(name.length + 1);
      const size = sizeOf(option('bs') ?? String(DD_BLOCK_BYTES)) * Number(option('count') ?? 1);
      const target = option('of');
      if (!target) return { stdout: '\0'.repeat(Math.min(size, 1 << 20)), stderr: '', exitCode: 0 };
      if (target.startsWith('/dev/shm')) context.useMemory(size);
      const path = shell.fs.resolvePath(shell.cwd, target);
      if (path === '/dev/null') return { stdout: '', stderr: '', exitCode: 0 };
      context.files.write(path, '');
      const problem = taken(context, path, size);
      if (problem) return { stdout: '', stderr: `dd: error writing '${target}': ${problem}\n`, exitCode: 1 };
      return { stdout: '', stderr: `${option('count') ?? 1}+0 records in\n${option('count') ?? 1}+0 records out\n`, exitCode: 0 };
    }),
    defineCommand('fallocate', async (args, shell) => {
      const at = args.findIndex((arg) => arg === '-l' || arg === '--length');
      const [, glued] = /^(?:-l|--length=)(.+)$/.exec(args.find((arg) => /^(-l.|--length=)/.test(arg)) ?? '') ?? [];
      const size = sizeOf(glued ?? args[at + 1] ?? '');
      const path = args.at(-1) ?? '';
      if (size === 0 || args.length < 2) return { stdout: '', stderr: 'fallocate: no length argument specified\n', exitCode: 1 };
      const problem = taken(context, shell.fs.resolvePath(shell.cwd, path), size);
      return { stdout: '', stderr: problem ? `fallocate: fallocate failed: ${problem}\n` : '', exitCode: problem ? 1 : 0 };
    }),
  ];
}

function changeOwner(files: FileSystem, path: string, to: { uid: number; gid: number; isRecursive: boolean }): void {
  files.changeOwner(path, to.uid, to.gid);
  if (to.isRecursive && files.lstat(path).type === 'directory') for (const name of files.list(path)) changeOwner(files, `${path}/${name}`, to);
}

/** `id`: numbers, with names where somebody has one. */
function identity(flag: string, uid: number, groups: readonly number[], name: string | undefined): string {
  const named = (id: number) => (id === 0 ? '0(root)' : id === uid && name !== undefined ? `${id}(${name})` : String(id));
  const [gid = 0] = groups;
  const all = [...new Set(groups)].sort((a, b) => a - b);
  if (flag === '-u' || flag === '-g') return `${flag === '-u' ? uid : gid}\n`;
  return flag === '-G' ? `${all.join(' ')}\n` : `uid=${named(uid)} gid=${named(gid)} groups=${all.map(named).join(',')}\n`;
}

/** Takes space for a file; why not, in strerror's words. */
function taken({ files }: ProcessContext, path: string, bytes: number): string | undefined {
  try {
    files.allocate(path, bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return errorWords(error);
  }
}

/** `date` with its most used forms. */
export function formatDate(ms: number, args: readonly string[]): string {
  const date = new Date(ms);
  const pad = (value: number) => String(value).padStart(2, '0');
  const [day, month] = [DAYS[date.getUTCDay()]!, MONTHS[date.getUTCMonth()]!];
  const parts: Record<string, string> = {
    Y: String(date.getUTCFullYear()), m: pad(date.getUTCMonth() + 1), d: pad(date.getUTCDate()), H: pad(date.getUTCHours()), M: pad(date.getUTCMinutes()), S: pad(date.getUTCSeconds()),
    s: String(Math.floor(ms / 1000)), N: '000000000', a: day, b: month, Z: 'UTC', e: String(date.getUTCDate()).padStart(2), y: String(date.getUTCFullYear()).slice(2), '%': '%', n: '\n',
  };
  parts.F = `${parts.Y}-${parts.m}-${parts.d}`;
  parts.T = `${parts.H}:${parts.M}:${parts.S}`;
  const format = args.find((arg) => arg.startsWith('+'))?.slice(1);
  if (args.includes('-Iseconds') || args.includes('-Is')) return `${parts.F}T${parts.T}+00:00`;
  if (args.includes('-R')) return `${day}, ${parts.d} ${month} ${parts.Y} ${parts.T} +0000`;
  if (format === undefined) return `${day} ${month} ${parts.e} ${parts.T} UTC ${parts.Y}`;
  return format.replace(/%([a-zA-Z%])/g, (whole, letter: string) => parts[letter] ?? whole);
}


function say(name: string, text: (args: string[]) => string): CustomCommand {
  return defineCommand(name, async (args) => ({ stdout: text(args), stderr: '', exitCode: 0 }));
}

function sizeOf(text: string): number {
  const match = /^(\d+)([kKMGT]?)/.exec(text);
  return match ? Number(match[1]) * 1024 ** ' KMGT'.indexOf((match[2] || ' ').toUpperCase()) : 0;
}

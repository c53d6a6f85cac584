/** `stat` as coreutils prints it, with the formats that people and benchmarks ask for. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { errorWords, FileError, type FileStat, type FileSystem } from '../../file-system.ts';
import { modeText } from './list-command.ts';

const BLOCK_BYTES = 4096;
const SECTOR_BYTES = 512;

/** `stat [-L] [-c FORMAT] FILE…` */
export function statCommand(files: FileSystem): CustomCommand {
  return defineCommand('stat', async (args, shell) => {
    const { format, paths, follows } = parse(args);
    if (paths.length === 0) return { stdout: '', stderr: "stat: missing operand\nTry 'stat --help' for more information.\n", exitCode: 1 };
    let stdout = '';
    let stderr = '';
    for (const name of paths) {
      const path = shell.fs.resolvePath(shell.cwd, name);
      try {
        const stat = follows ? files.stat(path) : files.lstat(path);
        const target = stat.type === 'symlink' ? files.readLink(path) : undefined;
        stdout += format === undefined ? described(name, stat, target) : `${formatted(format, name, stat)}\n`;
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        stderr += `stat: cannot statx '${name}': ${errorWords(error)}\n`;
      }
    }
    return { stdout, stderr, exitCode: stderr ? 1 : 0 };
  });
}

function parse(args: readonly string[]): { format: string | undefined; paths: string[]; follows: boolean } {
  let format: string | undefined;
  let follows = false;
  const paths: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const glued = /^(?:--format=|--printf=|-c)(.+)$/s.exec(arg)?.[1];
    if (glued !== undefined) format = glued;
    else if (arg === '-c' || arg === '--format') format = args[++i] ?? '';
    else if (arg === '-L' || arg === '--dereference') follows = true;
    else paths.push(arg);
  }
  return { format, paths, follows };
}

const ownerName = (id: number) => (id === 0 ? 'root' : String(id));
const typeText = ({ type, size }: FileStat) => (type === 'directory' ? 'directory' : type === 'symlink' ? 'symbolic link' : size === 0 ? 'regular empty file' : 'regular file');
const sizeOf = ({ type, size }: FileStat) => (type === 'directory' ? BLOCK_BYTES : size);
const sectors = (stat: FileStat) => (Math.ceil(sizeOf(stat) / BLOCK_BYTES) * BLOCK_BYTES) / SECTOR_BYTES;
const timeText = (ms: number) => `${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')}000000 +0000`;
const octal = ({ mode }: FileStat) => mode.toString(8);

function formatted(format: string, name: string, stat: FileStat): string {
  const letters: Readonly<Record<string, () => string>> = {
    a: () => octal(stat), A: () => modeText(stat), U: () => ownerName(stat.uid), G: () => ownerName(stat.gid), u: () => String(stat.uid), g: () => String(stat.gid),
    s: () => String(sizeOf(stat)), n: () => name, N: () => `'${name}'`, F: () => typeText(stat), y: () => timeText(stat.mtimeMs), Y: () => String(Math.floor(stat.mtimeMs / 1000)),
    z: () => timeText(stat.mtimeMs), Z: () => String(Math.floor(stat.mtimeMs / 1000)), h: () => (stat.type === 'directory' ? '2' : '1'), b: () => String(sectors(stat)), '%': () => '%',
  };
  return format.replace(/%(.)/g, (all, letter: string) => letters[letter]?.() ?? all);
}

function described(name: string, stat: FileStat, target: string | undefined): string {
  const { mode, uid, gid, mtimeMs, type } = stat;
  const owner = (word: string, id: number) => `${word}: (${String(id).padStart(5)}/${ownerName(id).padStart(8)})`;
  const time = timeText(mtimeMs);
  return [
    `  File: ${name}${target === undefined ? '' : ` -> ${target}`}`, `  Size: ${String(sizeOf(stat)).padEnd(15)}\tBlocks: ${String(sectors(stat)).padEnd(10)} IO Block: ${String(BLOCK_BYTES).padEnd(6)} ${typeText(stat)}`,
    `Access: (${mode.toString(8).padStart(4, '0')}/${modeText(stat)})  ${owner('Uid', uid)}   ${owner('Gid', gid)}`, `Links: ${type === 'directory' ? 2 : 1}`, `Access: ${time}`, `Modify: ${time}`, `Change: ${time}`, '',
  ].join('\n');
}

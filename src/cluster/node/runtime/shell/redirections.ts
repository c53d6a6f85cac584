/** Redirections into files that a disk does not take: only that command fails, as in a real shell. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { errorWords, FileError, type FileSystem } from '../../file-system.ts';
import { internal } from './rewrite.ts';
import type { Shell } from './shell.ts';
import { failure, success } from './time-commands.ts';

const REFUSALS: readonly string[] = ['EROFS', 'ENOSPC', 'EACCES'];

/** What guarded commands run before and after: whether the target can be opened, and whether all was written. */
export function redirectionCommands(shell: Shell): CustomCommand[] {
  const { context: { files } } = shell;
  return [
    defineCommand(internal.open, async ([target = ''], { fs, cwd }) => {
      const path = fs.resolvePath(cwd, target);
      const refused = path.startsWith('/dev/') ? undefined : refusal(files, path);
      if (!refused) shell.opened.push({ path });
      else shell.write('stderr', `sh: can't create ${target}: ${errorWords(refused)}\n`);
      return refused ? failure('') : success();
    }),
    defineCommand(internal.close, async (_, { env }) => {
      const failed = shell.opened.pop()?.error;
      if (failed) shell.write('stderr', `sh: write error: ${errorWords(failed)}\n`);
      return failure('', failed ? 1 : Number(env.get('?') ?? 0));
    }),
  ];
}

/** Tries to open a file for writing; leaves no trace. */
function refusal(files: FileSystem, path: string): FileError | undefined {
  const isNew = !files.exists(path);
  try {
    files.append(path, '');
    if (isNew) files.remove(path);
    return undefined;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return REFUSALS.includes(error.code) ? error : undefined; // the others the interpreter knows
  }
}

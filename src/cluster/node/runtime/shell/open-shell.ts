/** A shell that stays open: lines are evaluated one after the other, and what they set lasts. */
import { defineCommand } from 'just-bash/browser';
import type { OpenStream, StreamSink } from '../../../apiserver/request.ts';
import type { ProcessContext } from '../../process.ts';
import { Shell, type ShellOptions } from './shell.ts';

const NEXT_LINE = '__next_line';
/** Lines are evaluated in one shell, so that variables, functions and folder last. */
const READ_AND_EVALUATE = `while ${NEXT_LINE}; do __answer "$__status"; eval "$__line"; __status=$?; done; exit $__status`;

/** A shell that takes a line at a time until `exit` or the end of input. */
export function openShell(context: ProcessContext, sink: StreamSink, options: ShellOptions, tty: boolean): OpenStream {
  const lines: string[] = [];
  let isClosed = false;
  let wakeReader: (() => void) | undefined;
  const prompt = () => { if (tty) sink.stdout(`${context.workingDir === '/' ? '/' : '~'} # `); };
  const shell: Shell = new Shell(context, sink, {
    ...options,
    commands: [
      ...(options.commands ?? []),
      defineCommand(NEXT_LINE, async (_, { env }) => {
        prompt();
        for (;;) {
          if (lines.length === 0 && isClosed) return { stdout: '', stderr: '', exitCode: 1 };
          if (lines.length === 0) {
            await shell.wait<void>('input', (wake) => { wakeReader = () => wake(); });
            continue;
          }
          const line = lines.shift();
          const script = line === undefined ? undefined : parsed(shell, line);
          if (script === undefined) continue;
          env.set('__line', script);
          return { stdout: '', stderr: '', exitCode: 0 };
        }
      }),
    ],
  });
  shell.died = (code) => sink.closed(code);
  context.world.start('exec shell', async () => {
    const code = await shell.run(`__status=0\n${READ_AND_EVALUATE}`);
    if (!shell.isKilled) sink.closed(code);
  });
  return {
    send(text) {
      lines.push(...text.split('\n').filter((line, i, all) => i < all.length - 1 || line !== ''));
      wakeReader?.();
    },
    endInput() {
      isClosed = true;
      wakeReader?.();
    },
    close() {
      isClosed = true;
      shell.kill();
    },
  };
}

/** The line as it is evaluated; a syntax error is told and the line skipped. */
function parsed(shell: Shell, line: string): string | undefined {
  try {
    return shell.rewritten(line);
  } catch (error) {
    shell.write('stderr', `sh: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
}

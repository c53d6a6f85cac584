/** exec: a command, or a shell that stays open, inside a running container. */
import type { OpenStream, StreamSink } from '../../../apiserver/request.ts';
import type { Behaviour, Image, ProcessContext } from '../../process.ts';
import { RuntimeError } from '../runtime-error.ts';
import { scriptOf, SHELLS, startProblem } from './argv.ts';
import { openShell } from './open-shell.ts';
import { COMMANDS } from './process.ts';
import { readsInput } from './reads-input.ts';
import { Shell, type ShellOptions } from './shell.ts';

export interface ExecOptions { stdin: boolean; tty: boolean }

/** Runs `command` with the container's files, environment and network; `sink.closed` gets its exit status. Throws RuntimeError when it cannot be started. */
export function execInContainer(context: ProcessContext, image: Image, command: readonly string[], sink: StreamSink, options: ExecOptions): OpenStream {
  const programs: Readonly<Record<string, Behaviour>> = image.programs ?? {};
  const [program = '', ...args] = command;
  const problem = image.hasShell ? startProblem(program, context.files, COMMANDS(programs)) : withoutShell(program, context, programs);
  if (problem) throw new RuntimeError('Unknown', `failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: ${problem}: unknown`);
  const isInteractive = options.stdin && args.length === 0 && SHELLS.has(program.split('/').pop() ?? '');
  const shellOptions: ShellOptions = { programs };
  if (isInteractive) return openShell(context, sink, { ...shellOptions, command: command.join(' ') }, options.tty);
  return options.stdin && readsInput(scriptOf(command, context.files)) ? withInput(context, command, sink, shellOptions) : runOnce(context, command, sink, shellOptions);
}

/** An image without a shell still has its own program. */
function withoutShell(program: string, context: ProcessContext, programs: Readonly<Record<string, Behaviour>>): string | undefined {
  if (Object.hasOwn(programs, program.split('/').pop() ?? '')) return undefined;
  return startProblem(program, context.files, new Set()) ?? `exec: "${program}": executable file not found in $PATH`;
}

function runOnce(context: ProcessContext, command: readonly string[], sink: StreamSink, options: ShellOptions): OpenStream {
  const shell = new Shell(context, sink, { ...options, command: command.join(' ') });
  shell.died = (code) => sink.closed(code);
  context.world.start(`exec ${command[0]}`, async () => {
    const code = await shell.run(scriptOf(command, context.files));
    if (!shell.isKilled) sink.closed(code);
  });
  return { close: () => shell.kill() };
}

/** The first input is taken as all of it: `echo hi | kubectl exec -i pod -- cat`. */
function withInput(context: ProcessContext, command: readonly string[], sink: StreamSink, options: ShellOptions): OpenStream {
  let running: OpenStream | undefined;
  return {
    send(text) { running ??= runOnce(context, command, sink, { ...options, stdin: text }); },
    endInput() { running ??= runOnce(context, command, sink, { ...options, stdin: '' }); },
    close() { running?.close(); },
  };
}

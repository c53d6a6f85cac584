/** exec: a command, or a shell that stays open, inside a running container. */
import type { OpenStream, StreamSink } from '../../apiserver/request.ts';
import type { Image, ProcessContext } from '../process.ts';
import { containerShell, isRunnable, scriptOf } from './container-shell.ts';

/** Runs `command` with the container's files, environment and network; `sink.closed` gets its exit status. */
export function execInContainer(context: ProcessContext, image: Image, command: readonly string[], sink: StreamSink, options: { stdin: boolean; tty: boolean }): OpenStream {
  const program = command[0] ?? '';
  const aborter = new AbortController();
  if (!image.hasShell || !isRunnable(context, program)) {
    context.world.soon('exec', () => {
      const what = program.startsWith('/') ? `stat ${program}: no such file or directory` : `exec: "${program}": executable file not found in $PATH`;
      sink.stderr(`error: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: ${what}: unknown\n`);
      sink.closed(program ? 126 : 1);
    });
    return { close: () => undefined };
  }
  const shell = containerShell(context, sink);
  const isInteractive = options.stdin && /^(.*\/)?(sh|bash|ash)$/.test(program) && command.length === 1;
  if (isInteractive) return openInteractive(context, shell, sink, aborter);
  let closed = false;
  context.world.start(`exec ${program}`, async () => {
    const exit = await shell.run(scriptOf(command), { signal: aborter.signal });
    if (!closed) sink.closed(exit);
  });
  return { close: () => { closed = true; aborter.abort(); } };
}

/** A shell that takes a line at a time until `exit` or the end of input. */
function openInteractive(context: ProcessContext, shell: ReturnType<typeof containerShell>, sink: StreamSink, aborter: AbortController): OpenStream {
  const lines: string[] = [];
  let isBusy = false;
  let last = 0;
  let isOpen = true;
  const end = (exit: number) => {
    if (!isOpen) return;
    isOpen = false;
    sink.closed(exit);
  };
  const next = () => {
    const line = lines.shift();
    if (line === undefined || isBusy || !isOpen) return;
    const exit = /^\s*exit(\s+(\d+))?\s*$/.exec(line);
    if (exit) return end(Number(exit[2] ?? last));
    isBusy = true;
    context.world.start('exec shell', async () => {
      last = await shell.run(line, { signal: aborter.signal });
      isBusy = false;
      sink.stdout('');
      next();
    });
  };
  return {
    send(text) {
      lines.push(...text.split('\n').filter((line, i, all) => line !== '' || i < all.length - 1));
      next();
    },
    close() {
      isOpen = false;
      aborter.abort();
    },
  };
}

/** postStart and preStop: a command, a request, a pause. */
import { NetworkError } from '../../network/types.ts';
import type { RuntimeContainer } from '../runtime/container.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import type { NodeContext } from './node-context.ts';
import type { AnyContainer } from './pod-view.ts';
import { httpAddress, portNumber } from './probe-attempt.ts';

type Hook = NonNullable<NonNullable<AnyContainer['lifecycle']>['preStop']>;

/** Runs a hook; `done` gets undefined or what went wrong. */
export function runHook(context: NodeContext, container: AnyContainer, found: RuntimeContainer, hook: Hook, done: (error: string | undefined) => void): void {
  if (hook.sleep) return void context.world.clock.after(hook.sleep.seconds * 1000, 'preStop sleep', () => done(undefined));
  if (hook.exec) return runCommand(context, found, hook.exec.command ?? [], done);
  if (hook.httpGet) {
    const { url } = httpAddress(hook.httpGet, container, found.sandbox.ip);
    return done(attempt(() => {
      const { status } = context.network.fetch(url, { method: 'GET' });
      return status >= 400 ? `HTTP status ${status}` : undefined;
    }));
  }
  if (hook.tcpSocket) {
    const { host, port } = hook.tcpSocket;
    return done(attempt(() => void context.network.connect(host ?? found.sandbox.ip, portNumber(port, container)).close()));
  }
  done(undefined);
}

function runCommand({ runtime }: NodeContext, found: RuntimeContainer, command: readonly string[], done: (error: string | undefined) => void): void {
  if (runtime.pretend) return done(undefined);
  let output = '';
  const collect = (text: string) => { output += text; };
  const problem = attempt(() => {
    runtime.exec(found, command, { stdout: collect, stderr: collect, closed: (exit) => done(exit === 0 ? undefined : `command '${command.join(' ')}' exited with ${exit}: ${output}`) }, { stdin: false, tty: false });
  });
  if (problem) done(problem);
}

function attempt(act: () => string | undefined | void): string | undefined {
  try {
    return act() ?? undefined;
  } catch (error) {
    if (error instanceof NetworkError || error instanceof RuntimeError) return error.message;
    throw error;
  }
}

/** logs and exec of a kubelet's Pods, in the words of its HTTP API. */
import type { OpenStream, StreamSink } from '../../apiserver/request.ts';
import type { Connection } from '../../network/types.ts';
import type { AttachRequest, ExecRequest, KubeletRefusal, LogRequest } from '../kubelet-face.ts';
import { type LogLine, nanoTime } from '../runtime/container-log.ts';
import type { RuntimeContainer } from '../runtime/container.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import type { NodeContext } from './node-context.ts';
import type { PodWorker } from './pod-worker.ts';

const PULL_TROUBLE = ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName', 'ImageInspectError', 'RegistryUnavailable'];

/** Opens a container's log: past lines at once, with `follow` what comes until the container has ended. */
export function openLogs(context: NodeContext, worker: PodWorker | undefined, request: LogRequest, sink: StreamSink): OpenStream | KubeletRefusal {
  if (!worker) return { code: 404, message: `pods "${request.pod}" not found` };
  const found = worker.attempt(request.container, request.previous ? 1 : 0);
  const isEnded = request.previous && !found && worker.attempt(request.container, 0)?.state === 'Exited' ? worker.attempt(request.container, 0) : undefined;
  const container = found ?? isEnded;
  if (!container || container.state === 'Created') return refusal(worker, request);
  const send = (line: LogLine) => sink[line.stream](request.timestamps ? `${nanoTime(line.timeMs)} ${line.text}\n` : `${line.text}\n`);
  const lines = selected(container.log.lines, request, context.world.clock.now());
  if (request.limitBytes !== undefined) {
    sink.stdout(lines.map(({ text }) => `${text}\n`).join('').slice(0, request.limitBytes));
    return ended(context, sink);
  }
  for (const line of lines) send(line);
  if (!request.follow || container.state !== 'Running') return ended(context, sink);
  return follow(context, container, send, sink);
}

function ended({ world }: NodeContext, sink: StreamSink): OpenStream {
  let isOpen = true;
  world.soon('end of log', () => { if (isOpen) sink.closed(0); });
  return { close: () => { isOpen = false; } };
}

function follow({ runtime }: NodeContext, container: RuntimeContainer, send: (line: LogLine) => void, sink: StreamSink): OpenStream {
  const following = container.log.follow(send);
  const watching = runtime.onChange((changed) => {
    if (changed !== container || changed.state !== 'Exited') return;
    close();
    sink.closed(0);
  });
  const close = () => {
    following.close();
    watching.close();
  };
  return { close };
}

function selected(lines: readonly LogLine[], { tailLines, sinceSeconds, sinceTime }: LogRequest, nowMs: number): readonly LogLine[] {
  const fromMs = sinceSeconds !== undefined ? nowMs - sinceSeconds * 1000 : sinceTime !== undefined ? Date.parse(sinceTime) : -Infinity;
  const recent = lines.filter(({ timeMs }) => timeMs >= fromMs);
  return tailLines === undefined || tailLines < 0 ? recent : tailLines === 0 ? [] : recent.slice(-tailLines);
}

function refusal(worker: PodWorker, { container, pod, previous }: LogRequest): KubeletRefusal {
  if (previous) return { code: 400, message: `previous terminated container "${container}" in pod "${pod}" not found` };
  const reason = worker.waitingReason(container);
  if (!reason) return { code: 400, message: `container "${container}" in pod "${pod}" is not available` };
  const why = PULL_TROUBLE.includes(reason) && reason !== 'ErrImagePull' && reason !== 'ImagePullBackOff' ? reason : PULL_TROUBLE.includes(reason) ? 'trying and failing to pull image' : reason;
  return { code: 400, message: `container "${container}" in pod "${pod}" is waiting to start: ${why}` };
}

/** Runs a command in a container. */
export function openExec({ runtime }: NodeContext, worker: PodWorker | undefined, { pod, container, command, stdin, tty }: ExecRequest, sink: StreamSink): OpenStream | KubeletRefusal {
  if (!worker) return { code: 404, message: `pod does not exist` };
  const found = worker.attempt(container, 0);
  if (!found || found.state !== 'Running') return { code: 500, message: `unable to upgrade connection: container not found ("${container}")` };
  if (runtime.pretend) return { code: 500, message: 'unable to upgrade connection: URL is not set' };
  try {
    return runtime.exec(found, command, sink, { stdin, tty });
  } catch (error) {
    if (error instanceof RuntimeError) return { code: 500, message: `error executing command in container "${container}" of pod "${pod}": ${error.message}` };
    throw error;
  }
}

/** Joins a container's own input and output. */
export function openAttach({ runtime }: NodeContext, worker: PodWorker | undefined, { container, stdin }: AttachRequest, sink: StreamSink): OpenStream | KubeletRefusal {
  if (!worker) return { code: 404, message: 'pod does not exist' };
  const found = worker.attempt(container, 0);
  if (!found || found.state !== 'Running') return { code: 500, message: `unable to upgrade connection: container ${container} not found in pod ${worker.pod.metadata.name}_${worker.pod.metadata.namespace}` };
  try {
    return runtime.attach(found, sink, { stdin });
  } catch (error) {
    if (error instanceof RuntimeError) return { code: 500, message: error.message };
    throw error;
  }
}

/** Connects to a port inside of a Pod's sandbox. Throws NetworkError. */
export function openPort(worker: PodWorker | undefined, port: number): Connection | KubeletRefusal {
  if (!worker?.sandbox) return { code: 404, message: 'pod does not exist' };
  return worker.sandbox.stack.connect('127.0.0.1', port);
}

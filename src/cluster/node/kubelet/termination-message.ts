/** The last words of a container: terminated.message in its status. */
import type { RuntimeContainer } from '../runtime/container.ts';
import type { AnyContainer } from './pod-view.ts';

const MESSAGE_MAX = 4096; // kubelet: MaxContainerTerminationMessageLength
const FALLBACK_LINES = 80; // … and what it takes of the log
const FALLBACK_MAX = 2048;

/** What the container left in its termination log, or, when asked for, the end of its output. */
export function terminationMessage({ files, log, exitCode }: RuntimeContainer, { terminationMessagePath: path = '/dev/termination-log', terminationMessagePolicy }: AnyContainer): string {
  const written = files.exists(path) ? files.read(path) : '';
  if (written || terminationMessagePolicy !== 'FallbackToLogsOnError' || exitCode === 0) return written.slice(0, MESSAGE_MAX);
  return log.lines.slice(-FALLBACK_LINES).map(({ text }) => `${text}\n`).join('').slice(-FALLBACK_MAX);
}

/** Makes the sandbox of a Pod: its network and what its containers share. */
import type { Timer } from '../../../time/clock.ts';
import { quantityValue } from '../../api/quantity.ts';
import type { Pod } from '../../api/types.ts';
import type { Sandbox } from '../runtime/container.ts';
import { RuntimeError } from '../runtime/runtime-error.ts';
import type { NodeContext } from './node-context.ts';

const SANDBOX_MS = 300; // what a real runtime takes for namespaces and CNI
const HOLLOW_START_MS = 1000; // hollow Pods run about a second after they were bound

/** Calls `done` a little later with the sandbox, or with the event that says why there is none, unless it is cancelled. */
export function createSandbox(context: NodeContext, pod: Pod, attempt: number, done: (outcome: { sandbox: Sandbox } | { reason: string; message: string }) => void): Timer {
  const { world, runtime } = context;
  return world.clock.after(runtime.pretend ? HOLLOW_START_MS : SANDBOX_MS, 'create sandbox', () => {
    const problem = pod.spec.hostNetwork ? undefined : context.networkProblem();
    if (problem !== undefined) return done({ reason: 'NetworkNotReady', message: `network is not ready: ${problem}` });
    try {
      done({ sandbox: runtime.createSandbox(sandboxConfig(context, pod, attempt)) });
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      done({ reason: 'FailedCreatePodSandBox', message: `Failed to create pod sandbox: ${error.message}` });
    }
  });
}

function sandboxConfig(context: NodeContext, pod: Pod, attempt: number): Sandbox['config'] {
  const { metadata: { namespace = '', name, uid, labels }, spec } = pod;
  return { namespace, name, uid, hostNetwork: spec.hostNetwork ?? false, hostname: spec.hostname, attempt, labels, memoryLimitBytes: spec.resources?.limits?.memory === undefined ? undefined : quantityValue(String(spec.resources.limits.memory)), resolver: context.resolver(pod) };
}

/** activeDeadlineSeconds: how long a Pod may be on its node, whatever it does. */
import type { Timer } from '../../../time/clock.ts';
import type { Pod } from '../../api/types.ts';
import type { NodeContext } from './node-context.ts';
import type { StatusInput } from './pod-status.ts';

/** Counts from when the kubelet first saw the Pod; undefined when it has no deadline. */
export function watchDeadline({ world: { clock }, recorder }: NodeContext, pod: Pod, expired: (verdict: NonNullable<StatusInput['verdict']>) => void): Timer | undefined {
  const seconds = pod.spec.activeDeadlineSeconds;
  if (seconds === undefined) return undefined;
  const { startTime } = pod.status;
  const endMs = (startTime ? Date.parse(startTime) : clock.now()) + seconds * 1000;
  return clock.after(Math.max(0, endMs - clock.now()), 'active deadline', () => {
    const message = 'Pod was active on the node longer than the specified deadline';
    recorder.event(pod, 'Normal', 'DeadlineExceeded', message);
    expired({ phase: 'Failed', reason: 'DeadlineExceeded', message });
  });
}

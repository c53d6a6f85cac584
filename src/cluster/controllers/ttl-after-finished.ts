/** Deletes finished Jobs when their time to live is over (ttlafterfinished_controller.go). */
import type { Job } from '../api/types.ts';
import { jobs } from '../client/resources.ts';
import { type Controller, keyOf, unlessGone } from './controller.ts';

export const ttlAfterFinishedController: Controller = ({ client, world, informer, queue: createQueue }) => {
  const all = informer(jobs);
  const queue = createQueue('ttl after finished', (key) => {
    const job = all.get(key);
    const endMs = job && !job.metadata.deletionTimestamp ? expiryMs(job) : undefined;
    if (!job || endMs === undefined) return;
    const waitMs = endMs - world.clock.now();
    if (waitMs > 0) return queue.addAfter(key, waitMs);
    const { name, namespace, uid } = job.metadata;
    unlessGone(() => client.delete(jobs, name, namespace, { propagationPolicy: 'Foreground', preconditions: { uid } }));
  });
  all.onChange((now) => { if (now && expiryMs(now) !== undefined) queue.add(keyOf(now)); });
  return { stop: () => queue.stop() };
};

function expiryMs({ spec, status }: Job): number | undefined {
  const end = status.conditions?.find(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True')?.lastTransitionTime;
  return end && spec.ttlSecondsAfterFinished !== undefined ? Date.parse(String(end)) + spec.ttlSecondsAfterFinished * 1000 : undefined;
}

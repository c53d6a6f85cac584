/** The expand controller: volumes of no plugin of its own are left to whoever made them (expand_controller.go). */
import { compareQuantities } from '../../api/quantity.ts';
import { requestedSize } from '../../api/volume-binding.ts';
import { persistentVolumeClaims } from '../../client/resources.ts';
import { type Controller, keyOf } from '../controller.ts';

export const expandController: Controller = ({ informer, recorder: createRecorder, queue: createQueue }) => {
  const claims = informer(persistentVolumeClaims);
  const recorder = createRecorder('volume_expand');
  const queue = createQueue('volume expansion', (key) => {
    const claim = claims.get(key);
    if (claim?.status.phase !== 'Bound' || compareQuantities(requestedSize(claim), String(claim.status.capacity?.['storage'] ?? '0')) <= 0) return;
    recorder.event(claim, 'Normal', 'ExternalExpanding', 'waiting for an external controller to expand this PVC');
  });
  claims.onChange((now, old) => { if (now && old && compareQuantities(requestedSize(now), requestedSize(old)) > 0) queue.add(keyOf(now)); });
  return { stop: () => queue.stop() };
};

/** AlwaysPullImages (off by default): every start asks the registry, so that no Pod uses an image it has no right to. */
import type { Container, Pod } from '../../../api/types.ts';
import type { AdmissionPlugin } from '../types.ts';
import { concerns } from '../types.ts';

export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  mutate(request) {
    if (request.operation === 'DELETE' || !concerns(request, 'pods')) return request.object;
    const pod = request.object as Pod; // the kind says so
    const always = <T extends Container>(container: T): T => ({ ...container, imagePullPolicy: 'Always' });
    return {
      ...pod,
      spec: { ...pod.spec, containers: pod.spec.containers.map(always), ...(pod.spec.initContainers && { initContainers: pod.spec.initContainers.map(always) }) },
    } as Pod;
  },
};

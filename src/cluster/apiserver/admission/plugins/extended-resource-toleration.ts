/** ExtendedResourceToleration (off by default): who asks for a vendor's resource tolerates the taint of that name on the nodes kept for it. */
import type { Pod, Toleration } from '../../../api/types.ts';
import { isExtended } from '../../../api/validation/resources.ts';
import { type AdmissionPlugin, concerns } from '../types.ts';

export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  mutate(request) {
    if (!['CREATE', 'UPDATE'].includes(request.operation) || !concerns(request, 'pods')) return request.object;
    const pod = request.object as Pod; // the kind says so
    const { containers, initContainers = [], tolerations = [] } = pod.spec;
    const asked = [...containers, ...initContainers].flatMap(({ resources }) => Object.keys(resources?.requests ?? {}).filter(isExtended));
    const has = (name: string) => tolerations.some(({ key, operator, effect, tolerationSeconds }) => key === name && operator === 'Exists' && effect === 'NoSchedule' && tolerationSeconds === undefined);
    const added = [...new Set(asked)].sort().filter((name) => !has(name)).map((key): Toleration => ({ key, operator: 'Exists', effect: 'NoSchedule' }));
    return added.length === 0 ? pod : { ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...added] } };
  },
};

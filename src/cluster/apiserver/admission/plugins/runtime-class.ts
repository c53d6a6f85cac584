/** RuntimeClass: a Pod's class must exist, and adds its overhead and where it can run. */
import type { Pod, Toleration } from '../../../api/types.ts';
import { type AdmissionPlugin, createdPod, refuse } from '../types.ts';

interface RuntimeClassFields {
  overhead?: { podFixed?: Record<string, string> };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: Toleration[] };
}

export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  mutate(request, cluster) {
    const pod = createdPod(request);
    const name = pod?.spec.runtimeClassName;
    if (pod?.spec.overhead && !name) throw refuse(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
    if (!pod || !name) return request.object;
    const found = cluster.get('runtimeclasses', 'node.k8s.io', undefined, name);
    if (!found) throw refuse(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    const { overhead, scheduling } = found as RuntimeClassFields; // the plural says so
    const spec: Pod['spec'] = { ...pod.spec };
    if (overhead?.podFixed) spec.overhead = overhead.podFixed;
    if (scheduling?.nodeSelector) spec.nodeSelector = { ...scheduling.nodeSelector, ...pod.spec.nodeSelector };
    if (scheduling?.tolerations) spec.tolerations = [...(pod.spec.tolerations ?? []), ...scheduling.tolerations];
    return { ...pod, spec };
  },
};

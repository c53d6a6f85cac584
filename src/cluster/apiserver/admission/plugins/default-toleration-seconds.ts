/** DefaultTolerationSeconds: Pods outlive a node's failure by five minutes unless they say otherwise. */
import type { Toleration } from '../../../api/types.ts';
import { type AdmissionPlugin, createdPod } from '../types.ts';

const SECONDS = 300; // --default-not-ready-toleration-seconds, --default-unreachable-toleration-seconds
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate(request) {
    const pod = createdPod(request);
    if (!pod) return request.object;
    const tolerations = pod.spec.tolerations ?? [];
    const missing = TAINTS.filter((key) => !tolerations.some((toleration) => tolerates(toleration, key)));
    if (missing.length === 0) return pod;
    const added = missing.map((key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: SECONDS }));
    return { ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...added] } };
  },
};

function tolerates({ key, effect }: Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute');
}

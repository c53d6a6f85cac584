/** Priority: a Pod's priority is what its PriorityClass says, never what its author writes. */
import type { Pod, PriorityClass } from '../../../api/types.ts';
import { type AdmissionPlugin, type AdmissionReader, type AdmissionRequest, concerns, createdPod, refuse } from '../types.ts';

const GROUP = 'scheduling.k8s.io';

export const priority: AdmissionPlugin = {
  name: 'Priority',

  mutate(request, cluster) {
    const pod = createdPod(request);
    if (!pod) return keepOnUpdate(request);
    const found = classOf(request, cluster, pod.spec.priorityClassName);
    const value = found?.value ?? 0;
    const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
    if (pod.spec.priority !== undefined && pod.spec.priority !== value) {
      throw refuse(request, `the integer value of priority (${pod.spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`);
    }
    if (pod.spec.preemptionPolicy !== undefined && pod.spec.preemptionPolicy !== policy) {
      throw refuse(request, `the string value of PreemptionPolicy (${pod.spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`);
    }
    const name = pod.spec.priorityClassName || found?.metadata.name;
    const spec = { ...pod.spec, ...(name && { priorityClassName: name }), priority: value, preemptionPolicy: policy };
    return { ...pod, spec };
  },

  validate(request, cluster) {
    if (request.operation === 'DELETE' || !concerns(request, 'priorityclasses', GROUP)) return;
    const wanted = request.object as PriorityClass; // the kind says so
    const current = wanted.globalDefault ? globalDefault(cluster) : undefined;
    if (current && current.metadata.name !== wanted.metadata.name) {
      throw refuse(request, `PriorityClass ${current.metadata.name} is already marked as default. Only one default can exist`);
    }
  },
};

/** Clients that do not know the fields must not lose them. */
function keepOnUpdate(request: AdmissionRequest): AdmissionRequest['object'] {
  if (request.operation !== 'UPDATE' || !concerns(request, 'pods')) return request.object;
  const [pod, old] = [request.object as Pod, request.oldObject as Pod | undefined]; // the kind says so
  if (pod.spec.priority !== undefined || old?.spec.priority === undefined) return pod;
  return { ...pod, spec: { ...pod.spec, priority: old.spec.priority, preemptionPolicy: pod.spec.preemptionPolicy ?? old.spec.preemptionPolicy } };
}

function classOf(request: AdmissionRequest, cluster: AdmissionReader, name: string | undefined): PriorityClass | undefined {
  if (!name) return globalDefault(cluster);
  const found = cluster.get('priorityclasses', GROUP, undefined, name) as PriorityClass | undefined; // the plural says so
  if (!found) throw refuse(request, `no PriorityClass with name ${name} was found`);
  return found;
}

/** Should there be several, the lowest counts. */
function globalDefault(cluster: AdmissionReader): PriorityClass | undefined {
  const defaults = (cluster.list('priorityclasses', GROUP) as PriorityClass[]).filter((candidate) => candidate.globalDefault);
  return defaults.reduce<PriorityClass | undefined>((lowest, candidate) => (lowest && lowest.value <= candidate.value ? lowest : candidate), undefined);
}

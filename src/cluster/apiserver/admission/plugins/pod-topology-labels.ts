/** PodTopologyLabels: a bound Pod carries the zone and region of its node. */
import type { Pod } from '../../../api/types.ts';
import type { AdmissionPlugin } from '../types.ts';

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  mutate(request, cluster) {
    const { kind, subresource, operation, object } = request;
    const isBinding = subresource === 'binding';
    if (kind.plural !== 'pods' || kind.group !== '' || (subresource && !isBinding) || (!isBinding && operation !== 'CREATE')) return object;
    const pod = object as Pod; // the kind says so; a binding arrives as the Pod it makes
    const node = pod.spec.nodeName ? cluster.get('nodes', '', undefined, pod.spec.nodeName) : undefined;
    const ofNode = node?.metadata.labels;
    if (!ofNode || LABELS.every((key) => ofNode[key] === undefined)) return pod;
    const labels = { ...pod.metadata.labels };
    for (const key of LABELS) if (ofNode[key] !== undefined) labels[key] = ofNode[key];
    return { ...pod, metadata: { ...pod.metadata, labels } };
  },
};

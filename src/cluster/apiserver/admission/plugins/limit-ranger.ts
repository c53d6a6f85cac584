/** LimitRanger: fills in what containers leave open, and refuses what is outside of a namespace's limits. */
import { listOf, type ResourceList } from '../../../api/pod-resources.ts';
import type { Container, Pod } from '../../../api/types.ts';
import { claimComplaints, containerDefaults, limitItems, podComplaints } from '../limits.ts';
import { type AdmissionPlugin, type AdmissionReader, type AdmissionRequest, concerns, createdPod, refuse } from '../types.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',

  mutate(request, cluster) {
    const pod = createdPod(request);
    if (!pod) return request.object;
    const items = itemsFor(request, cluster);
    return items.length === 0 ? pod : withDefaults(pod, containerDefaults(items));
  },

  validate(request, cluster) {
    const pod = createdPod(request);
    const isClaim = request.operation !== 'DELETE' && concerns(request, 'persistentvolumeclaims');
    if (!pod && !isClaim) return;
    const found = itemsFor(request, cluster).flatMap((item) => (pod ? podComplaints(item, pod.spec) : claimComplaints(item, request.object)));
    const complaints = [...new Set(found)];
    if (complaints.length > 0) throw refuse(request, complaints.length === 1 ? complaints[0]! : `[${complaints.join(', ')}]`);
  },
};

function itemsFor(request: AdmissionRequest, cluster: AdmissionReader): ReturnType<typeof limitItems> {
  return cluster.list('limitranges', '', request.namespace).flatMap(limitItems);
}

function withDefaults(pod: Pod, defaults: { requests: ResourceList; limits: ResourceList }): Pod {
  const notes: string[] = [];
  const fill = (noun: string) => (container: Container): Container => {
    const [requests, limits] = [listOf(container.resources?.requests), listOf(container.resources?.limits)];
    const [newRequests, newLimits] = [missing(requests, defaults.requests), missing(limits, defaults.limits)];
    if (newRequests.length > 0) notes.push(`${newRequests.join(', ')} request for ${noun} ${container.name}`);
    if (newLimits.length > 0) notes.push(`${newLimits.join(', ')} limit for ${noun} ${container.name}`);
    if (newRequests.length + newLimits.length === 0) return container;
    const [allLimits, allRequests] = [{ ...defaults.limits, ...limits }, { ...defaults.requests, ...requests }];
    const filled = { ...(Object.keys(allLimits).length > 0 && { limits: allLimits }), ...(Object.keys(allRequests).length > 0 && { requests: allRequests }) };
    return { ...container, resources: { ...container.resources, ...filled } };
  };
  const containers = pod.spec.containers.map(fill('container'));
  const initContainers = pod.spec.initContainers?.map(fill('init container'));
  if (notes.length === 0) return pod;
  const annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` };
  return { ...pod, metadata: { ...pod.metadata, annotations }, spec: { ...pod.spec, containers, ...(initContainers && { initContainers }) } };
}

function missing(given: ResourceList, defaults: ResourceList): string[] {
  return Object.keys(defaults).filter((name) => given[name] === undefined).sort();
}

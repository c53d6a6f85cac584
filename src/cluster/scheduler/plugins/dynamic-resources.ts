/** DynamicResources: a Pod's ResourceClaims get devices that its node can reach, written down before it is bound. */
import { claimNameOfPod, claimReferences, CLAIM_FINALIZER, isClaimOf, isReservedFor, RESERVED_FOR_MAX } from '../../api/device-claims.ts';
import type { Allocation, ResourceClaim } from '../../api/device-types.ts';
import { timestamp } from '../../api/duration.ts';
import { matchesNodeSelectorTerms } from '../../api/node-selector.ts';
import type { Pod } from '../../api/types.ts';
import { deviceClasses, resourceClaims, resourceSlices } from '../../client/resources.ts';
import type { ObjectLister } from '../cache.ts';
import { allocate } from '../device-allocator.ts';
import { type Plugin, type Rejection, type Reservation, unresolvable } from '../framework.ts';
import type { PodInfo } from '../pod-info.ts';

const BINDING_TIMEOUT_MS = 600_000;
const CANNOT_ALLOCATE = unresolvable('cannot allocate all claims');
const ELSEWHERE = unresolvable('resourceclaim not available on the node');

export const dynamicResources: Plugin = {
  name: 'DynamicResources',
  preFilter({ pod }, { objects }) {
    if (claimReferences(pod).length === 0) return undefined;
    const claims = claimsFor(pod, objects);
    if (!Array.isArray(claims)) return claims;
    const open = claims.filter(({ status }) => !status?.allocation);
    const classProblem = open.map((claim) => missingClass(claim, objects)).find((problem) => problem !== undefined);
    if (classProblem !== undefined) return unresolvable(classProblem);
    const selectors = claims.flatMap(({ status }) => status?.allocation?.nodeSelector ?? []);
    const slices = open.length > 0 ? objects.list(resourceSlices) : [];
    const inUse = open.length > 0 ? objects.list(resourceClaims) : [];
    const classes = new Map(objects.list(deviceClasses).map((each) => [each.metadata.name, each]));
    const plan = (node: { name: string; labels: Readonly<Record<string, string>> }) => allocate(open, { node, slices, classes, taken: inUse });
    return {
      filter(node) {
        if (!selectors.every(({ nodeSelectorTerms }) => matchesNodeSelectorTerms(nodeSelectorTerms, node))) return ELSEWHERE;
        if (open.length === 0) return undefined;
        const planned = plan(node);
        if ('error' in planned) return unresolvable(planned.error);
        return planned.allocations ? undefined : CANNOT_ALLOCATE;
      },
      reserve(node) {
        const planned = open.length > 0 ? plan(node) : { allocations: [] };
        const allocations = 'error' in planned ? [] : planned.allocations ?? [];
        return reservation(pod, claims, new Map(open.map((claim, i) => [claim.metadata.uid, allocations[i]])));
      },
    };
  },
  wakesOn: ['NodeAdd', 'NodeUpdate', 'ObjectChange', 'PodDelete'],
  mayHelp(event, pod) {
    if (event.type !== 'ObjectChange') return true;
    return [resourceClaims, resourceSlices, deviceClasses].some(({ plural }) => plural === event.resource) || waitsForTemplate(pod);
  },
};

/** All claims of a Pod, or what is in the way. */
function claimsFor(pod: Pod, objects: ObjectLister): ResourceClaim[] | Rejection {
  const { namespace, name: podName } = pod.metadata;
  const found: ResourceClaim[] = [];
  for (const reference of claimReferences(pod)) {
    if (reference.templateName && !pod.status.resourceClaimStatuses?.some(({ name }) => name === reference.name)) return unresolvable(`pod "${namespace}/${podName}": ResourceClaim not created yet`);
    const name = claimNameOfPod(pod, reference);
    if (name === undefined) continue;
    const claim = objects.get(resourceClaims, `${namespace}/${name}`);
    if (!claim) return unresolvable(`resourceclaim.resource.k8s.io "${name}" not found`);
    if (claim.metadata.deletionTimestamp) return unresolvable(`resourceclaim "${name}" is being deleted`);
    if (reference.templateName && !isClaimOf(pod, claim)) return unresolvable(`ResourceClaim ${namespace}/${name} was not created for pod ${namespace}/${podName} (pod is not owner)`);
    const users = claim.status?.reservedFor ?? [];
    if (claim.status?.allocation && !isReservedFor(pod, claim) && users.length >= RESERVED_FOR_MAX) return unresolvable('resourceclaim in use');
    found.push(claim);
  }
  return found;
}

function waitsForTemplate({ pod }: PodInfo): boolean {
  return claimReferences(pod).some((reference) => claimNameOfPod(pod, reference) === undefined);
}

function missingClass({ spec }: ResourceClaim, objects: ObjectLister): string | undefined {
  for (const { name, exactly, firstAvailable = [] } of spec.devices?.requests ?? []) {
    const wanted = exactly ? [[name, exactly.deviceClassName]] : firstAvailable.map((sub) => [`${name}/${sub.name}`, sub.deviceClassName]);
    const missing = wanted.find(([, className]) => !objects.get(deviceClasses, className!));
    if (missing) return `request ${missing[0]}: device class ${missing[1]} does not exist`;
  }
  return undefined;
}

/** Writes allocation and reservation into each claim; what another has taken meanwhile is the API server's to refuse. */
function reservation(pod: Pod, claims: readonly ResourceClaim[], allocations: ReadonlyMap<string, Allocation | undefined>): Reservation {
  const { name, uid } = pod.metadata;
  return {
    timeoutMs: BINDING_TIMEOUT_MS, timeoutMessage: 'context deadline exceeded',
    write({ client, assume, nowMs }) {
      for (const claim of claims) {
        if (isReservedFor(pod, claim)) continue;
        const allocation = allocations.get(claim.metadata.uid);
        let current = client.get(resourceClaims, claim.metadata.name, claim.metadata.namespace) ?? claim;
        if (allocation && !current.metadata.finalizers?.includes(CLAIM_FINALIZER)) current = client.update(resourceClaims, { ...current, metadata: { ...current.metadata, finalizers: [...current.metadata.finalizers ?? [], CLAIM_FINALIZER] } });
        const reservedFor = [...current.status?.reservedFor ?? [], { resource: 'pods', name, uid }];
        assume(resourceClaims, client.updateStatus(resourceClaims, { ...current, status: { ...current.status, ...(allocation ? { allocation: { ...allocation, allocationTimestamp: timestamp(nowMs) } } : {}), reservedFor } }));
      }
    },
    undo({ client, assume }) {
      for (const { metadata } of claims) {
        const current = client.get(resourceClaims, metadata.name, metadata.namespace);
        if (!current || !isReservedFor(pod, current)) continue;
        const reservedFor = current.status?.reservedFor?.filter((consumer) => consumer.uid !== uid);
        const { allocation, ...status } = current.status ?? {};
        assume(resourceClaims, client.updateStatus(resourceClaims, { ...current, status: { ...status, reservedFor, ...(allocation && !allocations.get(metadata.uid) ? { allocation } : {}) } }));
      }
    },
    state: (objects) => (claims.every(({ metadata }) => objects.get(resourceClaims, `${metadata.namespace}/${metadata.name}`)?.status?.reservedFor?.some((consumer) => consumer.uid === uid)) ? 'ready' : 'waiting'),
  };
}

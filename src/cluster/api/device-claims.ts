/** How Pods and ResourceClaims find each other (dynamic-resource-allocation: resourceclaim). */
import type { ResourceClaim } from './device-types.ts';
import type { Pod, PodSpec } from './types.ts';

/** An entry of a Pod's resourceClaims: a claim by name, or a template that one is made from. */
export interface ClaimReference { name: string; claimName?: string; templateName?: string }

/** All of a Pod's claims. */
export function claimReferences({ spec }: { readonly spec: PodSpec }): ClaimReference[] {
  return (spec.resourceClaims ?? []).map((entry: { name: string }) => ({ name: entry.name, claimName: textOf(entry, 'resourceClaimName'), templateName: textOf(entry, 'resourceClaimTemplateName') }));
}

/** A text field, of which the types may not know yet. */
export function textOf(entry: object, key: string): string | undefined {
  const value: unknown = Reflect.get(entry, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The claim behind a reference; undefined while the template's claim has not been made. */
export function claimNameOfPod({ status }: Pick<Pod, 'status'>, { name, claimName }: ClaimReference): string | undefined {
  return claimName ?? status?.resourceClaimStatuses?.find((each) => each.name === name)?.resourceClaimName;
}

/** Whether a claim that was made from a template was made for this Pod. */
export function isClaimOf({ metadata }: Pick<Pod, 'metadata'>, claim: ResourceClaim): boolean {
  return claim.metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === metadata.uid) ?? false;
}

export function isReservedFor({ metadata }: Pick<Pod, 'metadata'>, claim: ResourceClaim): boolean {
  return claim.status?.reservedFor?.some(({ uid }) => uid === metadata.uid) ?? false;
}

/** How many Pods may share one claim (resource/v1: ResourceClaimReservedForMaxSize). */
export const RESERVED_FOR_MAX = 256;
/** On a claim that is allocated: it must be given back first. */
export const CLAIM_FINALIZER = 'resource.kubernetes.io/delete-protection';
/** On a generated claim: which of the Pod's claims it is. */
export const POD_CLAIM_ANNOTATION = 'resource.kubernetes.io/pod-claim-name';

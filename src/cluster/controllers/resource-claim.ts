/** The resourceclaim controller: a claim for each of a Pod's templates; devices are given back when nobody uses them (resourceclaim/controller.go). */
import { claimReferences, type ClaimReference, CLAIM_FINALIZER, isClaimOf, POD_CLAIM_ANNOTATION } from '../api/device-claims.ts';
import type { ResourceClaim } from '../api/device-types.ts';
import type { Pod } from '../api/types.ts';
import { pods, resourceClaims, resourceClaimTemplates } from '../client/resources.ts';
import { ApiError } from '../client/types.ts';
import { byController, type Controller, controllerOf, controllerReference, keyOf, unlessGone } from './controller.ts';
import { isOver } from './pods.ts';

const RETRY_MS = 10_000; // a template may still come; its coming is noticed at once

export const resourceClaimController: Controller = ({ client, informer, recorder: createRecorder, queue: createQueue }) => {
  const allPods = informer(pods);
  const claims = informer(resourceClaims);
  const templates = informer(resourceClaimTemplates);
  const recorder = createRecorder('resource_claim');
  allPods.indexBy('uid', ({ metadata: { uid } }) => [uid]);
  allPods.indexBy('template', (pod) => claimReferences(pod).flatMap(({ templateName }) => (templateName ? [`${pod.metadata.namespace}/${templateName}`] : [])));
  claims.indexBy('owner', byController);

  const podQueue = createQueue('claims of pods', (key) => {
    const pod = allPods.get(key);
    if (!pod || pod.metadata.deletionTimestamp || isOver(pod)) return;
    for (const reference of claimReferences(pod)) {
      if (!reference.templateName || pod.status.resourceClaimStatuses?.some(({ name }) => name === reference.name)) continue;
      try {
        if (!makeClaim(pod, reference, reference.templateName)) podQueue.addAfter(key, RETRY_MS);
      } catch (error) {
        if (error instanceof ApiError) recorder.event(pod, 'Warning', 'FailedResourceClaimCreation', `PodResourceClaim ${reference.name}: ${error.message}`);
        throw error;
      }
    }
  });

  function makeClaim(pod: Pod, { name }: ClaimReference, templateName: string): boolean {
    const { namespace, name: podName } = pod.metadata;
    const template = templates.get(`${namespace}/${templateName}`) ?? client.get(resourceClaimTemplates, templateName, namespace);
    if (!template) {
      recorder.event(pod, 'Warning', 'FailedResourceClaimCreation', `PodResourceClaim ${name}: resource claim template "${templateName}": resourceclaimtemplate.resource.k8s.io "${templateName}" not found`);
      return false;
    }
    const made = claims.byIndex('owner', pod.metadata.uid).find(({ metadata }) => metadata.annotations?.[POD_CLAIM_ANNOTATION] === name);
    const { metadata, spec } = template.spec;
    const claim = made ?? client.create<ResourceClaim>(resourceClaims, {
      apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaim', spec,
      metadata: { generateName: `${podName}-${name}-`, namespace, labels: metadata?.labels, annotations: { ...metadata?.annotations, [POD_CLAIM_ANNOTATION]: name }, ownerReferences: [controllerReference(pod)] },
    });
    const others = client.get(pods, podName, namespace)?.status.resourceClaimStatuses ?? [];
    client.patch(pods, podName, namespace, { status: { resourceClaimStatuses: [...others.filter((each) => each.name !== name), { name, resourceClaimName: claim.metadata.name }] } }, { subresource: 'status' });
    return true;
  }

  const claimQueue = createQueue('resource claims', (key) => {
    const claim = claims.get(key);
    if (!claim) return;
    const reserved = claim.status?.reservedFor ?? [];
    const inUse = reserved.filter(({ uid, resource }) => resource !== 'pods' || isUsing(uid));
    if (inUse.length < reserved.length || (inUse.length === 0 && claim.status?.allocation && claim.metadata.deletionTimestamp !== undefined)) return give(claim, inUse);
    if (inUse.length === 0 && !claim.status?.allocation && claim.metadata.deletionTimestamp && claim.metadata.finalizers?.includes(CLAIM_FINALIZER)) unguard(claim);
    const owner = controllerOf(claim);
    // A generated claim goes with its Pod's end, not only with its object.
    if (owner?.kind === 'Pod' && inUse.length === 0 && !claim.metadata.deletionTimestamp && allPods.byIndex('uid', owner.uid).some((pod) => isOver(pod) && isClaimOf(pod, claim))) unlessGone(() => client.delete(resourceClaims, claim.metadata.name, claim.metadata.namespace));
  });

  function isUsing(uid: string): boolean {
    return allPods.byIndex('uid', uid).some((pod) => !isOver(pod) && !(pod.metadata.deletionTimestamp && !pod.spec.nodeName));
  }

  /** Without a user no device is held. */
  function give(claim: ResourceClaim, reservedFor: NonNullable<NonNullable<ResourceClaim['status']>['reservedFor']>): void {
    const { allocation, ...status } = claim.status ?? {};
    const isFree = reservedFor.length === 0;
    const written = client.updateStatus(resourceClaims, { ...claim, status: { ...status, ...(isFree || !allocation ? {} : { allocation }), reservedFor } });
    if (isFree) unguard(written);
  }

  function unguard(claim: ResourceClaim): void {
    unlessGone(() => client.update(resourceClaims, { ...claim, metadata: { ...claim.metadata, finalizers: claim.metadata.finalizers?.filter((each) => each !== CLAIM_FINALIZER) } }));
  }

  allPods.onChange((now, old) => {
    const pod = (now ?? old)!;
    if (claimReferences(pod).length === 0) return;
    if (now) podQueue.add(keyOf(now));
    if (now && !isOver(now) && !now.metadata.deletionTimestamp) return;
    for (const claim of claims.list()) if (claim.status?.reservedFor?.some(({ uid }) => uid === pod.metadata.uid) || controllerOf(claim)?.uid === pod.metadata.uid) claimQueue.add(keyOf(claim));
  });
  claims.onChange((now) => { if (now) claimQueue.add(keyOf(now)); });
  templates.onChange((now) => { if (now) for (const pod of allPods.byIndex('template', keyOf(now))) podQueue.add(keyOf(pod)); });
  return {
    stop() {
      podQueue.stop();
      claimQueue.stop();
    },
  };
};

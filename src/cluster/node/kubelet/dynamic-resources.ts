/** Devices that claims were given, made ready for a Pod's containers by their drivers (kubelet: cm/dra). */
import type { ResourceClaim } from '../../api/device-types.ts';
import type { Pod } from '../../api/types.ts';
import { claimNameOfPod, claimReferences } from '../../api/device-claims.ts';
import { resourceClaims } from '../../client/resources.ts';
import type { ApiClient } from '../../client/types.ts';
import { isApiFailure } from '../../client/api-failure.ts';
import type { DeviceEdits, DraPlugin } from './plugin-sockets.ts';
import type { AnyContainer } from './pod-view.ts';

/** Edits by the Pod's own name for a claim, then by request. */
type Prepared = ReadonlyMap<string, readonly { request: string; edits: DeviceEdits }[]>;

export class DynamicResources {
  readonly #client: ApiClient;
  readonly #plugin: (driver: string) => DraPlugin | undefined;
  readonly #prepared = new Map<string, Prepared>();

  constructor(client: ApiClient, plugin: (driver: string) => DraPlugin | undefined) {
    this.#client = client;
    this.#plugin = plugin;
  }

  /** Prepares all claims of a Pod; why it cannot. */
  prepare(pod: Pod): string | undefined {
    const { uid } = pod.metadata;
    if (!pod.spec.resourceClaims?.length || this.#prepared.has(uid)) return undefined;
    try {
      const prepared = new Map<string, { request: string; edits: DeviceEdits }[]>();
      for (const reference of claimReferences(pod)) {
        const answer = this.#prepareClaim(pod, claimNameOfPod(pod, reference));
        if (typeof answer === 'string') return `prepare dynamic resources: ${answer}`;
        prepared.set(reference.name, answer);
      }
      this.#prepared.set(uid, prepared);
      return undefined;
    } catch (error) {
      if (isApiFailure(error)) return `prepare dynamic resources: ${error.message}`;
      throw error;
    }
  }

  #prepareClaim({ metadata: { name: podName, namespace, uid } }: Pod, name: string | undefined): string | { request: string; edits: DeviceEdits }[] {
    if (name === undefined) return []; // the template needed no claim
    const claim: ResourceClaim | undefined = this.#client.get(resourceClaims, name, namespace);
    if (!claim) return `fetch ResourceClaim ${name} referenced by pod ${podName}: resourceclaims.resource.k8s.io "${name}" not found`;
    if (!claim.status?.reservedFor?.some((consumer) => consumer.uid === uid)) return `pod ${podName} (${uid}) is not allowed to use ResourceClaim ${name} (${claim.metadata.uid})`;
    const edits: { request: string; edits: DeviceEdits }[] = [];
    for (const { driver, device, request } of claim.status.allocation?.devices?.results ?? []) {
      const plugin = this.#plugin(driver);
      if (!plugin) return `DRA driver ${driver} is not registered`;
      const found = plugin.devices[device];
      if (!found) return `NodePrepareResources failed for ResourceClaim ${name}: error preparing devices for claim ${namespace}/${name}:${claim.metadata.uid}: requested device is not allocatable: ${device}`;
      edits.push({ request, edits: found });
    }
    return edits;
  }

  /** What the claims that a container names add to it. */
  edits(pod: Pod, { resources }: Pick<AnyContainer, 'resources'>): DeviceEdits[] {
    const prepared = this.#prepared.get(pod.metadata.uid);
    return (resources?.claims ?? []).flatMap((wanted) => {
      const request = 'request' in wanted ? wanted.request : undefined;
      return (prepared?.get(wanted.name) ?? []).filter((each) => request === undefined || each.request.split('/')[0] === request).map(({ edits }) => edits);
    });
  }

  /** The Pod is gone from this node. */
  unprepare(uid: string): void { this.#prepared.delete(uid); }
}

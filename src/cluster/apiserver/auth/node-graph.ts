/** Which objects belong to which node: through its Pods, what those refer to, and the volumes behind their claims. */
import type { KubeObject, Pod, PodSpec } from '../../api/types.ts';

/** Answers whether an object has to do with a node. */
export interface NodeRelations {
  /** `resource` is a plural such as `secrets`, `persistentvolumes`, `pods`; `namespace` '' for cluster scope. */
  isRelated(nodeName: string, resource: string, namespace: string, name: string): boolean;
}

/**
 * Kept up to date change by change, as the graph of the Node authorizer is: tell it of every Pod, PersistentVolume and
 * VolumeAttachment that is there at the start and of every change after. Costs what one object refers to.
 */
export class NodeGraph implements NodeRelations {
  /** Node to reference to how many of its Pods (or attachments) hold it. */
  readonly #references = new Map<string, Map<string, number>>();
  /** PersistentVolume to its claim, and to the Secrets that its driver needs. */
  readonly #claims = new Map<string, string>();
  readonly #secretVolumes = new Map<string, Set<string>>();

  isRelated(nodeName: string, resource: string, namespace: string, name: string): boolean {
    const references = this.#references.get(nodeName);
    if (!references) return false;
    const key = referenceKey(resource, namespace, name);
    if (references.has(key)) return true;
    if (resource === 'persistentvolumes') return references.has(this.#claims.get(name) ?? '');
    if (resource !== 'secrets') return false;
    return [...(this.#secretVolumes.get(key) ?? [])].some((volume) => references.has(this.#claims.get(volume) ?? ''));
  }

  podChanged(now: Pod | undefined, old: Pod | undefined): void {
    // A Pod's references hardly change once it is bound; its status changes often.
    if (now && old && now.spec.nodeName === old.spec.nodeName && now.metadata.uid === old.metadata.uid && now.status?.resourceClaimStatuses?.length === old.status?.resourceClaimStatuses?.length) return;
    if (old?.spec.nodeName) this.#count(old.spec.nodeName, podReferences(old), -1);
    if (now?.spec.nodeName) this.#count(now.spec.nodeName, podReferences(now), 1);
  }

  persistentVolumeChanged(now: KubeObject | undefined, old: KubeObject | undefined): void {
    if (old) this.#forgetVolume(old);
    const claim = now && claimOf(now);
    if (!now || !claim) return;
    this.#claims.set(now.metadata.name, referenceKey('persistentvolumeclaims', claim.namespace, claim.name));
    for (const secret of volumeSecrets(now)) {
      const volumes = this.#secretVolumes.get(secret) ?? new Set<string>();
      this.#secretVolumes.set(secret, volumes.add(now.metadata.name));
    }
  }

  volumeAttachmentChanged(now: KubeObject | undefined, old: KubeObject | undefined): void {
    for (const [object, by] of [[old, -1], [now, 1]] as const) {
      const nodeName = textAt(object?.spec, 'nodeName');
      if (object && nodeName) this.#count(nodeName, [referenceKey('volumeattachments', '', object.metadata.name)], by);
    }
  }

  #forgetVolume(volume: KubeObject): void {
    this.#claims.delete(volume.metadata.name);
    for (const secret of volumeSecrets(volume)) this.#secretVolumes.get(secret)?.delete(volume.metadata.name);
  }

  #count(nodeName: string, keys: Iterable<string>, by: 1 | -1): void {
    const references = this.#references.get(nodeName) ?? new Map<string, number>();
    for (const key of keys) {
      const count = (references.get(key) ?? 0) + by;
      if (count > 0) references.set(key, count);
      else references.delete(key);
    }
    if (references.size > 0) this.#references.set(nodeName, references);
    else this.#references.delete(nodeName);
  }
}

function referenceKey(resource: string, namespace: string, name: string): string {
  return `${resource}/${namespace}/${name}`;
}

function podReferences(pod: Pod): Set<string> {
  const { namespace = '', name } = pod.metadata;
  const keys = new Set([referenceKey('pods', namespace, name)]);
  const isMirror = pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
  // What a kubelet writes itself must not open doors to it.
  if (isMirror) return keys;
  const refer: Refer = (resource, referred) => {
    if (referred) keys.add(referenceKey(resource, namespace, referred));
  };
  referToSpec(pod.spec, refer);
  for (const { resourceClaimName } of pod.status?.resourceClaimStatuses ?? []) refer('resourceclaims', resourceClaimName);
  referToVolumes(pod, refer);
  referToEnvironment(pod.spec, refer);
  return keys;
}

type Refer = (resource: string, name: string | undefined) => void;

function referToSpec(spec: PodSpec, refer: Refer): void {
  refer('serviceaccounts', spec.serviceAccountName);
  for (const secret of spec.imagePullSecrets ?? []) refer('secrets', secret.name);
  for (const claim of spec.resourceClaims ?? []) refer('resourceclaims', textAt(claim, 'resourceClaimName'));
}

function referToVolumes({ metadata, spec }: Pod, refer: Refer): void {
  for (const volume of spec.volumes ?? []) {
    refer('secrets', volume.secret?.secretName);
    refer('configmaps', volume.configMap?.name);
    refer('persistentvolumeclaims', volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral && `${metadata.name}-${volume.name}`));
    refer('secrets', volume.csi?.nodePublishSecretRef?.name);
    for (const source of volume.projected?.sources ?? []) {
      refer('secrets', source.secret?.name);
      refer('configmaps', source.configMap?.name);
    }
  }
}

function referToEnvironment(spec: PodSpec, refer: Refer): void {
  for (const containers of [spec.initContainers, spec.containers, spec.ephemeralContainers]) {
    for (const { env, envFrom } of containers ?? []) {
      for (const variable of env ?? []) {
        refer('secrets', variable.valueFrom?.secretKeyRef?.name);
        refer('configmaps', variable.valueFrom?.configMapKeyRef?.name);
      }
      for (const source of envFrom ?? []) {
        refer('secrets', source.secretRef?.name);
        refer('configmaps', source.configMapRef?.name);
      }
    }
  }
}

function claimOf(volume: KubeObject): { namespace: string; name: string } | undefined {
  const claim = fieldAt(volume.spec, 'claimRef');
  const name = textAt(claim, 'name');
  return name === undefined ? undefined : { namespace: textAt(claim, 'namespace') ?? '', name };
}

function volumeSecrets(volume: KubeObject): string[] {
  const csi = fieldAt(volume.spec, 'csi');
  const secrets = ['nodePublishSecretRef', 'nodeStageSecretRef', 'nodeExpandSecretRef'].map((field) => fieldAt(csi, field));
  return secrets.flatMap((secret) => {
    const name = textAt(secret, 'name');
    return name === undefined ? [] : [referenceKey('secrets', textAt(secret, 'namespace') ?? '', name)];
  });
}

function fieldAt(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null && field in value ? (value as Record<string, unknown>)[field] : undefined;
}

function textAt(value: unknown, field: string): string | undefined {
  const text = fieldAt(value, field);
  return typeof text === 'string' ? text : undefined;
}

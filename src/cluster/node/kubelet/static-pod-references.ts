/** What of the API a Pod's spec refers to: static Pods may not (PreventStaticPodAPIReferences). */
import type { PodSpec } from '../../api/types.ts';

type Volume = NonNullable<PodSpec['volumes']>[number];

const BY_VOLUME: Readonly<Record<string, string>> = { configMap: 'configmaps (via configmap volumes)', secret: 'secrets (via secret volumes)', csi: 'csidrivers (via CSI volumes)', persistentVolumeClaim: 'persistentvolumeclaims', ephemeral: 'persistentvolumeclaims (via ephemeral volumes)', azureFile: 'secrets (via azureFile volumes)' };
const BY_SOURCE: Readonly<Record<string, string>> = { configMap: 'configmaps (via projected volumes)', secret: 'secrets (via projected volumes)', serviceAccountToken: 'serviceaccounts (via projected volumes)', clusterTrustBundle: 'clustertrustbundles' };

/** The first reference found, in the kubelet's words; undefined when the Pod stands alone. */
export function apiReference(spec: PodSpec): string | undefined {
  const { serviceAccount, serviceAccountName = serviceAccount, imagePullSecrets = [], volumes = [], resourceClaims = [] } = spec;
  if (serviceAccountName) return 'serviceaccounts';
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const sources = containers.flatMap(({ env = [], envFrom = [] }) => [...envFrom.flatMap(Object.keys), ...env.flatMap(({ valueFrom = {} }) => Object.keys(valueFrom))]);
  const inVolumes = volumes.flatMap((volume) => [...Object.keys(volume), ...(volume.projected?.sources ?? []).flatMap(Object.keys)]);
  const all = new Set([...sources, ...inVolumes]);
  if (imagePullSecrets.length > 0 || ['secretRef', 'secretKeyRef', 'secret'].some((name) => all.has(name))) return 'secrets';
  if (['configMapRef', 'configMapKeyRef', 'configMap'].some((name) => all.has(name))) return 'configmaps';
  if (resourceClaims.length > 0) return 'resourceclaims';
  return volumes.map(ofVolume).find((found) => found !== undefined);
}

function ofVolume(volume: Volume): string | undefined {
  const name = Object.keys(volume).find((field) => Object.hasOwn(BY_VOLUME, field));
  const source = (volume.projected?.sources ?? []).flatMap(Object.keys).find((field) => Object.hasOwn(BY_SOURCE, field));
  return name ? BY_VOLUME[name] : source && BY_SOURCE[source];
}

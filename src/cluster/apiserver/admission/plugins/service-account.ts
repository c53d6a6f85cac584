/** ServiceAccount: every Pod runs as an account that exists, with its token mounted unless somebody declined. */
import type { Container, Pod, ServiceAccount, Volume } from '../../../api/types.ts';
import { StatusError } from '../../errors.ts';
import { type AdmissionPlugin, type AdmissionRequest, concerns, createdPod, refuse } from '../types.ts';

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const MIRROR = 'kubernetes.io/config.mirror';
/** The account that each namespace gets is looked up ten times, a tenth to a fifth of a second apart: its controller may be about to make it. */
const LOOKUP_MS = 150;
const TOKEN_SECONDS = 3607; // an hour and 7 seconds: not a round number, so that the server can tell such tokens

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',

  mutate(request, cluster) {
    const pod = createdPod(request);
    if (!pod) return request.object;
    if (pod.metadata.annotations?.[MIRROR] !== undefined) return checkMirror(request, pod);
    const name = pod.spec.serviceAccountName || pod.spec.serviceAccount || 'default';
    const account = cluster.get('serviceaccounts', '', request.namespace, name) as ServiceAccount | undefined; // the plural says so
    if (!account) throw new StatusError(refuse(request, `error looking up service account ${request.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`).status, name === 'default' ? LOOKUP_MS : undefined);
    const pulls = pod.spec.imagePullSecrets?.length ? pod.spec.imagePullSecrets : account.imagePullSecrets;
    const named: Pod = { ...pod, spec: { ...pod.spec, serviceAccountName: name, serviceAccount: name, ...(pulls?.length && { imagePullSecrets: pulls }) } };
    const automount = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
    return automount ? withToken(named, () => `kube-api-access-${cluster.random.suffix()}`) : named;
  },

  validate(request) {
    if (request.operation !== 'CREATE' || !concerns(request, 'pods')) return;
    const pod = request.object as Pod; // the kind says so
    if (!pod.spec.serviceAccountName && pod.metadata.annotations?.[MIRROR] === undefined) throw refuse(request, `no service account specified for pod ${request.namespace}/${pod.metadata.name}`);
  },
};

function checkMirror(request: AdmissionRequest, pod: Pod): Pod {
  if (pod.spec.serviceAccountName) throw refuse(request, 'a mirror pod may not reference service accounts');
  const source = (pod.spec.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? []).find((projected) => projected.serviceAccountToken);
  if (source) throw refuse(request, 'a mirror pod may not use ServiceAccountToken volume projections');
  if (pod.spec.volumes?.some((volume) => volume.secret)) throw refuse(request, 'a mirror pod may not reference secrets');
  return pod;
}

/** Containers that already mount something there keep it; without any that does not, no volume is added. */
function withToken(pod: Pod, volumeName: () => string): Pod {
  const lacks = (container: Container) => !container.volumeMounts?.some((mount) => mount.mountPath === MOUNT_PATH);
  const { containers, initContainers = [], volumes = [] } = pod.spec;
  if (![...initContainers, ...containers].some(lacks)) return pod;
  const name = volumes.find(isTokenVolume)?.name ?? volumeName();
  const mounted = (container: Container): Container =>
    lacks(container) ? { ...container, volumeMounts: [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }] } : container;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      volumes: volumes.some((volume) => volume.name === name) ? volumes : [...volumes, tokenVolume(name)],
      ...(initContainers.length > 0 && { initContainers: initContainers.map(mounted) }),
      containers: containers.map(mounted),
    },
  };
}

function isTokenVolume(volume: Volume): boolean {
  return volume.name.startsWith('kube-api-access-') && volume.projected !== undefined;
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 420,
    },
  };
}

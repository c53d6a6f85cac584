/** Join tokens: the signer keeps the signatures in cluster-info current, the cleaner deletes tokens that have expired (controller/bootstrap). */
import type { ConfigMap } from '../api/types.ts';
import { configMaps, secrets } from '../client/resources.ts';
import { bootstrapTokenOf, signature } from '../pki/bootstrap-token.ts';
import { type Controller, keyOf, unlessGone } from './controller.ts';

const NAMESPACE = 'kube-system';
const PREFIX = 'jws-kubeconfig-';

export const bootstrapSigner: Controller = ({ client, informer, queue: createQueue }) => {
  const [tokens, maps] = [informer(secrets), informer(configMaps)];
  const queue = createQueue('bootstrap-signer', () => {
    const map = maps.get('kube-public/cluster-info');
    const kubeconfig = map?.data?.['kubeconfig'];
    if (!map || !kubeconfig) return;
    const valid = tokens.list().filter(({ metadata }) => metadata.namespace === NAMESPACE && !metadata.deletionTimestamp).flatMap((secret) => bootstrapTokenOf(secret) ?? []).filter(({ usages }) => usages.includes('signing'));
    const kept = Object.entries(map.data ?? {}).filter(([key]) => !key.startsWith(PREFIX));
    const data: ConfigMap['data'] = Object.fromEntries([...kept, ...valid.map((token) => [`${PREFIX}${token.id}`, signature(kubeconfig, token)] as const)].sort(([a], [b]) => (a < b ? -1 : 1)));
    if (JSON.stringify(data) !== JSON.stringify(map.data)) client.update(configMaps, { ...map, data });
  });
  tokens.onChange((now, old) => { if ((now ?? old)?.type === 'bootstrap.kubernetes.io/token') queue.add('sign'); });
  maps.onChange((now) => { if (now?.metadata.name === 'cluster-info') queue.add('sign'); });
  return { stop: () => queue.stop() };
};

export const tokenCleaner: Controller = ({ client, world, informer, queue: createQueue }) => {
  const all = informer(secrets);
  const queue = createQueue('token-cleaner', (key) => {
    const secret = all.get(key);
    const expiresMs = secret && bootstrapTokenOf(secret)?.expiresMs;
    if (!secret || expiresMs === undefined) return;
    const waitMs = expiresMs - world.clock.now();
    if (waitMs > 0) return queue.addAfter(key, waitMs);
    const { name, namespace, uid } = secret.metadata;
    unlessGone(() => client.delete(secrets, name, namespace, { preconditions: { uid } }));
  });
  all.onChange((now) => { if (now?.metadata.namespace === NAMESPACE && bootstrapTokenOf(now)) queue.add(keyOf(now)); });
  return { stop: () => queue.stop() };
};

/** Tokens that ServiceAccounts list in their Secrets and nobody has used for a year are marked invalid, and deleted a year later (legacy_serviceaccount_token_cleaner.go). */
import { INVALID_SINCE_LABEL, isoDate, LAST_USED_LABEL, TOKEN_TRACKING } from '../api/legacy-tokens.ts';
import type { Pod, Secret } from '../api/types.ts';
import { configMaps, pods, secrets, serviceAccounts } from '../client/resources.ts';
import { isApiFailure } from '../client/api-failure.ts';
import type { Timer } from '../../time/clock.ts';
import { type Controller, unlessGone } from './controller.ts';

const SYNC_MS = 24 * 3_600_000; // syncInterval
const YEAR_MS = 365 * 24 * 3_600_000;
const TYPE = 'kubernetes.io/service-account-token';

export const legacyTokenCleaner: Controller = ({ client, informer, world, settings }) => {
  const [all, accounts, allPods] = [informer(secrets), informer(serviceAccounts), informer(pods)];
  const periodMs = settings.ms('legacy-service-account-token-clean-up-period', YEAR_MS);
  let timer: Timer | undefined;
  const plan = (ms: number): void => {
    timer = world.clock.after(ms, 'legacy token cleaner', () => {
      try {
        evaluate();
      } catch (error) {
        if (!isApiFailure(error)) throw error;
      }
      plan(SYNC_MS);
    });
  };
  plan(SYNC_MS);

  function evaluate(): void {
    const nowMs = world.clock.now();
    const since = client.get(configMaps, TOKEN_TRACKING, 'kube-system')?.data?.since;
    if (since === undefined || !(nowMs >= Date.parse(since) + 24 * 3_600_000 + periodMs)) return;
    const keepFrom = isoDate(nowMs - periodMs);
    for (const secret of all.list()) if (isForgotten(secret, nowMs - periodMs, keepFrom)) expire(secret, nowMs, keepFrom);
  }

  function isForgotten({ type, metadata }: Secret, fromMs: number, keepFrom: string): boolean {
    const { name, namespace = '', labels = {}, annotations = {}, creationTimestamp, deletionTimestamp } = metadata;
    if (type !== TYPE || deletionTimestamp || Date.parse(creationTimestamp) >= fromMs) return false;
    const lastUsed = labels[LAST_USED_LABEL];
    if (lastUsed !== undefined && (Number.isNaN(Date.parse(lastUsed)) || lastUsed >= keepFrom)) return false;
    const account = accounts.get(`${namespace}/${annotations['kubernetes.io/service-account.name'] ?? ''}`);
    if (!account?.secrets?.some((reference) => reference.name === name)) return false; // somebody made it by hand
    return !allPods.list().some((pod) => pod.metadata.namespace === namespace && mounts(pod, name));
  }

  function expire({ metadata: { name, namespace, uid, labels = {} } }: Secret, nowMs: number, keepFrom: string): void {
    const invalidSince = labels[INVALID_SINCE_LABEL] ?? '';
    if (Number.isNaN(Date.parse(invalidSince))) unlessGone(() => client.patch(secrets, name, namespace, { metadata: { uid, labels: { [INVALID_SINCE_LABEL]: isoDate(nowMs) } } }));
    else if (invalidSince < keepFrom) unlessGone(() => client.delete(secrets, name, namespace, { preconditions: { uid } }));
  }

  return { stop: () => timer?.cancel() };
};

function mounts({ spec }: Pod, secret: string): boolean {
  return (spec.volumes ?? []).some((volume) => volume.secret?.secretName === secret || volume.projected?.sources?.some((source) => source.secret?.name === secret));
}

/** What is noted of tokens in Secrets: since when their use is watched, when one was last used, since when one is refused. */
export const TOKEN_TRACKING = 'kube-apiserver-legacy-service-account-token-tracking';
export const LAST_USED_LABEL = 'kubernetes.io/legacy-token-last-used';
export const INVALID_SINCE_LABEL = 'kubernetes.io/legacy-token-invalid-since';

/** `2026-01-05` */
export function isoDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

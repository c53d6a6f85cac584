/** Which labels a kubelet may put on its own Node. */
import type { Labels } from '../../../api/types.ts';

const KUBELET_LABELS = new Set([
  'kubernetes.io/hostname', 'kubernetes.io/arch', 'kubernetes.io/os',
  'topology.kubernetes.io/zone', 'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type', 'beta.kubernetes.io/arch', 'beta.kubernetes.io/os',
  'node.kubernetes.io/windows-build',
]);
const KUBELET_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const RESTRICTED_DOMAIN = 'node-restriction.kubernetes.io';

/** Labels that differ between the two sets and that a kubelet may not touch, sorted. */
export function forbiddenNodeLabels(now: Labels = {}, old: Labels = {}): string[] {
  const keys = [...new Set([...Object.keys(now), ...Object.keys(old)])].sort();
  return keys.filter((key) => now[key] !== old[key] && isForbidden(key));
}

function isForbidden(key: string): boolean {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  if (isWithin(domain, RESTRICTED_DOMAIN)) return true;
  const isKubernetes = isWithin(domain, 'kubernetes.io') || isWithin(domain, 'k8s.io');
  return isKubernetes && !KUBELET_LABELS.has(key) && !KUBELET_DOMAINS.some((allowed) => isWithin(domain, allowed));
}

function isWithin(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}

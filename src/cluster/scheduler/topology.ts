/** The node labels that the scheduler gives a meaning of its own. */
import type { Labels } from '../api/types.ts';

export const HOSTNAME_LABEL = 'kubernetes.io/hostname';
export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const REGION_LABEL = 'topology.kubernetes.io/region';

/** Region and zone in one text, equal for nodes of the same zone. */
export function zoneOf(labels: Labels): string {
  return `${labels[REGION_LABEL] ?? ''}:${labels[ZONE_LABEL] ?? ''}`;
}

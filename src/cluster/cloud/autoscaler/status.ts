/** The text of the ConfigMap cluster-autoscaler-status. */
import { stringify } from 'yaml';
import { formatSeconds } from '../../pki/certificate.ts';
import type { NodeGroup } from '../node-groups.ts';

export interface GroupStatus { group: NodeGroup; ready: number; registered: number; isInBackoff: boolean; candidates: number; min: number; max: number }

/** `time` apart, equal states give equal texts. */
export function statusText(groups: readonly GroupStatus[], total: { registered: number; ready: number }, nowMs: number): string {
  const counts = (registered: number, ready: number, unregistered: number) => ({ registered: { total: registered, ready, notStarted: 0, beingDeleted: 0 }, longUnregistered: 0, unregistered });
  const coming = ({ group, registered }: GroupStatus) => Math.max(0, group.target - registered);
  const scaleUp = (status: GroupStatus) => ({ status: status.isInBackoff ? 'Backoff' : coming(status) > 0 ? 'InProgress' : 'NoActivity' });
  const scaleDown = (candidates: number) => (candidates > 0 ? { status: 'CandidatesPresent', candidates } : { status: 'NoCandidates' });
  const sum = (of: (status: GroupStatus) => number) => groups.reduce((result, status) => result + of(status), 0);
  return stringify({
    time: `${formatSeconds(nowMs).replace('T', ' ').replace('Z', '')} +0000 UTC`, autoscalerStatus: 'Running',
    clusterWide: {
      health: { status: 'Healthy', nodeCounts: counts(total.registered, total.ready, sum(coming)) },
      scaleUp: { status: sum(coming) > 0 ? 'InProgress' : 'NoActivity' }, scaleDown: scaleDown(sum(({ candidates }) => candidates)),
    },
    nodeGroups: groups.map((status) => ({
      name: status.group.spec.name,
      health: { status: 'Healthy', nodeCounts: counts(status.registered, status.ready, coming(status)), cloudProviderTarget: status.group.target, minSize: status.min, maxSize: status.max },
      scaleUp: scaleUp(status), scaleDown: scaleDown(status.candidates),
    })),
  });
}

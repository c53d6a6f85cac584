/** TaintToleration: NoSchedule and NoExecute taints keep Pods off unless tolerated; PreferNoSchedule taints cost score. */
import { nodeNow } from '../cluster-event.ts';
import { normalizeByMax, type Plugin, SCORE_MAX, unresolvable } from '../framework.ts';
import { tolerates, untolerated } from '../../api/tolerations.ts';

const REJECTION = unresolvable('node(s) had untolerated taint(s)');

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  preFilter({ pod }) {
    const tolerations = pod.spec.tolerations ?? [];
    return { filter: ({ hardTaints }) => (hardTaints.length > 0 && untolerated(hardTaints, tolerations) ? REJECTION : undefined) };
  },
  preScore({ pod }, cluster) {
    const tolerations = (pod.spec.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
    return {
      same: cluster.nodesWithSoftTaints === 0 ? SCORE_MAX : undefined,
      score: ({ softTaints }) => (softTaints.length === 0 ? 0 : softTaints.filter((taint) => !tolerations.some((each) => tolerates(each, taint))).length),
      normalize: (scores) => normalizeByMax(scores, { reverse: true }),
    };
  },
  wakesOn: ['NodeAdd', 'NodeUpdate'],
  mayHelp: (event, { pod }) => nodeNow(event, ['taints'], ({ hardTaints }) => !untolerated(hardTaints, pod.spec.tolerations ?? [])),
};

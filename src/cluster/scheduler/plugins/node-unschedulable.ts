/** NodeUnschedulable: a cordoned node takes no Pods, except those that tolerate the taint of the same meaning. */
import type { Taint } from '../../api/types.ts';
import { nodeNow } from '../cluster-event.ts';
import { type Plugin, unresolvable } from '../framework.ts';
import { untolerated } from '../../api/tolerations.ts';

const UNSCHEDULABLE_TAINT: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const REJECTION = unresolvable('node(s) were unschedulable');

export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  preFilter({ pod }) {
    const isTolerated = !untolerated([UNSCHEDULABLE_TAINT], pod.spec.tolerations ?? []);
    return isTolerated ? undefined : { filter: (node) => (node.isUnschedulable ? REJECTION : undefined) };
  },
  wakesOn: ['NodeAdd', 'NodeUpdate'],
  mayHelp: (event) => nodeNow(event, ['unschedulable'], (node) => !node.isUnschedulable),
};

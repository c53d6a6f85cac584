/** TaintNodesByCondition: a new node takes no Pods before it has reported that it is ready. */
import type { Node } from '../../../api/types.ts';
import { type AdmissionPlugin, concerns } from '../types.ts';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  mutate(request) {
    if (request.operation !== 'CREATE' || !concerns(request, 'nodes')) return request.object;
    const node = request.object as Node; // the kind says so
    const taints = node.spec?.taints ?? [];
    if (taints.some((taint) => taint.key === NOT_READY.key && taint.effect === NOT_READY.effect)) return node;
    return { ...node, spec: { ...node.spec, taints: [...taints, NOT_READY] } };
  },
};

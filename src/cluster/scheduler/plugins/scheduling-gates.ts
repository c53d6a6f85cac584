/** SchedulingGates: a Pod with gates does not enter the queue; it is noticed again when the last is removed. */
import type { Plugin } from '../framework.ts';

export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  preEnqueue({ spec: { schedulingGates: gates } }) {
    return gates?.length ? `waiting for scheduling gates: [${gates.map(({ name }) => name).join(' ')}]` : undefined;
  },
};

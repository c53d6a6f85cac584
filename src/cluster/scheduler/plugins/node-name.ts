/** NodeName: a Pod that names its node fits that one only. */
import { type Plugin, unresolvable } from '../framework.ts';

const REJECTION = unresolvable("node(s) didn't match the requested node name");

export const nodeName: Plugin = {
  name: 'NodeName',
  preFilter({ pod }) {
    const wanted = pod.spec.nodeName;
    return wanted ? { filter: ({ name }) => (name === wanted ? undefined : REJECTION) } : undefined;
  },
  wakesOn: ['NodeAdd'],
  mayHelp: (event, { pod }) => event.type === 'NodeAdd' && event.node.name === pod.spec.nodeName,
};

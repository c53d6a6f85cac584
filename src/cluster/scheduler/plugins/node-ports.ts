/** NodePorts: two Pods cannot take the same port of a node. */
import { type HostPort, portsConflict } from '../../api/host-ports.ts';
import { type Plugin, unschedulable } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';

const REJECTION = unschedulable("node(s) didn't have free ports for the requested pod ports");

export const nodePorts: Plugin = {
  name: 'NodePorts',
  preFilter({ hostPorts }) {
    return hostPorts.length === 0 ? undefined : { filter: (node) => (isAnyTaken(hostPorts, node) ? REJECTION : undefined) };
  },
  wakesOn: ['NodeAdd', 'PodDelete'],
  mayHelp(event, { hostPorts }) {
    if (event.type === 'PodDelete') return clash(hostPorts, event.pod);
    return event.type === 'NodeAdd';
  },
};

function isAnyTaken(wanted: readonly HostPort[], node: NodeInfo): boolean {
  for (const pod of node.podsWithPorts) if (clash(wanted, pod)) return true;
  return false;
}

function clash(wanted: readonly HostPort[], { hostPorts }: PodInfo): boolean {
  return hostPorts.some((taken) => wanted.some((port) => portsConflict(port, taken)));
}

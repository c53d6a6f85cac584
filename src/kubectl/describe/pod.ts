/** kubectl describe pod. */
import { ageSince } from '../../cluster/api/duration.ts';
import { qosClassOf } from '../../cluster/api/qos.ts';
import type { Pod } from '../../cluster/api/types.ts';
import { type ApiObject, isDict, at, listAt, numberAt, pairsAt, textAt } from '../objects.ts';
import { containers, resources } from './containers.ts';
import type { Description } from './description.ts';
import { annotations, controlledBy, type DescribeSource, labels, nameAndNamespace, time } from './describer.ts';
import { tolerations, topologySpread } from './pod-template.ts';
import { volumes } from './volumes.ts';

export function pod(object: ApiObject, out: Description, { nowMs }: DescribeSource): void {
  const spec = (...path: string[]) => textAt(object, 'spec', ...path);
  const status = (...path: string[]) => textAt(object, 'status', ...path);
  nameAndNamespace(object, out);
  for (const [label, key] of [['Priority', 'priority'], ['Priority Class Name', 'priorityClassName'], ['Runtime Class Name', 'runtimeClassName'], ['Service Account', 'serviceAccountName']] as const) out.optional(label, spec(key));
  out.row('Node', spec('nodeName') ? `${spec('nodeName')}/${status('hostIP')}` : '<none>');
  if (status('startTime')) out.row('Start Time', time(status('startTime')));
  labels(object, out);
  annotations(object, out);
  phase(object, out, nowMs);
  out.optional('Reason', status('reason'));
  out.optional('Message', status('message'));
  out.optional('SeccompProfile', spec('securityContext', 'seccompProfile', 'type'));
  if (spec('securityContext', 'seccompProfile', 'type') === 'Localhost') out.optional('LocalhostProfile', spec('securityContext', 'seccompProfile', 'localhostProfile'));
  addresses(object, out);
  controlledBy(object, out);
  out.optional('NominatedNodeName', status('nominatedNodeName'));
  if (isDict(at(object, 'spec', 'resources'))) {
    out.heading('Resources');
    resources(at(object, 'spec', 'resources'), out, 1);
  }
  allContainers(object, out);
  conditions(object, out);
  volumes(listAt(object, 'spec', 'volumes'), out);
  out.row('QoS Class', status('qosClass') || qosClassOf((object as unknown as Pod).spec)); // the server served a Pod
  out.pairs('Node-Selectors', pairsAt(object, 'spec', 'nodeSelector'));
  tolerations('Tolerations', listAt(object, 'spec', 'tolerations'), out);
  topologySpread('Topology Spread Constraints', listAt(object, 'spec', 'topologySpreadConstraints'), out);
}

function phase(object: ApiObject, out: Description, nowMs: number): void {
  const text = textAt(object, 'status', 'phase'), deleted = object.metadata.deletionTimestamp;
  if (!deleted || text === 'Failed' || text === 'Succeeded') return out.row('Status', text);
  out.row('Status', `Terminating (lasts ${ageSince(deleted, nowMs)})`);
  out.row('Termination Grace Period', `${numberAt(object, 'metadata', 'deletionGracePeriodSeconds') ?? 0}s`);
}

function addresses(object: ApiObject, out: Description): void {
  out.row('IP', textAt(object, 'status', 'podIP'));
  const ips = listAt(object, 'status', 'podIPs');
  if (ips.length === 0) return out.row('IPs', '<none>');
  out.heading('IPs');
  for (const ip of ips) out.row('IP', textAt(ip, 'ip'), 1);
}

function allContainers(object: ApiObject, out: Description): void {
  for (const [title, specs, statuses] of [['Init Containers', 'initContainers', 'initContainerStatuses'], ['Containers', 'containers', 'containerStatuses'], ['Ephemeral Containers', 'ephemeralContainers', 'ephemeralContainerStatuses']] as const) {
    const list = listAt(object, 'spec', specs);
    if (list.length > 0 || specs === 'containers') containers(title, list, out, { statuses: listAt(object, 'status', statuses), pod: object });
  }
}

function conditions(object: ApiObject, out: Description): void {
  const found = listAt(object, 'status', 'conditions');
  const table = (title: string, rows: readonly (readonly [type: string, status: string])[]) => {
    if (rows.length === 0) return;
    out.heading(title);
    out.table(['Type', 'Status'], rows.map(([type, status]) => [`${type} `, `${status} `]), { rule: false });
  };
  table('Readiness Gates', listAt(object, 'spec', 'readinessGates').map((gate) => {
    const type = textAt(gate, 'conditionType');
    return [type, textAt(found.find((condition) => textAt(condition, 'type') === type), 'status') || '<none>'] as const;
  }));
  table('Conditions', found.map((condition) => [textAt(condition, 'type'), textAt(condition, 'status')] as const));
}

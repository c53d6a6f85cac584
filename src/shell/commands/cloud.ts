/** `cloud`: the console of the pretend cloud. Levels break it with the same words with which a player repairs it. */
import type { Cloud } from '../../cluster/cloud/cloud.ts';
import { parseGoDuration } from '../../cluster/api/duration.ts';
import { columns, failed, type Result, said } from './result.ts';

const USAGE = 'usage: cloud instances | disks | load-balancers | groups | terminate INSTANCE | stop INSTANCE | start INSTANCE\n       cloud set load-balancer-quota N | instance-quota N | load-balancer-delay 30s | disk-quota N | disk-delay 5s | credentials on|off | outage TEXT|off\n       cloud set disk-create-failure|disk-attach-failure|disk-detach-failure|disk-expand-failure|disk-delete-failure TEXT|off\n';

/** The command's answer. */
export function cloudConsole([verb = '', ...args]: readonly string[], cloud: Cloud): Result {
  switch (verb) {
    case 'instances': return said(columns([['NAME', 'ID', 'TYPE', 'ZONE', 'STATE'], ...cloud.instances().map(({ name, providerID, type, zone, state }) => [name, providerID, type, zone, state])]));
    case 'load-balancers': return said(columns([['NAME', 'ADDRESS', 'PORTS', 'NODES'], ...cloud.loadBalancers().map(({ name, address, ports, nodes }) => [name, address, ports.map(({ port, nodePort }) => `${port}:${nodePort}`).join(','), nodes.join(',') || '-'])]));
    case 'disks': return said(columns([['ID', 'NAME', 'SIZE', 'ZONE', 'ATTACHED TO'], ...cloud.disks.list().map(({ id, name, sizeBytes, zone, attachedTo }) => [id, name, `${sizeBytes / 2 ** 30}GiB`, zone || '-', attachedTo ?? '-'])]));
    case 'groups': return said(columns([['NAME', 'MIN', 'MAX', 'WANTED', 'INSTANCES'], ...cloud.nodeGroups.list().map(({ spec, target, instances }) => [spec.name, String(spec.min), String(spec.max), String(target), instances.map(({ name }) => name).join(',') || '-'])]));
    case 'terminate': case 'stop': case 'start': return machine(verb, args[0] ?? '', cloud);
    case 'set': return set(args, cloud);
    default: return failed(USAGE, 2);
  }
}

function machine(verb: 'terminate' | 'stop' | 'start', name: string, cloud: Cloud): Result {
  const found = cloud.instances().find((instance) => instance.name === name || instance.providerID === name);
  if (!found) return failed(`cloud: there is no instance "${name}"; \`cloud instances\` lists them\n`);
  if (verb === 'terminate') cloud.nodeGroups.remove(found.providerID);
  else cloud.power(found.providerID, verb === 'start');
  return said(`${found.name} ${{ terminate: 'terminated', stop: 'stopped', start: 'started' }[verb]}\n`);
}

function set([what = '', ...words]: readonly string[], cloud: Cloud): Result {
  const value = words.join(' ');
  const number = Number(value);
  if (value === '') return failed(USAGE, 2);
  if (what.endsWith('-quota') && !(Number.isInteger(number) && number >= 0)) return failed(`cloud: "${value}" is not a number of things\n`);
  switch (what) {
    case 'load-balancer-quota': cloud.loadBalancerQuota = number; break;
    case 'instance-quota': cloud.nodeGroups.instanceQuota = number; break;
    case 'disk-quota': cloud.disks.quota = number; break;
    case 'disk-create-failure': case 'disk-attach-failure': case 'disk-detach-failure': case 'disk-expand-failure': case 'disk-delete-failure': failDisks(what, value, cloud); break;
    case 'credentials': cloud.hasCredentials = value === 'on'; break;
    case 'outage': cloud.outage = value === 'off' ? undefined : value; break;
    case 'disk-delay': case 'load-balancer-delay': {
      const ms = parseGoDuration(value);
      if (ms === undefined) return failed(`cloud: "${value}" is not a duration; write for example 30s\n`);
      if (what === 'disk-delay') cloud.disks.delayMs = ms;
      else cloud.provisioningMs = ms;
      break;
    }
    default: return failed(USAGE, 2);
  }
  return said(`${what} is ${value}\n`);
}

function failDisks(what: string, value: string, { disks: { failures } }: Cloud): void {
  for (const verb of ['create', 'attach', 'detach', 'expand', 'delete'] as const) if (what === `disk-${verb}-failure`) failures[verb] = value === 'off' ? undefined : value;
}

/** Nodes. */
import { duplicate, type FieldError, forbidden } from '../field-error.ts';
import { internalOf } from '../internal-form.ts';
import type { Kind } from '../kind.ts';
import { labelKeyErrors, labelValueErrors } from '../names.ts';
import type { Node, Taint } from '../types.ts';
import { duplicates, invalidEach, oneOf, sameJson } from '../validation/common.ts';
import { taintEffects } from '../validation/scheduling.ts';
import { ageColumn, column, nameColumn, wideColumn } from './columns.ts';

export const node: Kind<Node> = {
  group: '', version: 'v1', kind: 'Node', plural: 'nodes', singular: 'node', shortNames: ['no'], namespaced: false,
  hasStatus: true, hasGeneration: false, etcdPrefix: 'minions',
  subresources: { proxy: { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] } },
  fields: { 'spec.unschedulable': ({ spec }) => String(spec.unschedulable ?? false) },
  // A node may register with a status: the only kind whose status counts at creation.
  defaults: (object) => (object.spec && object.status ? object : { ...object, spec: object.spec ?? {}, status: object.status ?? {} }),
  prepare: (object) => object,
  validate: (object, old) => (old && old.spec === object.spec ? [] : [...taints('spec.taints', object.spec?.taints ?? []), ...(old ? changes(object, old) : [])]),
  columns: [
    nameColumn,
    column('Status', nodeStatus),
    column('Roles', (object) => nodeRoles(object).join(',') || '<none>'),
    ageColumn,
    column('Version', ({ status }) => status.nodeInfo?.kubeletVersion ?? ''),
    wideColumn('Internal-IP', (object) => addressOf(object, 'InternalIP')),
    wideColumn('External-IP', (object) => addressOf(object, 'ExternalIP')),
    wideColumn('OS-Image', ({ status }) => status.nodeInfo?.osImage || '<unknown>'),
    wideColumn('Kernel-Version', kernel),
    wideColumn('Container-Runtime', ({ status }) => status.nodeInfo?.containerRuntimeVersion || '<unknown>'),
  ],
};

/** STATUS: `Ready`, `NotReady,SchedulingDisabled`, `Unknown` before the kubelet has spoken. */
export function nodeStatus({ spec, status }: Node): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const word = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec.unschedulable ? `${word},SchedulingDisabled` : word;
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

/** Roles that a node's labels give it, sorted. */
export function nodeRoles({ metadata }: Node): string[] {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    const role = key === ROLE_LABEL ? value : key.startsWith(ROLE_PREFIX) ? key.slice(ROLE_PREFIX.length) : '';
    return role ? [role] : [];
  });
  return [...new Set(roles)].sort();
}

function addressOf({ status }: Node, wanted: string): string {
  return status.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
}

function kernel({ status }: Node): string {
  const { kernelVersion, architecture } = status.nodeInfo ?? {};
  if (!kernelVersion) return '<unknown>';
  return architecture ? `${kernelVersion} (${architecture})` : kernelVersion;
}

function taints(field: string, list: readonly Taint[]): FieldError[] {
  const each = list.flatMap(({ key, value, effect }, index) => [
    ...invalidEach(`${field}[${index}].key`, key, labelKeyErrors(key)),
    ...invalidEach(`${field}[${index}].value`, value ?? '', labelValueErrors(value ?? '')),
    ...oneOf(`${field}[${index}].effect`, effect, taintEffects),
  ]);
  return [...each, ...duplicates(list, ({ key, effect }) => `${key}:${effect}`, (taint, index) => duplicate(`${field}[${index}]`, internalOf('Taint', taint), 'taints must be unique by key and effect pair'))];
}

function changes({ spec }: Node, { spec: old }: Node): FieldError[] {
  const errors: FieldError[] = [];
  // Where the two disagree, podCIDR is what counts.
  const ranges = spec.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0] ? [spec.podCIDR] : spec.podCIDRs;
  if (old.podCIDRs?.length && !sameJson(ranges, old.podCIDRs)) errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  if (old.providerID && spec.providerID !== old.providerID) errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  return errors;
}

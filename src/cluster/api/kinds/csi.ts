/** CSI drivers, what of them is on each node, and the volumes that they attach. */
import { withDefaults, withField } from '../defaulting.ts';
import { duplicate, type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { internalOf } from '../internal-form.ts';
import type { Kind } from '../kind.ts';
import { dnsSubdomainErrors, labelKeyErrors } from '../names.ts';
import type { CSIDriver, CSINode, VolumeAttachment, VolumeAttributesClass } from '../types.ts';
import { distinctNames, IMMUTABLE, immutable, invalidEach, named, nonNegative, nullOr, oneOfOrNone, present, sameJson } from '../validation/common.ts';
import { column, columnsBetween, countColumn } from './columns.ts';

const group = 'storage.k8s.io';

const driverDefaults = { attachRequired: true, fsGroupPolicy: 'ReadWriteOnceWithFSType', podInfoOnMount: false, requiresRepublish: false, seLinuxMount: false, storageCapacity: false, volumeLifecycleModes: ['Persistent'] };

export const csiDriver: Kind<CSIDriver> = {
  group, version: 'v1', kind: 'CSIDriver', plural: 'csidrivers', singular: 'csidriver', shortNames: [], namespaced: false, etcdPrefix: 'csidrivers',
  defaults: (object) => withField(object, 'spec', withDefaults<CSIDriver['spec']>(object.spec, driverDefaults)),
  validate: ({ spec }, old) => [
    ...oneOfOrNone('spec.fsGroupPolicy', spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType']),
    ...tokenRequests('spec.tokenRequests', spec.tokenRequests ?? []),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) => nullOr('spec.volumeLifecycleModes', mode, ['Persistent', 'Ephemeral'])),
    ...updatePeriod('spec.nodeAllocatableUpdatePeriodSeconds', spec),
    ...(old ? [...immutable('spec.attachedRequired', spec.attachRequired, old.spec.attachRequired), ...immutable('spec.volumeLifecycleModes', spec.volumeLifecycleModes, old.spec.volumeLifecycleModes)] : []),
  ],
  columns: columnsBetween<CSIDriver>(
    { name: 'AttachRequired', type: 'boolean', cell: ({ spec }) => spec.attachRequired ?? true },
    { name: 'PodInfoOnMount', type: 'boolean', cell: ({ spec }) => spec.podInfoOnMount ?? false },
    { name: 'StorageCapacity', type: 'boolean', cell: ({ spec }) => spec.storageCapacity ?? false },
    column('TokenRequests', ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') || '<unset>'),
    { name: 'RequiresRepublish', type: 'boolean', cell: ({ spec }) => spec.requiresRepublish ?? false },
    column('Modes', ({ spec }) => spec.volumeLifecycleModes?.join(',') || '<none>'),
  ),
};

const PERIOD_MIN = 10;

function updatePeriod(field: string, spec: CSIDriver['spec'] & { nodeAllocatableUpdatePeriodSeconds?: number }): FieldError[] {
  const seconds = spec.nodeAllocatableUpdatePeriodSeconds;
  return seconds !== undefined && seconds < PERIOD_MIN ? [invalid(field, seconds, `must be greater than or equal to ${PERIOD_MIN} seconds`)] : [];
}

/** Tokens of a Pod that a driver gets: for each audience one. */
function tokenRequests(field: string, requests: NonNullable<CSIDriver['spec']['tokenRequests']>): FieldError[] {
  return requests.flatMap(({ audience, expirationSeconds: seconds = 600 }, index) => {
    if (requests.findIndex((other) => other.audience === audience) < index) return [duplicate(`${field}[${index}].audience`, audience)];
    const limit = seconds < 600 ? 'less than 10 minutes' : seconds > 2 ** 32 ? 'larger than 2^32 seconds' : undefined;
    return limit ? [invalid(`${field}[${index}].expirationSeconds`, seconds, `may not specify a duration ${limit}`)] : [];
  });
}

const NODE_ID_MAX = 256;

function nodeDriver(field: string, { name, nodeID, allocatable, topologyKeys = [] }: CSINode['spec']['drivers'][number]): FieldError[] {
  return [
    ...named(`${field}.name`, name, dnsSubdomainErrors), ...present(`${field}.nodeID`, nodeID), ...(nodeID.length > NODE_ID_MAX ? [invalid(`${field}.nodeID`, nodeID, `must be ${NODE_ID_MAX} characters or less`)] : []),
    ...nonNegative(`${field}.allocatable.count`, allocatable?.count),
    ...topologyKeys.flatMap((key, index) => [...(topologyKeys.indexOf(key) < index ? [duplicate(field, key)] : []), ...(key ? invalidEach(field, key, labelKeyErrors(key)) : [required(field)])]),
  ];
}

/** A driver that stays on its node stays as it is, but for how much it may attach. */
function nodeDriversUpdate({ drivers }: CSINode['spec'], old: CSINode['spec']): FieldError[] {
  return drivers.flatMap((driver) => {
    const before = old.drivers.find(({ name }) => name === driver.name);
    return before && !sameJson({ ...driver, allocatable: null }, { ...before, allocatable: null }) ? [invalid('spec.drivers', internalOf('CSINodeDriver', { ...driver, allocatable: null }), IMMUTABLE)] : [];
  });
}

export const csiNode: Kind<CSINode> = {
  group, version: 'v1', kind: 'CSINode', plural: 'csinodes', singular: 'csinode', shortNames: [], namespaced: false, hasGeneration: false, etcdPrefix: 'csinodes',
  validate: ({ spec }, old) => [...spec.drivers.flatMap((driver, index) => nodeDriver(`spec.drivers[${index}]`, driver)), ...distinctNames('spec.drivers', spec.drivers), ...(old ? nodeDriversUpdate(spec, old.spec) : [])],
  columns: columnsBetween<CSINode>(countColumn('Drivers', ({ spec }) => spec.drivers.length)),
};

export const volumeAttachment: Kind<VolumeAttachment> = {
  group, version: 'v1', kind: 'VolumeAttachment', plural: 'volumeattachments', singular: 'volumeattachment', shortNames: [], namespaced: false, hasStatus: true, hasGeneration: false, etcdPrefix: 'volumeattachments',
  validate: ({ spec }, old) => {
    if (old) return sameJson(spec, old.spec) ? [] : immutable('spec', spec, old.spec);
    const { persistentVolumeName, inlineVolumeSpec } = spec.source;
    const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
    const source = persistentVolumeName === undefined ? (inlineVolumeSpec ? [] : [required('spec.source', one)])
      : inlineVolumeSpec ? [forbidden('spec.source', one)] : persistentVolumeName ? invalidEach('spec.source.persistentVolumeName', persistentVolumeName, dnsSubdomainErrors(persistentVolumeName)) : [required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName')];
    return [...named('spec.attacher', spec.attacher, dnsSubdomainErrors), ...source, ...named('spec.nodeName', spec.nodeName, dnsSubdomainErrors)];
  },
  columns: columnsBetween<VolumeAttachment>(
    column('Attacher', ({ spec }) => spec.attacher), column('PV', ({ spec }) => spec.source.persistentVolumeName ?? ''), column('Node', ({ spec }) => spec.nodeName),
    { name: 'Attached', type: 'boolean', cell: ({ status }) => status?.attached ?? false },
  ),
};

export const volumeAttributesClass: Kind<VolumeAttributesClass> = {
  group, version: 'v1', kind: 'VolumeAttributesClass', plural: 'volumeattributesclasses', singular: 'volumeattributesclass', shortNames: ['vac'], namespaced: false, hasGeneration: false, etcdPrefix: 'volumeattributesclasses',
  validate: ({ driverName, parameters }, old) => [
    ...named('driverName', driverName, (name) => labelKeyErrors(name.toLowerCase())),
    ...(parameters && Object.keys(parameters).length > 0 ? [] : [required('parameters', 'must contain at least one key/value pair')]),
    ...(old && driverName !== old.driverName ? [forbidden('driverName', 'updates to driverName are forbidden.')] : []),
    ...(old && !sameJson(parameters, old.parameters) ? [forbidden('parameters', 'updates to parameters are forbidden.')] : []),
  ],
  columns: columnsBetween<VolumeAttributesClass>(column('DriverName', ({ driverName }) => driverName)),
};

/** CSI drivers, what of them is on each node, and the volumes that they attach. */
import { withDefaults, withField } from '../defaulting.ts';
import { type FieldError, forbidden, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { dnsSubdomainErrors } from '../names.ts';
import type { CSIDriver, CSINode, VolumeAttachment, VolumeAttributesClass } from '../types.ts';
import { distinctNames, immutable, named, oneOfOrNone, present, sameJson } from '../validation/common.ts';
import { column, columnsBetween, countColumn } from './columns.ts';

const group = 'storage.k8s.io';

const driverDefaults = { attachRequired: true, fsGroupPolicy: 'ReadWriteOnceWithFSType', podInfoOnMount: false, requiresRepublish: false, seLinuxMount: false, storageCapacity: false, volumeLifecycleModes: ['Persistent'] };

export const csiDriver: Kind<CSIDriver> = {
  group, version: 'v1', kind: 'CSIDriver', plural: 'csidrivers', singular: 'csidriver', shortNames: [], namespaced: false, etcdPrefix: 'csidrivers',
  defaults: (object) => withField(object, 'spec', withDefaults<CSIDriver['spec']>(object.spec, driverDefaults)),
  validate: ({ spec }, old) => [
    ...oneOfOrNone('spec.fsGroupPolicy', spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType']),
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

export const csiNode: Kind<CSINode> = {
  group, version: 'v1', kind: 'CSINode', plural: 'csinodes', singular: 'csinode', shortNames: [], namespaced: false, hasGeneration: false, etcdPrefix: 'csinodes',
  validate: ({ spec }) => [...distinctNames('spec.drivers', spec.drivers), ...spec.drivers.flatMap(({ name, nodeID }, index) => [...present(`spec.drivers[${index}].nodeID`, nodeID), ...named(`spec.drivers[${index}].name`, name, dnsSubdomainErrors)])],
  columns: columnsBetween<CSINode>(countColumn('Drivers', ({ spec }) => spec.drivers.length)),
};

export const volumeAttachment: Kind<VolumeAttachment> = {
  group, version: 'v1', kind: 'VolumeAttachment', plural: 'volumeattachments', singular: 'volumeattachment', shortNames: [], namespaced: false, hasStatus: true, hasGeneration: false, etcdPrefix: 'volumeattachments',
  validate: ({ spec }, old) => {
    if (old) return sameJson(spec, old.spec) ? [] : immutable('spec', spec, old.spec);
    const { persistentVolumeName, inlineVolumeSpec } = spec.source;
    const source: FieldError[] = persistentVolumeName || inlineVolumeSpec ? [] : [required('spec.source', 'exactly one of inlineVolumeSpec and persistentVolumeName must be specified')];
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
    ...named('driverName', driverName, dnsSubdomainErrors),
    ...(parameters && Object.keys(parameters).length > 0 ? [] : [required('parameters', 'must contain at least one key/value pair')]),
    ...(old && driverName !== old.driverName ? [forbidden('driverName', 'updates to driverName are forbidden.')] : []),
    ...(old && !sameJson(parameters, old.parameters) ? [forbidden('parameters', 'updates to parameters are forbidden.')] : []),
  ],
  columns: columnsBetween<VolumeAttributesClass>(column('DriverName', ({ driverName }) => driverName)),
};

/** kubectl describe persistentvolume, persistentvolumeclaim, storageclass, volumeattributesclass and csinode. */
import { ageSince } from '../../cluster/api/duration.ts';
import { shortAccessModes } from '../../cluster/api/kinds/storage.ts';
import { formatLabels } from '../../cluster/api/labels.ts';
import { type ApiObject, at, isDict, listAt, pairsAt, textAt } from '../objects.ts';
import { truth } from './batch.ts';
import type { Description } from './description.ts';
import { annotations, type DescribeSource, labels, name, nameAndNamespace, time } from './describer.ts';
import { persistentSource } from './volumes.ts';

const DEFAULT_CLASS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

function finalizers(object: ApiObject, out: Description): void { out.row('Finalizers', `[${listAt(object, 'metadata', 'finalizers').join(' ')}]`); }

function phase(object: ApiObject, out: Description, { nowMs }: DescribeSource): void {
  const { deletionTimestamp } = object.metadata;
  out.row('Status', deletionTimestamp ? `Terminating (lasts ${ageSince(deletionTimestamp, nowMs)})` : textAt(object, 'status', 'phase'));
}

const modes = (list: readonly unknown[]) => shortAccessModes(list.map(String));

export function persistentVolume(object: ApiObject, out: Description, source: DescribeSource): void {
  const spec = at(object, 'spec');
  const claim = at(spec, 'claimRef');
  name(object, out);
  labels(object, out);
  annotations(object, out);
  finalizers(object, out);
  out.row('StorageClass', textAt(spec, 'storageClassName'));
  phase(object, out, source);
  out.row('Claim', isDict(claim) ? `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}` : '');
  out.row('Reclaim Policy', textAt(spec, 'persistentVolumeReclaimPolicy'));
  out.row('Access Modes', modes(listAt(spec, 'accessModes')));
  out.optional('VolumeMode', textAt(spec, 'volumeMode'));
  out.row('Capacity', textAt(spec, 'capacity', 'storage'));
  nodeAffinity(at(spec, 'nodeAffinity', 'required'), out);
  out.row('Message', textAt(object, 'status', 'message'));
  out.heading('Source');
  persistentSource(spec, out);
}

function nodeAffinity(required: unknown, out: Description): void {
  if (!isDict(required)) return out.row('Node Affinity', '<none>');
  out.row('Node Affinity', '');
  const terms = listAt(required, 'nodeSelectorTerms');
  out.row('Required Terms', terms.length === 0 ? '<none>' : '', 1);
  for (const [i, term] of terms.entries()) {
    const texts = listAt(term, 'matchExpressions').map((expression) => {
      const values = listAt(expression, 'values');
      return `${textAt(expression, 'key')} ${textAt(expression, 'operator').toLowerCase()}${values.length > 0 ? ` [${values.join(', ')}]` : ''}`;
    });
    out.lines(`Term ${i}`, texts, 2);
  }
}

export async function persistentVolumeClaim(object: ApiObject, out: Description, source: DescribeSource): Promise<void> {
  const spec = at(object, 'spec');
  const [isBound, claim] = [textAt(spec, 'volumeName') !== '', object.metadata.name ?? ''];
  nameAndNamespace(object, out);
  out.row('StorageClass', textAt(object, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class') || textAt(spec, 'storageClassName'));
  phase(object, out, source);
  out.row('Volume', textAt(spec, 'volumeName'));
  labels(object, out);
  annotations(object, out);
  finalizers(object, out);
  out.row('Capacity', isBound ? textAt(object, 'status', 'capacity', 'storage') : '');
  out.row('Access Modes', isBound ? modes(listAt(object, 'status', 'accessModes')) : '');
  out.optional('VolumeMode', textAt(spec, 'volumeMode'));
  const from = at(spec, 'dataSource');
  if (isDict(from)) {
    out.heading('DataSource');
    out.optional('APIGroup', textAt(from, 'apiGroup'), 1);
    out.row('Kind', textAt(from, 'kind'), 1);
    out.row('Name', textAt(from, 'name'), 1);
  }
  const pods = await source.list('pods', { namespace: object.metadata.namespace });
  out.lines('Used By', pods.filter((pod) => uses(pod, claim)).map((pod) => pod.metadata.name ?? ''));
  const conditions = listAt(object, 'status', 'conditions');
  if (conditions.length === 0) return;
  out.heading('Conditions');
  out.line('Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage', 1);
  out.line('----\t------\t-----------------\t------------------\t------\t-------', 1);
  for (const condition of conditions) {
    const moment = (key: string) => (textAt(condition, key) ? time(textAt(condition, key)) : 'Mon, 01 Jan 0001 00:00:00 +0000');
    out.line(`${textAt(condition, 'type')} \t${textAt(condition, 'status')} \t${moment('lastProbeTime')} \t${moment('lastTransitionTime')} \t${textAt(condition, 'reason')} \t${textAt(condition, 'message')}`, 1);
  }
}

/** A Pod uses a claim by its name, or the one that was made for an ephemeral volume of it. */
function uses(pod: ApiObject, claim: string): boolean {
  return listAt(pod, 'spec', 'volumes').some((volume) => textAt(volume, 'persistentVolumeClaim', 'claimName') === claim
    || (isDict(at(volume, 'ephemeral')) && `${pod.metadata.name}-${textAt(volume, 'name')}` === claim));
}

export function storageClass(object: ApiObject, out: Description): void {
  const annotated = pairsAt(object, 'metadata', 'annotations');
  name(object, out);
  out.row('IsDefaultClass', DEFAULT_CLASS.some((key) => annotated[key] === 'true') ? 'Yes' : 'No');
  out.row('Annotations', formatLabels(annotated));
  out.row('Provisioner', textAt(object, 'provisioner'));
  out.row('Parameters', formatLabels(pairsAt(object, 'parameters')));
  out.row('AllowVolumeExpansion', truth(at(object, 'allowVolumeExpansion')));
  const options = listAt(object, 'mountOptions');
  if (options.length === 0) out.row('MountOptions', '<none>');
  else out.heading('MountOptions');
  for (const option of options) out.line(String(option), 1);
  out.optional('ReclaimPolicy', textAt(object, 'reclaimPolicy'));
  out.optional('VolumeBindingMode', textAt(object, 'volumeBindingMode'));
  const topologies = listAt(object, 'allowedTopologies');
  if (topologies.length > 0) out.row('AllowedTopologies', '');
  for (const [i, term] of topologies.entries()) {
    out.lines(`Term ${i}`, listAt(term, 'matchLabelExpressions').map((expression) => `${textAt(expression, 'key')} in [${listAt(expression, 'values').join(', ')}]`), 1);
  }
}

export function volumeAttributesClass(object: ApiObject, out: Description): void {
  name(object, out);
  out.row('Annotations', formatLabels(pairsAt(object, 'metadata', 'annotations')));
  out.row('DriverName', textAt(object, 'driverName'));
  out.row('Parameters', formatLabels(pairsAt(object, 'parameters')));
}

export function csiNode(object: ApiObject, out: Description): void {
  name(object, out);
  labels(object, out);
  annotations(object, out);
  out.row('CreationTimestamp', time(object.metadata.creationTimestamp ?? ''));
  out.heading('Spec');
  const drivers = listAt(object, 'spec', 'drivers');
  if (drivers.length > 0) out.heading('Drivers', 1);
  for (const driver of drivers) {
    const [count, keys] = [at(driver, 'allocatable', 'count'), listAt(driver, 'topologyKeys')];
    out.heading(textAt(driver, 'name'), 2);
    out.row('Node ID', textAt(driver, 'nodeID'), 3);
    if (count !== undefined) out.heading('Allocatables', 3);
    if (count !== undefined) out.row('Count', Number(count), 4);
    if (keys.length > 0) out.row('Topology Keys', `[${keys.join(' ')}]`, 3);
  }
}

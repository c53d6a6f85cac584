/** The volumes of a Pod or a template, by the kind of their source. */
import { at, isDict, listAt, pairsAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';

type Rows = readonly (readonly [label: string, value: string])[];
interface VolumeForm { type: string; rows(source: unknown): Rows }

const optional = (source: unknown): readonly [string, string] => ['Optional', String(at(source, 'optional') === true)];
const readOnly = (source: unknown): readonly [string, string] => ['ReadOnly', String(at(source, 'readOnly') === true)];

const FORMS: Readonly<Record<string, VolumeForm>> = {
  hostPath: { type: 'HostPath (bare host directory volume)', rows: (s) => [['Path', textAt(s, 'path')], ['HostPathType', typeof at(s, 'type') === 'string' ? textAt(s, 'type') : '<none>']] },
  emptyDir: { type: "EmptyDir (a temporary directory that shares a pod's lifetime)", rows: (s) => [['Medium', textAt(s, 'medium')], ['SizeLimit', textAt(s, 'sizeLimit') || '<unset>']] },
  secret: { type: 'Secret (a volume populated by a Secret)', rows: (s) => [['SecretName', textAt(s, 'secretName')], optional(s)] },
  configMap: { type: 'ConfigMap (a volume populated by a ConfigMap)', rows: (s) => [['Name', textAt(s, 'name')], optional(s)] },
  nfs: { type: 'NFS (an NFS mount that lasts the lifetime of a pod)', rows: (s) => [['Server', textAt(s, 'server')], ['Path', textAt(s, 'path')], readOnly(s)] },
  persistentVolumeClaim: { type: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)', rows: (s) => [['ClaimName', textAt(s, 'claimName')], readOnly(s)] },
  csi: { type: 'CSI (a Container Storage Interface (CSI) volume source)', rows: (s) => [['Driver', textAt(s, 'driver')], ['FSType', textAt(s, 'fsType')], readOnly(s)] },
  image: { type: 'Image (a container image or OCI artifact)', rows: (s) => [['Reference', textAt(s, 'reference')], ['PullPolicy', textAt(s, 'pullPolicy')]] },
  projected: { type: 'Projected (a volume that contains injected data from multiple sources)', rows: (s) => listAt(s, 'sources').flatMap(projectedRows) },
};

function projectedRows(source: unknown): Rows {
  const [secret, config, token] = ['secret', 'configMap', 'serviceAccountToken'].map((kind) => at(source, kind));
  if (isDict(secret)) return [['SecretName', textAt(secret, 'name')], optional(secret)];
  if (isDict(at(source, 'downwardAPI'))) return [['DownwardAPI', 'true']];
  if (isDict(config)) return [['ConfigMapName', textAt(config, 'name')], optional(config)];
  return isDict(token) ? [['TokenExpirationSeconds', textAt(token, 'expirationSeconds')]] : [];
}

/** Sources that only PersistentVolumes have, or have in another form than Pods. */
const PERSISTENT_FORMS: Readonly<Record<string, VolumeForm>> = {
  ...FORMS,
  local: { type: 'LocalVolume (a persistent volume backed by local storage on a node)', rows: (s) => [['Path', textAt(s, 'path')]] },
  csi: { type: 'CSI (a Container Storage Interface (CSI) volume source)', rows: (s) => [['Driver', textAt(s, 'driver')], ['FSType', textAt(s, 'fsType')], ['VolumeHandle', textAt(s, 'volumeHandle')], readOnly(s), ...attributeRows(pairsAt(s, 'volumeAttributes'))] },
};

/** The first stands under the label, the others below it, all a little further in. */
function attributeRows(attributes: Readonly<Record<string, string>>): Rows {
  const texts = Object.keys(attributes).sort().map((key) => `    ${key}=${attributes[key]}`);
  return (texts.length > 0 ? texts : ['<none>']).map((text, i) => [i === 0 ? 'VolumeAttributes' : '', text]);
}

/** What a PersistentVolume's `Source:` says. */
export function persistentSource(spec: unknown, out: Description): void {
  const kind = Object.keys(PERSISTENT_FORMS).find((key) => isDict(at(spec, key)));
  const form = kind && PERSISTENT_FORMS[kind];
  if (!kind || !form) return out.line('<unknown>', 1);
  rows(form, at(spec, kind), out);
}

function rows(form: VolumeForm, source: unknown, out: Description): void {
  out.row('Type', form.type, 2);
  for (const [label, value] of form.rows(source)) out.line(`${label ? `${label}:` : '    '}\t${value}`, 2);
}

/** `Volumes:` and each of them. */
export function volumes(list: readonly unknown[], out: Description, isTemplate = false): void {
  const space = isTemplate ? '  ' : '';
  if (list.length === 0) return out.line(`${space}Volumes:\t<none>`);
  out.line(`${space}Volumes:`);
  for (const volume of list) {
    out.line(`${isTemplate ? ' ' : ''}${textAt(volume, 'name')}:`, 1);
    const kind = Object.keys(FORMS).find((key) => isDict(at(volume, key)));
    const form = kind && FORMS[kind];
    if (kind && form) rows(form, at(volume, kind), out);
    else if (isDict(at(volume, 'downwardAPI'))) downward(volume, out);
    else if (isDict(at(volume, 'ephemeral'))) ephemeral(at(volume, 'ephemeral', 'volumeClaimTemplate'), out);
    else out.line('<unknown>', 1);
  }
}

function downward(volume: unknown, out: Description): void {
  out.row('Type', 'DownwardAPI (a volume populated by information about the pod)', 2);
  out.heading('Items', 2);
  for (const item of listAt(volume, 'downwardAPI', 'items')) out.line(`${textAt(item, 'fieldRef', 'fieldPath') || textAt(item, 'resourceFieldRef', 'resource')} -> ${textAt(item, 'path')}`, 3);
}

function ephemeral(template: unknown, out: Description): void {
  out.row('Type', 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)', 2);
  out.row('StorageClass', textAt(template, 'spec', 'storageClassName'), 2);
  out.row('Volume', '', 2);
  out.pairs('Labels', pairsAt(template, 'metadata', 'labels'), 2);
  out.annotations('Annotations', pairsAt(template, 'metadata', 'annotations'), 2);
  out.row('Capacity', '', 2);
  out.row('Access Modes', '', 2);
  out.optional('VolumeMode', textAt(template, 'spec', 'volumeMode'), 2);
}

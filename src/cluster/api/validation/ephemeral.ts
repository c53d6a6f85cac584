/** Ephemeral containers: guests in a Pod, of which little may be said (validateEphemeralContainers), and which stay as they came. */
import { duplicate, type FieldError, forbidden, notFound } from '../field-error.ts';
import { internalOf } from '../internal-form.ts';
import type { Container, Pod, PodSpec } from '../types.ts';
import { sameJson } from './common.ts';
import { anyContainer } from './container.ts';
import { unifiedDiff } from './pod-spec-diff.ts';

type Guest = NonNullable<PodSpec['ephemeralContainers']>[number];

/** What only a container that a Pod is made of may have. */
const FORBIDDEN = ['ports', 'resources', 'resizePolicy', 'restartPolicy', 'restartPolicyRules', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'];
const WHY = 'cannot be set for an Ephemeral Container';

export function ephemeralContainers(field: string, spec: PodSpec): FieldError[] {
  const others = [...spec.containers, ...spec.initContainers ?? []].map(({ name }) => name);
  return (spec.ephemeralContainers ?? []).flatMap((guest, index, all) => {
    const place = `${field}[${index}]`;
    const isTaken = others.includes(guest.name) || all.findIndex(({ name }) => name === guest.name) < index;
    return [
      ...anyContainer(place, asContainer(guest), spec),
      ...(isTaken ? [duplicate(`${place}.name`, guest.name)] : []),
      ...(guest.targetContainerName && !others.includes(guest.targetContainerName) ? [notFound(`${place}.targetContainerName`, guest.targetContainerName)] : []),
      ...FORBIDDEN.filter((name) => !isEmpty(Reflect.get(guest, name))).map((name) => forbidden(`${place}.${name}`, WHY)),
      ...(guest.volumeMounts ?? []).flatMap((mount, at) => (['subPath', 'subPathExpr'] as const).filter((name) => mount[name]).map((name) => forbidden(`${place}.volumeMounts[${at}].${name}`, WHY))),
    ];
  });
}

/** What is wrong with a change through the subresource (ValidatePodEphemeralContainersUpdate). */
export function ephemeralUpdate({ spec }: Pod, { metadata, spec: old }: Pod): FieldError[] {
  const field = 'spec.ephemeralContainers';
  if (metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return [forbidden('', 'static pods do not support ephemeral containers')];
  const lines = (guest: Guest) => JSON.stringify(internalOf('EphemeralContainer', guest), undefined, 1).split('\n');
  return [...ephemeralContainers(field, spec), ...(old.ephemeralContainers ?? []).flatMap((before) => {
    const now = spec.ephemeralContainers?.find(({ name }) => name === before.name);
    if (!now) return [forbidden(field, `existing ephemeral containers ${JSON.stringify(before.name)} may not be removed\n`)];
    return sameJson(now, before) ? [] : [forbidden(field, `existing ephemeral containers ${JSON.stringify(before.name)} may not be changed\n${unifiedDiff(lines(before), lines(now))}`)];
  })];
}

/** Only what both have in common. */
function asContainer({ targetContainerName: _target, ...guest }: Guest): Container {
  return guest;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

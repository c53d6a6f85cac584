/** What may change in a Pod that exists: little (ValidatePodUpdate). */
import { type FieldError, forbidden, invalid, required } from '../field-error.ts';
import type { Container, Pod, PodSpec, Toleration } from '../types.ts';
import { sameJson } from './common.ts';
import { podSpec } from './pod-spec.ts';
import { podSpecDiff } from './pod-spec-diff.ts';

const ONLY = 'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** All that is wrong with the change of a Pod's spec. */
export function podUpdate({ spec }: Pod, { spec: old, status }: Pod): FieldError[] {
  if (sameJson(spec, old)) return [];
  const errors = podSpec('spec', spec);
  for (const key of ['containers', 'initContainers'] as const) {
    if ((spec[key]?.length ?? 0) !== (old[key]?.length ?? 0)) return [...errors, forbidden(`spec.${key}`, 'pod updates may not add or remove containers')];
  }
  errors.push(...deadline(spec.activeDeadlineSeconds, old.activeDeadlineSeconds), ...gates(spec, old));
  const addedOnly = tolerations(spec.tolerations ?? [], old.tolerations ?? []);
  if (addedOnly.length > 0) return [...errors, ...addedOnly];
  const scheduling = old.schedulingGates?.length && !status.nominatedNodeName ? { nodeSelector: old.nodeSelector, affinity: old.affinity } : {};
  const allowed = withOldChangeable({ ...spec, ...scheduling }, old);
  if (!sameJson(allowed, old)) errors.push(forbidden('spec', `${ONLY}\n${podSpecDiff(old, allowed)}`));
  return errors;
}

/** The new spec with what may change put back: what still differs may not. */
function withOldChangeable(spec: PodSpec, old: PodSpec): PodSpec {
  const mayFix = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  const images = (list: Container[] | undefined, before: Container[] | undefined) => list?.map((container, index) => ({ ...container, image: before?.[index]?.image }));
  const result: PodSpec = {
    ...spec,
    containers: images(spec.containers, old.containers) ?? [],
    initContainers: images(spec.initContainers, old.initContainers),
    ephemeralContainers: spec.ephemeralContainers ?? old.ephemeralContainers,
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
  };
  return mayFix ? { ...result, terminationGracePeriodSeconds: old.terminationGracePeriodSeconds } : result;
}

function deadline(seconds: number | undefined, old: number | undefined): FieldError[] {
  const field = 'spec.activeDeadlineSeconds';
  if (old === undefined) return [];
  if (seconds === undefined) return [invalid(field, null, 'must not update from a positive integer to nil value')];
  return seconds > old ? [invalid(field, seconds, 'must be less than or equal to previous value')] : [];
}

/** Tolerations may come, none may go; only the time of one may change. */
function tolerations(list: readonly Toleration[], old: readonly Toleration[]): FieldError[] {
  const same = (a: Toleration, b: Toleration) => sameJson({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined });
  const kept = old.every((before) => list.some((toleration) => same(toleration, before)));
  return kept ? [] : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

/** Scheduling gates may only go. */
function gates(spec: PodSpec, old: PodSpec): FieldError[] {
  const added = (spec.schedulingGates ?? []).filter(({ name }) => !old.schedulingGates?.some((gate) => gate.name === name));
  return added.map(({ name }) => (name ? forbidden('spec.schedulingGates', `only deletion is allowed, but found new scheduling gate '${name}'`) : required('spec.schedulingGates')));
}

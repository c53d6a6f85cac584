/** What `pods/resize` may change: cpu and memory of containers, never the QoS class (ValidatePodResize). */
import { type FieldError, forbidden, invalid } from '../field-error.ts';
import { qosClassOf } from '../qos.ts';
import type { Container, Pod, PodSpec } from '../types.ts';
import { sameJson } from './common.ts';
import { podSpec } from './pod-spec.ts';
import { podSpecDiff } from './pod-spec-diff.ts';

const ONLY = 'only cpu and memory resources are mutable';

/** All that is wrong with a resize. */
export function podResize({ spec }: Pod, { spec: old }: Pod): FieldError[] {
  const errors = podSpec('spec', spec);
  const qos = qosClassOf(spec);
  if (qos !== qosClassOf(old)) errors.push(invalid('spec', qos, 'Pod QOS Class may not change as a result of resizing'));
  const munged = withOldResources(spec, old);
  if (!sameJson(munged, old)) errors.push(forbidden('spec', `${ONLY}\n${podSpecDiff(old, munged)}`));
  return errors;
}

/** The new spec with its cpu and memory put back: what still differs may not. */
function withOldResources(spec: PodSpec, old: PodSpec): PodSpec {
  const put = (list: Container[], before: Container[] = []) => list.map((container, i) => (sameJson(others(container.resources), others(before[i]?.resources)) ? { ...container, resources: before[i]?.resources } : container));
  return { ...spec, containers: put(spec.containers, old.containers), ...(spec.initContainers ? { initContainers: put(spec.initContainers, old.initContainers) } : {}), ...(spec.resources ? { resources: old.resources } : {}) };
}

function others({ requests = {}, limits = {}, ...more }: NonNullable<Container['resources']> = {}): object {
  const rest = (list: Record<string, string | number>) => Object.fromEntries(Object.entries(list).filter(([name]) => name !== 'cpu' && name !== 'memory'));
  return { ...more, requests: rest(requests), limits: rest(limits) };
}

/** Subresources that are not a part of the object: scale, binding, eviction, tokens, finalize. */
import type { Kind } from '../api/kind.ts';
import { formatLabelSelector } from '../api/labels.ts';
import type { KubeObject, Namespace, Pod, PodCondition } from '../api/types.ts';
import { rfc3339 } from '../client/recorder.ts';
import { badRequest, failure } from './errors.ts';

/** The Scale of an object: autoscaling/v1, whatever the kind. */
export function scaleOf(kind: Kind, object: KubeObject): KubeObject {
  const paths = kind.scale!;
  const selector = paths.selector ? at(object, paths.selector) : '';
  return {
    kind: 'Scale', apiVersion: 'autoscaling/v1',
    metadata: pick(object),
    spec: { replicas: numberAt(object, paths.specReplicas) },
    status: { replicas: numberAt(object, paths.statusReplicas), selector: typeof selector === 'string' ? selector : formatLabelSelector(selector ?? {}) },
  } as KubeObject;
}

/** The object with the replicas that a Scale asks for. Throws Invalid for a negative count. */
export function withScale(kind: Kind, object: KubeObject, scale: KubeObject): KubeObject {
  const wanted = numberAt(scale, '.spec.replicas');
  if (wanted < 0) {
    throw failure(422, 'Invalid', `Scale.autoscaling "${object.metadata.name}" is invalid: spec.replicas: Invalid value: ${wanted}: must be greater than or equal to 0`,
      { name: object.metadata.name, group: 'autoscaling', kind: 'Scale', causes: [{ reason: 'FieldValueInvalid', message: `Invalid value: ${wanted}: must be greater than or equal to 0`, field: 'spec.replicas' }] });
  }
  const resourceVersion = scale.metadata?.resourceVersion;
  const changed = setAt(object, kind.scale!.specReplicas.split('.').filter(Boolean), wanted) as KubeObject;
  return { ...changed, metadata: { ...object.metadata, resourceVersion: resourceVersion || object.metadata.resourceVersion } };
}

/** The Pod once it is bound to a node. Throws Conflict when it already is, as the binding registry does. */
export function bound(pod: Pod, binding: KubeObject, nowMs: number): Pod {
  const target = (binding as KubeObject & { target?: { kind?: string; name?: string } }).target;
  if (target?.kind && target.kind !== 'Node') throw badRequest(`target.kind: Unsupported value: "${target.kind}": supported values: "Node", ""`);
  if (!target?.name) throw badRequest('target.name: Required value');
  const refuse = (why: string) => failure(409, 'Conflict', `Operation cannot be fulfilled on pods/binding "${pod.metadata.name}": ${why}`, { name: pod.metadata.name, kind: 'pods/binding' });
  if (pod.metadata.deletionTimestamp) throw refuse(`pod ${pod.metadata.name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName) throw refuse(`pod ${pod.metadata.name} is already assigned to node "${pod.spec.nodeName}"`);
  const condition: PodCondition & { observedGeneration?: number } = { type: 'PodScheduled', status: 'True', observedGeneration: pod.metadata.generation, lastProbeTime: null as never, lastTransitionTime: rfc3339(nowMs) };
  const others = (pod.status.conditions ?? []).filter((c) => c.type !== 'PodScheduled');
  const { nominatedNodeName: _nominated, ...status } = pod.status;
  return { ...pod, spec: { ...pod.spec, nodeName: target.name }, status: { ...status, conditions: [...others, condition] } };
}

/** A Namespace with the finalizers that a PUT to `finalize` leaves. */
export function finalized(namespace: Namespace, wanted: KubeObject): Namespace {
  const spec = wanted.spec as Namespace['spec'] | undefined;
  return { ...namespace, spec: { ...namespace.spec, finalizers: spec?.finalizers ?? [] } };
}

function pick(object: KubeObject): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return { name, ...(namespace ? { namespace } : {}), uid, resourceVersion, creationTimestamp };
}

function at(object: unknown, path: string): unknown {
  return path.split('.').filter(Boolean).reduce((value: unknown, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) as unknown : undefined), object);
}

function numberAt(object: unknown, path: string): number {
  const value = at(object, path);
  return typeof value === 'number' ? value : 0;
}

function setAt(object: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const record = typeof object === 'object' && object !== null ? object : {};
  return { ...record, [key]: setAt(Reflect.get(record, key), rest, value) };
}


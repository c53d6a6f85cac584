/** Why? For anything in trouble the chain of causes, from the model's own records. */
import type { KubeObject, Node, Pod, Service } from '../../cluster/api/types.ts';
import { type ObjectRef } from '../lens/lens-view.ts';
import { whyClaim } from './claim.ts';
import { whyComponent } from './component.ts';
import { whyNode } from './node.ts';
import { whyPod } from './pod.ts';
import { readyEndpoints, whyService } from './service.ts';
import { isSettled, whyWorkload } from './workload.ts';
import { type Link, link, type WhyWorld } from './world.ts';

const WORKLOADS = ['deployment', 'statefulset', 'daemonset', 'replicaset', 'job'];
/** So many are offered; a cluster in ruins has one cause, not a thousand. */
const TROUBLES_MAX = 200;

const KINDS: Readonly<Record<string, (world: WhyWorld, object: KubeObject) => Link[]>> = {
  pod: (world, object) => whyPod(world, object as Pod), // asked for by that word
  node: (world, object) => whyNode(world, object as Node),
  service: (world, object) => whyService(world, object as Service),
  persistentvolumeclaim: (world, { metadata: { name, namespace } }) => whyClaim(world, name, namespace),
  ...Object.fromEntries(WORKLOADS.map((word) => [word, whyWorkload])),
};

/** The chain for an object; empty when nothing is wrong with it, as far as the model knows. */
export function why(world: WhyWorld, ref: ObjectRef): Link[] {
  if (ref.resource === 'component') return whyComponent(world, ref.name);
  if (!world.isServed) return whyUnserved(world);
  const object = world.get(ref);
  if (!object) return [link(world.words.noObject(`${ref.resource} ${ref.name}`), `kubectl get ${ref.resource}s${ref.namespace ? ` -n ${ref.namespace}` : ''}`)];
  return KINDS[ref.resource]?.(world, object) ?? [];
}

/** Nobody answers: the API server, and etcd behind it. */
function whyUnserved(world: WhyWorld): Link[] {
  const refused = link(world.words.apiServerSilent, 'kubectl get --raw /readyz');
  return [refused, ...whyComponent(world, 'etcd'), ...whyComponent(world, 'kube-apiserver')];
}

export interface Trouble { readonly ref: ObjectRef; readonly note: string }

/** What is in trouble now, the most telling first: control plane, nodes, workloads, Services, claims, Pods that nothing owns. */
export function troubles(world: WhyWorld): Trouble[] {
  const components = ['etcd', 'kube-apiserver', 'kube-scheduler', 'kube-controller-manager'].filter((name) => whyComponent(world, name).length > 0)
    .map((name): Trouble => ({ ref: { resource: 'component', name }, note: world.component(name)?.word ?? '' }));
  if (!world.isServed) return components;
  const found = (resource: string, isTroubled: (object: KubeObject) => boolean, note: (object: KubeObject) => string): Trouble[] =>
    world.list(resource).filter(isTroubled).map((object) => ({ ref: { resource, name: object.metadata.name, ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}) }, note: note(object) }));
  // Casts below: a list of a resource holds its kind.
  return [
    ...components,
    ...found('node', (node) => !isNodeReady(node as Node), () => 'NotReady'),
    ...WORKLOADS.filter((word) => word !== 'replicaset').flatMap((word) => found(word, (object) => !isSettled(object), (object) => noteOn(object, world.words))),
    ...found('service', (service) => isForPods(service as Service) && readyEndpoints(world, service as Service) === 0, () => world.words.noEndpoints),
    ...found('persistentvolumeclaim', (claim) => (claim.status as { phase?: string } | undefined)?.phase !== 'Bound', (claim) => (claim.status as { phase?: string } | undefined)?.phase ?? 'Pending'),
    ...found('pod', (pod) => isPodTroubled(pod as Pod), (pod) => (pod as Pod).status?.phase ?? ''),
  ].slice(0, TROUBLES_MAX);
}

const isNodeReady = ({ status }: Node) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
const isForPods = ({ spec }: Service) => Object.keys(spec.selector ?? {}).length > 0;
const isPodTroubled = ({ status, metadata }: Pod) => metadata.deletionTimestamp !== undefined || status?.phase === 'Failed' || status?.phase === 'Pending' || status?.phase === 'Running' && !status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');

function noteOn({ kind, status }: KubeObject, words: WhyWorld['words']): string {
  if (kind === 'Job') return words.failedNote;
  const { readyReplicas, numberReady } = (status ?? {}) as { readyReplicas?: number; numberReady?: number }; // workloads have one of them
  return words.ready(readyReplicas ?? numberReady ?? 0);
}

/** Whether the chain of an object can be asked for. */
export const canBeAsked = (ref: ObjectRef): boolean => ref.resource === 'component' || ref.resource in KINDS;

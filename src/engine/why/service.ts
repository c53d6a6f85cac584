/** Why a Service has nobody behind it: selector, readiness, ports, endpoints, kube-proxy. */
import { matchesLabels } from '../../cluster/api/labels.ts';
import { isReady } from '../../cluster/api/pod-status.ts';
import type { EndpointSlice, Pod, Service } from '../../cluster/api/types.ts';
import { whyComponent } from './component.ts';
import { whyPod } from './pod.ts';
import { inNamespace, type Link, link, type WhyWorld } from './world.ts';

/** The addresses that the Service's EndpointSlices call ready. */
export function readyEndpoints(world: WhyWorld, { metadata: { name, namespace } }: Service): number {
  return slicesOf(world, name, namespace).reduce((sum, { endpoints }) => sum + (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).length, 0);
}

function slicesOf(world: WhyWorld, name: string, namespace: string | undefined): EndpointSlice[] {
  return (world.list('endpointslice', namespace) as readonly EndpointSlice[]).filter(({ metadata: { labels } }) => labels?.['kubernetes.io/service-name'] === name);
}

/** Empty when it has ready endpoints whose ports somebody serves, and every node's kube-proxy runs. */
export function whyService(world: WhyWorld, service: Service): Link[] {
  const { name, namespace } = service.metadata;
  const at = inNamespace(namespace);
  const { selector = {}, type } = service.spec;
  if (type === 'ExternalName') return [];
  const none = link(`Service ${name} has no ready endpoints: whoever calls it is refused.`, `kubectl get endpointslices${at} -l kubernetes.io/service-name=${name}`);
  const isServed = readyEndpoints(world, service) > 0;
  if (Object.keys(selector).length === 0) return isServed ? whyUnreached(world, service, []) : [none, link('It has no selector: somebody must write its EndpointSlices by hand.', `kubectl get service ${name}${at} -o jsonpath='{.spec.selector}'`)];
  const pods = world.list('pod', namespace) as readonly Pod[];
  const chosen = pods.filter(({ metadata: { labels } }) => matchesLabels(selector, labels));
  if (isServed) return whyUnreached(world, service, chosen);
  if (chosen.length === 0) return [none, ...whyNobody(pods, selector, name, at)];
  const ready = chosen.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
  if (ready.length > 0) return [none, link(`${ready.length} of its Pods are ready, and nobody has written that down.`, `kubectl get pods${at} -l ${labelText(selector)}`), ...whyComponent(world, 'kube-controller-manager'), ...whyPorts(service, ready)];
  const worst = chosen.find((pod) => whyPod(world, pod).length > 0);
  return [none, link(`Of the ${chosen.length} Pods it selects none is ready.`, `kubectl get pods${at} -l ${labelText(selector)}`), ...(worst ? whyPod(world, worst) : [])];
}

const labelText = (labels: Readonly<Record<string, string>>) => Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',');

/** Nothing matches: which Pods come nearest. */
function whyNobody(pods: readonly Pod[], selector: Readonly<Record<string, string>>, name: string, at: string): Link[] {
  const wanted = Object.entries(selector);
  const scored = pods.map((pod) => ({ pod, same: wanted.filter(([key, value]) => pod.metadata.labels?.[key] === value).length, keys: wanted.filter(([key]) => pod.metadata.labels?.[key] !== undefined).length }));
  const near = scored.filter(({ same, keys }) => same + keys > 0).sort((a, b) => b.same * 2 + b.keys - a.same * 2 - a.keys)[0]?.pod ?? pods[0];
  const head = link(`No Pod has the labels it selects: ${labelText(selector)}.`, `kubectl get service ${name}${at} -o wide`);
  return near ? [head, link(`${near.metadata.name} has ${labelText(near.metadata.labels ?? {}) || 'no labels'}.`, `kubectl get pods${at} --show-labels`)] : [head, link('There are no Pods here at all.', `kubectl get pods${at}`)];
}

/** A named target port that no container has leaves an endpoint without ports; a number that nobody listens on is refused. */
function whyPorts({ spec: { ports = [] }, metadata: { name, namespace } }: Service, pods: readonly Pod[]): Link[] {
  return ports.flatMap(({ port, targetPort = port }) => {
    const known = pods.flatMap((pod) => [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap((container) => container.ports ?? []));
    const isKnown = known.length === 0 && typeof targetPort === 'number' || known.some((each) => each.name === targetPort || each.containerPort === targetPort);
    const there = [...new Set(known.map((each) => `${each.containerPort}${each.name ? ` (${each.name})` : ''}`))].join(', ');
    return isKnown ? [] : [link(`Port ${port} leads to targetPort ${targetPort}; its Pods name ${there || 'no port of that name'}.`, `kubectl describe service ${name}${inNamespace(namespace)}`)];
  });
}

/** There are endpoints: whether connections get there. */
function whyUnreached(world: WhyWorld, service: Service, pods: readonly Pod[]): Link[] {
  const deaf = world.list('node').map(({ metadata: { name } }) => name).filter((node) => { const machine = world.machine(node); return machine?.isOn && !machine.isKubeProxyUp; });
  return [
    ...whyPorts(service, pods),
    ...deaf.map((node) => link(`kube-proxy does not run on ${node}: its rules stay as they were when it ended.`, `kubectl get pods -n kube-system -l k8s-app=kube-proxy -o wide --field-selector spec.nodeName=${node}`)),
  ];
}

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
  const { words } = world;
  const none = link(words.noReadyEndpoints(name), `kubectl get endpointslices${at} -l kubernetes.io/service-name=${name}`);
  const isServed = readyEndpoints(world, service) > 0;
  if (Object.keys(selector).length === 0) return isServed ? whyUnreached(world, service, []) : [none, link(words.noSelector, `kubectl get service ${name}${at} -o jsonpath='{.spec.selector}'`)];
  const pods = world.list('pod', namespace) as readonly Pod[];
  const chosen = pods.filter(({ metadata: { labels } }) => matchesLabels(selector, labels));
  if (isServed) return whyUnreached(world, service, chosen);
  if (chosen.length === 0) return [none, ...whyNobody(world, pods, selector, `${name}${at}`, at)];
  const ready = chosen.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
  if (ready.length > 0) return [none, link(words.unwritten(ready.length), `kubectl get pods${at} -l ${labelText(selector)}`), ...whyComponent(world, 'kube-controller-manager'), ...whyPorts(world, service, ready)];
  const worst = chosen.find((pod) => whyPod(world, pod).length > 0);
  return [none, link(words.noneReady(chosen.length), `kubectl get pods${at} -l ${labelText(selector)}`), ...(worst ? whyPod(world, worst) : [])];
}

const labelText = (labels: Readonly<Record<string, string>>) => Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',');

/** Nothing matches: which Pods come nearest. */
function whyNobody({ words }: WhyWorld, pods: readonly Pod[], selector: Readonly<Record<string, string>>, service: string, at: string): Link[] {
  const wanted = Object.entries(selector);
  const scored = pods.map((pod) => ({ pod, same: wanted.filter(([key, value]) => pod.metadata.labels?.[key] === value).length, keys: wanted.filter(([key]) => pod.metadata.labels?.[key] !== undefined).length }));
  const near = scored.filter(({ same, keys }) => same + keys > 0).sort((a, b) => b.same * 2 + b.keys - a.same * 2 - a.keys)[0]?.pod ?? pods[0];
  const head = link(words.noPodSelected(labelText(selector)), `kubectl get service ${service} -o wide`);
  return near ? [head, link(words.has(near.metadata.name, labelText(near.metadata.labels ?? {}) || words.noLabels), `kubectl get pods${at} --show-labels`)] : [head, link(words.noPods, `kubectl get pods${at}`)];
}

/** A named target port that no container has leaves an endpoint without ports; a number that nobody listens on is refused. */
function whyPorts({ words }: WhyWorld, { spec: { ports = [] }, metadata: { name, namespace } }: Service, pods: readonly Pod[]): Link[] {
  return ports.flatMap(({ port, targetPort = port }) => {
    const known = pods.flatMap((pod) => [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap((container) => container.ports ?? []));
    const isKnown = known.length === 0 && typeof targetPort === 'number' || known.some((each) => each.name === targetPort || each.containerPort === targetPort);
    const there = [...new Set(known.map((each) => `${each.containerPort}${each.name ? ` (${each.name})` : ''}`))].join(', ');
    return isKnown ? [] : [link(words.port(port, String(targetPort), there), `kubectl describe service ${name}${inNamespace(namespace)}`)];
  });
}

/** There are endpoints: whether connections get there. */
function whyUnreached(world: WhyWorld, service: Service, pods: readonly Pod[]): Link[] {
  const deaf = world.list('node').map(({ metadata: { name } }) => name).filter((node) => { const machine = world.machine(node); return machine?.isOn && !machine.isKubeProxyUp; });
  return [
    ...whyPorts(world, service, pods),
    ...deaf.map((node) => link(world.words.noKubeProxy(node), `kubectl get pods -n kube-system -l k8s-app=kube-proxy -o wide --field-selector spec.nodeName=${node}`)),
  ];
}

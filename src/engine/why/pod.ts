/** Why a Pod does not run, or is not ready: from its node down to the last words of its container. */
import type { ContainerStatus, Node, Pod } from '../../cluster/api/types.ts';
import { isReady } from '../../cluster/api/pod-status.ts';
import { whyClaim } from './claim.ts';
import { whyNode } from './node.ts';
import { whyUnplaced } from './placement.ts';
import { inNamespace, lastEvent, type Link, link, type WhyWorld } from './world.ts';

/** The chain for any Pod; empty when nothing is wrong with it. */
export function whyPod(world: WhyWorld, pod: Pod): Link[] {
  if (pod.metadata.deletionTimestamp) return whyLeaving(world, pod);
  if (!pod.spec.nodeName) return whyUnplaced(world, pod);
  if (pod.status?.phase === 'Succeeded' || isReady(pod)) return [];
  const node = world.get({ resource: 'node', name: pod.spec.nodeName }) as Node | undefined; // asked for a node
  const onNode = node?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ? [] : whyElsewhere(world, pod, node);
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].flatMap((status) => whyContainer(world, pod, status));
  if (pod.status?.phase === 'Failed') return [link(world.words.podFailed(pod.metadata.name, pod.status.reason ?? '', pod.status.message ?? ''), `kubectl describe pod ${pod.metadata.name}${inNamespace(pod.metadata.namespace)}`), ...containers, ...onNode];
  const gates = (pod.spec.readinessGates ?? []).filter(({ conditionType }) => pod.status?.conditions?.find(({ type }) => type === conditionType)?.status !== 'True')
    .map(({ conditionType }) => link(world.words.gate(conditionType), `kubectl get pod ${pod.metadata.name}${inNamespace(pod.metadata.namespace)} -o wide`));
  return [...containers, ...gates, ...onNode];
}

function whyElsewhere(world: WhyWorld, pod: Pod, node: Node | undefined): Link[] {
  const where = pod.spec.nodeName!;
  if (!node) return [link(world.words.nodeGone(where), 'kubectl get nodes')];
  return [link(world.words.onDeadNode(where), `kubectl get pod ${pod.metadata.name}${inNamespace(pod.metadata.namespace)} -o wide`), ...whyNode(world, node)];
}

function whyLeaving(world: WhyWorld, pod: Pod): Link[] {
  const { name, namespace, finalizers = [], deletionGracePeriodSeconds } = pod.metadata;
  const at = inNamespace(namespace);
  const leaving = link(world.words.terminating(name, deletionGracePeriodSeconds ?? 30), `kubectl get pod ${name}${at} -o jsonpath='{.metadata.deletionTimestamp}'`);
  if (finalizers.length > 0) return [leaving, link(world.words.finalizers(finalizers.join(', ')), `kubectl get pod ${name}${at} -o jsonpath='{.metadata.finalizers}'`)];
  const node = pod.spec.nodeName ? world.get({ resource: 'node', name: pod.spec.nodeName }) as Node | undefined : undefined;
  const isHeard = node?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return node && !isHeard ? [leaving, link(world.words.onlyKubelet(node.metadata.name), `kubectl get node ${node.metadata.name}`), ...whyNode(world, node)] : [leaving];
}

function whyContainer(world: WhyWorld, pod: Pod, status: ContainerStatus): Link[] {
  const { waiting, running, terminated } = status.state ?? {};
  if (waiting) return whyWaiting(world, pod, status, waiting.reason ?? '', waiting.message);
  if (terminated && terminated.exitCode !== 0) return [...whyEnded(world, pod, status)];
  if (running && !status.ready) return whyNotReady(world, pod, status);
  return [];
}

const about = (pod: Pod) => `kubectl describe pod ${pod.metadata.name}${inNamespace(pod.metadata.namespace)}`;

function whyWaiting(world: WhyWorld, pod: Pod, status: ContainerStatus, reason: string, message: string | undefined): Link[] {
  const { name, image } = status;
  switch (reason) {
    case 'CrashLoopBackOff': return [link(world.words.crashLoop(name, status.restartCount), about(pod)), ...whyEnded(world, pod, status)];
    case 'ErrImagePull': case 'ImagePullBackOff': case 'InvalidImageName': case 'ErrImageNeverPull': {
      const said = lastEvent(world, pod, /^(Failed|InspectFailed|ErrImageNeverPull)$/);
      return [link(world.words.noImage(name, image, reason), about(pod)), link(said?.message ?? message ?? world.words.registry, `kubectl get events${inNamespace(pod.metadata.namespace)} --field-selector involvedObject.name=${pod.metadata.name},reason=Failed`)];
    }
    case 'CreateContainerConfigError': return [link(world.words.notConfigured(name, message ?? ''), about(pod)), ...whyConfiguration(world, pod, message ?? '')];
    case 'ContainerCreating': case 'PodInitializing': return whySetUp(world, pod, name, reason);
    default: return [link(world.words.waits(name, reason, message ?? ''), about(pod))];
  }
}

/** What the kubelet must have before it can start a container: volumes, a sandbox with an address. */
function whySetUp(world: WhyWorld, pod: Pod, name: string, reason: string): Link[] {
  const said = lastEvent(world, pod, /^(FailedMount|FailedAttachVolume|FailedCreatePodSandBox|FailedMapVolume|NetworkNotReady)$/);
  const waits = link(world.words.notStartedYet(name, reason), about(pod));
  if (!said) return [waits];
  const claims = (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => (persistentVolumeClaim ? whyClaim(world, persistentVolumeClaim.claimName, pod.metadata.namespace) : []));
  return [waits, link(`${said.reason}: ${said.message}`, `kubectl get events${inNamespace(pod.metadata.namespace)} --field-selector involvedObject.name=${pod.metadata.name}`), ...whyConfiguration(world, pod, said.message), ...claims];
}

/** The ConfigMap or Secret that a message names, and what it holds. */
function whyConfiguration(world: WhyWorld, pod: Pod, message: string): Link[] {
  const { namespace } = pod.metadata;
  const missing = /(configmap|secret) "([^"]+)" not found/i.exec(message);
  if (missing) {
    const word = missing[1]!.toLowerCase();
    const others = world.list(word, namespace).map(({ metadata: { name } }) => name).filter((name) => name !== 'kube-root-ca.crt');
    return [link(world.words.noConfiguration(word, missing[2]!, namespace ?? '', others.slice(0, 5).join(', ')), `kubectl get ${word}s${inNamespace(namespace)}`)];
  }
  const key = /couldn't find key (\S+) in (ConfigMap|Secret) ([^/\s]+)\/(\S+)/.exec(message);
  if (!key) return [];
  const found = world.get({ resource: key[2]!.toLowerCase(), namespace: key[3], name: key[4]! }) as { data?: object } | undefined; // both have data
  return [link(world.words.noKey(`${key[2]} ${key[4]}`, Object.keys(found?.data ?? {}).join(', '), key[1]!), `kubectl describe ${key[2]!.toLowerCase()} ${key[4]}${inNamespace(namespace)}`)];
}

/** How the container ended last, and what it said. */
function whyEnded(world: WhyWorld, pod: Pod, { name, state, lastState, restartCount }: ContainerStatus): Link[] {
  const ended = state?.terminated ?? lastState?.terminated;
  if (!ended) return [];
  const at = inNamespace(pod.metadata.namespace);
  const links = [link(world.words.ended(ended.exitCode, ended.reason ?? '', ended.message ?? ''), `kubectl get pod ${pod.metadata.name}${at} -o jsonpath='{.status.containerStatuses[*].lastState}'`)];
  const container = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find((each) => each.name === name);
  if (ended.reason === 'OOMKilled') links.push(link(world.words.outOfMemory(container?.resources?.limits?.memory ?? ''), `kubectl get pod ${pod.metadata.name}${at} -o jsonpath='{.spec.containers[*].resources}'`));
  const probe = lastEvent(world, pod, /^Unhealthy$/);
  if (probe && /^Liveness|^Startup/.test(probe.message)) links.push(link(world.words.probeKilled(probe.message), `kubectl get events${at} --field-selector involvedObject.name=${pod.metadata.name},reason=Unhealthy`));
  const words = world.lastWords(pod, name);
  const command = [...(container?.command ?? []), ...(container?.args ?? [])].join(' ');
  if (words) links.push(link(world.words.lastWords(words), `kubectl logs ${pod.metadata.name}${at} -c ${name}${restartCount > 0 && !state?.terminated ? ' --previous' : ''}`));
  else if (command) links.push(link(world.words.saidNothing(command), `kubectl get pod ${pod.metadata.name}${at} -o jsonpath='{.spec.containers[*].command} {.spec.containers[*].args}'`));
  return links;
}

function whyNotReady(world: WhyWorld, pod: Pod, { name, started }: ContainerStatus): Link[] {
  const { words } = world;
  const container = pod.spec.containers.find((each) => each.name === name);
  const probe = lastEvent(world, pod, /^Unhealthy$/);
  const kind = started === false && container?.startupProbe ? 'startup' : 'readiness';
  const wanted = kind === 'startup' ? container?.startupProbe : container?.readinessProbe;
  const target = wanted?.httpGet ? words.get(wanted.httpGet.path ?? '/', String(wanted.httpGet.port)) : wanted?.tcpSocket ? words.connection(String(wanted.tcpSocket.port)) : wanted?.exec ? words.probeCommand(wanted.exec.command?.join(' ') ?? '') : words.itsProbe;
  const ports = (container?.ports ?? []).map(({ containerPort, name: portName }) => `${containerPort}${portName ? ` (${portName})` : ''}`).join(', ');
  return [
    link(words.probeFails(name, words.probes[kind], target, probe?.message ?? ''), about(pod)),
    ...(ports && wanted && !wanted.exec ? [link(words.ports(ports), `kubectl get pod ${pod.metadata.name}${inNamespace(pod.metadata.namespace)} -o jsonpath='{.spec.containers[*].ports}'`)] : []),
  ];
}

/** Why a node is NotReady, or takes no new Pods. */
import type { KubeObject, Node } from '../../cluster/api/types.ts';
import { whyComponent } from './component.ts';
import { type Link, link, type WhyWorld } from './world.ts';

/** From the Ready condition down to the machine, its kubelet and its container runtime. */
export function whyNode(world: WhyWorld, node: Node): Link[] {
  const { words } = world;
  const { name } = node.metadata;
  const ready = node.status.conditions?.find(({ type }) => type === 'Ready');
  const links: Link[] = [];
  if (node.spec.unschedulable) links.push(link(words.cordoned(name), `kubectl get node ${name} -o jsonpath='{.spec.unschedulable}'`));
  for (const { type, message } of node.status.conditions?.filter(({ type, status }) => type !== 'Ready' && status === 'True') ?? []) links.push(link(`${type}: ${message ?? ''}`, `kubectl describe node ${name}`));
  if (ready?.status === 'True') return links;
  links.push(link(words.notReady(name, ready?.reason ?? '', ready?.message ?? ''), `kubectl describe node ${name}`));
  if (ready?.status !== 'False') links.push(...silence(world, node));
  return [...links, ...whyMachine(world, name)];
}

/** The node controller has heard nothing: since when. */
function silence(world: WhyWorld, { metadata: { name } }: Node): Link[] {
  // A Lease by its word.
  const lease = world.get({ resource: 'lease', namespace: 'kube-node-lease', name }) as (KubeObject & { spec?: { renewTime?: string } }) | undefined;
  const renewed = lease?.spec?.renewTime;
  const age = renewed ? Math.round((world.nowMs - Date.parse(renewed)) / 1000) : undefined;
  return [
    link(age === undefined ? world.words.noLease : world.words.leaseAge(age), `kubectl get lease ${name} -n kube-node-lease -o jsonpath='{.spec.renewTime}'`),
  ];
}

/** What is wrong on the machine itself. */
function whyMachine(world: WhyWorld, name: string): Link[] {
  const { words } = world;
  const machine = world.machine(name);
  if (!machine) return [link(words.noMachine(name), `ssh ${name}`)];
  if (!machine.isOn) return [link(words.machineOff(name), `ssh ${name}`)];
  if (machine.isCut) return [link(words.cutOff(name), `ssh ${name}`)];
  const { kubelet, runtime, networkProblem } = machine;
  const units = [runtime, kubelet].filter(({ state }) => state !== 'active').flatMap(({ unit, state, lastWords }) => [
    link(words.unitIs(unit, name, state), `ssh ${name} systemctl status ${unit}`), ...(lastWords && state !== 'inactive' ? [link(words.lastWords(lastWords), `ssh ${name} journalctl -u ${unit}`)] : []),
  ]);
  if (networkProblem) units.push(link(words.noCni(name, networkProblem), `ssh ${name} ls /etc/cni/net.d`));
  if (units.length > 0) return units;
  const apiServer = whyComponent(world, 'kube-apiserver');
  if (apiServer.length > 0) return apiServer;
  return kubelet.lastWords ? [link(words.kubeletSays(kubelet.lastWords), `ssh ${name} journalctl -u kubelet`)] : [];
}

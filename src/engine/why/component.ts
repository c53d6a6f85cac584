/** Why a program of the control plane does nothing. */
import { type Link, link, type WhyWorld } from './world.ts';

const WORK: Readonly<Record<string, string>> = {
  'kube-scheduler': 'gives Pods their nodes', 'kube-controller-manager': 'acts on what is wanted: Pods for ReplicaSets, endpoints for Services, node health, garbage', 'cloud-controller-manager': 'asks the cloud for load balancers and routes',
  'kube-apiserver': 'answers every request', etcd: 'keeps every object',
};

/** What keeps the program from working; nothing when it runs. */
export function whyComponent(world: WhyWorld, name: string): Link[] {
  const facts = world.component(name);
  if (!facts || facts.word === 'running') return [];
  const doing = WORK[name] ? `, which ${WORK[name]},` : '';
  const down = link(`${name}${doing} is not running on ${facts.node} (${facts.word}).`, `ssh ${facts.node} crictl ps -a --name ${name}`);
  const machine = world.machine(facts.node);
  if (machine && !machine.isOn) return [link(`${facts.node}, where ${name} runs, is switched off.`, `ssh ${facts.node}`)];
  if (!facts.hasManifest) return [down, link(`There is no manifest for it: the kubelet starts what lies in /etc/kubernetes/manifests.`, `ssh ${facts.node} ls /etc/kubernetes/manifests`)];
  if (machine && machine.kubelet.state !== 'active') return [down, link(`The kubelet that should start it is ${machine.kubelet.state}.`, `ssh ${facts.node} systemctl status kubelet`)];
  return facts.lastWords ? [down, link(`Its last words: ${facts.lastWords}`, `ssh ${facts.node} tail /var/log/pods/kube-system_${name}*/*/*.log`)] : [down, link('The kubelet does not get it started: its log says why.', `ssh ${facts.node} journalctl -u kubelet`)];
}

/** Why a program of the control plane does nothing. */
import { type Link, link, type WhyWorld } from './world.ts';

/** What keeps the program from working; nothing when it runs. */
export function whyComponent(world: WhyWorld, name: string): Link[] {
  const facts = world.component(name);
  if (!facts || facts.word === 'running') return [];
  const { words } = world;
  const down = link(words.componentDown(name, words.work[name] ?? '', facts.node, facts.word), `ssh ${facts.node} crictl ps -a --name ${name}`);
  const machine = world.machine(facts.node);
  if (machine && !machine.isOn) return [link(words.componentOff(facts.node, name), `ssh ${facts.node}`)];
  if (!facts.hasManifest) return [down, link(words.noManifest, `ssh ${facts.node} ls /etc/kubernetes/manifests`)];
  if (machine && machine.kubelet.state !== 'active') return [down, link(words.kubeletIs(machine.kubelet.state), `ssh ${facts.node} systemctl status kubelet`)];
  return facts.lastWords ? [down, link(words.lastWords(facts.lastWords), `ssh ${facts.node} tail /var/log/pods/kube-system_${name}*/*/*.log`)] : [down, link(words.notStarted, `ssh ${facts.node} journalctl -u kubelet`)];
}

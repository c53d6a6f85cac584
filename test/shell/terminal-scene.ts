/** A booted cluster with the player's terminal before it. */
import { Cluster } from '../../src/cluster/cluster.ts';
import type { Machine } from '../../src/cluster/node/machine.ts';
import { nodes } from '../../src/cluster/client/resources.ts';
import { nodesOf } from '../../src/engine/nodes.ts';
import type { NodeSpec } from '../../src/engine/pack/level.ts';
import { PlayerShell } from '../../src/shell/player-shell.ts';

const ETCD = 'ETCDCTL_CACERT=/etc/kubernetes/pki/etcd/ca.crt ETCDCTL_CERT=/etc/kubernetes/pki/etcd/server.crt ETCDCTL_KEY=/etc/kubernetes/pki/etcd/server.key';

export class TerminalScene {
  readonly cluster: Cluster;
  readonly shell: PlayerShell;
  #said = '';

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.shell = new PlayerShell(cluster, { write: (_, text) => { this.#said += text; }, edit: async () => undefined, answer: () => undefined, isTerminal: false }, cluster.adminKubeconfig());
  }

  /** One control-plane node and a worker, unless told otherwise. */
  static async booted(specs: readonly NodeSpec[] = [{ name: 'control-plane', role: 'control-plane' }, { name: 'worker-1' }]): Promise<TerminalScene> {
    const cluster = new Cluster({ seed: 3, nodes: nodesOf(specs) });
    await cluster.boot();
    await cluster.world.advance(20_000);
    return new TerminalScene(cluster);
  }

  static threeControlPlanes(): Promise<TerminalScene> {
    return TerminalScene.booted([...['cp-1', 'cp-2', 'cp-3'].map((name) => ({ name, role: 'control-plane' as const })), { name: 'worker-1' }]);
  }

  /** Runs a line and gives all that it said. */
  async run(line: string): Promise<string> {
    this.#said = '';
    await this.shell.runToEnd(line, 600_000);
    return this.#said;
  }

  /** A command on a node, as root. */
  on(node: string, command: string): Promise<string> { return this.run(`ssh ${node} '${command.replaceAll("'", `'"'"'`)}'`); }

  /** etcdctl on a control-plane node, with the certificates that kubeadm made. */
  etcdctl(args: string, node = 'control-plane'): Promise<string> { return this.on(node, `${ETCD} etcdctl ${args}`); }

  wait(seconds: number): Promise<void> { return this.cluster.world.advance(seconds * 1000); }

  machine(name: string): Machine {
    const found = this.cluster.machines.get(name);
    if (!found) throw new Error(`no machine ${name}`);
    return found;
  }

  /** `status reason: message` of a Node's condition. */
  condition(node: string, type: string): string {
    const found = this.cluster.admin().get(nodes, node)?.status.conditions?.find((condition) => condition.type === type);
    return found ? `${found.status} ${found.reason}: ${found.message}` : 'none';
  }

  /** What the node's kubelet has said, as journalctl shows it. */
  journal(node: string, unit = 'kubelet'): string {
    return this.machine(node).os.journal.read({ unit: `${unit}.service` }).map(({ message }) => message).join('\n');
  }
}

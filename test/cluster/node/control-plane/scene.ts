/** A booted kubeadm cluster with one control-plane node and two workers, and what tests do with it. */
import type { Draft, Pod } from '../../../../src/cluster/api/types.ts';
import { deployments, nodes, pods, services } from '../../../../src/cluster/client/resources.ts';
import { ApiError } from '../../../../src/cluster/client/types.ts';
import { Cluster } from '../../../../src/cluster/cluster.ts';
import { NetworkError, type NetworkStack } from '../../../../src/cluster/network/types.ts';
import type { NodeDescription } from '../../../../src/cluster/node/kubelet/node-status.ts';
import type { Machine } from '../../../../src/cluster/node/machine.ts';

const nodeInfo = { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.36.2', containerRuntimeVersion: 'containerd://2.1.4', kernelVersion: '6.1', osImage: 'Debian', machineID: '', systemUUID: '', bootID: '', kubeProxyVersion: '' };

function node(name: string, address: string, labels: Record<string, string> = {}): NodeDescription {
  return { name, labels, nodeInfo, addresses: [{ type: 'InternalIP', address }, { type: 'Hostname', address: name }], capacity: { cpu: '4', memory: '8Gi', pods: '110' } };
}

export class ClusterScene {
  readonly cluster = new Cluster({
    seed: 7, nodes: [node('control-plane', '10.0.0.10', { 'node-role.kubernetes.io/control-plane': '' }), node('worker-1', '10.0.0.11'), node('worker-2', '10.0.0.12')],
  });

  static async booted(): Promise<ClusterScene> {
    const scene = new ClusterScene();
    await scene.cluster.boot();
    await scene.wait(20);
    return scene;
  }

  wait(seconds: number): Promise<void> { return this.cluster.world.advance(seconds * 1000); }

  machine(name: string): Machine {
    const found = this.cluster.machines.get(name);
    if (!found) throw new Error(`no machine ${name}`);
    return found;
  }

  async deploy(name: string, options: { replicas?: number; image?: string; port?: number; service?: Partial<Draft['metadata']> & { spec?: object } } = {}): Promise<void> {
    const { replicas = 2, image = 'nginx:1.27', port = 80 } = options;
    const labels = { app: name };
    this.cluster.admin().create(deployments, {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' },
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name, image, ports: [{ containerPort: port }] }] } } },
    });
    this.cluster.admin().create(services, { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec: { selector: labels, ports: [{ port: 80, targetPort: port }], ...options.service?.spec } });
    await this.wait(15);
  }

  pods(prefix: string, namespace = 'default'): Pod[] {
    return this.cluster.admin().list(pods, { namespace }).filter(({ metadata }) => metadata.name.startsWith(prefix));
  }

  /** The network as a Pod of this name sees it. */
  stackOf(prefix: string): NetworkStack {
    for (const { runtime } of this.cluster.machines.values()) {
      const sandbox = runtime.sandboxes().find(({ config, state }) => config.name.startsWith(prefix) && state === 'Ready');
      if (sandbox) return sandbox.stack;
    }
    throw new Error(`no sandbox of ${prefix}`);
  }

  isReady(name: string): boolean {
    return this.cluster.admin().get(nodes, name)?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  }

  edit(machine: string, path: string, change: (text: string) => string): void {
    const { files } = this.machine(machine).os;
    files.write(path, change(files.read(path)));
  }

  /** The last container of a static Pod, as crictl shows it: state, exit code and log. */
  container(machine: string, name: string): { state: string; exitCode: number; attempt: number; log: string } {
    const { runtime, os } = this.machine(machine);
    const found = runtime.containers().filter(({ config }) => config.name === name).sort((a, b) => a.createdMs - b.createdMs).at(-1);
    if (!found) throw new Error(`no container ${name}`);
    const { namespace, name: pod, uid } = found.sandbox.config;
    const path = `/var/log/pods/${namespace}_${pod}_${uid}/${name}/${found.config.attempt}.log`;
    return { state: found.state, exitCode: found.exitCode, attempt: found.config.attempt, log: os.files.exists(path) ? os.files.read(path) : '' };
  }
}

/** What went wrong, in the words of whoever refused. */
export function failure(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof NetworkError || error instanceof ApiError) return error.message;
    throw error;
  }
  return 'no failure';
}

/** Groups of equal machines that the cloud makes and destroys on demand, like an autoscaling group. */
import type { Clock } from '../../time/clock.ts';
import type { NodeDescription } from '../node/kubelet/node-status.ts';
import { CloudError, type Instance } from './cloud.ts';

const BOOT_MS = 40_000; // from the order to a kubelet that registers, as a usual virtual machine takes

/** What the machines of a group are like; the cloud adds name, addresses and identity. */
type MachineTemplate = Pick<NodeDescription, 'labels' | 'taints' | 'capacity' | 'nodeInfo'>;

export interface NodeGroupSpec {
  name: string;
  min: number;
  max: number;
  /** Machines at the start; `min` unless given. */
  size?: number;
  type?: string;
  region?: string;
  zone?: string;
  bootMs?: number;
  machine: MachineTemplate;
}

export interface NodeGroup {
  readonly spec: NodeGroupSpec;
  /** How many machines were asked for; some may still be booting. */
  readonly target: number;
  readonly instances: readonly Instance[];
}

export interface NodeGroupsOptions {
  clock: Clock;
  /** Throws CloudError while the cloud's API refuses everything. */
  check: () => void;
  launch: (instance: Instance, spec: NodeGroupSpec) => void;
  destroy: (instance: Instance) => void;
}

export class NodeGroups {
  readonly #options: NodeGroupsOptions;
  readonly #groups = new Map<string, { spec: NodeGroupSpec; instances: Instance[]; target: number; made: number }>();
  /** Machines that the account may have in all groups together. */
  instanceQuota = Infinity;

  constructor(options: NodeGroupsOptions) {
    this.#options = options;
  }

  /** Adds a group; its first machines are there at once. */
  add(spec: NodeGroupSpec): void {
    const group = { spec, instances: [], target: spec.size ?? spec.min, made: 0 };
    this.#groups.set(spec.name, group);
    for (let i = 0; i < group.target; i++) this.#launch(group);
  }

  list(): NodeGroup[] { return [...this.#groups.values()]; }

  /** The group that a node's machine is of. */
  groupOf(providerID: string | undefined): NodeGroup | undefined {
    return this.list().find(({ instances }) => instances.some((instance) => instance.providerID === providerID));
  }

  /** Orders machines until there are so many. Throws CloudError. */
  grow(name: string, target: number): void {
    this.#options.check();
    const group = this.#group(name);
    const others = this.list().reduce((sum, each) => sum + (each.spec === group.spec ? 0 : each.target), 0);
    if (others + target > this.instanceQuota) throw new CloudError(`quota exceeded: ${others + group.target} of ${this.instanceQuota} instances in use`);
    const missing = target - group.target;
    group.target = target;
    for (let i = 0; i < missing; i++) {
      this.#options.clock.after(group.spec.bootMs ?? BOOT_MS, `boot a machine of ${name}`, () => { if (group.instances.length < group.target) this.#launch(group); });
    }
  }

  /** Destroys a machine for good; the group is smaller by one. Throws CloudError. */
  remove(providerID: string): void {
    this.#options.check();
    for (const group of this.#groups.values()) {
      const instance = group.instances.find((each) => each.providerID === providerID);
      if (!instance) continue;
      group.instances.splice(group.instances.indexOf(instance), 1);
      group.target--;
      this.#options.destroy(instance);
    }
  }

  #launch(group: { spec: NodeGroupSpec; instances: Instance[]; made: number }): void {
    const { name, type = 'pretend-4', region = 'region-1', zone = 'region-1a' } = group.spec;
    const number = ++group.made;
    const instance: Instance = { name: `${name}-${number}`, providerID: `pretend://${name}-${number}`, type, region, zone, addresses: [], state: 'running' };
    group.instances.push(instance);
    this.#options.launch(instance, group.spec);
  }

  #group(name: string): { spec: NodeGroupSpec; instances: Instance[]; target: number; made: number } {
    const found = this.#groups.get(name);
    if (!found) throw new CloudError(`no node group "${name}"`);
    return found;
  }
}

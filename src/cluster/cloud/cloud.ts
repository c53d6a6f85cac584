/** The pretend cloud: machines, disks, load balancers with addresses, routes; and what a level breaks: credentials, quota, delays, outages. */
import { cidrContains } from '../network/addresses.ts';
import { Disks, type DisksOptions } from './disks.ts';
import { NodeGroups, type NodeGroupsOptions } from './node-groups.ts';
import type { Verdict } from '../network/network.ts';

/** A refusal of the cloud's API. */
export class CloudError extends Error {}

/** A virtual machine that the cloud knows. */
export interface Instance {
  /** The node's name. */
  readonly name: string;
  /** As in a node's spec.providerID: `pretend://<id>`. */
  readonly providerID: string;
  readonly type: string;
  readonly region: string;
  readonly zone: string;
  readonly addresses: readonly { type: string; address: string }[];
  readonly state: 'running' | 'stopped';
}

export interface LoadBalancer {
  readonly name: string;
  readonly address: string;
  readonly ports: readonly { port: number; nodePort: number }[];
  /** Addresses of the nodes behind it. */
  readonly nodes: readonly string[];
  /** The port at which it asks a node, with GET /healthz, whether it serves. */
  readonly healthCheckPort: number;
  /** Blocks of addresses that it serves; empty: everybody. */
  readonly sourceRanges?: readonly string[];
  /** When its making is finished, in virtual milliseconds. */
  readonly readyMs: number;
}

export interface CloudOptions {
  /** Publishes or withdraws an address in the network. */
  announce: (address: string, route: ((port: number, from: string) => Verdict) | undefined) => void;
  /** Machines of groups, as they come and go. */
  nodeGroups: Omit<NodeGroupsOptions, 'check'> & { power: (instance: Instance, isOn: boolean) => void };
  /** The zone of a machine that the cloud has not made itself. */
  zoneOf?: DisksOptions['zoneOf'];
  /** Whether GET /healthz of a node is answered with 200. */
  isHealthy: (address: string, port: number) => boolean;
}

const FIRST_HOST = 10; // in 203.0.113.0/24, the addresses for documentation

export class Cloud {
  readonly #options: CloudOptions;
  readonly #instances = new Map<string, Instance>();
  readonly #loadBalancers = new Map<string, LoadBalancer>();
  readonly #routes = new Map<string, string>();
  /** What a level breaks and the player repairs. */
  hasCredentials = true;
  loadBalancerQuota = 20;
  /** How long a load balancer takes to make. */
  provisioningMs = 0;
  /** Why nothing works at the moment; undefined: all is well. */
  outage: string | undefined;

  readonly nodeGroups: NodeGroups;
  readonly disks: Disks;

  constructor(options: CloudOptions) {
    this.#options = options;
    const { clock, launch, destroy } = options.nodeGroups;
    const zoneOf = (name: string) => this.instances().find((instance) => instance.name === name)?.zone ?? options.zoneOf?.(name);
    this.disks = new Disks({ clock, check: () => this.#check(), zoneOf });
    this.nodeGroups = new NodeGroups({
      clock, check: () => this.#check(),
      launch: (instance, spec) => {
        this.setInstance(instance);
        launch(instance, spec);
      },
      destroy: (instance) => {
        this.terminate(instance.providerID);
        destroy(instance);
      },
    });
  }

  /** Adds a machine, or changes it. */
  setInstance(instance: Instance): void { this.#instances.set(instance.providerID, instance); }

  /** A machine that is terminated is not known any more. */
  terminate(providerID: string): void { this.#instances.delete(providerID); }

  /** Switches a machine on or off. */
  power(providerID: string, isOn: boolean): void {
    const instance = this.#instances.get(providerID);
    if (!instance) return;
    this.setInstance({ ...instance, state: isOn ? 'running' : 'stopped' });
    this.#options.nodeGroups.power(instance, isOn);
  }

  instances(): Instance[] { return [...this.#instances.values()]; }

  /** The machine of a node, by its providerID, or by name while it has none. Throws CloudError. */
  instanceOf({ name, providerID }: { name: string; providerID?: string }): Instance | undefined {
    this.#check();
    return providerID ? this.#instances.get(providerID) : this.instances().find((instance) => instance.name === name);
  }

  /** Makes or updates the load balancer of a Service. Throws CloudError. */
  ensureLoadBalancer(name: string, { ports, nodes, healthCheckPort, sourceRanges = [] }: Pick<LoadBalancer, 'ports' | 'nodes' | 'healthCheckPort' | 'sourceRanges'>, nowMs: number): LoadBalancer {
    this.#check();
    const known = this.#loadBalancers.get(name);
    if (!known && this.#loadBalancers.size >= this.loadBalancerQuota) throw new CloudError(`quota exceeded: ${this.loadBalancerQuota} load balancers in use`);
    const balancer: LoadBalancer = { name, address: known?.address ?? this.#freeAddress(), ports, nodes, healthCheckPort, sourceRanges, readyMs: known?.readyMs ?? nowMs + this.provisioningMs };
    this.#loadBalancers.set(name, balancer);
    let turn = 0;
    this.#options.announce(balancer.address, (port, from) => {
      if (sourceRanges.length > 0 && !sourceRanges.some((range) => cidrContains(range, from))) return 'drop';
      const target = ports.find((each) => each.port === port);
      if (!target || nodes.length === 0) return 'reject';
      const healthy = nodes.filter((node) => this.#options.isHealthy(node, healthCheckPort));
      return healthy.length > 0 ? { address: healthy[turn++ % healthy.length]!, port: target.nodePort } : 'drop';
    });
    return balancer;
  }

  /** The load balancer as it is. Throws CloudError. */
  loadBalancer(name: string): LoadBalancer | undefined {
    this.#check();
    return this.#loadBalancers.get(name);
  }

  /** Throws CloudError. */
  deleteLoadBalancer(name: string): void {
    this.#check();
    const known = this.#loadBalancers.get(name);
    if (!known) return;
    this.#loadBalancers.delete(name);
    this.#options.announce(known.address, undefined);
  }

  loadBalancers(): LoadBalancer[] { return [...this.#loadBalancers.values()]; }

  /** Leads a Pod network to a node. Throws CloudError. */
  createRoute(podCIDR: string, nodeName: string): void {
    this.#check();
    this.#routes.set(podCIDR, nodeName);
  }

  /** Throws CloudError. */
  deleteRoute(podCIDR: string): void {
    this.#check();
    this.#routes.delete(podCIDR);
  }

  /** Pod networks and the nodes they lead to. Throws CloudError. */
  routes(): ReadonlyMap<string, string> {
    this.#check();
    return this.#routes;
  }

  /** Takes over load balancers that were saved. */
  load(balancers: readonly LoadBalancer[]): void {
    for (const balancer of balancers) {
      this.#loadBalancers.set(balancer.name, balancer);
      this.ensureLoadBalancer(balancer.name, balancer, balancer.readyMs);
    }
  }

  #freeAddress(): string {
    const taken = new Set(this.loadBalancers().map(({ address }) => address));
    for (let host = FIRST_HOST; host < 255; host++) if (!taken.has(`203.0.113.${host}`)) return `203.0.113.${host}`;
    throw new CloudError('no free addresses are left');
  }

  #check(): void {
    if (!this.hasCredentials) throw new CloudError('the request is not authenticated: invalid or missing cloud credentials');
    if (this.outage !== undefined) throw new CloudError(this.outage);
  }
}

/** The pretend cloud: load balancers with addresses, and the credentials without which it does nothing. */
import type { Verdict } from '../network/network.ts';

/** A refusal of the cloud's API. */
export class CloudError extends Error {}

export interface LoadBalancer { name: string; address: string; ports: readonly { port: number; nodePort: number }[]; nodes: readonly string[] }

export interface CloudOptions {
  /** Publishes or withdraws an address in the network. */
  announce: (address: string, route: ((port: number) => Verdict) | undefined) => void;
}

export class Cloud {
  readonly #options: CloudOptions;
  readonly #loadBalancers = new Map<string, LoadBalancer>();
  #next = 1;
  /** What a level breaks and the player repairs. */
  hasCredentials = true;
  loadBalancerQuota = 20;

  constructor(options: CloudOptions) {
    this.#options = options;
  }

  /** Makes or updates the load balancer of a Service. Throws CloudError. */
  ensureLoadBalancer(name: string, ports: LoadBalancer['ports'], nodes: readonly string[]): LoadBalancer {
    this.#check();
    const known = this.#loadBalancers.get(name);
    if (!known && this.#loadBalancers.size >= this.loadBalancerQuota) throw new CloudError(`quota exceeded: ${this.loadBalancerQuota} load balancers in use`);
    const balancer = { name, address: known?.address ?? `203.0.113.${9 + this.#next++}`, ports, nodes };
    this.#loadBalancers.set(name, balancer);
    let turn = 0;
    this.#options.announce(balancer.address, (port) => {
      const target = ports.find((p) => p.port === port);
      if (!target || nodes.length === 0) return 'reject';
      return { address: nodes[turn++ % nodes.length]!, port: target.nodePort };
    });
    return balancer;
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

  #check(): void {
    if (!this.hasCredentials) throw new CloudError('the request is not authenticated: invalid or missing cloud credentials');
  }
}

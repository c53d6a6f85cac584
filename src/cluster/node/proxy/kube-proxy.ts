/** kube-proxy: follows Services and EndpointSlices and writes rules into its node's kernel; they stay when it dies. */
import type { Random } from '../../../time/random.ts';
import type { World } from '../../../time/simulation.ts';
import type { ApiTransport, Credential } from '../../apiserver/request.ts';
import type { EndpointSlice, KubeObject, Service } from '../../api/types.ts';
import { createInformer } from '../../client/informer.ts';
import { endpointSlices, services } from '../../client/resources.ts';
import type { Component } from '../../client/types.ts';
import type { PacketRules } from '../../network/network.ts';
import { ServiceRules } from './rules.ts';

const minSyncPeriodMs = 1_000; // KubeProxyConfiguration: iptables.minSyncPeriod

export interface KubeProxyOptions {
  world: World;
  random: Random;
  transport: ApiTransport;
  credential: Credential;
  nodeName: string;
  /** Rules of the same Services and endpoints are computed once for all nodes. */
  shared: RuleCache;
  install: (rules: PacketRules) => void;
}

/** The last computed rules, by the versions they were computed from. */
export class RuleCache {
  #key = '';
  #rules: ServiceRules | undefined;

  get(key: string, compute: () => ServiceRules): ServiceRules {
    if (this.#key !== key || !this.#rules) {
      this.#rules = compute();
      this.#key = key;
    }
    return this.#rules;
  }
}

export class KubeProxy implements Component {
  readonly name = 'kube-proxy';
  readonly #options: KubeProxyOptions;
  #running: { stop(): void }[] = [];
  #pending: { cancel(): void } | undefined;
  #syncedMs = -Infinity;

  constructor(options: KubeProxyOptions) {
    this.#options = options;
  }

  start(): void {
    const { world, transport, credential } = this.#options;
    const options = { world, transport, credential, userAgent: this.name };
    const allServices = createInformer(services, options);
    const slices = createInformer(endpointSlices, options);
    slices.indexBy('service', (slice) => [`${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`]);
    const sync = () => this.#sync(allServices.list(), slices.list(), (service) => slices.byIndex('service', `${service.metadata.namespace}/${service.metadata.name}`));
    const plan = () => {
      const waitMs = Math.max(0, this.#syncedMs + minSyncPeriodMs - world.clock.now());
      this.#pending ??= world.clock.after(waitMs, 'kube-proxy sync', () => {
        this.#pending = undefined;
        sync();
      });
    };
    allServices.onChange(plan);
    slices.onChange(plan);
    for (const informer of [allServices, slices]) informer.start();
    this.#running.push(allServices, slices);
  }

  stop(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
    for (const part of this.#running.splice(0)) part.stop();
  }

  #sync(all: readonly Service[], slices: readonly EndpointSlice[], slicesOf: (service: Service) => readonly EndpointSlice[]): void {
    const { world, random, nodeName, shared, install } = this.#options;
    this.#syncedMs = world.clock.now();
    const rules = shared.get(`${versions(all)}|${versions(slices)}`, () => new ServiceRules(all, slicesOf));
    install(rules.on(nodeName, random));
  }
}

function versions(objects: readonly KubeObject[]): string {
  let newest = 0;
  for (const { metadata } of objects) newest = Math.max(newest, Number(metadata.resourceVersion));
  return `${objects.length}@${newest}`;
}

/** NetworkPolicies as a node's CNI enforces them: a Pod that a policy selects for a direction may do what one of those policies allows, and no more. */
import { matchesLabelSelector } from '../api/labels.ts';
import type { Namespace, NetworkPolicy, Pod } from '../api/types.ts';
import type { Informer } from '../client/types.ts';
import { cidrContains } from './addresses.ts';
import type { Flow, PolicyRules } from './network.ts';

type Ingress = NonNullable<NetworkPolicy['spec']['ingress']>[number];
type Peer = NonNullable<Ingress['from']>[number];
type Port = NonNullable<Ingress['ports']>[number];

export interface PolicyObjects {
  /** Indexed by `address`. */
  pods: Informer<Pod>;
  namespaces: Informer<Namespace>;
  /** Indexed by `namespace`. */
  policies: Informer<NetworkPolicy>;
}

export class NodePolicies implements PolicyRules {
  readonly #objects: PolicyObjects;

  constructor(objects: PolicyObjects) {
    this.#objects = objects;
    objects.pods.indexBy('address', (pod) => (hasAddress(pod) ? [pod.status.podIP!] : []));
    objects.policies.indexBy('namespace', ({ metadata }) => [metadata.namespace ?? '']);
  }

  mayLeave(flow: Flow): boolean {
    return this.#allows('Egress', flow.from, flow, ({ spec }) => (spec.egress ?? []).map(({ ports, to }) => ({ ports, peers: to })), flow.to);
  }

  mayEnter(flow: Flow): boolean {
    return this.#allows('Ingress', flow.to, flow, ({ spec }) => (spec.ingress ?? []).map(({ ports, from }) => ({ ports, peers: from })), flow.from);
  }

  #allows(type: 'Ingress' | 'Egress', own: string, flow: Flow, rulesOf: (policy: NetworkPolicy) => { ports?: Port[]; peers?: Peer[] }[], far: string): boolean {
    const pod = this.#podAt(own);
    if (!pod) return true;
    const isolating = this.#objects.policies.byIndex('namespace', pod.metadata.namespace ?? '').filter(({ spec }) => spec.policyTypes?.includes(type) && matchesLabelSelector(spec.podSelector, pod.metadata.labels));
    return isolating.length === 0 || isolating.some((policy) => rulesOf(policy).some(({ ports, peers }) => this.#fitsPort(ports, flow) && this.#fitsPeer(peers, policy, far)));
  }

  #fitsPort(ports: readonly Port[] | undefined, { to, port, protocol }: Flow): boolean {
    if (!ports?.length) return true;
    return ports.some(({ protocol: wanted = 'TCP', port: first, endPort }) => {
      if (wanted !== protocol) return false;
      if (typeof first !== 'string') return first === undefined || (port >= first && port <= (endPort ?? first));
      return this.#podAt(to)?.spec.containers.some((container) => container.ports?.some((named) => named.name === first && named.containerPort === port && (named.protocol ?? 'TCP') === protocol)) ?? false;
    });
  }

  #fitsPeer(peers: readonly Peer[] | undefined, policy: NetworkPolicy, address: string): boolean {
    if (!peers?.length) return true;
    const pod = this.#podAt(address);
    return peers.some(({ ipBlock, podSelector, namespaceSelector }) => {
      if (ipBlock) return cidrContains(ipBlock.cidr, address) && !ipBlock.except?.some((cidr) => cidrContains(cidr, address));
      if (!pod) return false;
      const { namespace = '', labels } = pod.metadata;
      const fitsNamespace = namespaceSelector ? matchesLabelSelector(namespaceSelector, this.#objects.namespaces.get(namespace)?.metadata.labels) : namespace === policy.metadata.namespace;
      return fitsNamespace && (!podSelector || matchesLabelSelector(podSelector, labels));
    });
  }

  #podAt(address: string): Pod | undefined { return this.#objects.pods.byIndex('address', address)[0]; }
}

/** Pods on the host's network are the node to policies; those that have ended left their address to others. */
function hasAddress({ spec, status }: Pod): boolean {
  return status.podIP !== undefined && spec.hostNetwork !== true && status.phase !== 'Succeeded' && status.phase !== 'Failed';
}

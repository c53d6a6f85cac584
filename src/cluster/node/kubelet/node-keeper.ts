/** Keeps a kubelet's Node and Lease: registration, heartbeats, the conditions when they change. */
import type { Timer } from '../../../time/clock.ts';
import type { World } from '../../../time/simulation.ts';
import type { KubeObject, Node } from '../../api/types.ts';
import { nodes } from '../../client/resources.ts';
import { type ApiClient, ApiError, type EventRecorder } from '../../client/types.ts';
import { isApiFailure } from '../../client/api-failure.ts';
import type { Pressure } from './eviction/signals.ts';
import { createLease, LEASE_RENEW_MS, renewLease } from './lease.ts';
import { type NodeDescription, type NodeHealth, type NodeOffers, registerNode, writeNodeStatus } from './node-status.ts';

const REPORT_MS = 300_000; // kubelet: nodeStatusReportFrequency
const REGISTER_RETRY_MIN_MS = 100; // kubelet: registerWithAPIServer, 100 ms …
const REGISTER_RETRY_MAX_MS = 7000; // … doubling to 7 s

const PRESSURE_EVENTS: Readonly<Record<Pressure, readonly [bad: string, good: string]>> = { MemoryPressure: ['NodeHasInsufficientMemory', 'NodeHasSufficientMemory'], DiskPressure: ['NodeHasDiskPressure', 'NodeHasNoDiskPressure'], PIDPressure: ['NodeHasInsufficientPID', 'NodeHasSufficientPID'] };

export interface NodeKeeperOptions {
  world: World;
  client: ApiClient;
  recorder: EventRecorder;
  node: NodeDescription;
  /** The API server's URL, for messages. */
  server: string;
  /** A line of the kubelet's own log. */
  log: (line: string) => void;
  /** Hollow nodes say nothing about themselves. */
  isHollow: boolean;
  /** Why the node is not ready at the moment. */
  problem: () => string | undefined;
  /** What the node runs low on. */
  pressures: () => readonly Pressure[];
  /** What devices and volumes add to the status. */
  offers: () => NodeOffers;
  /** Called once the Node is known to the API server. */
  registered: () => void;
}

export class NodeKeeper {
  readonly #options: NodeKeeperOptions;
  #timer: Timer | undefined;
  #registerMs = REGISTER_RETRY_MIN_MS;
  #isRegistered = false;
  #reportedMs = 0;
  #beatMs = 0;
  #reportedHealth: NodeHealth = {};

  constructor(options: NodeKeeperOptions) {
    this.#options = options;
  }

  start(): void { this.#register(); }
  stop(): void { this.#timer?.cancel(); }

  /** The Node as stored; undefined when the API does not answer. */
  stored(): Node | undefined {
    try {
      return this.#stored();
    } catch (error) {
      if (isApiFailure(error)) return undefined;
      throw error;
    }
  }

  #stored(): Node | undefined {
    return this.#options.client.get(nodes, this.#options.node.name);
  }

  #register(): void {
    const { world: { clock }, client, node, isHollow } = this.#options;
    try {
      const before = isHollow ? undefined : this.#stored();
      registerNode(client, node, this.#health(), clock.now(), isHollow);
      this.#isRegistered = true;
      this.#beatMs = clock.now();
      this.#reported();
      this.#options.registered();
      if (!isHollow) this.#announce(before);
      // A Lease that an earlier life left is renewed at once, a new one is made with the first heartbeat.
      renewLease(client, node.name, clock.now());
      this.#later(LEASE_RENEW_MS, () => this.#beat());
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      this.#complain('kubelet_node_status.go:107] "Unable to register node with API server"', 'Post', '/api/v1/nodes', error, `node="${node.name}"`);
      if (this.#isRegistered) return this.#later(LEASE_RENEW_MS, () => this.#beat());
      this.#later(this.#registerMs, () => this.#register());
      this.#registerMs = Math.min(this.#registerMs * 2, REGISTER_RETRY_MAX_MS);
    }
  }

  #announce(before: Node | undefined): void {
    const { node } = this.#options;
    const bootID = before?.status.nodeInfo?.bootID;
    this.#event('Normal', 'Starting', 'Starting kubelet.');
    for (const reason of ['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID']) this.#event('Normal', reason, `Node ${node.name} status is now: ${reason}`);
    this.#event('Normal', 'NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods');
    if (bootID && bootID !== node.nodeInfo.bootID) this.#event('Warning', 'Rebooted', `Node ${node.name} has been rebooted, boot id: ${node.nodeInfo.bootID}`);
    const wasReady = before?.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
    if (!wasReady && this.#reportedHealth.notReady === undefined) this.#event('Normal', 'NodeReady', `Node ${node.name} status is now: NodeReady`);
  }

  #beat(): void {
    const { world: { clock }, client, node } = this.#options;
    try {
      if (!renewLease(client, node.name, clock.now())) createLease(client, node.name, clock.now());
      if (this.#isChanged() || clock.now() - this.#reportedMs >= REPORT_MS || this.#looksDead()) this.#report();
    } catch (error) {
      if (!isApiFailure(error)) throw error; // the next beat tries again
      this.#complain('controller.go:145] "Failed to ensure lease exists, will retry"', 'Get', `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node.name}?timeout=10s`, error, 'interval="7s"');
    }
    this.#later(LEASE_RENEW_MS, () => this.#beat());
  }

  #complain(what: string, verb: string, path: string, error: Error, more: string): void {
    const { server, log } = this.#options;
    const why = error instanceof ApiError ? error.message : `${verb} \\"${server}${path}\\": ${error.message}`;
    log(`E kubelet ${what} err="${why}" ${more}`);
  }

  /** After a time without contact the node controller has declared the node dead. */
  #looksDead(): boolean {
    const gapMs = this.#options.world.clock.now() - this.#beatMs;
    this.#beatMs = this.#options.world.clock.now();
    return gapMs > LEASE_RENEW_MS * 1.5;
  }

  #report(): void {
    const { world: { clock }, client, node, isHollow } = this.#options;
    const before = this.#reportedHealth;
    const now = this.#health();
    writeNodeStatus(client, node, now, clock.now());
    this.#reported();
    if (isHollow) return;
    const says = (reason: string) => this.#event('Normal', reason, `Node ${node.name} status is now: ${reason}`);
    for (const pressure of ['MemoryPressure', 'DiskPressure', 'PIDPressure'] as const) {
      const [bad, good] = PRESSURE_EVENTS[pressure];
      const [was, is] = [before, now].map(({ pressures = [] }) => pressures.includes(pressure));
      if (was !== is) says(is ? bad : good);
    }
    if (before.notReady !== now.notReady) says(now.notReady === undefined ? 'NodeReady' : 'NodeNotReady');
  }

  #health(): NodeHealth {
    const { problem, pressures, offers } = this.#options;
    return { notReady: problem(), pressures: pressures(), ...offers() };
  }

  #isChanged(): boolean { return JSON.stringify(this.#health()) !== JSON.stringify(this.#reportedHealth); }

  #reported(): void {
    this.#reportedMs = this.#options.world.clock.now();
    this.#reportedHealth = this.#health();
  }

  /** Tells at once that the node is no more for new Pods. */
  shuttingDown(): void {
    this.#event('Normal', 'Shutdown', 'Shutdown manager detected shutdown event');
    try {
      this.#report();
    } catch (error) {
      if (!isApiFailure(error)) throw error; // nobody is there to be told
    }
  }

  /** An event about the Node. */
  warn(reason: string, message: string): void { this.#event('Warning', reason, message); }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { recorder, node: { name } } = this.#options;
    // kubelets refer to their Node by its name in place of its UID.
    const reference: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '' } };
    recorder.event(reference, type, reason, message);
  }

  #later(ms: number, act: () => void): void {
    this.#timer = this.#options.world.clock.after(ms, 'node heartbeat', act);
  }
}

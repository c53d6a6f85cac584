/** Leader election on a Lease, as client-go does it: only the holder works; one that cannot renew in time gives up. */
import { isApiFailure } from './api-failure.ts';
import type { Timer } from '../../time/clock.ts';
import type { World } from '../../time/simulation.ts';
import { microTimestamp } from '../api/duration.ts';
import { leases } from './resources.ts';
import { type ApiClient, type EventRecorder } from './types.ts';

const leaseDurationMs = 15_000; // --leader-elect-lease-duration
const renewDeadlineMs = 10_000; // --leader-elect-renew-deadline
const retryPeriodMs = 2_000; // --leader-elect-retry-period

export interface ElectionOptions {
  world: World;
  client: ApiClient;
  recorder: EventRecorder;
  /** The Lease's name in kube-system. */
  name: string;
  /** `host_uuid`. */
  identity: string;
  onElected(): void;
  /** The lease was lost: the process exits, as the real one does. */
  onLost(): void;
}

/** Runs for office until stopped. */
export function electLeader({ world, client, recorder, name, identity, onElected, onLost }: ElectionOptions): { stop(): void } {
  let isLeader = false;
  let renewedMs = world.clock.now();
  let observed: { renewTime: string; atMs: number } | undefined;
  let timer: Timer | undefined;

  const tick = () => {
    const nowMs = world.clock.now();
    if (attempt(nowMs)) {
      renewedMs = nowMs;
      if (!isLeader) {
        isLeader = true;
        onElected();
      }
    } else if (isLeader && nowMs - renewedMs >= renewDeadlineMs) {
      isLeader = false;
      return onLost();
    }
    timer = world.clock.after(retryPeriodMs, `elect ${name}`, tick);
  };

  function attempt(nowMs: number): boolean {
    try {
      return tryAcquire(nowMs);
    } catch (error) {
      if (isApiFailure(error)) return false;
      throw error;
    }
  }

  function tryAcquire(nowMs: number): boolean {
    const now = microTimestamp(nowMs);
    const lease = client.get(leases, name, 'kube-system');
    const mine = { holderIdentity: identity, leaseDurationSeconds: leaseDurationMs / 1000, renewTime: now };
    if (!lease) {
      const created = client.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace: 'kube-system' }, spec: { ...mine, acquireTime: now, leaseTransitions: 0 } });
      recorder.event(created, 'Normal', 'LeaderElection', `${identity} became leader`);
      return true;
    }
    const held = lease.spec.holderIdentity === identity;
    if (!held && lease.spec.holderIdentity && !hasExpired(String(lease.spec.renewTime), nowMs)) return false;
    const transitions = (lease.spec.leaseTransitions ?? 0) + (held ? 0 : 1);
    const updated = client.update(leases, { ...lease, spec: { ...lease.spec, ...mine, ...(held ? {} : { acquireTime: now }), leaseTransitions: transitions } });
    if (!held) recorder.event(updated, 'Normal', 'LeaderElection', `${identity} became leader`);
    return true;
  }

  /** Another's lease is over when it has not changed for its duration, by our own clock. */
  function hasExpired(renewTime: string, nowMs: number): boolean {
    if (observed?.renewTime !== renewTime) observed = { renewTime, atMs: nowMs };
    return nowMs - observed.atMs >= leaseDurationMs;
  }

  tick();
  return { stop: () => timer?.cancel() };
}

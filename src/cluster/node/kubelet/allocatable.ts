/** Node Allocatable: what is left for Pods of a machine's capacity (kubelet/cm/node_container_manager). */
import { addQuantities, compareQuantities, quantityValue, subtractQuantities } from '../../api/quantity.ts';
import { StartError } from '../os/systemd.ts';
import { DEFAULT_CONFIGURATION, type KubeletConfiguration } from './configuration.ts';
import { thresholdBytes } from './eviction/signals.ts';
import type { NodeDescription } from './node-status.ts';

const BY_SIGNAL: Readonly<Record<string, string>> = { 'memory.available': 'memory', 'nodefs.available': 'ephemeral-storage' };

/**
 * Capacity and allocatable: less systemReserved, kubeReserved and hard eviction thresholds. The default thresholds are not
 * taken off, so that a level's node of 4Gi holds Pods of 4Gi. Throws StartError when more is reserved than there is.
 */
export function nodeResources({ capacity, allocatable = capacity }: NodeDescription, { reserved, evictionHard, maxPods }: KubeletConfiguration): Pick<NodeDescription, 'capacity' | 'allocatable'> {
  const pods = String(maxPods ?? capacity.pods ?? 110);
  const left: Record<string, string> = { ...allocatable, pods };
  const thresholds = Object.entries(BY_SIGNAL).map(([signal, resource]) => {
    const value = evictionHard[signal];
    return value === undefined || value === DEFAULT_CONFIGURATION.evictionHard[signal] ? {} : { [resource]: String(thresholdBytes(value, { capacityBytes: quantityValue(capacity[resource] ?? '0'), availableBytes: 0 })) };
  });
  for (const [resource, before] of Object.entries(left)) {
    const taken = [...reserved, ...thresholds].reduce((sum, each) => addQuantities(sum, each[resource] ?? '0'), '0');
    if (compareQuantities(taken, before) > 0) {
      throw new StartError([`E kubelet run.go:72] "command failed" err="failed to run Kubelet: invalid Node Allocatable configuration. Resource \\"${resource}\\" has a reservation of ${taken} but capacity of ${before}. Expected capacity >= reservation."`]);
    }
    left[resource] = subtractQuantities(before, taken);
  }
  return { capacity: { ...capacity, pods }, allocatable: left };
}

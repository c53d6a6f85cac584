/** What the kubelet watches of its node, and the thresholds of its configuration (evictionHard, evictionSoft). */
import { formatQuantity, parseQuantity, quantityOf, quantityValue } from '../../../api/quantity.ts';
import { parseGoDuration } from '../../../api/duration.ts';
import type { KubeletConfiguration } from '../configuration.ts';

/** One resource of a machine, in bytes; inodes and process ids are counted. */
export interface ResourceStats { capacityBytes: number; availableBytes: number }
/** Images, containers and the kubelet share one disk: nodefs and imagefs say the same. */
export interface NodeStats { readonly memory: ResourceStats; readonly disk: ResourceStats; readonly inodes: ResourceStats; readonly pids: ResourceStats }

export type Pressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure';

export interface Threshold {
  signal: string;
  /** The resource in messages. */
  resource: 'memory' | 'ephemeral-storage' | 'inodes' | 'pids';
  pressure: Pressure;
  /** `100Mi` or `10%`. */
  value: string;
  /** Soft thresholds have to be met so long. */
  graceMs?: number;
  /** More than the threshold that is to be free afterwards. */
  reclaim?: string;
}

const SIGNALS: Readonly<Record<string, Pick<Threshold, 'resource' | 'pressure'>>> = {
  'memory.available': { resource: 'memory', pressure: 'MemoryPressure' },
  'nodefs.available': { resource: 'ephemeral-storage', pressure: 'DiskPressure' },
  'imagefs.available': { resource: 'ephemeral-storage', pressure: 'DiskPressure' },
  'nodefs.inodesFree': { resource: 'inodes', pressure: 'DiskPressure' },
  'imagefs.inodesFree': { resource: 'inodes', pressure: 'DiskPressure' },
  'pid.available': { resource: 'pids', pressure: 'PIDPressure' },
};

/** The thresholds in the order in which they are seen to: memory first. */
export function thresholdsOf({ evictionHard, evictionSoft, evictionSoftGracePeriod, evictionMinimumReclaim }: KubeletConfiguration): Threshold[] {
  const of = (list: Readonly<Record<string, string>>, isSoft: boolean) => Object.entries(list).flatMap(([signal, value]): Threshold[] => {
    const known = SIGNALS[signal];
    if (!known || value === '0%' || value === '0') return [];
    return [{ signal, value, ...known, ...(isSoft ? { graceMs: parseGoDuration(evictionSoftGracePeriod[signal] ?? '0s') ?? 0 } : {}), reclaim: evictionMinimumReclaim[signal] }];
  });
  return [...of(evictionHard, false), ...of(evictionSoft, true)].sort((a, b) => Number(b.resource === 'memory') - Number(a.resource === 'memory'));
}

const OF = { memory: 'memory', 'ephemeral-storage': 'disk', inodes: 'inodes', pids: 'pids' } as const;

/** What a threshold looks at. */
export function observed(stats: NodeStats, { resource }: Threshold): ResourceStats {
  return stats[OF[resource]];
}

/** A threshold in bytes; percentages are of the capacity. */
export function thresholdBytes(value: string, { capacityBytes }: ResourceStats): number {
  return value.endsWith('%') ? Math.trunc((capacityBytes * Number.parseFloat(value)) / 100) : quantityValue(value);
}

/** Whether a signal is below its threshold; `afterwards` also asks for what is to be reclaimed on top. */
export function isMet(stats: NodeStats, threshold: Threshold, afterwards = false): boolean {
  const found = observed(stats, threshold);
  const more = afterwards && threshold.reclaim ? thresholdBytes(threshold.reclaim, found) : 0;
  return found.availableBytes < thresholdBytes(threshold.value, found) + more;
}

/** An amount of a resource in messages: inodes and process ids are plain numbers. */
export function shownAmount(resource: Threshold['resource'], amount: number): string {
  return resource === 'inodes' || resource === 'pids' ? String(amount) : inBinary(amount);
}

/** `100Mi`, `98340Ki`: bytes as the kubelet's messages have them; memory comes in pages. */
export function inBinary(bytes: number): string {
  return formatQuantity(parseQuantity(quantityOf(Math.ceil(bytes / 4096) * 4096, 'BinarySI')));
}

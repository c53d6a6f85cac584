/** Whom a kubelet evicts first, and what it says to them (pkg/kubelet/eviction/helpers.go). */
import { amountOf, podRequests } from '../../../api/pod-resources.ts';
import type { Pod } from '../../../api/types.ts';
import type { RuntimeContainer } from '../../runtime/container.ts';
import { isMirror, isStatic } from '../static-pods.ts';
import { podFolder } from '../volumes.ts';
import { inBinary, type NodeStats, observed, shownAmount, type Threshold, thresholdBytes } from './signals.ts';

const SYSTEM_CRITICAL = 2_000_000_000; // scheduling.SystemCriticalPriority

/** A Pod on its node, for what it uses. */
export interface Tenant { pod: Pod; running: readonly RuntimeContainer[]; /** Bytes, and files, below a path of the node's disk. */ diskUsage: (path: string) => number; fileCount: (path: string) => number }

/** Pods that are never evicted: of the node itself, or critical to the cluster. */
export function isCritical(pod: Pod): boolean {
  return isStatic(pod) || isMirror(pod) || (pod.spec.priority ?? 0) >= SYSTEM_CRITICAL;
}

/** Pods that use more than they asked for come first, then the less important, then those furthest above their request. */
export function ranked(tenants: readonly Tenant[], resource: Threshold['resource']): Tenant[] {
  const scored = tenants.map((tenant) => {
    const isCounted = resource === 'inodes' || resource === 'pids';
    const over = podUsage(tenant, resource) - (isCounted ? 0 : amountOf(resource, podRequests(tenant.pod.spec)[resource]));
    return { tenant, over, exceeds: resource !== 'pids' && over > 0, priority: tenant.pod.spec.priority ?? 0 };
  });
  scored.sort((a, b) => Number(b.exceeds) - Number(a.exceeds) || a.priority - b.priority || b.over - a.over);
  return scored.map(({ tenant }) => tenant);
}

/** Why a Pod was evicted. */
export function evictionMessage({ running, pod }: Tenant, threshold: Threshold, stats: NodeStats): string {
  const { resource } = threshold;
  const found = observed(stats, threshold);
  const parts = [`The node was low on resource: ${resource}. `, `Threshold quantity: ${shownAmount(resource, thresholdBytes(threshold.value, found))}, available: ${shownAmount(resource, found.availableBytes)}. `];
  if (resource === 'inodes' || resource === 'pids') return parts.join('');
  for (const container of running) {
    const bytes = containerUsage(container, resource);
    const request = String(pod.spec.containers.find(({ name }) => name === container.config.name)?.resources?.requests?.[resource] ?? '0');
    if (bytes > amountOf(resource, request)) parts.push(`Container ${container.config.name} was using ${inBinary(bytes)}, request is ${request}, has larger consumption of ${resource}. `);
  }
  return parts.join('');
}

/** Whether a Pod's local storage is above a limit of its own, and the message for it. */
export function localStorageMessage(tenant: Tenant): string | undefined {
  const { pod, running, diskUsage } = tenant;
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    if (emptyDir?.sizeLimit !== undefined && emptyDir.medium !== 'Memory' && diskUsage(emptyDirPath(pod, name)) > amountOf('storage', String(emptyDir.sizeLimit))) return `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir.sizeLimit}". `;
  }
  const limits = pod.spec.containers.map(({ name, resources }) => ({ name, limit: resources?.limits?.['ephemeral-storage'] }));
  const total = limits.every(({ limit }) => limit !== undefined) ? limits.reduce((sum, { limit }) => sum + amountOf('ephemeral-storage', String(limit)), 0) : undefined;
  if (total !== undefined && podUsage(tenant, 'ephemeral-storage') > total) return `Pod ephemeral local storage usage exceeds the total limit of containers ${inBinary(total)}. `;
  for (const { name, limit } of limits) {
    const container = running.find(({ config }) => config.name === name);
    if (limit !== undefined && container && containerUsage(container, 'ephemeral-storage') > amountOf('ephemeral-storage', String(limit))) return `Container ${name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}

function podUsage({ pod, running, diskUsage, fileCount }: Tenant, resource: Threshold['resource']): number {
  if (resource === 'pids') return running.reduce((sum, { usage }) => sum + usage.processes, 0);
  if (resource === 'inodes') return (pod.spec.volumes ?? []).reduce((sum, { name, emptyDir }) => sum + (emptyDir ? fileCount(emptyDirPath(pod, name)) : 0), 0);
  const own = running.reduce((sum, container) => sum + containerUsage(container, resource), 0);
  if (resource === 'memory') return own;
  return own + (pod.spec.volumes ?? []).reduce((sum, { name, emptyDir }) => sum + (emptyDir ? diskUsage(emptyDirPath(pod, name)) : 0), 0);
}

function containerUsage({ usage, layerBytes, log }: RuntimeContainer, resource: Threshold['resource']): number {
  return resource === 'memory' ? usage.memoryBytes : layerBytes() + log.fileBytes;
}

function emptyDirPath(pod: Pod, volume: string): string {
  return `${podFolder(pod.metadata.uid)}/volumes/kubernetes.io~empty-dir/${volume}`;
}

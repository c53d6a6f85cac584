/** Ports of a node that Pods take for themselves. */
import type { PodSpec } from './types.ts';

export interface HostPort { readonly ip: string; readonly port: number; readonly protocol: string }

const NO_PORTS: readonly HostPort[] = [];

/** Ports of the node that a Pod takes; those of sidecars too. */
export function hostPortsOf(spec: PodSpec): readonly HostPort[] {
  let ports: HostPort[] | undefined;
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of sidecars.length > 0 ? [...spec.containers, ...sidecars] : spec.containers) {
    for (const { hostPort, hostIP, protocol } of container.ports ?? []) {
      if (hostPort) (ports ??= []).push({ ip: hostIP || '0.0.0.0', port: hostPort, protocol: protocol ?? 'TCP' });
    }
  }
  return ports ?? NO_PORTS;
}

/** Whether the two take the same port of a node. */
export function portsConflict(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0');
}

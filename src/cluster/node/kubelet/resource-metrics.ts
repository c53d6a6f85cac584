/** What a kubelet tells of its node's and containers' use at /metrics/resource. */
import type { ContainerRuntime } from '../runtime/container-runtime.ts';

/** What the daemons of a node use themselves: kubelet, containerd, the kernel. */
const SYSTEM_CPU_MILLIS = 35;

/** Prometheus' text format; times are milliseconds since the epoch. */
export function resourceMetrics(runtime: ContainerRuntime, nowMs: number): string {
  const running = runtime.containers().filter(({ state }) => state === 'Running');
  const cpuSeconds = (runtime.cpuMs + ((nowMs - runtime.createdMs) * SYSTEM_CPU_MILLIS) / 1000) / 1000;
  const lines = running.flatMap(({ config, sandbox, usage, startedMs }) => {
    const labels = `{container="${config.name}",namespace="${sandbox.config.namespace}",pod="${sandbox.config.name}"}`;
    return [`container_cpu_usage_seconds_total${labels} ${usage.cpuMs / 1000} ${nowMs}`, `container_memory_working_set_bytes${labels} ${usage.memoryBytes} ${nowMs}`, `container_start_time_seconds${labels} ${startedMs / 1000}`];
  });
  return [...lines.sort(), `node_cpu_usage_seconds_total ${cpuSeconds} ${nowMs}`, `node_memory_working_set_bytes ${runtime.memoryBytes} ${nowMs}`, 'scrape_error 0', ''].join('\n');
}

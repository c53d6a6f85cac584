/** What the kubelets told in the last two rounds, and the use that lies between them (metrics-server: storage). */
import { quantityOf } from '../../../api/quantity.ts';

/** Totals at one moment. */
export interface Point { atMs: number; startedMs: number; cpuSeconds: number; memoryBytes: number }
/** `node`, or `namespace/pod/container`, to its totals. */
export type Points = ReadonlyMap<string, Point>;
export interface UsageOfTime { atMs: number; windowMs: number; usage: { cpu: string; memory: string } }

const FRESH_MS = 10_000; // freshContainerMinMetricsResolution

export class UsageStore {
  #last: Points = new Map();
  #before: Points = new Map();

  /** Takes in a round; what it does not have is forgotten. */
  add(points: Points, resolutionMs: number): void {
    const before = new Map<string, Point>();
    for (const [key, point] of points) {
      const [last, older] = [this.#last.get(key), this.#before.get(key)];
      const isNew = point.startedMs < point.atMs && point.atMs - point.startedMs < resolutionMs && point.atMs - point.startedMs >= FRESH_MS;
      if (last && last.atMs < point.atMs && last.cpuSeconds <= point.cpuSeconds && last.startedMs === point.startedMs) before.set(key, last);
      else if (last?.atMs === point.atMs && older) before.set(key, older);
      else if (isNew) before.set(key, { ...point, atMs: point.startedMs, cpuSeconds: 0 });
    }
    this.#last = points;
    this.#before = before;
  }

  /** Undefined until two totals of it are known. */
  usage(key: string): UsageOfTime | undefined {
    const [last, before] = [this.#last.get(key), this.#before.get(key)];
    if (!last || !before) return undefined;
    const windowMs = last.atMs - before.atMs;
    const nanoCores = Math.round(((last.cpuSeconds - before.cpuSeconds) / windowMs) * 1e12);
    return { atMs: last.atMs, windowMs, usage: { cpu: nanoCores === 0 ? '0' : `${nanoCores}n`, memory: quantityOf(Math.ceil(last.memoryBytes / 1024) * 1024, 'BinarySI') } };
  }

  get isEmpty(): boolean { return this.#before.size === 0; }
}

/** Reads Prometheus' text. */
export function pointsOf(node: string, text: string): Map<string, Point> {
  const points = new Map<string, Point>();
  for (const line of text.split('\n')) {
    const [, subject, name, labels = '', value, time] = /^(container|node)_(\w+?)(?:\{(.*)\})? (\S+)(?: (\d+))?$/.exec(line) ?? [];
    if (!subject) continue;
    const label = (wanted: string) => new RegExp(`${wanted}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const key = subject === 'node' ? node : `${label('namespace')}/${label('pod')}/${label('container')}`;
    const point = points.get(key) ?? { atMs: 0, startedMs: 0, cpuSeconds: 0, memoryBytes: 0 };
    const changed = name === 'cpu_usage_seconds_total' ? { cpuSeconds: Number(value), atMs: Number(time) } : name === 'memory_working_set_bytes' ? { memoryBytes: Number(value) } : name === 'start_time_seconds' ? { startedMs: Number(value) * 1000 } : {};
    points.set(key, { ...point, ...changed });
  }
  return points;
}

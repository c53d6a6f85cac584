/** The probers of a Pod's containers, one for each that runs and has probes. */
import type { Pod } from '../../api/types.ts';
import type { RuntimeContainer } from '../runtime/container.ts';
import type { NodeContext } from './node-context.ts';
import { specOf } from './pod-termination.ts';
import type { ProbeView } from './pod-view.ts';
import { ContainerProber } from './prober.ts';

export class PodProbes {
  readonly #context: NodeContext;
  readonly #changed: () => void;
  readonly #probers = new Map<string, ContainerProber>();

  /** `changed` is called when a result has changed what the Pod's status says. */
  constructor(context: NodeContext, changed: () => void) {
    this.#context = context;
    this.#changed = changed;
  }

  start(pod: Pod, found: RuntimeContainer): void {
    const { name } = found.config;
    const container = specOf(pod, name);
    this.stop(name);
    if (!container.startupProbe && !container.livenessProbe && !container.readinessProbe) return;
    this.#probers.set(name, new ContainerProber(this.#context, pod, container, found, this.#changed));
  }

  stop(name: string): void {
    this.#probers.get(name)?.stop();
    this.#probers.delete(name);
  }

  stopAll(): void {
    for (const name of this.#probers.keys()) this.stop(name);
  }

  /** The Pod is going: only readiness is still watched. */
  terminating(): void {
    for (const prober of this.#probers.values()) prober.terminating();
  }

  views(): ReadonlyMap<string, ProbeView> {
    return new Map([...this.#probers].map(([name, prober]) => [name, prober.view]));
  }
}

/** The probes of one running container: when they run, and what their results mean (kubelet's prober/worker.go). */
import type { Timer } from '../../../time/clock.ts';
import type { Pod, Probe } from '../../api/types.ts';
import type { RuntimeContainer } from '../runtime/container.ts';
import { containerEvent, type NodeContext } from './node-context.ts';
import { probeOnce, type ProbeResult } from './probe-attempt.ts';
import type { AnyContainer, ProbeView } from './pod-view.ts';

type Kind = 'startup' | 'liveness' | 'readiness';
const TITLES: Readonly<Record<Kind, string>> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };

interface Running { kind: Kind; probe: Probe; successes: number; failures: number; timer?: Timer }

export class ContainerProber {
  readonly #context: NodeContext;
  readonly #pod: Pod;
  readonly #container: AnyContainer;
  readonly #found: RuntimeContainer;
  readonly #changed: () => void;
  readonly #running: Running[] = [];
  #started: boolean;
  #ready: boolean;
  #failed: 'liveness' | 'startup' | undefined;
  #isStopped = false;

  /** Starts probing; `changed` is called when the view has changed. */
  constructor(context: NodeContext, pod: Pod, container: AnyContainer, found: RuntimeContainer, changed: () => void) {
    this.#context = context;
    this.#pod = pod;
    this.#container = container;
    this.#found = found;
    this.#changed = changed;
    this.#started = !container.startupProbe;
    this.#ready = !container.readinessProbe;
    if (container.startupProbe) this.#begin('startup', container.startupProbe);
    else this.#beginOthers();
  }

  get view(): ProbeView {
    return { started: this.#started, ready: this.#started && this.#ready, ...(this.#failed ? { failed: this.#failed } : {}) };
  }

  /** The Pod is going: readiness is still watched, nothing is restarted any more. */
  terminating(): void {
    for (const each of this.#running) if (each.kind !== 'readiness') each.timer?.cancel();
    this.#running.splice(0, this.#running.length, ...this.#running.filter(({ kind }) => kind === 'readiness'));
  }

  stop(): void {
    this.#isStopped = true;
    for (const { timer } of this.#running) timer?.cancel();
  }

  #beginOthers(): void {
    const { livenessProbe, readinessProbe } = this.#container;
    if (livenessProbe) this.#begin('liveness', livenessProbe);
    if (readinessProbe) this.#begin('readiness', readinessProbe);
  }

  #begin(kind: Kind, probe: Probe): void {
    const running: Running = { kind, probe, successes: 0, failures: 0 };
    this.#running.push(running);
    const sinceStartMs = this.#context.world.clock.now() - this.#found.startedMs;
    this.#schedule(running, Math.max(0, (probe.initialDelaySeconds ?? 0) * 1000 - sinceStartMs));
  }

  #schedule(running: Running, delayMs: number): void {
    const { clock } = this.#context.world;
    running.timer = clock.after(delayMs, `${running.kind} probe`, () => {
      const nextMs = clock.now() + (running.probe.periodSeconds ?? 10) * 1000;
      probeOnce(this.#context, running.probe, this.#container, this.#found, (result) => {
        if (this.#isStopped || !this.#running.includes(running)) return;
        this.#note(running, result);
        if (!this.#isStopped && this.#running.includes(running)) this.#schedule(running, Math.max(0, nextMs - clock.now()));
      });
    });
  }

  #note(running: Running, { isSuccess, output }: ProbeResult): void {
    const { kind, probe } = running;
    if (!isSuccess) this.#complain(kind, output);
    running.successes = isSuccess ? running.successes + 1 : 0;
    running.failures = isSuccess ? 0 : running.failures + 1;
    if (isSuccess && running.successes === (probe.successThreshold ?? 1)) this.#succeeded(running);
    if (!isSuccess && running.failures === (probe.failureThreshold ?? 3)) this.#failedFor(kind);
  }

  #complain(kind: Kind, output: string): void {
    containerEvent(this.#context, this.#pod, this.#container, 'Warning', 'Unhealthy', `${TITLES[kind]} probe failed: ${output}`);
  }

  #succeeded(running: Running): void {
    if (running.kind === 'readiness') this.#ready = true;
    if (running.kind === 'startup') {
      this.#started = true;
      this.#running.splice(this.#running.indexOf(running), 1);
      this.#beginOthers();
    }
    this.#changed();
  }

  #failedFor(kind: Kind): void {
    if (kind === 'readiness') this.#ready = false;
    else {
      this.#failed = kind;
      this.stop(); // on hold until the container has been restarted
    }
    this.#changed();
  }
}

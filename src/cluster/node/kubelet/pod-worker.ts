/** One Pod on a node, from the moment it is bound until nothing of it is left: looks, decides, acts, reports. */
import type { Timer } from '../../../time/clock.ts';
import { isFinished } from '../../api/pod-status.ts';
import type { Pod, PodStatus } from '../../api/types.ts';
import type { RuntimeContainer, Sandbox } from '../runtime/container.ts';
import { startContainer, type StartOutcome } from './container-starter.ts';
import { runHook } from './lifecycle-hooks.ts';
import { containerEvent, type NodeContext, observe } from './node-context.ts';
import { computePodActions, type ContainerToKill, type ContainerToStart } from './pod-actions.ts';
import { watchDeadline } from './active-deadline.ts';
import { podPhase } from './pod-phase.ts';
import { PodProbes } from './pod-probes.ts';
import { PodResize } from './pod-resize.ts';
import { createSandbox } from './pod-sandbox.ts';
import { podStatus, type StatusInput } from './pod-status.ts';
import { gracePeriodSeconds, specOf, stopAll, stopContainer } from './pod-termination.ts';
import type { PodView, Waiting } from './pod-view.ts';
import { PodVolumeSetup } from './pod-volume-setup.ts';
import { terminationMessage } from './termination-message.ts';
import { podFolder } from './volumes.ts';

const SANDBOX_RETRY_MS = 10_000;
const RESIZE_RETRY_MS = 10_000;
const PREEMPTION_RETRY_MS = 1000;
const REJECTION_MS = 100; // until a rejection is told: a controller that makes another Pod at once (20 requests a second, --kube-api-qps) goes round no faster

type Step = (next: () => void) => void;

export class PodWorker {
  readonly #context: NodeContext;
  readonly #volumes: PodVolumeSetup;
  readonly #containers: RuntimeContainer[] = [];
  /** What ended before all containers began again. */
  readonly #past = new WeakSet<RuntimeContainer>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #probes: PodProbes;
  readonly #resize: PodResize;
  #pod: Pod;
  #sandbox: Sandbox | undefined;
  #state: 'active' | 'terminating' | 'terminated' = 'active';
  #verdict: StatusInput['verdict'];
  #isAdmitted = false;
  #isBusy = false;
  /** Until its sandbox is there, or its rejection is told; a request to the runtime ends with the one who asked. */
  #creating: Timer | undefined;
  #again = false;
  #retry: Timer | undefined;
  #report: Timer | undefined;
  #deadline: Timer | undefined;

  /** Takes over what the runtime still holds of this Pod from before the kubelet started. */
  constructor(context: NodeContext, pod: Pod, found?: { sandbox: Sandbox; containers: readonly RuntimeContainer[] }) {
    this.#context = context;
    this.#pod = pod;
    this.#resize = new PodResize(context, pod);
    this.#volumes = new PodVolumeSetup(context, () => this.sync());
    this.#probes = new PodProbes(context, () => {
      this.#reportSoon();
      this.sync();
    });
    if (!found) return;
    this.#isAdmitted = true;
    this.#sandbox = found.sandbox;
    this.#containers.push(...found.containers);
    for (const container of found.containers) if (container.state === 'Running') this.#probes.start(pod, container);
  }

  /** With what it has been allocated, which is not yet what it asks for while a resize waits. */
  get pod(): Pod { return this.#resize.allocated(this.#pod); }
  get sandbox(): Sandbox | undefined { return this.#sandbox; }
  get containers(): readonly RuntimeContainer[] { return this.#containers; }
  /** Whether its containers hold or will hold the node's resources. */
  get isActive(): boolean { return this.#state === 'active' && this.#isAdmitted && !isFinished(this.#pod); }
  /** Whether the node's resources are not free for others yet. */
  get holdsResources(): boolean { return this.#state === 'terminating' ? this.#running().length > 0 : this.isActive; }
  /** Whether it was evicted and has not ended yet. */
  get isBeingEvicted(): boolean { return this.#state === 'terminating' && this.#verdict?.disruption !== undefined; }
  get isTerminated(): boolean { return this.#state === 'terminated'; }

  /** The newest attempts, and the ones before; `index` 0 is the newest. */
  attempt(name: string, index: number): RuntimeContainer | undefined {
    return this.#containers.filter(({ config }) => config.name === name).at(-1 - index);
  }

  /** Why a container has not started, as its status says. */
  waitingReason(name: string): string | undefined {
    const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = this.#status();
    return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find((status) => status.name === name)?.state?.waiting?.reason;
  }

  /** The spec or metadata has changed. */
  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (!this.#context.runtime.pretend) this.#volumes.podChanged(pod);
    if (pod.metadata.deletionTimestamp && this.#state !== 'terminated') return this.terminate();
    if (this.#state === 'terminated' && pod.metadata.deletionTimestamp) return this.#finish();
    if (pod.spec.readinessGates) this.#reportSoon();
    if (before.metadata.generation !== pod.metadata.generation) this.sync();
  }

  /** Looks at the Pod and does the next thing. */
  sync(): void {
    if (this.#state !== 'active') return;
    if (this.#isBusy) {
      this.#again = true;
      return;
    }
    if (!this.#admit()) return;
    if (isFinished(this.#pod) || this.#isOver()) return this.terminate();
    this.#deadline ??= watchDeadline(this.#context, this.#pod, (verdict) => this.terminate({ verdict }));
    this.#reportNow();
    if (!this.#volumes.isReady(this.#pod, this.#sandbox?.ip)) return;
    const restarts = this.#resize.apply(this.#pod, this.#running());
    this.#reportSoon();
    if (this.#resize.condition) this.#retryAt(this.#context.world.clock.now() + RESIZE_RETRY_MS);
    const actions = computePodActions(this.#pod, this.#view());
    if (actions.restartAll) {
      for (const container of this.#containers) this.#past.add(container);
      return this.sync();
    }
    const kills = [...restarts, ...actions.kill].map((each): Step => (next) => this.#kill(each, next));
    const sandbox: Step[] = actions.createSandbox ? [(next) => this.#createSandbox(actions.attempt, next)] : [];
    if (actions.killPod) sandbox.unshift((next) => this.#loseSandbox(next));
    const starts = actions.start.map((each): Step => (next) => this.#start(each, next));
    this.#perform([...kills, ...sandbox, ...starts]);
  }

  /** Stops everything, for a deletion, an eviction, a deadline, or because all has ended. */
  terminate(asked: { graceSeconds?: number; verdict?: StatusInput['verdict'] } = {}): void {
    this.#verdict ??= asked.verdict;
    if (this.#state === 'terminated') return this.#finish();
    if (this.#state === 'terminating') return this.#hurry(asked.graceSeconds);
    this.#state = 'terminating';
    for (const timer of [this.#retry, this.#deadline, this.#creating]) timer?.cancel();
    this.#volumes.stop();
    this.#probes.terminating();
    if (asked.verdict) this.#reportNow();
    stopAll(this.#context, this.#pod, this.#running(), gracePeriodSeconds(this.#pod, asked.graceSeconds), () => this.#allStopped());
  }

  /** A container of this Pod has changed its state. */
  containerChanged(container: RuntimeContainer): void {
    if (container.state !== 'Exited' || !this.#containers.includes(container)) return;
    this.#probes.stop(container.config.name);
    container.message ||= terminationMessage(container, specOf(this.#pod, container.config.name));
    this.#reportSoon();
    this.#context.world.soon('sync pod', () => this.sync());
  }

  /** The kubelet stops: containers go on without it. */
  letGo(): void {
    this.#state = 'terminated';
    for (const timer of [this.#retry, this.#report, this.#deadline, this.#creating]) timer?.cancel();
    this.#probes.stopAll();
    this.#volumes.stop();
  }

  #admit(): boolean {
    if (this.#isAdmitted || isFinished(this.#pod)) return true;
    if (this.#creating) return false; // its rejection is on its way
    const refusal = this.#context.admit(this.#pod);
    this.#isAdmitted = !refusal;
    if (!refusal) return true;
    if (refusal.isTemporary) {
      this.#retryAt(this.#context.world.clock.now() + PREEMPTION_RETRY_MS);
      return false;
    }
    this.#context.recorder.event(this.#pod, 'Warning', refusal.reason, refusal.message);
    this.#creating = this.#context.world.clock.after(REJECTION_MS, 'rejection', () => this.terminate({ verdict: { phase: 'Failed', reason: refusal.reason, message: `Pod was rejected: ${refusal.message}`, isRejected: true } }));
    return false;
  }

  #isOver(): boolean {
    const phase = podPhase(this.#pod, this.#view(), false);
    return phase === 'Succeeded' || phase === 'Failed';
  }

  #perform(steps: readonly Step[]): void {
    if (steps.length === 0) return;
    this.#isBusy = true;
    const run = (index: number) => {
      const step = this.#state === 'active' ? steps[index] : undefined;
      if (step) return step(() => run(index + 1));
      this.#isBusy = false;
      this.#reportSoon();
      if (!this.#again) return;
      this.#again = false;
      this.sync();
    };
    run(0);
  }

  #createSandbox(attempt: number, next: () => void): void {
    const problem = this.#context.prepareResources(this.#pod);
    if (problem !== undefined) return this.#sandboxFailed('FailedPrepareDynamicResources', `Failed to prepare dynamic resources: ${problem}`);
    this.#creating = createSandbox(this.#context, this.#pod, attempt, (outcome) => {
      if ('sandbox' in outcome) {
        this.#sandbox = outcome.sandbox;
        return next();
      }
      this.#sandboxFailed(outcome.reason, outcome.message);
    });
  }

  #sandboxFailed(reason: string, message: string): void {
    const { recorder, world } = this.#context;
    recorder.event(this.#pod, 'Warning', reason, message);
    this.#isBusy = false;
    this.#retryAt(world.clock.now() + SANDBOX_RETRY_MS);
  }

  #loseSandbox(next: () => void): void {
    const { recorder, runtime } = this.#context;
    recorder.event(this.#pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    if (this.#sandbox) runtime.stopSandbox(this.#sandbox);
    next();
  }

  #start(toStart: ContainerToStart, next: () => void): void {
    const { name } = toStart.container;
    const sandbox = this.#sandbox;
    if (!sandbox) return next();
    const last = this.attempt(name, 0);
    startContainer(this.#context, { pod: this.pod, sandbox, volumes: this.#volumes.volumes, toStart, last }, (outcome) => {
      if (this.#state !== 'active') {
        if ('started' in outcome) this.#context.runtime.kill(outcome.started); // it was on its way while the Pod ended
        return next();
      }
      this.#note(name, outcome);
      if ('started' in outcome) this.#afterStart(toStart, outcome.started, next);
      else next();
    });
  }

  #note(name: string, outcome: StartOutcome): void {
    const container = 'started' in outcome ? outcome.started : outcome.attempted;
    if (container) this.#remember(container);
    if ('started' in outcome) {
      this.#waiting.delete(name);
      this.#again = true; // the next container in line may start now
      return;
    }
    this.#waiting.set(name, outcome.waiting);
    this.#retryAt(outcome.retryAtMs);
  }

  /** Of dead attempts only the last is kept, for lastState and `logs --previous`. */
  #remember(container: RuntimeContainer): void {
    const { runtime } = this.#context;
    this.#containers.push(container);
    for (const old of this.#containers.filter(({ config }) => config.name === container.config.name).slice(0, -2)) {
      runtime.remove(old);
      this.#containers.splice(this.#containers.indexOf(old), 1);
    }
  }

  #afterStart({ container }: ContainerToStart, started: RuntimeContainer, next: () => void): void {
    this.#probes.start(this.#pod, started);
    const hook = container.lifecycle?.postStart;
    if (!hook || started.state !== 'Running') return next();
    runHook(this.#context, container, started, hook, (error) => {
      if (error === undefined) return next();
      containerEvent(this.#context, this.#pod, container, 'Warning', 'FailedPostStartHook', 'PostStartHook failed');
      stopContainer(this.#context, this.#pod, container, started, gracePeriodSeconds(this.#pod) * 1000, 'FailedPostStartHook', next);
    });
  }

  #kill({ container, reason, message }: ContainerToKill, next: () => void): void {
    const found = this.attempt(container.name, 0);
    if (!found) return next();
    const probe = reason === 'liveness' ? container.livenessProbe : reason === 'startup' ? container.startupProbe : undefined;
    const graceMs = (probe?.terminationGracePeriodSeconds ?? gracePeriodSeconds(this.#pod)) * 1000;
    this.#again = true;
    stopContainer(this.#context, this.#pod, container, found, graceMs, message, next);
  }

  #allStopped(): void {
    // What is on the node for this Pod alone goes with its containers, though the object may stay.
    if (!this.#context.runtime.pretend) this.#context.files.remove(`${podFolder(this.#pod.metadata.uid)}/volumes/kubernetes.io~empty-dir`, { recursive: true, force: true });
    const { runtime, world } = this.#context;
    world.soon('end pod', () => {
      if (this.#state !== 'terminating') return;
      if (this.#sandbox) runtime.stopSandbox(this.#sandbox);
      this.#probes.stopAll();
      this.#state = 'terminated';
      this.#reportNow();
      this.#finish();
    });
  }

  #finish(): void {
    this.#context.finished(this.#pod);
  }

  /** A second, shorter notice: what is left gets no more than that. */
  #hurry(graceSeconds: number | undefined): void {
    const { runtime, world } = this.#context;
    const seconds = gracePeriodSeconds(this.#pod, graceSeconds);
    for (const found of this.#running()) world.clock.after(Math.max(2, seconds) * 1000, 'kill', () => runtime.kill(found));
  }

  #running(): RuntimeContainer[] {
    return this.#containers.filter(({ state }) => state === 'Running');
  }

  #retryAt(atMs: number): void {
    const { clock } = this.#context.world;
    if (this.#retry && this.#retry.atMs > clock.now() && this.#retry.atMs <= atMs) return;
    this.#retry?.cancel();
    this.#retry = clock.after(Math.max(0, atMs - clock.now()), 'retry pod', () => {
      this.#retry = undefined;
      this.sync();
    });
  }

  /** Reports at the end of this instant, so that what happens together is written together. */
  #reportSoon(): void {
    this.#report ??= this.#context.world.clock.after(0, 'report status', () => this.#reportNow());
  }

  #reportNow(): void {
    this.#report?.cancel();
    this.#report = undefined;
    this.#context.report(this.#pod, this.#status());
  }

  #status(): PodStatus {
    const { world, hostIP, runtime } = this.#context;
    const runtimeName = runtime.version.split(':')[0] ?? '';
    return podStatus({
      pod: this.pod, resize: this.#resize.condition, view: this.#view(), nowMs: world.clock.now(), hostIP, runtimeName, isTerminal: this.#state === 'terminated', verdict: this.#verdict,
    });
  }

  #view(): PodView {
    return observe(this.#sandbox, this.#containers, this.#past, this.#waiting, this.#probes.views());
  }
}

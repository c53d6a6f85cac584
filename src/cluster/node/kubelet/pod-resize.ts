/** In-place resize: what a Pod's containers have been allocated, and how they come to what its spec asks for now. */
import { milliValue, quantityValue } from '../../api/quantity.ts';
import type { Pod } from '../../api/types.ts';
import type { RuntimeContainer } from '../runtime/container.ts';
import type { NodeContext } from './node-context.ts';
import type { ContainerToKill } from './pod-actions.ts';
import type { AnyContainer } from './pod-view.ts';
import { isStatic } from './static-pods.ts';

type Resources = AnyContainer['resources'];
export interface ResizeCondition { type: 'PodResizePending' | 'PodResizeInProgress'; reason?: string; message?: string }

export class PodResize {
  readonly #context: NodeContext;
  readonly #allocated = new Map<string, Resources>();
  /** Why the resize waits, or is not done. */
  condition: ResizeCondition | undefined;

  constructor(context: NodeContext, pod: Pod) {
    this.#context = context;
    for (const { name, resources } of resizable(pod)) this.#allocated.set(name, resources);
  }

  /** The Pod with what it has been allocated in the place of what it asks for. */
  allocated(pod: Pod): Pod {
    if (!this.#differs(pod)) return pod;
    const give = <T extends AnyContainer>(container: T): T => ({ ...container, resources: this.#allocated.get(container.name) });
    return { ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map(give), ...(pod.spec.initContainers ? { initContainers: pod.spec.initContainers.map(give) } : {}) } };
  }

  #differs(pod: Pod): boolean {
    return resizable(pod).some(({ name, resources }) => JSON.stringify(resources ?? {}) !== JSON.stringify(this.#allocated.get(name) ?? {}));
  }

  /** Allocates and applies what was asked for, if there is room; gives the containers that have to restart for it. */
  apply(pod: Pod, running: readonly RuntimeContainer[]): ContainerToKill[] {
    if (!this.#differs(pod)) {
      this.condition = undefined;
      return [];
    }
    const before = this.condition?.reason;
    this.condition = this.#obstacle(pod, running);
    if (this.condition) {
      if (this.condition.reason !== before && this.condition.type === 'PodResizePending') this.#say(pod, 'Warning', `Resize${this.condition.reason}`, `Pod resize ${this.condition.reason}: ${summary(pod, this.condition.message)}`);
      return [];
    }
    this.#say(pod, 'Normal', 'ResizeStarted', `Pod resize started: ${summary(pod)}`);
    const restarting = resizable(pod).flatMap((container) => this.#actuate(container, running));
    this.#say(pod, 'Normal', 'ResizeCompleted', `Pod resize completed: ${summary(pod)}`);
    return restarting;
  }

  #say(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#context.recorder.event(pod, type, reason, message);
  }

  #obstacle(pod: Pod, running: readonly RuntimeContainer[]): ResizeCondition | undefined {
    if (isStatic(pod)) return { type: 'PodResizePending', reason: 'Infeasible', message: 'In-place resize of static-pods is not supported' };
    const never = this.#context.admit(pod, { alone: true });
    if (never) return { type: 'PodResizePending', reason: 'Infeasible', message: never.message.replace('enough resource', 'enough capacity').replace(/, used: \d+/, '') };
    const notNow = this.#context.admit(pod);
    if (notNow) return { type: 'PodResizePending', reason: 'Deferred', message: notNow.message };
    for (const { name, resources, resizePolicy } of resizable(pod)) {
      const found = running.find(({ config }) => config.name === name);
      const limit = resources?.limits?.memory;
      const isRestarted = resizePolicy?.some((policy) => policy.resourceName === 'memory' && policy.restartPolicy === 'RestartContainer');
      if (!found || limit === undefined || isRestarted || quantityValue(String(limit)) >= found.usage.memoryBytes) continue;
      return { type: 'PodResizeInProgress', reason: 'Error', message: `attempting to set container "${name}" memory limit (${quantityValue(String(limit))}) below current usage (${found.usage.memoryBytes})` };
    }
    return undefined;
  }

  #actuate(container: AnyContainer, running: readonly RuntimeContainer[]): ContainerToKill[] {
    const { name, resources, resizePolicy = [] } = container;
    const before = this.#allocated.get(name);
    this.#allocated.set(name, resources);
    const found = running.find(({ config }) => config.name === name);
    const changed = (['cpu', 'memory'] as const).filter((resource) => (['requests', 'limits'] as const).some((kind) => String(before?.[kind]?.[resource]) !== String(resources?.[kind]?.[resource])));
    if (!found || changed.length === 0) return [];
    if (resizePolicy.some(({ resourceName, restartPolicy }) => restartPolicy === 'RestartContainer' && changed.some((resource) => resource === resourceName))) return [{ container, reason: 'changed', message: `Container ${name} resize requires restart` }];
    const { cpu, memory } = resources?.limits ?? {};
    found.config.cpuLimitMillis = cpu === undefined ? undefined : milliValue(String(cpu));
    found.config.memoryLimitBytes = memory === undefined ? undefined : quantityValue(String(memory));
    return [];
  }
}

function resizable({ spec }: Pod): AnyContainer[] {
  return [...spec.containers, ...(spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')];
}

/** The Pod's resources as the resize's events tell them. */
function summary(pod: Pod, error?: string): string {
  return JSON.stringify({ containers: resizable(pod).map(({ name, resources }) => ({ name, resources: { ...(resources?.limits ? { limits: resources.limits } : {}), ...(resources?.requests ? { requests: resources.requests } : {}) } })), generation: pod.metadata.generation, ...(error ? { error } : {}) });
}

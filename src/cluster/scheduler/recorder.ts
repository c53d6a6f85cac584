/**
 * Events as the scheduler writes them (events.k8s.io): a time in microseconds, no counts; what repeats becomes a
 * series on the first event. Its second occurrence is written at once, later ones when the series has ended.
 */
import type { Timer } from '../../time/clock.ts';
import type { World } from '../../time/simulation.ts';
import { microTimestamp } from '../api/duration.ts';
import { succeeds } from '../client/api-failure.ts';
import type { Draft, Event, Pod } from '../api/types.ts';
import { eventSuffix, referenceTo } from '../client/recorder.ts';
import { events } from '../client/resources.ts';
import { type ApiClient } from '../client/types.ts';

const finishTimeMs = 360_000; // client-go tools/events: finishTime

interface Written { name: string; namespace: string; count: number; writtenCount: number; lastMs: number }

export interface SchedulerEvent {
  type: 'Normal' | 'Warning';
  /** `Binding`, `Scheduling`, `Preempting` */
  action: string;
  reason: string;
  note: string;
  related?: Pod;
}

export class SchedulerRecorder {
  readonly #world: World;
  readonly #client: ApiClient;
  readonly #reporter: { component: string; instance: string };
  readonly #written = new Map<string, Written>();
  #finishing: Timer | undefined;

  constructor(world: World, client: ApiClient, reporter: { component: string; instance: string }) {
    this.#world = world;
    this.#client = client;
    this.#reporter = reporter;
  }

  /** Events that cannot be written are lost. */
  event(pod: Pod, event: SchedulerEvent): void {
    const { uid, resourceVersion } = pod.metadata;
    const key = [uid, resourceVersion, event.type, event.action, event.reason, event.related?.metadata.uid].join('|');
    const before = this.#written.get(key);
    if (before) return this.#repeat(before);
    const created = this.#create(pod, event);
    if (!created) return;
    this.#written.set(key, created);
    this.#finishing ??= this.#world.clock.after(finishTimeMs, 'finish event series', () => this.#finish());
  }

  stop(): void {
    this.#finishing?.cancel();
  }

  #create(pod: Pod, { type, action, reason, note, related }: SchedulerEvent): Written | undefined {
    const nowMs = this.#world.clock.now();
    const { namespace = 'default' } = pod.metadata;
    const name = `${pod.metadata.name}.${eventSuffix(this.#world)}`;
    const draft: Draft<Event> = {
      apiVersion: 'v1', kind: 'Event', metadata: { name, namespace }, involvedObject: referenceTo(pod), reason, message: note, type, action,
      eventTime: microTimestamp(nowMs), reportingComponent: this.#reporter.component, reportingInstance: this.#reporter.instance,
    };
    if (related) draft.related = referenceTo(related);
    return succeeds(() => this.#client.create(events, draft)) ? { name, namespace, count: 1, writtenCount: 1, lastMs: nowMs } : undefined;
  }

  #repeat(event: Written): void {
    event.count++;
    event.lastMs = this.#world.clock.now();
    if (event.count === 2) this.#writeSeries(event);
  }

  #writeSeries(event: Written): void {
    event.writtenCount = event.count;
    const series = { count: event.count, lastObservedTime: microTimestamp(event.lastMs) };
    succeeds(() => this.#client.patch(events, event.name, event.namespace, { series }));
  }

  #finish(): void {
    this.#finishing = undefined;
    const limitMs = this.#world.clock.now() - finishTimeMs;
    for (const [key, event] of this.#written) {
      if (event.lastMs > limitMs) continue;
      this.#written.delete(key);
      if (event.count > event.writtenCount) this.#writeSeries(event);
    }
    if (this.#written.size > 0) this.#finishing = this.#world.clock.after(finishTimeMs, 'finish event series', () => this.#finish());
  }
}

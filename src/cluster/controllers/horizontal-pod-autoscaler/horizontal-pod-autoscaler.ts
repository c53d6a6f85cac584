/** The HorizontalPodAutoscaler controller: each 15 s it asks the metrics, and sets the target's scale (pkg/controller/podautoscaler/horizontal.go). */
import { matchesSelectorText, parseSelector, SelectorError } from '../../api/labels.ts';
import type { Pod } from '../../api/types.ts';
import { horizontalPodAutoscalers, pods } from '../../client/resources.ts';
import { ApiError } from '../../client/types.ts';
import { type Controller, keyOf } from '../controller.ts';
import type { Discovery } from '../discovery.ts';
import { canonical } from '../template-hash.ts';
import { type Autoscaling, autoscaled, ScaleError } from './autoscaling.ts';
import type { Memory } from './behavior.ts';
import { createMetricsClient } from './metrics-client.ts';
import { scaleClient } from './scale.ts';

const DISCOVERY_MS = 30_000; // the REST mapper is reset so often

export const horizontalPodAutoscalerController: Controller = (context) => {
  const { client, world, settings } = context;
  const syncPeriodMs = settings.ms('horizontal-pod-autoscaler-sync-period', 15_000);
  const timing = { cpuInitializationMs: settings.ms('horizontal-pod-autoscaler-cpu-initialization-period', 300_000), initialReadinessDelayMs: settings.ms('horizontal-pod-autoscaler-initial-readiness-delay', 30_000) };
  const all = context.informer(horizontalPodAutoscalers);
  const allPods = context.informer(pods);
  const recorder = context.recorder('horizontal-pod-autoscaler');
  allPods.indexBy('namespace', ({ metadata }) => [metadata.namespace ?? '']);
  const queue = context.queue('horizontal-pod-autoscaler', reconcile);
  const memories = new Map<string, Memory>();
  /** The selector behind each target; empty until it is known. */
  const selectors = new Map<string, string>();
  const discover = cached(() => world.clock.now(), () => context.discover());
  const scales = scaleClient(client, discover);
  const metrics = createMetricsClient(client, discover);

  all.onChange((now, old) => {
    const key = keyOf((now ?? old)!);
    if (now) {
      if (!selectors.has(key)) selectors.set(key, '');
      queue.addAfter(key, syncPeriodMs);
      return;
    }
    selectors.delete(key);
    memories.delete(key);
  });

  function reconcile(key: string): void {
    const autoscaler = all.get(key);
    if (!autoscaler) return;
    queue.addAfter(key, syncPeriodMs);
    const namespace = autoscaler.metadata.namespace ?? '';
    const memory = memories.get(key) ?? { recommendations: [], scaleUps: [], scaleDowns: [] };
    const work: Autoscaling = {
      scales, metrics, memory, isNew: !memories.has(key), nowMs: world.clock.now(), timing, scalesToZero: settings.gates().isOn('HPAScaleToZero'),
      event: (type, reason, message) => recorder.event(autoscaler, type, reason, message),
      podsOf: (selector) => podsOf(key, namespace, selector),
      autoscalersOf: (found) => autoscalersOf(namespace, found),
    };
    memories.set(key, memory);
    const status = autoscaled(autoscaler, work);
    if (canonical(status) === canonical(autoscaler.status)) return;
    try {
      client.updateStatus(horizontalPodAutoscalers, { ...autoscaler, status });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code !== 404) recorder.event(autoscaler, 'Warning', 'FailedUpdateStatus', error.message);
    }
  }

  /** Throws ScaleError for what is no selector. */
  function podsOf(key: string, namespace: string, selector: string): readonly Pod[] {
    try {
      parseSelector(selector);
    } catch (error) {
      if (error instanceof SelectorError) throw new ScaleError(error.message);
      throw error;
    }
    if (selectors.has(key)) selectors.set(key, selector);
    // By name, so that of several Pods without a request the same one is named after a restart.
    return allPods.byIndex('namespace', namespace).filter(({ metadata }) => matchesSelectorText(selector, metadata.labels)).toSorted(({ metadata: a }, { metadata: b }) => (a.name < b.name ? -1 : 1));
  }

  function autoscalersOf(namespace: string, found: readonly Pod[]): string[] {
    const neighbours = [...selectors].filter(([key, selector]) => selector !== '' && key.startsWith(`${namespace}/`));
    return neighbours.filter(([, selector]) => found.some(({ metadata }) => matchesSelectorText(selector, metadata.labels))).map(([key]) => key).sort();
  }

  return { stop: () => queue.stop() };
};

/** What was found out, for half a minute. */
function cached(now: () => number, ask: () => Discovery): () => Discovery {
  let known: { discovery: Discovery; untilMs: number } | undefined;
  return () => {
    if (!known || known.untilMs <= now()) known = { discovery: ask(), untilMs: now() + DISCOVERY_MS };
    return known.discovery;
  };
}

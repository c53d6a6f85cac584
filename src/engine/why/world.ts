/** What the reasons are found in: the API's objects, the scheduler's last attempts, containers' last words, the machines. */
import type { Words } from '../../language/words.ts';
import type { Attempt } from '../../cluster/scheduler/attempt.ts';
import type { KubeObject, Pod } from '../../cluster/api/types.ts';
import type { ObjectRef } from '../lens/lens-view.ts';

/** A link of the chain: what is so, and what would show it on a real cluster. The last links are the cause. */
export interface Link {
  readonly text: string;
  readonly command: string;
}

/** A machine as its console would show it. */
export interface MachineFacts {
  readonly isOn: boolean;
  /** Off the network. */
  readonly isCut: boolean;
  readonly isControlPlane: boolean;
  readonly kubelet: UnitFacts;
  readonly runtime: UnitFacts;
  readonly networkProblem?: string;
  readonly isKubeProxyUp: boolean;
}

export interface UnitFacts { readonly unit: string; readonly state: string; readonly lastWords?: string }

/** A program of the control plane, as its node's runtime knows it. */
export interface ComponentFacts {
  readonly node: string;
  readonly word: 'running' | 'crashing' | 'stopped' | 'starting';
  readonly hasManifest: boolean;
  readonly lastWords?: string;
}

export interface WhyWorld {
  /** What the reasons are told in. */
  readonly words: Words['reasons'];
  readonly nowMs: number;
  /** False while no API server answers; nothing of the API is known then. */
  readonly isServed: boolean;
  /** By kubectl's word for it, such as `pod` or `deployment`. */
  get(ref: ObjectRef): KubeObject | undefined;
  /** By kubectl's word for one of them. */
  list(resource: string, namespace?: string): readonly KubeObject[];
  attempt(pod: Pod): Attempt | undefined;
  /** What the container said last: of the one that ended when there is one. */
  lastWords(pod: Pod, container: string): string | undefined;
  machine(node: string): MachineFacts | undefined;
  component(name: string): ComponentFacts | undefined;
}

export const link = (text: string, command: string): Link => ({ text, command });

/** ` -n shop`; nothing for the namespace default. */
export const inNamespace = (namespace: string | undefined): string => (namespace && namespace !== 'default' ? ` -n ${namespace}` : '');

/** The newest Event about an object with one of these reasons. */
export function lastEvent(world: WhyWorld, { metadata: { uid, namespace } }: KubeObject, reasons: RegExp): { reason: string; message: string } | undefined {
  // Casts: a list of Events holds Events.
  const about = (world.list('event', namespace ?? 'default') as (KubeObject & { involvedObject?: { uid?: string }; reason?: string; message?: string; lastTimestamp?: string; eventTime?: string })[])
    .filter(({ involvedObject, reason = '' }) => involvedObject?.uid === uid && reasons.test(reason));
  const newest = about.sort((a, b) => timeOf(a) - timeOf(b)).at(-1);
  return newest && { reason: newest.reason ?? '', message: newest.message ?? '' };
}

const timeOf = ({ lastTimestamp, eventTime, metadata }: KubeObject & { lastTimestamp?: string; eventTime?: string }) => Date.parse(lastTimestamp ?? eventTime ?? metadata.creationTimestamp);

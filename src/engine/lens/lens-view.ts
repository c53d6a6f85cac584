/** What a player can look at more closely, and what it looks like: plain data. */
import type { Attempt } from '../../cluster/scheduler/attempt.ts';
import type { TrafficSecond } from '../mission/traffic-history.ts';

/** An object by the words kubectl takes: `pod`, `deployment`, `widget.example.com`. */
export interface ObjectRef {
  readonly resource: string;
  readonly name: string;
  readonly namespace?: string;
}

export const OBJECT_TABS = ['describe', 'yaml', 'events', 'logs', 'owners'] as const;
export type ObjectTab = (typeof OBJECT_TABS)[number];

/** What is asked to be shown. */
export type Lens =
  | { readonly of: 'object'; readonly ref: ObjectRef; readonly tab: ObjectTab }
  | { readonly of: 'why'; readonly ref?: ObjectRef }
  /** A command of the player's: how many commands back. */
  | { readonly of: 'request'; readonly back: number }
  /** Two revisions of etcd: the newest, and the one before it, unless said otherwise. */
  | { readonly of: 'history'; readonly from?: number; readonly to?: number }
  | { readonly of: 'events' }
  | { readonly of: 'traffic' };

/** What is shown, with the lens it answers. */
export type LensView =
  | ObjectLensView
  | WhyLensView
  | RequestLensView
  | HistoryLensView
  | EventsLensView
  | TrafficLensView;

/** An object as kubectl tells of it. */
export interface ObjectLensView {
  readonly of: 'object';
  readonly ref: ObjectRef;
  readonly tab: ObjectTab;
  /** What says the same at the prompt. */
  readonly command: string;
  readonly lines: readonly string[];
  /** For the tab 'owners': what can be gone to, root first. */
  readonly chain?: readonly { readonly ref: ObjectRef; readonly depth: number; readonly note: string }[];
}

/** A stage that a request went through, or was refused at. */
export interface StageView { readonly name: string; readonly health: 'good' | 'busy' | 'warning' | 'bad'; readonly text: string }

/** A later write that belongs to what a command wrote. */
export interface ReactionView { readonly afterMs: number; readonly who: string; readonly text: string }

/** A command from its requests to what came of it. */
export interface RequestLensView {
  readonly of: 'request';
  readonly back: number;
  /** How many commands can be looked at. */
  readonly count: number;
  readonly line: string;
  readonly requests: readonly { readonly method: string; readonly path: string; readonly code: number; readonly stages: readonly StageView[] }[];
  readonly reactions: readonly ReactionView[];
  /** How the scheduler fared with the Pods among it. */
  readonly attempts: readonly Attempt[];
}

/** The last revisions of etcd, and what differs between two of them. */
export interface HistoryLensView {
  readonly of: 'history';
  readonly from: number;
  readonly to: number;
  /** Oldest first; when it was, in virtual milliseconds since the mission began, as far as that is known. */
  readonly moments: readonly { readonly revision: number; readonly elapsedMs?: number; readonly text: string }[];
  /** Lines of `kubectl diff`'s kind. */
  readonly diff: readonly string[];
}

/** What is in trouble, and why the chosen one is. */
export interface WhyLensView {
  readonly of: 'why';
  readonly troubles: readonly { readonly ref: ObjectRef; readonly note: string; readonly isPaid: boolean }[];
  readonly ref?: ObjectRef;
  /** From the symptom to the cause; missing while it has not been paid for. */
  readonly links?: readonly { readonly text: string; readonly command: string }[];
}

/** The cluster's Events, oldest first. */
export interface EventsLensView { readonly of: 'events'; readonly events: readonly EventView[] }

export interface EventView {
  /** The Event's own name, which no other in its namespace has. */
  readonly id: string;
  /** Virtual milliseconds since the mission began; below 0 for what was before. */
  readonly elapsedMs: number;
  readonly isWarning: boolean;
  readonly reason: string;
  readonly ref: ObjectRef;
  readonly source: string;
  readonly message: string;
  readonly count: number;
}

/** Who sends requests, and what became of them. */
export interface TrafficLensView { readonly of: 'traffic'; readonly sources: readonly TrafficView[] }

export interface TrafficView {
  readonly name: string;
  readonly to: string;
  /** Requests a second, now. */
  readonly rate: number;
  /** Since the player's arrival. */
  readonly sent: number;
  readonly failed: number;
  /** The share of requests that has to succeed, as a guard asks: what may fail is the error budget. */
  readonly wanted?: number;
  /** The last minutes, oldest first. */
  readonly seconds: readonly TrafficSecond[];
}

/** `pod/shop/web-1`: one text for one object. */
export const idOf = ({ resource, namespace, name }: ObjectRef): string => `${resource}/${namespace ?? ''}/${name}`;

/** The object that an id stands for. */
export function refOf(id: string): ObjectRef {
  const [resource = '', namespace = '', ...name] = id.split('/');
  return { resource, name: name.join('/'), ...(namespace ? { namespace } : {}) };
}

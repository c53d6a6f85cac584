/** The keys that open what lies over the panes. */
import type { Binding } from '../keys.ts';
import { openEvents } from './events-keys.ts';
import { openExplorer } from './explorer-keys.ts';
import { openHistory } from './history-keys.ts';
import { openRequest } from './request-keys.ts';
import { openTraffic } from './traffic-keys.ts';
import { offersWhy, openWhy } from './why-keys.ts';

export const OPENING: readonly Binding[] = [
  { keys: ['v', 'alt-v'], label: 'The cluster as a map: look at nodes, Pods and what they belong to', short: 'explore', does: openExplorer },
  { keys: ['w', 'alt-w'], label: 'Why is something in trouble? The chain of causes; its price is shown first', short: 'why?', when: offersWhy, whyNot: 'this level does not offer it', does: (ui) => openWhy(ui) },
  { keys: ['x', 'f10'], label: 'The x-ray of the last command: its requests, who reacted, how the scheduler chose', short: 'x-ray', does: openRequest },
  { keys: ['t', 'alt-t'], label: 'The time machine: step, look through etcd’s revisions, go on from an earlier moment', short: 'time', does: openHistory },
  { keys: ['e', 'alt-e'], label: 'The stream of Events, to be filtered', short: 'events', does: openEvents },
  { keys: ['l', 'alt-l'], label: 'The traffic: requests, errors, latency, and what is left of the error budget', short: 'traffic', does: openTraffic },
];

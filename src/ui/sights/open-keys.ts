/** The keys that open what lies over the panes. */
import type { Binding } from '../keys.ts';
import { openEvents } from './events-keys.ts';
import { openExplorer } from './explorer-keys.ts';
import { openHistory } from './history-keys.ts';
import { openRequest } from './request-keys.ts';
import { openTraffic } from './traffic-keys.ts';
import { offersWhy, openWhy } from './why-keys.ts';

export const OPENING: readonly Binding[] = [
  { keys: ['v', 'alt-v'], says: (w) => w.keys.sights.explorer, does: openExplorer },
  { keys: ['w', 'alt-w'], says: (w) => w.keys.sights.why, when: offersWhy, whyNot: (w) => w.whyNot.notOffered, does: (ui) => openWhy(ui) },
  { keys: ['x', 'f10'], says: (w) => w.keys.sights.xray, does: openRequest },
  { keys: ['t', 'alt-t'], says: (w) => w.keys.sights.timeMachine, does: openHistory },
  { keys: ['e', 'alt-e'], says: (w) => w.keys.sights.events, does: openEvents },
  { keys: ['l', 'alt-l'], says: (w) => w.keys.sights.traffic, does: openTraffic },
];

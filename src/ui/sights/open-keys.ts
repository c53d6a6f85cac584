/** The keys that open what lies over the panes. */
import type { Binding } from '../keys.ts';
import { openExplorer } from './explorer-keys.ts';
import { openRequest } from './request-keys.ts';
import { offersWhy, openWhy } from './why-keys.ts';

export const OPENING: readonly Binding[] = [
  { keys: ['v', 'alt-v'], label: 'The cluster as a map: look at nodes, Pods and what they belong to', short: 'explore', does: openExplorer },
  { keys: ['w', 'alt-w'], label: 'Why is something in trouble? The chain of causes; its price is shown first', short: 'why?', when: offersWhy, whyNot: 'this level does not offer it', does: (ui) => openWhy(ui) },
  { keys: ['x', 'alt-x'], label: 'The x-ray of the last command: its requests, who reacted, how the scheduler chose', short: 'x-ray', does: openRequest },
];

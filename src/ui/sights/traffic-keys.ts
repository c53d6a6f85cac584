/** The keys of the traffic. */
import type { Layer } from '../keys.ts';
import type { Ui } from '../ui.ts';
import { changeSight, closeSight, openSight } from './sights.ts';
import { trafficOf } from './traffic.ts';

export const openTraffic = (ui: Ui): void => openSight(ui, { screen: 'traffic', source: 0 });

const count = (ui: Ui) => trafficOf(ui.game.view().mission?.lens)?.sources.length ?? 0;

function step(ui: Ui, by: number): void {
  const { sight } = ui.state.mission;
  if (sight?.screen === 'traffic' && count(ui) > 0) changeSight(ui, 'traffic', { source: (sight.source + by + count(ui)) % count(ui) });
}

export const TRAFFIC: Layer = {
  title: 'In the traffic',
  bindings: [
    { keys: ['escape', 'l', 'alt-l', 'i'], label: 'Back to the panes', short: 'back', does: closeSight },
    { keys: ['right', 'down', 'j', 'tab'], shown: '↑↓', label: 'The next who sends requests', short: 'source', when: (ui) => count(ui) > 1, whyNot: 'there is no other', does: (ui) => step(ui, 1) },
    { keys: ['left', 'up', 'k', 'shift-tab'], label: 'The one before', when: (ui) => count(ui) > 1, does: (ui) => step(ui, -1) },
  ],
};

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
  title: (w) => w.layers.inTraffic,
  bindings: [
    { keys: ['escape', 'l', 'alt-l', 'i'], says: (w) => w.keys.common.backToPanes, does: closeSight },
    { keys: ['right', 'down', 'j', 'tab'], shown: '↑↓', says: (w) => w.keys.traffic.nextSource, when: (ui) => count(ui) > 1, whyNot: (w) => w.whyNot.noOther, does: (ui) => step(ui, 1) },
    { keys: ['left', 'up', 'k', 'shift-tab'], says: (w) => w.keys.common.oneBefore, when: (ui) => count(ui) > 1, does: (ui) => step(ui, -1) },
  ],
};

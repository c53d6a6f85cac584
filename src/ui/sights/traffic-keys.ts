/** The keys of the traffic. */
import type { Layer } from '../keys.ts';
import type { UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import { changedSight, closedSight, openedSight } from './sights.ts';
import { trafficOf } from './traffic.ts';

export const openTraffic = ({ state }: Ui): UiState => openedSight(state, { screen: 'traffic', source: 0 });

const count = (ui: Ui) => trafficOf(ui.view.mission?.lens)?.sources.length ?? 0;

function step(ui: Ui, by: number): UiState {
  const { sight } = ui.state.mission;
  return sight?.screen === 'traffic' && count(ui) > 0 ? changedSight(ui, 'traffic', { source: (sight.source + by + count(ui)) % count(ui) }) : ui.state;
}

export const TRAFFIC: Layer = {
  title: (w) => w.layers.inTraffic,
  bindings: [
    { keys: ['escape', 'l', 'alt-l', 'i'], says: (w) => w.keys.common.backToPanes, does: closedSight },
    { keys: ['right', 'down', 'j', 'tab'], shown: '↑↓', says: (w) => w.keys.traffic.nextSource, when: (ui) => count(ui) > 1, whyNot: (w) => w.whyNot.noOther, does: (ui) => step(ui, 1) },
    { keys: ['left', 'up', 'k', 'shift-tab'], says: (w) => w.keys.common.oneBefore, when: (ui) => count(ui) > 1, does: (ui) => step(ui, -1) },
  ],
};

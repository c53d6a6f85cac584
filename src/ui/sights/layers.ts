/** The keys of each sight. */
import type { Layer } from '../keys.ts';
import { eventsLayer } from './events-keys.ts';
import { EXPLORER } from './explorer-keys.ts';
import { HISTORY } from './history-keys.ts';
import { REQUEST } from './request-keys.ts';
import type { Sight } from './sight.ts';
import { TRAFFIC } from './traffic-keys.ts';
import { WHY } from './why-keys.ts';

const LAYERS: Record<Exclude<Sight['screen'], 'events'>, Layer> = { explorer: EXPLORER, why: WHY, request: REQUEST, history: HISTORY, traffic: TRAFFIC };

export const sightLayer = (sight: Sight): Layer => (sight.screen === 'events' ? eventsLayer(sight) : LAYERS[sight.screen]);

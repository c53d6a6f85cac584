/** The keys of each sight. */
import type { Layer } from '../keys.ts';
import { EXPLORER } from './explorer-keys.ts';
import { HISTORY } from './history-keys.ts';
import { REQUEST } from './request-keys.ts';
import type { Sight } from './sight.ts';
import { WHY } from './why-keys.ts';

const LAYERS: Record<Sight['screen'], Layer> = { explorer: EXPLORER, why: WHY, request: REQUEST, history: HISTORY };

export const sightLayer = ({ screen }: Sight): Layer => LAYERS[screen];

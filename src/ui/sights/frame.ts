/** The rows of a sight, between the header and the footer. */
import type { MissionView } from '../../engine/view.ts';
import type { Size } from '../terminal/screen-writer.ts';
import type { Line } from '../text.ts';
import type { Theme } from '../theme.ts';
import { eventsFrame } from './events.ts';
import { explorerFrame } from './explorer.ts';
import { historyFrame } from './history.ts';
import { requestFrame } from './request.ts';
import type { Sight } from './sight.ts';
import { trafficFrame } from './traffic.ts';
import { whyFrame } from './why.ts';

export function sightFrame(view: MissionView, sight: Sight, size: Size, theme: Theme): Line[] {
  switch (sight.screen) {
    case 'events': return eventsFrame(view, sight, size, theme);
    case 'traffic': return trafficFrame(view, sight, size, theme);
    case 'history': return historyFrame(view, sight, size, theme);
    case 'request': return requestFrame(view, sight, size, theme);
    case 'why': return whyFrame(view, sight, size, theme);
    case 'explorer': return explorerFrame(view, sight, size, theme);
  }
}

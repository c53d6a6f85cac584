/** The row of shells, when there are several. */
import type { MissionView } from '../../engine/view.ts';
import type { Line, Piece } from '../text.ts';
import type { Theme } from '../theme.ts';

/** `1 quest  2 worker-1●`: nothing while there is one shell. */
export function shellTabs({ tabs, tab = 0 }: Pick<MissionView, 'tabs' | 'tab'>, theme: Theme): Line {
  return (tabs ?? []).flatMap(({ tab: number, machine, isRunning }): Piece[] => [
    { text: ' ' }, { text: ` ${number + 1} ${machine}${isRunning ? theme.glyphs.health.busy : ''} `, style: number === tab ? 'selected' : 'dim' },
  ]);
}

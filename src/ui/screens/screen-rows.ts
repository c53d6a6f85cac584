/** The screens that fill every row but the last. */
import type { GameView } from '../../engine/view.ts';
import type { Line } from '../text.ts';
import { tourRows } from '../tour-strip.ts';
import type { Ui } from '../ui.ts';
import { levelsRows } from './levels.ts';
import { missionFrame } from './mission.ts';
import { progressFrame } from './progress.ts';
import { worldMapFrame } from './world-map.ts';

/** Undefined for the menus, which are laid out by Ink. */
export function screenRows({ state, view, room, theme }: Ui): Line[] | undefined {
  const { screen, size, mission, levels, tour, menuIndex } = state;
  if (screen === 'mission' && view.mission) return [...missionFrame({ view: { ...view.mission, world: worldTitle(view) }, ui: mission, size: room, theme }), ...(tour ? tourRows(tour, size.columns, theme) : [])];
  if (screen === 'levels') return [header(view), ...levelsRows({ worlds: view.worlds, levels, size }, theme)];
  if (screen === 'map') return [header(view), ...worldMapFrame({ worlds: view.worlds, levels, size }, theme)];
  if (screen === 'progress' && view.practice) return [header(view), ...progressFrame(view, view.practice, menuIndex, size, theme)];
  return undefined;
}

/** As the list of levels calls it; a mission knows its id. */
function worldTitle({ worlds, mission }: GameView): string {
  return worlds.find(({ id }) => id === mission?.world)?.title ?? mission?.world ?? '';
}

function header({ player }: GameView): Line {
  return [{ text: ' kube-quest', style: 'logo' }, { text: player ? `  ${player.name}` : '', style: 'dim' }];
}

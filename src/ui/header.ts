/** The top row of a mission, and the row of tabs. */
import type { MissionView } from '../engine/view.ts';
import { PANES, type Pane } from './layout.ts';
import { objectiveStrip } from './panes/mission-pane.ts';
import { cut, fit, lineWidth, spread, type Line, type Piece } from './text.ts';
import type { Theme } from './theme.ts';

/** Title on the left; speed, time and score on the right. */
export function missionHeader(view: MissionView, columns: number, theme: Theme): Line {
  const right = [...doorPieces(view, theme), ...speedPieces(view, theme), ...timePieces(view, theme), ...scorePieces(view, theme)];
  const named = (world: readonly Piece[]): Line => [{ text: ' kube-quest ', style: 'logo' }, { text: `${theme.glyphs.quote} `, style: 'border' }, ...world, { text: view.title, style: 'title' }];
  const whole = named(worldPieces(view, columns, theme));
  return spread(lineWidth(whole) + lineWidth(right) + 1 < columns ? whole : named([]), right, columns, theme.glyphs.ellipsis); // the world gives way to the title
}

function worldPieces({ world }: MissionView, columns: number, theme: Theme): Piece[] {
  return world && columns >= 80 ? [{ text: world, style: 'dim' }, { text: ` ${theme.glyphs.separator} `, style: 'border' }] : [];
}

function doorPieces({ door }: Pick<MissionView, 'door'>, { words }: Theme): Piece[] {
  return door ? [{ text: `${words.mission.doorOpen}  `, style: 'accent' }] : [];
}

function speedPieces({ speed, isReplay = false }: Pick<MissionView, 'speed' | 'isReplay'>, theme: Theme): Piece[] {
  if (isReplay) return [{ text: `${theme.words.mission.replay}  `, style: 'accent' }, ...speedPieces({ speed }, theme)];
  if (speed === 'paused') return [{ text: `${theme.glyphs.paused} ${theme.words.mission.paused}`, style: 'warning' }];
  return [{ text: `${theme.glyphs.playing} ${speed}x`, style: speed === 1 ? 'good' : 'accent' }];
}

function timePieces({ elapsedMs, parMs }: MissionView, theme: Theme): Piece[] {
  const isLate = parMs !== undefined && elapsedMs > parMs;
  return [
    { text: `  ${theme.glyphs.clock} ` }, { text: clockTime(elapsedMs), style: isLate ? 'warning' : 'plain' },
    { text: parMs === undefined ? '' : ` / ${clockTime(parMs)}`, style: 'dim' },
  ];
}

function scorePieces({ score, scoreMax, isSandbox }: MissionView, { words }: Theme): Piece[] {
  return isSandbox ? [{ text: ' ' }] : [{ text: `  ${words.mission.score} `, style: 'dim' }, { text: String(score), style: 'strong' }, { text: `/${scoreMax} `, style: 'dim' }];
}

/** `m:ss`, or `h:mm:ss`. */
export function clockTime(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}:${two(seconds % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** The tabs on a rule, and behind them what is to be done next. */
export function tabRow(view: MissionView, focus: Pane, columns: number, theme: Theme): Line {
  const { across } = theme.glyphs.box;
  const tabs = PANES.flatMap((pane, index): Piece[] => [
    { text: across.repeat(index === 0 ? 1 : 2), style: 'border' },
    { text: ` ${index + 1} ${theme.words.mission[pane]} `, style: pane === focus ? 'selected' : 'dim' },
  ]);
  const room = columns - lineWidth(tabs) - 6;
  const strip = focus === 'mission' ? [] : cut(objectiveStrip(view, theme), room, theme.glyphs.ellipsis);
  const shown: Line = lineWidth(strip) > 0 ? [{ text: ' ' }, ...strip, { text: ' ' }] : [];
  const rule = { text: across.repeat(Math.max(0, columns - lineWidth(tabs) - lineWidth(shown) - 2)), style: 'border' as const };
  return fit([...tabs, { text: across.repeat(2), style: 'border' }, ...shown, rule], columns, theme.glyphs.ellipsis);
}

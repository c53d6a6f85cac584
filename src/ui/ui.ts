/** What a screen is drawn from and a key is answered from: the state, the game as it looks, and how both are shown. Plain data. */
import type { GameView, Settings } from '../engine/view.ts';
import type { Words } from '../language/words.ts';
import { rememberLast } from './remember.ts';
import type { Dialog, UiState } from './state/state.ts';
import type { Size } from './terminal/screen-writer.ts';
import { createTheme, type ColourDepth, type Theme } from './theme.ts';
import { tourRows } from './tour-strip.ts';

export interface Ui {
  readonly state: UiState;
  readonly view: GameView;
  readonly theme: Theme;
  readonly words: Words;
  /** The top one. */
  readonly dialog: Dialog | undefined;
  /** The room for a mission: the screen without the strip of the tour. */
  readonly room: Size;
}

const themeOf = rememberLast((depth: ColourDepth, settings: Settings, language: string) => createTheme(depth, settings, language));

export function uiOf(state: UiState, view: GameView): Ui {
  const theme = themeOf(state.depth, view.settings, view.language);
  return { state, view, theme, words: theme.words, dialog: state.dialogs.at(-1), room: roomOf(state, theme) };
}

function roomOf({ size, tour }: UiState, theme: Theme): Size {
  return tour ? { columns: size.columns, rows: size.rows - tourRows(tour, size.columns, theme).length } : size;
}

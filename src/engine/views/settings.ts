/** What a player has chosen. */
export interface Settings {
  /** 'ascii' for terminals and fonts without box drawing. */
  glyphs: 'unicode' | 'ascii';
  /** What `kubectl edit` opens when the player has not set $EDITOR. */
  editor: 'vi' | 'nano';
  palette: 'dark' | 'light' | 'colour-blind';
  /** 'auto' is what the terminal says it can. */
  colours: 'auto' | '16' | 'none';
  /** Whether anything may move by itself. */
  motion: boolean;
  /** The game line by line, for a screen reader. */
  screenReader: boolean;
  /** Clicks and the wheel, where nothing is typed. */
  mouse: boolean;
  /** A sound when an objective is reached. */
  sound: boolean;
  /** A tag such as `de`; `system` is what the system asks for. */
  language: string;
  /** The keys of the prompt: those of bash, or those of `set -o vi`. */
  lineKeys: 'emacs' | 'vi';
}

export const DEFAULT_SETTINGS: Settings = { language: 'system', glyphs: 'unicode', editor: 'vi', palette: 'dark', colours: 'auto', motion: true, screenReader: false, mouse: true, sound: false, lineKeys: 'emacs' };

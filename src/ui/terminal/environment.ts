/** What the surroundings say about the terminal; to be asked before Ink is imported, which reads some of it once. */
import type { ColourDepth } from '../theme.ts';

export interface Surroundings {
  depth: ColourDepth;
  glyphs: 'unicode' | 'ascii';
  /** What the terminal says of its background; most say nothing. */
  palette?: 'dark' | 'light';
}

/** The terminal cannot show a full screen: told to the player, with what to do instead. */
export class TerminalProblem extends Error { override name = 'TerminalProblem'; }

type Environment = Record<string, string | undefined>;

/** Reads NO_COLOR, FORCE_COLOR, COLORTERM, COLORFGBG, TERM and the locale. */
export function surroundingsOf(env: Environment, platform: NodeJS.Platform): Surroundings {
  return { depth: colourDepth(env, platform), glyphs: hasUnicode(env, platform) ? 'unicode' : 'ascii', ...paletteOf(env['COLORFGBG']) };
}

/** Throws TerminalProblem when the game cannot be drawn. */
export function assertFullScreen(stdin: { isTTY?: boolean }, stdout: { isTTY?: boolean }, env: Environment): void {
  if (!stdin.isTTY || !stdout.isTTY) throw new TerminalProblem('The game needs a terminal for both input and output. In a script or a pipe, use `kube-quest play --plain` or `kube-quest run`.');
  if (env['TERM'] === 'dumb') throw new TerminalProblem('This terminal (TERM=dumb) cannot place text on the screen. Open the game in another terminal, or use `kube-quest play --plain`.');
}

/**
 * Settles what Ink and chalk read at import: in CI=true Ink would draw only the last frame, and it knows nothing of NO_COLOR.
 * Returns a function that puts the variables back as they were, for programs started later.
 */
export function prepareForInk(env: Environment, depth: ColourDepth): () => void {
  const wanted: Environment = {
    CI: 'false', CONTINUOUS_INTEGRATION: 'false', INK_SCREEN_READER: 'false', FORCE_COLOR: { none: '0', '16': '1', '256': '2', all: '3' }[depth],
  };
  const before = Object.keys(wanted).map((name) => [name, env[name]] as const);
  Object.assign(env, wanted);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
  };
}

/** `15;0`: foreground, perhaps something more, background; of the sixteen colours white and the bright ones but grey are light. */
function paletteOf(colours: string | undefined): Pick<Surroundings, 'palette'> {
  const background = /;(\d+)$/.exec(colours ?? '')?.[1];
  if (background === undefined) return {};
  return { palette: background === '7' || Number(background) > 8 ? 'light' : 'dark' };
}

const FORCED: Record<string, ColourDepth> = { '0': 'none', false: 'none', '2': '256', '3': 'all' };

function colourDepth(env: Environment, platform: NodeJS.Platform): ColourDepth {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return FORCED[forced] ?? '16';
  if (env['NO_COLOR']) return 'none';
  const term = env['TERM'] ?? '';
  if (/truecolor|24bit/i.test(env['COLORTERM'] ?? '') || env['WT_SESSION'] || /direct|kitty|ghostty|alacritty/.test(term)) return 'all';
  if (/256/.test(term) || env['TERM_PROGRAM'] || platform === 'win32') return '256';
  return /mono|vt52|vt100$/.test(term) ? 'none' : '16';
}

function hasUnicode(env: Environment, platform: NodeJS.Platform): boolean {
  if (env['TERM'] === 'linux') return false;
  if (platform === 'win32' || platform === 'darwin') return true;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return locale === '' || /utf-?8/i.test(locale);
}

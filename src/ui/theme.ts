/** Colours, glyphs and words for everything that has a state. Colour never stands alone: a glyph and a word go with it. */
import { wordsIn, type Words } from '../language/words.ts';
import type { Health, LevelState, ObjectiveState, Settings, TextStyle } from '../engine/view.ts';

/** All ways in which the user interface can style text: the engine's, and those of its own furniture. */
export type Style = TextStyle | 'border' | 'focus' | 'title' | 'key' | 'selected' | 'selectedDim' | 'chosen' | 'cursor' | 'star' | 'heading' | 'bar' | 'logo';

/** How many colours the terminal shows: none, 16, 256 or all. */
export type ColourDepth = 'none' | '16' | '256' | 'all';

export interface Theme {
  readonly depth: ColourDepth;
  readonly glyphs: Glyphs;
  /** The language of everything that is said. */
  readonly words: Words;
  /** Whether anything may move by itself. */
  readonly isMoving: boolean;
  /** Select Graphic Rendition parameters for each style; empty for none. */
  readonly sgr: Record<Style, string>;
}

interface Glyphs {
  health: Record<Health, string>;
  objective: Record<ObjectiveState, string>;
  level: Record<LevelState, string>;
  star: string;
  noStar: string;
  dot: string;
  noDot: string;
  /** A Pod that has just been given its node, and one that is on its way out. */
  fresh: string;
  leaving: string;
  /** From empty to full. */
  heat: readonly string[];
  barFull: string;
  barEmpty: string;
  pointer: string;
  /** From what is needed to what it opens. */
  leads: string;
  bullet: string;
  ellipsis: string;
  separator: string;
  paused: string;
  playing: string;
  clock: string;
  up: string;
  down: string;
  arrows: string;
  quote: string;
  box: { topLeft: string; topRight: string; bottomLeft: string; bottomRight: string; across: string; down: string };
}

const UNICODE: Glyphs = {
  health: { good: '●', busy: '◐', waiting: '○', warning: '▲', bad: '✗', off: '·' },
  objective: { open: '○', holding: '◐', done: '✓', failed: '✗' },
  level: { locked: '·', open: '○', started: '◐', won: '✓' },
  star: '★', noStar: '☆', dot: '●', noDot: '○', fresh: '◆', leaving: '◌', heat: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'], barFull: '━', barEmpty: '┄', pointer: '▌', leads: '→', bullet: '•', ellipsis: '…',
  separator: '·', paused: '‖', playing: '▸', clock: '◷', up: '↑', down: '↓', arrows: '↑↓', quote: '│',
  box: { topLeft: '╭', topRight: '╮', bottomLeft: '╰', bottomRight: '╯', across: '─', down: '│' },
};

const ASCII: Glyphs = {
  health: { good: '+', busy: '~', waiting: 'o', warning: '!', bad: 'x', off: '-' },
  objective: { open: 'o', holding: '~', done: '+', failed: 'x' },
  level: { locked: '-', open: 'o', started: '~', won: '+' },
  star: '*', noStar: '.', dot: '#', noDot: '.', fresh: '*', leaving: '%', heat: ['.', ':', '-', '=', 'c', 'o', 'O', '@'], barFull: '#', barEmpty: '.', pointer: '>', leads: '>', bullet: '-', ellipsis: '~',
  separator: '|', paused: '=', playing: '>', clock: 't', up: '^', down: 'v', arrows: 'Up/Down', quote: '|',
  box: { topLeft: '+', topRight: '+', bottomLeft: '+', bottomRight: '+', across: '-', down: '|' },
};

/** `strong` stands only on a selection: elsewhere what is bold has the terminal's own colour, to be read on any background. */
type ColourName = 'accent' | 'good' | 'warning' | 'bad' | 'dim' | 'border' | 'strong' | 'code' | 'selection';
type Colours = Record<ColourName, readonly [all: string, of256: string, of16: string]>;

/** Calm palettes with a single accent: [24-bit, 256 colours, 16 colours]. */
const DARK: Colours = {
  accent: ['38;2;122;170;255', '38;5;111', '94'],
  good: ['38;2;126;200;140', '38;5;114', '32'],
  warning: ['38;2;229;192;107', '38;5;179', '33'],
  bad: ['38;2;240;120;120', '38;5;210', '91'],
  dim: ['38;2;128;138;158', '38;5;246', '90'],
  border: ['38;2;70;78;96', '38;5;240', '90'],
  strong: ['38;2;236;240;248', '38;5;255', '97'],
  code: ['38;2;170;200;240', '38;5;152', '36'],
  selection: ['48;2;36;48;74', '48;5;236', '7'],
};

const LIGHT: Colours = {
  accent: ['38;2;24;86;192', '38;5;26', '34'],
  good: ['38;2;20;112;52', '38;5;28', '32'],
  warning: ['38;2;146;90;0', '38;5;94', '33'],
  bad: ['38;2;184;28;40', '38;5;124', '31'],
  dim: ['38;2;96;104;120', '38;5;242', '90'],
  border: ['38;2;176;184;198', '38;5;249', '37'],
  strong: ['38;2;16;20;28', '38;5;232', '30'],
  code: ['38;2;0;92;120', '38;5;24', '36'],
  selection: ['48;2;214;226;248', '48;5;189', '7'],
};

/** Told apart with every common colour vision: the colours of Okabe and Ito, and nothing by red against green. */
const COLOUR_BLIND: Colours = {
  ...DARK,
  accent: ['38;2;204;140;190', '38;5;175', '95'],
  good: ['38;2;86;180;233', '38;5;74', '94'],
  warning: ['38;2;240;228;66', '38;5;227', '93'],
  bad: ['38;2;230;120;30', '38;5;208', '33'],
  code: ['38;2;190;210;200', '38;5;151', '36'],
};

const PALETTES: Record<Settings['palette'], Colours> = { dark: DARK, light: LIGHT, 'colour-blind': COLOUR_BLIND };

const DEPTHS: Record<Exclude<ColourDepth, 'none'>, 0 | 1 | 2> = { all: 0, '256': 1, '16': 2 };

const WITHOUT_COLOUR: Record<Style, string> = {
  plain: '', typed: '', dim: '2', strong: '1', accent: '1', good: '', warning: '', bad: '1', code: '', border: '2', focus: '1', title: '1',
  key: '1', selected: '7', selectedDim: '7', chosen: '7', cursor: '7', star: '1', heading: '1;4', bar: '', logo: '1',
};

function coloured(depth: Exclude<ColourDepth, 'none'>, colours: Colours): Record<Style, string> {
  const of = (name: ColourName) => colours[name][DEPTHS[depth]];
  return {
    plain: '', typed: '', dim: of('dim'), strong: '1', accent: of('accent'), good: of('good'), warning: of('warning'), bad: of('bad'),
    code: of('code'), border: of('border'), focus: of('accent'), title: '1', key: of('accent'),
    // Of 16 colours nobody knows which two can be told apart: the terminal's own two can.
    ...(depth === '16' ? { selected: '1;7', selectedDim: '7' } : { selected: `1;${of('strong')};${of('selection')}`, selectedDim: `${of('dim')};${of('selection')}` }), cursor: '7', chosen: '7', star: of('warning'),
    heading: `1;${of('accent')}`, bar: of('accent'), logo: of('accent'),
  };
}

/** The theme for a terminal with so many colours, as the player wants it, in their language. */
export function createTheme(depth: ColourDepth, settings: Pick<Settings, 'glyphs' | 'palette' | 'colours' | 'motion'>, language = 'en'): Theme {
  const shown = settings.colours === 'auto' || depth === 'none' ? depth : settings.colours;
  return {
    depth: shown, words: wordsIn(language), glyphs: settings.glyphs === 'ascii' ? ASCII : UNICODE, isMoving: settings.motion,
    sgr: shown === 'none' ? WITHOUT_COLOUR : coloured(shown, PALETTES[settings.palette]),
  };
}

/** The style that goes with a state of anything in the cluster. */
export const healthStyle: Record<Health, Style> = {
  good: 'good', busy: 'accent', waiting: 'dim', warning: 'warning', bad: 'bad', off: 'dim',
};

export const objectiveStyle: Record<ObjectiveState, Style> = { open: 'dim', holding: 'accent', done: 'good', failed: 'bad' };

export const levelStyle: Record<LevelState, Style> = { locked: 'dim', open: 'plain', started: 'accent', won: 'good' };

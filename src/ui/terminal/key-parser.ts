/** Bytes from a terminal to keys: what Ink leaves out (function keys, paste, Backspace apart from Delete). */

/** A key as pressed, or a paste. */
export interface Key {
  /** Canonical: `a`, `A`, `space`, `enter`, `ctrl-c`, `alt-h`, `shift-tab`, `ctrl-left`, `f1`, `paste`, … */
  readonly id: string;
  /** What it would insert; empty for keys that insert nothing. */
  readonly text: string;
  /** Of the mouse: `click`, `wheelup`, `wheeldown`. */
  readonly at?: Place;
}

/** A cell of the screen, from 0. */
export interface Place { readonly column: number; readonly row: number }

const PASTE_BEGIN = '\x1b[200~';
const PASTE_END = '\x1b[201~';

const LETTER_KEYS: Record<string, string> = {
  A: 'up', B: 'down', C: 'right', D: 'left', E: 'clear', F: 'end', H: 'home', P: 'f1', Q: 'f2', R: 'f3', S: 'f4', M: 'enter', Z: 'shift-tab',
};
const NUMBER_KEYS: Record<string, string> = {
  1: 'home', 2: 'insert', 3: 'delete', 4: 'end', 5: 'pageup', 6: 'pagedown', 7: 'home', 8: 'end', 11: 'f1', 12: 'f2', 13: 'f3', 14: 'f4',
  15: 'f5', 17: 'f6', 18: 'f7', 19: 'f8', 20: 'f9', 21: 'f10', 23: 'f11', 24: 'f12',
};
const CONTROL_KEYS: Record<string, string> = { '\r': 'enter', '\n': 'ctrl-j', '\t': 'tab', '\b': 'ctrl-h', '\x7f': 'backspace', '\0': 'ctrl-space', '\x1c': 'ctrl-\\', '\x1d': 'ctrl-]', '\x1e': 'ctrl-^', '\x1f': 'ctrl-_' };

const CSI = /^\x1b\[([0-9;:<=>?]*)([ -/]*)([@-~])/;
const MOUSE = /^\x1b\[<(\d+);(\d+);(\d+)([Mm])/;
const LINUX_FUNCTION_KEY = /^\x1b\[\[([A-E])/;
const SS3 = /^\x1bO(?:1;(\d))?([A-Za-z])/;
/** A sequence whose end has not come yet. */
const UNFINISHED = /^\x1b(?:\x1b)?(?:\[(?:\[|[0-9;:<=>?]*[ -/]*)?|O(?:1(?:;\d?)?)?)?$/;

/** Splits what a terminal sends into keys; keeps what is incomplete until more comes or `flush` is called. */
export class KeyParser {
  #pending = '';
  #pasted: string | undefined;

  /** Whether an Escape waits to see if it begins something longer. */
  get isWaiting(): boolean {
    return this.#pending !== '' && this.#pasted === undefined;
  }

  push(chunk: string): Key[] {
    const keys: Key[] = [];
    let rest = this.#pending + chunk;
    this.#pending = '';
    while (rest !== '') {
      const length = this.#pasted === undefined ? this.#take(rest, keys) : this.#takePasted(rest, keys);
      if (length === 0) break;
      rest = rest.slice(length);
    }
    this.#pending = rest;
    return keys;
  }

  /** Nothing more came: an Escape was the Escape key. */
  flush(): Key[] {
    if (!this.isWaiting) return [];
    const [first, ...rest] = this.#pending;
    this.#pending = '';
    const after = rest.join('');
    const keys = first === '\x1b' ? (after === '\x1b' ? [key('escape'), key('escape')] : after === '' ? [key('escape')] : [key(`alt-${after}`)]) : [];
    return keys;
  }

  /** Takes one key from the beginning; 0 when it is not complete. */
  #take(input: string, keys: Key[]): number {
    if (input.startsWith(PASTE_BEGIN)) {
      this.#pasted = '';
      return PASTE_BEGIN.length;
    }
    if (UNFINISHED.test(input)) return 0;
    if (input[0] === '\x1b') return takeEscape(input, keys);
    const character = String.fromCodePoint(input.codePointAt(0)!);
    keys.push(plainKey(character));
    return character.length;
  }

  #takePasted(input: string, keys: Key[]): number {
    const end = input.indexOf(PASTE_END);
    if (end >= 0) {
      keys.push({ id: 'paste', text: this.#pasted! + input.slice(0, end) });
      this.#pasted = undefined;
      return end + PASTE_END.length;
    }
    const kept = beginningsOf(PASTE_END).find((beginning) => input.endsWith(beginning))?.length ?? 0;
    this.#pasted += input.slice(0, input.length - kept);
    return input.length - kept;
  }
}

function takeEscape(input: string, keys: Key[]): number {
  const linux = LINUX_FUNCTION_KEY.exec(input);
  if (linux) return found(linux[0], keys, `f${linux[1]!.charCodeAt(0) - 64}`);
  const mouse = MOUSE.exec(input);
  if (mouse) return clicked(mouse, keys);
  const csi = CSI.exec(input);
  if (csi) return found(csi[0], keys, csiKey(csi[1]!, csi[3]!));
  const ss3 = SS3.exec(input);
  if (ss3) return found(ss3[0], keys, withModifiers(LETTER_KEYS[ss3[2]!], ss3[1]));
  if (input.startsWith('\x1b\x1b')) return found('\x1b', keys, 'escape');
  const character = String.fromCodePoint(input.codePointAt(1)!);
  const { id } = plainKey(character);
  return found(`\x1b${character}`, keys, `alt-${id}`);
}

const BUTTONS: Record<number, string> = { 0: 'click', 64: 'wheelup', 65: 'wheeldown' };

/** A report of the mouse (SGR): a press of the left button, a notch of the wheel; all else means nothing here. */
function clicked([sequence, button, column, row, end]: RegExpExecArray, keys: Key[]): number {
  const id = BUTTONS[Number(button)];
  if (id && end === 'M') keys.push({ id, text: '', at: { column: Number(column) - 1, row: Number(row) - 1 } });
  return sequence.length;
}

function found(sequence: string, keys: Key[], id: string | undefined): number {
  if (id) keys.push(key(id));
  return sequence.length;
}

/** The key of `ESC [ parameters letter`; undefined for reports and keys that mean nothing here. */
function csiKey(parameters: string, letter: string): string | undefined {
  const [first = '', second] = parameters.split(';');
  if (letter === '~') return withModifiers(NUMBER_KEYS[first], second);
  if (letter === 'u') return withModifiers(unicodeKey(Number(first.split(':')[0])), second);
  if (!/^[0-9;]*$/.test(parameters)) return undefined;
  return withModifiers(LETTER_KEYS[letter], second);
}

function unicodeKey(code: number): string | undefined {
  if (!Number.isInteger(code) || code <= 0 || code > 0x10ffff) return undefined;
  return code === 27 ? 'escape' : plainKey(String.fromCodePoint(code)).id;
}

/** xterm's modifier parameter: 1 + shift 1 + alt 2 + ctrl 4. */
function withModifiers(id: string | undefined, parameter: string | undefined): string | undefined {
  const bits = Number(parameter?.split(':')[0] ?? 1) - 1;
  if (!id || !(bits > 0)) return id;
  return `${bits & 4 ? 'ctrl-' : ''}${bits & 2 ? 'alt-' : ''}${bits & 1 && !id.startsWith('shift-') ? 'shift-' : ''}${id}`;
}

function plainKey(character: string): Key {
  const named = CONTROL_KEYS[character];
  if (named) return key(named);
  if (character === '\x1b') return key('escape');
  if (character < ' ') return key(`ctrl-${String.fromCharCode(character.charCodeAt(0) + 96)}`);
  return { id: character === ' ' ? 'space' : character, text: character };
}

const key = (id: string): Key => ({ id, text: '' });

/** All proper beginnings, longest first. */
function beginningsOf(text: string): string[] {
  return Array.from({ length: text.length - 1 }, (_, index) => text.slice(0, text.length - 1 - index));
}

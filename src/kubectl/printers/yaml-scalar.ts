/** How go-yaml v2 writes a string: plain, quoted or literal, by what YAML 1.1 would read it as. */

/** libyaml breaks lines at the first space past this column. */
const BEST_WIDTH = 80;

const WORDS = /^(|~|null|Null|NULL|y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF|<<|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const INTEGER = /^[-+]?(0[bB][01_]+|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)$/;
const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/;
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?( ?(Z|[-+]\d{1,2}(:\d\d)?))?)?$/;

/** True for text that YAML 1.1 reads as something else than a string. */
export function isAmbiguous(text: string): boolean {
  const bare = text.replaceAll('_', '');
  return WORDS.test(text) || INTEGER.test(text) || SEXAGESIMAL.test(text) || TIMESTAMP.test(text) || (/^[-+.0-9]/.test(text) && FLOAT.test(bare));
}

interface Analysis { isPlainAllowed: boolean; isSingleQuotedAllowed: boolean; isBlockAllowed: boolean }

/** A scalar that begins at `column`, its further lines indented by `indent`. Keys are never broken. */
export function yamlScalar(text: string, { column, indent, isKey }: { column: number; indent: number; isKey?: boolean }): string {
  const allowed = analyze(text);
  const place = { column, indent, isKey: isKey ?? false };
  if (text.includes('\n')) return allowed.isBlockAllowed && !isKey ? literal(text, indent) : doubleQuoted(text, place);
  if (isAmbiguous(text)) return doubleQuoted(text, place);
  if (allowed.isPlainAllowed) return folded(text, place, (c) => c, 0);
  return allowed.isSingleQuotedAllowed ? `'${folded(text, { ...place, column: column + 1 }, (c) => (c === "'" ? "''" : c), 1)}'` : doubleQuoted(text, place);
}

/** What libyaml's emitter finds out about a scalar (yaml_emitter_analyze_scalar). */
function analyze(text: string): Analysis {
  const lines = text.includes('\n');
  const isSpecial = / \n/.test(text) || [...text].some((c) => !isPrintable(c));
  const breakThenSpace = /\n /.test(text);
  const isEdged = /^[ \n]|[ \n]$/.test(text);
  return {
    isPlainAllowed: !hasIndicators(text) && !isEdged && !breakThenSpace && !isSpecial && !lines,
    isSingleQuotedAllowed: !breakThenSpace && !isSpecial,
    isBlockAllowed: !text.endsWith(' ') && !isSpecial,
  };
}

function hasIndicators(text: string): boolean {
  return /^(---|\.\.\.)/.test(text) || /^[#,[\]{}&*!|>'"%@`]/.test(text) || /^[?:-](?=[\s]|$)/.test(text) || /:(?=[\s]|$)/.test(text) || /\s#/.test(text);
}

function isPrintable(c: string): boolean {
  const code = c.codePointAt(0)!;
  return code === 0x0a || (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff);
}

interface Place { column: number; indent: number; isKey: boolean }

/** Text with single spaces past the width turned into line breaks. `edge` is how many characters at each end stay. */
function folded(text: string, { column, indent, isKey }: Place, write: (c: string) => string, edge: number): string {
  let result = '', wasSpace = false;
  const characters = [...text];
  for (const [i, c] of characters.entries()) {
    const canBreak = !isKey && c === ' ' && !wasSpace && column > BEST_WIDTH && characters[i + 1] !== ' ' && i >= edge && i < characters.length - edge;
    const written = canBreak ? `\n${' '.repeat(indent)}` : write(c);
    result += written;
    column = canBreak ? indent : column + written.length;
    wasSpace = c === ' ';
  }
  return result;
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const body = text.replace(/\n$/, '').split('\n').map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`));
  return `|${hint}${chomp}\n${body.join('\n')}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\0': '\\0', '\x07': '\\a', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\v': '\\v', '\f': '\\f', '\r': '\\r', '\x1b': '\\e', '"': '\\"', '\\': '\\\\', '\x85': '\\N', '\xa0': '\\_', '\u2028': '\\L', '\u2029': '\\P' };

function doubleQuoted(text: string, { column, indent, isKey }: Place): string {
  let result = '"', at = column + 1, wasSpace = false;
  const characters = [...text];
  for (const [i, c] of characters.entries()) {
    if (!isKey && c === ' ' && !wasSpace && at > BEST_WIDTH && i > 0 && i < characters.length - 1) {
      const escape = characters[i + 1] === ' ' ? '\\' : '';
      result += `\n${' '.repeat(indent)}${escape}`;
      at = indent + escape.length;
    } else {
      const written = escapedCharacter(c);
      result += written;
      at += written.length;
    }
    wasSpace = c === ' ';
  }
  return `${result}"`;
}

function escapedCharacter(c: string): string {
  const known = ESCAPES[c];
  if (known) return known;
  if (isPrintable(c)) return c;
  const hex = c.codePointAt(0)!.toString(16).toUpperCase();
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

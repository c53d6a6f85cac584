/** The colours of what commands print: tables, YAML, JSON and differences are known by how they begin. */
import type { TerminalLine } from '../../engine/view.ts';
import { harmless } from '../painter.ts';
import type { Piece } from '../text.ts';
import type { Style } from '../theme.ts';
import { commandPieces } from './command-line.ts';

type Language = 'plain' | 'table' | 'yaml' | 'json' | 'diff';

const BEGINNINGS: readonly (readonly [RegExp, Language])[] = [
  [/^(?:NAME|NAMESPACE|LAST SEEN|REVISION|CURRENT|KIND|RESOURCE|ENDPOINT|CONTAINER|POD ID|UNIT|SHORTNAMES|READY|STATUS|CAPACITY|CLASS)\b(?: {2,}[A-Z0-9%()./ :_-]+)*$/, 'table'],
  [/^(?:apiVersion|kind|items|metadata|spec|status): ?|^(?:Name|Namespace): {2,}\S|^ +(?:- )?[a-z][\w./-]*:(?: |$)/, 'yaml'],
  [/^[[{](?:"|\s*$|\{)/, 'json'],
  [/^(?:diff |--- |\+\+\+ |@@ )/, 'diff'],
];

const languages = new WeakMap<TerminalLine, Language>();

const textOf = ({ spans }: TerminalLine) => spans.map(({ text }) => text).join('');
const isTyped = ({ spans }: TerminalLine) => spans.some(({ style }) => style === 'typed');

/** What a line of the transcript is written in: as the lines before it, unless it begins something. */
function languageOf(lines: readonly TerminalLine[], index: number): Language {
  let from = index;
  while (from > 0 && !languages.has(lines[from]!) && !isTyped(lines[from]!)) from -= 1;
  let language: Language = languages.get(lines[from]!) ?? 'plain';
  for (let at = from; at <= index; at += 1) {
    const text = textOf(lines[at]!);
    const begun = isTyped(lines[at]!) ? 'plain' : BEGINNINGS.find(([pattern]) => pattern.test(text))?.[1];
    language = language === 'diff' && begun !== 'plain' && /^[-+ @]/.test(text) ? 'diff' : begun ?? (text === '' && language === 'table' ? 'plain' : language);
    languages.set(lines[at]!, language);
  }
  return language;
}

/** The pieces of a line of the transcript; what the engine has styled keeps its style. */
export function outputPieces(lines: readonly TerminalLine[], index: number): Piece[] {
  const { spans } = lines[index]!;
  const [only, another] = spans;
  if (only && !another && (only.style ?? 'plain') === 'plain') return HIGHLIGHTERS[languageOf(lines, index)](harmless(only.text));
  return spans.flatMap(({ text, style }) => style === 'typed' ? commandPieces(harmless(text)) : [{ text: harmless(text), style }]);
}

const HIGHLIGHTERS: Record<Language, (text: string) => Piece[]> = {
  plain: (text) => [{ text }],
  table: tableRow,
  yaml: yamlLine,
  json: jsonLine,
  diff: (text) => [{ text, style: text.startsWith('+') ? 'good' : text.startsWith('-') ? 'bad' : /^(?:@@|diff)/.test(text) ? 'accent' : undefined }],
};

const WORDS: readonly (readonly [RegExp, Style])[] = [
  [/^(?:Running|Ready|Bound|Active|Completed|Complete|Succeeded|Available|Approved(?:,Issued)?|Normal|active|ok|healthy)$/, 'good'],
  [/^(?:Pending|ContainerCreating|PodInitializing|Terminating|Unknown|Init:\d+\/\d+|Warning|Released|SchedulingDisabled|Ready,SchedulingDisabled|SchedulingGated|activating)$/, 'warning'],
  [/^(?:NotReady.*|Failed|Error|Evicted|OOMKilled|Lost|.*BackOff|Err.*|Init:(?:Error|CrashLoopBackOff)|Invalid.*|Create\w+Error|failed|RunContainerError)$/, 'bad'],
];

function tableRow(text: string): Piece[] {
  if (BEGINNINGS[0]![0].test(text)) return [{ text, style: 'heading' }];
  return text.split(/( {2,}|^ +| +$)/).filter(Boolean).map((cell) => ({ text: cell, style: WORDS.find(([pattern]) => pattern.test(cell))?.[1] }));
}

const SCALAR = /^(?:-?\d+(?:\.\d+)?|true|false|null|~)$/;

function yamlLine(text: string): Piece[] {
  const [, indent = '', dashes = '', key = '', space = '', value = ''] = /^(\s*)((?:- +)*)((?:"[^"]*"|[\w./()-][\w ./()-]*):(?= |$))?(\s*)(.*)$/s.exec(text) ?? [];
  if (value.startsWith('#') && !key) return [{ text, style: 'dim' }];
  const pieces: Piece[] = [{ text: indent }, { text: dashes, style: 'dim' }, { text: key, style: 'accent' }, { text: space }, { text: value, style: key || dashes ? yamlValue(value) : undefined }];
  return pieces.filter((piece) => piece.text !== '');
}

const yamlValue = (value: string): Style | undefined => SCALAR.test(value) ? 'warning' : /^["'].*["']$/.test(value) ? 'good' : /^[|>][-+]?$/.test(value) ? 'dim' : undefined;

function jsonLine(text: string): Piece[] {
  return [...text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*|true|false|null)|([^"\d\-tfn]+|.)/gsu)].flatMap(([whole, string, colon, scalar]): Piece[] => {
    if (string !== undefined) return colon ? [{ text: string, style: 'accent' }, { text: colon, style: 'dim' }] : [{ text: string, style: 'good' }];
    return [{ text: whole, style: scalar === undefined ? 'dim' : 'warning' }];
  });
}

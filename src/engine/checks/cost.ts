/** What a condition could cost at worst: conditions come from anybody's pack and run each second. */
import { endlessPattern } from '../pack/sources/safety.ts';
import { unquoted } from './unquoted.ts';

const TEXT_MAX = 3000;
const NESTING_MAX = 3;
export const COST_MAX = 2_000_000;

/** A condition's macros nest `depth` deep; `of` estimates its steps when the longest list has so many items. */
export interface Cost { depth: number; of(largest: number): number }

const MACRO = /\.\s*(all|exists|exists_one|map|filter|sortBy|transformList|transformMap)\s*$/;

/** The cost of a text that `assertBounded` lets through. */
export function costOf(text: string): Cost {
  const depth = nesting(text);
  const literal = (text.match(/,/g) ?? []).length + 1;
  return { depth, of: (largest) => (depth === 0 ? 0 : (text.length / 4) * Math.max(largest, literal) ** depth) };
}

/** Why a condition may not be used, in one sentence: it is too long, loops too deep, or matches by a pattern without bounds. */
export function assertBounded(text: string): string | undefined {
  if (text.length > TEXT_MAX) return `is longer than ${TEXT_MAX} characters`;
  const depth = nesting(text);
  if (depth > NESTING_MAX) return `loops ${depth} deep; ${NESTING_MAX} is the most`;
  for (const [, argument = ''] of text.matchAll(/\bmatches\s*\(\s*([^)]*)/g)) {
    const literal = /^r?(?:"((?:[^"\\]|\\.)*)|'((?:[^'\\]|\\.)*))/.exec(argument);
    if (!literal) return 'matches() needs its pattern written out in quotes';
  }
  for (const match of text.matchAll(/\bmatches\s*\(\s*(r?)(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')/g)) {
    const pattern = match[2] ?? match[3] ?? '';
    const endless = endlessPattern(match[1] ? pattern : pattern.replaceAll('\\\\', '\\'));
    if (endless) return `the pattern "${pattern}" ${endless}`;
  }
  return undefined;
}

/** How deep macros with a body stand in each other. */
function nesting(text: string): number {
  const open: boolean[] = [];
  let deepest = 0;
  for (const [i, c] of unquoted(text)) {
    if (c === '(') {
      open.push(MACRO.test(text.slice(Math.max(0, i - 24), i)));
      deepest = Math.max(deepest, open.filter(Boolean).length);
    } else if (c === ')') open.pop();
  }
  return deepest;
}

/** The colours of a command line: what runs, its verb, options, strings, variables, and what joins commands. */
import type { Piece } from '../text.ts';
import type { Style } from '../theme.ts';

const TOKEN = /(#.*$)|("(?:[^"\\]|\\.)*"?|'[^']*'?)|(\$\(|\$\{?[\w?@#*!]+\}?)|(\|\||&&|[|;&()<>]+)|(\s+)|((?:[^\s"'$|;&()<>\\]|\\.)+|\\?.)/gsu;
const KUBECTL = /^(?:kubectl|k)$/;
const PREFIX = /^(?:sudo|time|xargs|watch|then|do|else|!|\w+=.*)$/;

/** The text as pieces that together are the text. */
export function commandPieces(text: string): Piece[] {
  let place: 'command' | 'verb' | 'rest' = 'command';
  let isGlued = false; // the part before is of the same word
  return [...text.matchAll(TOKEN)].map(([whole, comment, string, variable, operator, space, word]): Piece => {
    const wasGlued = isGlued;
    isGlued = space === undefined && operator === undefined && variable !== '$(';
    if (comment !== undefined && !wasGlued) return { text: whole, style: 'dim' };
    if (string !== undefined) return { text: whole, style: 'good' };
    if (operator !== undefined || variable === '$(') {
      if (!/^[<>]+$/.test(whole)) place = 'command';
      return { text: whole, style: 'dim' };
    }
    if (variable !== undefined) return { text: whole, style: 'warning' };
    if (space !== undefined || word === undefined) return { text: whole };
    return { text: whole, style: wasGlued ? undefined : styled(word) };
  });

  function styled(word: string): Style | undefined {
    if (place === 'command') {
      if (!PREFIX.test(word)) place = KUBECTL.test(word) ? 'verb' : 'rest';
      return 'strong';
    }
    if (word.startsWith('-')) return 'code';
    if (place !== 'verb') return undefined;
    place = 'rest';
    return 'accent';
  }
}

/** The keys that end a card, on its last row. */
import { keyName } from '../key-names.ts';
import type { Line, Piece } from '../text.ts';
import type { Theme } from '../theme.ts';

export function keyChoices({ words }: Theme, ...choices: readonly (readonly [key: string, what: string])[]): Line {
  return choices.flatMap(([key, what], index): Piece[] => [{ text: index > 0 ? '     ' : '' }, { text: keyName(key, words), style: 'key' }, { text: ` ${what}` }]);
}

/** How well a text answers to what was typed of it: letters in their order, better together and at the beginnings of words. */

/** Undefined when a letter is missing; higher is better. */
export function fuzzyScore(query: string, text: string): number | undefined {
  const wanted = query.toLowerCase().replace(/\s+/g, '');
  const within = text.toLowerCase();
  const whole = within.indexOf(query.toLowerCase().trim());
  if (whole >= 0) return 1000 - whole + (isWordStart(within, whole) ? 100 : 0) - within.length / 100;
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    const found = nextOf(within, letter, at + 1);
    if (found < 0) return undefined;
    score += found === at + 1 ? 5 : isWordStart(within, found) ? 4 : 1;
    at = found;
  }
  return score - within.length / 100;
}

/** The letter at the beginning of a word if there is one, else wherever it comes first. */
function nextOf(text: string, letter: string, from: number): number {
  const first = text.indexOf(letter, from);
  if (first < 0 || first === from) return first;
  for (let at = first; at >= 0; at = text.indexOf(letter, at + 1)) if (isWordStart(text, at)) return at;
  return first;
}

const isWordStart = (text: string, index: number) => index === 0 || /[^\p{L}\p{N}]/u.test(text[index - 1]!);

/** Those that answer to the query, best first; all in their order when nothing was typed. */
export function fuzzyFind<T>(query: string, items: readonly T[], textOf: (item: T) => string): T[] {
  if (query.trim() === '') return [...items];
  return items.flatMap((item) => {
    const score = fuzzyScore(query, textOf(item));
    return score === undefined ? [] : [{ item, score }];
  }).sort((a, b) => b.score - a.score).map(({ item }) => item);
}

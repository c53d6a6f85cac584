/** "Did you mean this?": words close to the one that was typed, by cobra's measure. */

const DISTANCE_MAX = 2;

/** The lines to append to an error about an unknown word; '' when nothing comes close. */
export function suggestionsFor(typed: string, known: readonly string[]): string {
  const close = closeTo(typed, known);
  return close.length === 0 ? '' : `\n\nDid you mean this?\n${close.map((word) => `\t${word}\n`).join('')}`;
}

/** Known words within two edits of the typed one, or which begin with it; sorted. */
function closeTo(typed: string, known: readonly string[]): string[] {
  const lower = typed.toLowerCase();
  return known.filter((word) => editDistance(lower, word.toLowerCase()) <= DISTANCE_MAX || word.toLowerCase().startsWith(lower)).sort();
}

/** Levenshtein distance: insertions, deletions and substitutions. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

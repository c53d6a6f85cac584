/** Differences between two texts, line by line, as `diff -u` prints them. */

const CONTEXT = 3;

type Edit = readonly [sign: ' ' | '-' | '+', line: string];

/** The hunks of a unified diff; '' when the texts are the same. */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) return '';
  const edits = editsBetween(linesOf(before), linesOf(after));
  return hunksOf(edits).map((range) => hunkText(edits, range)).join('');
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** The shortest way from one list of lines to the other, by their longest common subsequence. */
function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  const lengths = commonLengths(before, after);
  const edits: Edit[] = [];
  let i = 0, j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      edits.push([' ', before[i++]!]);
      j++;
    } else if (j >= after.length || (i < before.length && lengths[i + 1]![j]! >= lengths[i]![j + 1]!)) edits.push(['-', before[i++]!]);
    else edits.push(['+', after[j++]!]);
  }
  return edits;
}

/** For each pair of positions, how many lines the rests have in common. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      lengths[i]![j] = before[i] === after[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  return lengths;
}

/** Ranges of edits to show: changes with their surroundings, joined where they meet. */
function hunksOf(edits: readonly Edit[]): { from: number; to: number }[] {
  const hunks: { from: number; to: number }[] = [];
  edits.forEach(([sign], i) => {
    if (sign === ' ') return;
    const from = Math.max(i - CONTEXT, 0), to = Math.min(i + CONTEXT + 1, edits.length);
    const last = hunks.at(-1);
    if (last && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  });
  return hunks;
}

function hunkText(edits: readonly Edit[], { from, to }: { from: number; to: number }): string {
  const count = (list: readonly Edit[], other: '-' | '+') => list.filter(([sign]) => sign !== other).length;
  const [head, shown] = [edits.slice(0, from), edits.slice(from, to)];
  const range = (other: '-' | '+') => {
    const length = count(shown, other);
    const start = count(head, other) + (length > 0 ? 1 : 0);
    return length === 1 ? `${start}` : `${start},${length}`;
  };
  return `@@ -${range('+')} +${range('-')} @@\n${shown.map(([sign, line]) => `${sign}${line}\n`).join('')}`;
}

/** The difference of two Pod specs as the API server shows it: a unified diff of the JSON, three lines of context. */
import { internalPodSpec } from '../internal-form.ts';
import type { PodSpec } from '../types.ts';

const CONTEXT = 3;

/** Unified diff, `@@ -1,7 +1,9 @@` and what follows; empty when nothing differs. */
export function podSpecDiff(old: PodSpec, now: PodSpec): string {
  const lines = (spec: PodSpec) => JSON.stringify(internalPodSpec(spec), undefined, 1).split('\n');
  return unifiedDiff(lines(old), lines(now));
}

interface Edit { sign: ' ' | '-' | '+'; text: string; oldLine: number; newLine: number }

/** Unified diff of two texts, by line. */
export function unifiedDiff(before: readonly string[], after: readonly string[]): string {
  const edits = editsBetween(before, after);
  return hunksOf(edits).map(formatHunk).join('');
}

/** The shortest edit from one to the other: what both begin and end with is left aside, the rest by longest common subsequence. */
function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const same = (from: number, to: number, shift: number): Edit[] => before.slice(from, to).map((text, index) => ({ sign: ' ', text, oldLine: from + index, newLine: from + index + shift }));
  const middle = middleEdits(before.slice(head, before.length - tail), after.slice(head, after.length - tail), head);
  return [...same(0, head, 0), ...middle, ...same(before.length - tail, before.length, after.length - before.length)];
}

function middleEdits(before: readonly string[], after: readonly string[], offset: number): Edit[] {
  const lengths = commonLengths(before, after);
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const place = { oldLine: offset + i, newLine: offset + j };
    if (i < before.length && j < after.length && before[i] === after[j]) {
      edits.push({ sign: ' ', text: before[i++] ?? '', ...place });
      j++;
    } else if (i < before.length && (j >= after.length || (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))) {
      edits.push({ sign: '-', text: before[i++] ?? '', ...place });
    } else edits.push({ sign: '+', text: after[j++] ?? '', ...place });
  }
  return edits;
}

function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  for (let i = before.length - 1; i >= 0; i--) {
    const [row, next] = [lengths[i]!, lengths[i + 1]!];
    for (let j = after.length - 1; j >= 0; j--) row[j] = before[i] === after[j] ? next[j + 1]! + 1 : Math.max(next[j]!, row[j + 1]!);
  }
  return lengths;
}

function hunksOf(edits: readonly Edit[]): Edit[][] {
  const hunks: Edit[][] = [];
  let end = -1;
  for (const [index, edit] of edits.entries()) {
    if (edit.sign === ' ') continue;
    const from = Math.max(index - CONTEXT, end, 0);
    const to = Math.min(index + CONTEXT + 1, edits.length);
    const last = hunks.at(-1);
    if (last && index - CONTEXT <= end) last.push(...edits.slice(end, to));
    else hunks.push(edits.slice(from, to));
    end = Math.max(end, to);
  }
  return hunks;
}

function formatHunk(hunk: readonly Edit[]): string {
  const [first] = hunk;
  const oldCount = hunk.filter(({ sign }) => sign !== '+').length;
  const newCount = hunk.filter(({ sign }) => sign !== '-').length;
  const header = `@@ -${(first?.oldLine ?? 0) + 1},${oldCount} +${(first?.newLine ?? 0) + 1},${newCount} @@`;
  return `${[header, ...hunk.map(({ sign, text }) => sign + text)].join('\n')}\n`;
}

/** Compares what was found with what is wanted; the differences as text. */
export class Differences {
  readonly found: string[] = [];

  same(what: string, found: unknown, wanted: unknown): void {
    if (wanted === undefined) return;
    const [a, b] = [canonical(found), canonical(wanted)];
    if (a !== b) this.found.push(`${what}: ${a}, wanted ${b}`);
  }

  oneOf(what: string, found: unknown, wanted: readonly unknown[] | undefined): void {
    if (wanted && !wanted.includes(found)) this.found.push(`${what}: ${String(found)}, wanted one of ${canonical(wanted)}`);
  }
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  }) ?? 'nothing';
}

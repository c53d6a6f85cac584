/**
 * Rows by number. Ink measures and copies text cell by cell, which costs 40 ms for a large screen; so a full screen goes
 * through Ink as one private-use character a row, and the writer puts the row in its place.
 */
const FIRST = 0xe000;
const COUNT = 6_400;

export class RowTable {
  readonly #tokens = new Map<string, string>();
  readonly #rows = new Map<string, string>();
  /** Whether the screen is one of such characters alone: Ink then needs to lay out a single column. */
  isWhole = false;

  /** The characters that stand for these rows, all valid together until the next call. */
  tokensOf(rows: readonly string[]): string[] {
    this.isWhole = true;
    if (this.#tokens.size + rows.length > COUNT) {
      this.#tokens.clear();
      this.#rows.clear();
    }
    return rows.map((row) => this.#tokens.get(row) ?? this.#added(row));
  }

  /** The row that a character stands for; any other text is its own row. */
  rowOf(text: string): string {
    return this.#rows.get(text) ?? text;
  }

  #added(row: string): string {
    const token = String.fromCharCode(FIRST + this.#tokens.size);
    this.#tokens.set(row, token);
    this.#rows.set(token, row);
    return token;
  }
}

/** The last attempt to place each Pod, kept for explanations: which plugin refused which node, and who scored how much. */
import type { CycleResult, ScoreTable } from './cycle.ts';
import { totalScores } from './cycle.ts';

/** Numbers kept in all attempts together; the oldest attempts go first. */
const CELLS_MAX = 100_000;

/** How one node fared. */
export interface NodeOutcome {
  readonly node: string;
  /** The plugin that refused it, and its reasons. */
  readonly filteredBy?: string;
  readonly reasons?: readonly string[];
  /** Whether evictions could have helped. */
  readonly resolvable?: boolean;
  /** Weighted scores by plugin, and their sum; none when there was nothing to choose from. */
  readonly scores?: Readonly<Record<string, number>>;
  readonly total?: number;
}

export interface Attempt {
  /** `namespace/name` */
  readonly pod: string;
  readonly atMs: number;
  /** Counting from 1. */
  readonly number: number;
  /** The node it was bound to. */
  readonly chosen?: string;
  /** The text of the FailedScheduling event. */
  readonly message?: string;
  /** A plugin that refused the Pod before any node was looked at. */
  readonly rejectedBy?: string;
  /** Plugins that left only a few nodes to look at. */
  readonly narrowedBy?: readonly string[];
  /** Where Pods were evicted to make room, and which. */
  readonly preemption?: { readonly node: string; readonly victims: readonly string[] };
  /** The best first, then those that were refused; nodes that were not looked at are missing. */
  readonly nodes: readonly NodeOutcome[];
}

type Summary = Pick<Attempt, 'pod' | 'atMs' | 'number' | 'message' | 'preemption'>;
interface Kept { summary: Summary; result: CycleResult; cells: number }

export class AttemptLog {
  readonly #kept = new Map<string, Kept>();
  #cells = 0;

  keep(summary: Summary, result: CycleResult): void {
    this.forget(summary.pod);
    const cells = 10 + result.failures.length + result.feasible.length * (1 + result.tables.length);
    this.#kept.set(summary.pod, { summary, result, cells });
    this.#cells += cells;
    for (const [key] of this.#kept) {
      if (this.#cells <= CELLS_MAX || this.#kept.size === 1) break;
      this.forget(key);
    }
  }

  forget(podKey: string): void {
    this.#cells -= this.#kept.get(podKey)?.cells ?? 0;
    this.#kept.delete(podKey);
  }

  /** The last attempt for a Pod by `namespace/name`; undefined when there was none or it is long ago. */
  get(podKey: string): Attempt | undefined {
    const kept = this.#kept.get(podKey);
    return kept && explain(kept);
  }
}

function explain({ summary, result }: Kept): Attempt {
  const { preparation, feasible, failures, tables, chosen } = result;
  const totals = totalScores(tables, feasible.length);
  const scored = feasible.map((node, i): NodeOutcome => (tables.length === 0 ? { node: node.name } : { node: node.name, scores: scoresOf(tables, i), total: totals[i]! }));
  const filtered = failures.map(({ node, plugin, rejection }): NodeOutcome => ({ node: node.name, filteredBy: plugin, reasons: rejection.reasons, resolvable: !rejection.unresolvable }));
  return {
    ...summary,
    ...(chosen ? { chosen: chosen.name } : {}),
    ...(preparation.rejected ? { rejectedBy: preparation.rejected.plugin } : {}),
    ...(preparation.narrowed ? { narrowedBy: preparation.narrowed.plugins } : {}),
    nodes: [...scored.sort((a, b) => (b.total ?? 0) - (a.total ?? 0)), ...filtered],
  };
}

function scoresOf(tables: readonly ScoreTable[], i: number): Record<string, number> {
  return Object.fromEntries(tables.map(({ plugin, scores }) => [plugin, typeof scores === 'number' ? scores : scores[i]!]));
}

/** The last attempt to place each Pod, kept for explanations: which plugin refused which node, and who scored how much. */
import type { CycleResult, ScoreTable } from './cycle.ts';
import { totalScores } from './cycle.ts';

/** Scores and refusals kept in all attempts together, four bytes each; of more, the oldest attempts go first. */
const CELLS_MAX = 10_000_000;

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
  /** The node that was chosen; it was bound there unless there is a message. */
  readonly chosen?: string;
  /** The text of the FailedScheduling event: why no node was chosen, or why the binding failed. */
  readonly message?: string;
  /** A plugin that refused the Pod before any node was looked at. */
  readonly rejectedBy?: string;
  /** Plugins that left only a few nodes to look at. */
  readonly narrowedBy?: readonly string[];
  /** Where Pods were evicted to make room, in this attempt or an earlier one, and which. */
  readonly preemption?: { readonly node: string; readonly victims: readonly string[] };
  /** The best first, then those that were refused; nodes that were not looked at are missing. */
  readonly nodes: readonly NodeOutcome[];
}

export type Summary = Pick<Attempt, 'pod' | 'atMs' | 'number' | 'message' | 'preemption'>;
/** A result with its scores as small numbers; one for all nodes where the plugin gave them the same. */
interface Kept { summary: Summary; result?: Pick<CycleResult, 'preparation' | 'searched' | 'failures' | 'chosen'>; tables: readonly { plugin: string; scores: Int32Array | number }[]; cells: number }

/** What the schedulers of a cluster have done last for each Pod. */
export class AttemptLog {
  readonly #kept = new Map<string, Kept>();
  #cells = 0;
  /** How attempts have ended so far. */
  readonly results = { scheduled: 0, unschedulable: 0, error: 0 };

  /** Notes an attempt; it has no result when a plugin failed. */
  keep(summary: Summary, result?: CycleResult): void {
    this.results[!result ? 'error' : summary.message === undefined ? 'scheduled' : 'unschedulable']++;
    const preemption = summary.preemption ?? (summary.number > 1 ? this.#kept.get(summary.pod)?.summary.preemption : undefined);
    this.forget(summary.pod);
    const tables = (result?.tables ?? []).map(({ plugin, scores }) => ({ plugin, scores: typeof scores === 'number' ? scores : new Int32Array(scores) }));
    const cells = 10 + (result?.failures.length ?? 0) + tables.reduce((sum, { scores }) => sum + (typeof scores === 'number' ? 1 : scores.length), 0);
    this.#kept.set(summary.pod, { summary: preemption ? { ...summary, preemption } : summary, result: result && withoutFilters(result), tables, cells });
    this.#cells += cells;
    for (const [key] of this.#kept) {
      if (this.#cells <= CELLS_MAX || this.#kept.size === 1) break;
      this.forget(key);
    }
  }

  /** The Pod could not be bound to the node that was chosen. */
  failed(podKey: string, message: string): void {
    const kept = this.#kept.get(podKey);
    if (kept) kept.summary = { ...kept.summary, message };
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

/** What the answer is made of later; filters and the list of feasible nodes are large. */
function withoutFilters({ preparation: { narrowed, rejected }, searched, failures, chosen }: CycleResult): Kept['result'] {
  return { preparation: { filters: [], narrowed, rejected }, searched, failures, chosen };
}

function explain({ summary, result, tables: kept }: Kept): Attempt {
  if (!result) return { ...summary, nodes: [] };
  const { preparation, searched: { nodes, from, count }, failures, chosen } = result;
  const refused = new Set(failures.map(({ node }) => node));
  const feasible = Array.from({ length: count }, (_, i) => nodes[(from + i) % nodes.length]!).filter((node) => !refused.has(node));
  const tables = kept.map(({ plugin, scores }): ScoreTable => ({ plugin, scores: typeof scores === 'number' ? scores : [...scores] }));
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

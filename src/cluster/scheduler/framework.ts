/** The scheduling framework: plugins filter nodes and score them; the profile says which, in which order, with what weight. */
import type { Pod } from '../api/types.ts';
import type { NodeInfo, PodInfo } from './node-info.ts';

/** Why a node was filtered out. Unresolvable: no eviction could help. */
export interface Rejection { reasons: readonly string[]; unresolvable: boolean }

export interface FilterPlugin {
  name: string;
  /** undefined: the node passes. */
  filter(pod: PodInfo, node: NodeInfo): Rejection | undefined;
}

export interface ScorePlugin {
  name: string;
  weight: number;
  /** Raw scores of the feasible nodes, in their order; undefined: the plugin has no interest. */
  score(pod: PodInfo, nodes: readonly NodeInfo[]): readonly number[] | undefined;
}

/** A cluster event that may make a Pod schedulable. */
export type ClusterEvent = 'NodeAdd' | 'NodeUpdate' | 'PodDelete' | 'PodUpdate';

export const SCORE_MAX = 100;

export const rejected = (...reasons: string[]): Rejection => ({ reasons, unresolvable: false });
export const unresolvable = (...reasons: string[]): Rejection => ({ reasons, unresolvable: true });

/** Scales raw counts so that the largest is 100 (or, reversed, 0): helper.DefaultNormalizeScore. */
export function normalize(scores: readonly number[], options: { reverse: boolean }): number[] {
  const max = Math.max(0, ...scores);
  if (max === 0) return scores.map(() => (options.reverse ? SCORE_MAX : 0));
  return scores.map((score) => {
    const scaled = Math.floor((SCORE_MAX * score) / max);
    return options.reverse ? SCORE_MAX - scaled : scaled;
  });
}

/** The last attempt to place a Pod, for explanations. */
export interface Attempt {
  pod: Pod;
  atMs: number;
  nodes: { name: string; filteredBy?: string; reasons?: readonly string[]; scores?: Readonly<Record<string, number>>; total?: number }[];
  chosen?: string;
  message?: string;
}

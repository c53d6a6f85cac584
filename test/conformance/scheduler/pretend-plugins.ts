/** The pretend plugins of the pipeline and preemption cases, and what they are told upstream where their names do not say it. */
import { normalizeByMax, type Plugin, PluginError, type Rejection, unresolvable, unschedulable } from '../../../src/cluster/scheduler/framework.ts';

const NO = unschedulable('Nodes failed the fake plugin');

/** What a case tells a pretend plugin: nodes that fail, `*` for all; nodes it narrows the search to; how it ends the cycle. */
interface Orders { fails?: readonly string[]; failsForGood?: readonly string[]; narrows?: readonly string[]; rejects?: Rejection; error?: string; skips?: true }

/** By case, then by plugin. */
const orders: Readonly<Record<string, Readonly<Record<string, Orders>>>> = {
  'get Unschedulable in the preemption phase when the filter plugins filtering the nodes': { FakeFilter: { fails: ['*'] } },
  'test with filter plugin returning Unschedulable status': { FakeFilter: { fails: ['3'] } },
  'test with filter plugin returning UnschedulableAndUnresolvable status': { FakeFilter: { failsForGood: ['3'] } },
  'test with partial failed filter plugin': { FakeFilter: { fails: ['1'] } },
  'test prefilter plugin returning Unschedulable status': { FakePreFilter: { rejects: unresolvable('injected unschedulable status') } },
  'test prefilter plugin returning error status': { FakePreFilter: { error: 'injected error status' } },
  'test prefilter plugin returning node': { FakePreFilter2: { narrows: ['node2'] }, FakePreFilter3: { narrows: ['node1', 'node2'] } },
  'test prefilter plugin returning non-intersecting nodes': { FakePreFilter2: { narrows: ['node2'] }, FakePreFilter3: { narrows: ['node1'] } },
  'test prefilter plugin returning empty node set': { FakePreFilter2: { narrows: [] } },
  'test some nodes are filtered out by prefilter plugin and other are filtered out by filter plugin': { FakePreFilter: { narrows: ['node2'] }, FakeFilter: { fails: ['node2'] } },
  'test prefilter plugin returning skip': { FakeFilter1: { fails: ['node1'] }, FakeFilter2: { skips: true } },
  'test no score plugin, prefilter plugin returning 2 nodes': { FakePreFilter: { narrows: ['node1', 'node2'] } },
};

/** FakeFilter, FakePreFilter1 and the like, as the case tells them to be. */
function fake(name: string, { fails, failsForGood, narrows, rejects, error, skips }: Orders = {}): Plugin {
  return {
    name,
    preFilter({ pod }) {
      if (error !== undefined) throw new PluginError(error);
      if (rejects ?? skips) return rejects;
      const why = `injecting failure for pod ${pod.metadata.name}`;
      return {
        nodeNames: narrows && new Set(narrows),
        filter(node) {
          if (failsForGood?.includes(node.name)) return unresolvable(why);
          return fails?.includes(node.name) || fails?.includes('*') ? unschedulable(why) : undefined;
        },
      };
    },
  };
}

const named: Readonly<Record<string, Plugin>> = {
  TrueFilter: { name: 'TrueFilter', preFilter: () => ({ filter: () => undefined }) },
  FalseFilter: { name: 'FalseFilter', preFilter: () => ({ filter: () => NO }) },
  MatchFilter: { name: 'MatchFilter', preFilter: ({ pod }) => ({ filter: ({ name }) => (name === pod.metadata.name ? undefined : NO) }) },
  NoPodsFilter: { name: 'NoPodsFilter', preFilter: () => ({ filter: ({ pods }) => (pods.size === 0 ? undefined : NO) }) },
  NumericMap: { name: 'NumericMap', preScore: () => ({ score: ({ name }) => Number(name) }) },
  ReverseNumericMap: {
    name: 'ReverseNumericMap',
    preScore: () => ({
      score: ({ name }) => Number(name),
      normalize(scores) {
        const sum = Math.max(...scores) + Math.min(...scores);
        for (const [i, score] of scores.entries()) scores[i] = sum - score;
      },
    }),
  },
  TrueMap: { name: 'TrueMap', preScore: () => ({ score: () => 1 }) },
  FalseMap: { name: 'FalseMap', preScore: () => ({ score: () => { throw new PluginError('priority map encounters an error'); } }) },
  FakePreScoreAndScorePlugin: { name: 'FakePreScoreAndScorePlugin', preScore: () => undefined },
  EqualPrioritizerPlugin: { name: 'EqualPrioritizerPlugin', preScore: () => ({ score: () => 1, normalize: (scores) => normalizeByMax(scores, { reverse: false }) }) },
  'test-plugin': {
    name: 'test-plugin',
    preFilter: ({ pod }) => ({
      podRemoved(_, node) {
        if (node.labels['error'] === 'true') throw new PluginError(`failed to remove pod: ${pod.metadata.name}`);
      },
    }),
  },
};

/** The pretend plugin of a case; undefined when the name is not one of theirs. */
export function pretendPlugin(name: string, caseName: string): Plugin | undefined {
  return named[name] ?? (/^Fake(Pre)?Filter\d?$/.test(name) ? fake(name, orders[caseName]?.[name]) : undefined);
}

/** The pretend plugins of the pipeline cases, as far as their names say what they do. */
import { normalizeByMax, type Plugin, unschedulable } from '../../../src/cluster/scheduler/framework.ts';

const NO = unschedulable('Nodes failed the fake plugin');

export const pretendPlugins: Readonly<Record<string, Plugin>> = {
  TrueFilter: { name: 'TrueFilter', preFilter: () => ({ filter: () => undefined }) },
  FakeFilter: { name: 'FakeFilter', preFilter: () => ({ filter: () => undefined }) },
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
  EqualPrioritizerPlugin: { name: 'EqualPrioritizerPlugin', preScore: () => ({ score: () => 1, normalize: (scores) => normalizeByMax(scores, { reverse: false }) }) },
  'test-plugin': { name: 'test-plugin', preFilter: () => ({}) },
};

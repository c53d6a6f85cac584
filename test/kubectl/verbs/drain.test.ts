import { describe, expect, it } from 'vitest';
import type { Info } from '../../../src/kubectl/resource-builder.ts';
import { type DrainRules, sortOut } from '../../../src/kubectl/verbs/drain.ts';

const type = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', singular: 'pod', namespaced: true, shortNames: [], categories: [], verbs: [], subresources: [] };
const strict: DrainRules = { force: false, ignoreDaemonSets: false, deleteEmptyDirData: false, skipDeletedBeforeMs: -Infinity };

interface Traits { owner?: string; emptyDir?: boolean; phase?: string; mirror?: boolean; deletedAt?: string }

function pod(name: string, { owner, emptyDir, phase = 'Running', mirror, deletedAt }: Traits = {}): Info {
  const metadata = {
    name, namespace: 'shop',
    ...(owner ? { ownerReferences: [{ kind: owner, controller: true }] } : {}),
    ...(mirror ? { annotations: { 'kubernetes.io/config.mirror': 'x' } } : {}),
    ...(deletedAt ? { deletionTimestamp: deletedAt } : {}),
  };
  return { type, namespace: 'shop', name, source: '', object: { apiVersion: 'v1', kind: 'Pod', metadata, spec: { volumes: emptyDir ? [{ name: 'v', emptyDir: {} }] : [] }, status: { phase } } };
}

const names = (pods: readonly Info[]) => pods.map(({ name }) => name);

describe('drain judges Pods', () => {
  const table: [what: string, traits: Traits, rules: Partial<DrainRules>, outcome: { goes: boolean; problem?: string; warning?: string }][] = [
    ['lets a ReplicaSet\'s Pod go', { owner: 'ReplicaSet' }, {}, { goes: true }],
    ['refuses a bare Pod', {}, {}, { goes: false, problem: 'cannot delete Pods that declare no controller (use --force to override): shop/p' }],
    ['warns of a bare Pod with --force', {}, { force: true }, { goes: true, warning: 'deleting Pods that declare no controller: shop/p' }],
    ['refuses a DaemonSet\'s Pod', { owner: 'DaemonSet' }, {}, { goes: false, problem: 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): shop/p' }],
    ['leaves a DaemonSet\'s Pod with --ignore-daemonsets', { owner: 'DaemonSet' }, { ignoreDaemonSets: true }, { goes: false, warning: 'ignoring DaemonSet-managed Pods: shop/p' }],
    ['speaks only of local storage when a Pod is bare, too', { emptyDir: true }, {}, { goes: false, problem: 'cannot delete Pods with local storage (use --delete-emptydir-data to override): shop/p' }],
    ['lets local storage go silently if a controller makes the Pod again', { owner: 'ReplicaSet', emptyDir: true }, { deleteEmptyDirData: true }, { goes: true }],
    ['lets finished Pods go without flags', { phase: 'Succeeded', emptyDir: true }, {}, { goes: true }],
    ['leaves mirror Pods', { mirror: true }, {}, { goes: false }],
    ['leaves Pods whose deletion was asked for long ago', { owner: 'ReplicaSet', deletedAt: '2026-01-01T00:00:00Z' }, { skipDeletedBeforeMs: Date.parse('2026-01-01T00:01:00Z') }, { goes: false }],
  ];

  it.each(table)('%s', (_what, traits, rules, { goes, problem, warning }) => {
    const { chosen, problems, warnings } = sortOut([pod('p', traits)], { ...strict, ...rules });
    expect(names(chosen)).toEqual(goes ? ['p'] : []);
    expect(problems).toEqual(problem ? [problem] : []);
    expect(warnings).toEqual(warning ? [warning] : []);
  });

  it('names all Pods of a problem in one line', () => {
    const { problems } = sortOut([pod('a'), pod('b', { owner: 'DaemonSet' }), pod('c')], strict);
    expect(problems).toEqual([
      'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): shop/b',
      'cannot delete Pods that declare no controller (use --force to override): shop/a, shop/c',
    ]);
  });
});

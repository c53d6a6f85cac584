/** Where daemon Pods belong, what goes and comes next, and single turns of the loop. */
import { expect, test } from 'vitest';
import type { DaemonSet, Node, Pod } from '../../../src/cluster/api/types.ts';
import { daemonSetController } from '../../../src/cluster/controllers/daemon-set/daemon-set.ts';
import { eligibility, nodeOf, specFor } from '../../../src/cluster/controllers/daemon-set/eligibility.ts';
import { type Place, placement, rollingUpdate, updateLimits } from '../../../src/cluster/controllers/daemon-set/rolling.ts';
import { at, made, NOW, pod, type PodPart } from './builders.ts';
import { OneSync } from './one-sync.ts';

const HASH = 'controller-revision-hash';
const spec = (podSpec: object = {}) => ({ selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [], ...podSpec } } });
const daemonSet = (podSpec: object = {}, rest: object = {}, status: object = {}) => made<DaemonSet>('DaemonSet', 'agent', { ...spec(podSpec), ...rest }, { status });
const node = (name: string, { labels = {}, taints = [] as object[] } = {}) => made<Node>('Node', name, { taints }, { metadata: { namespace: undefined, labels, uid: name } });
const terms = (...nodeSelectorTerms: object[]) => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } });
const labelled = (operator: string, ...values: string[]) => terms({ matchExpressions: [{ key: 'size', operator, values }] });

test.each<[string, object, Parameters<typeof node>[1], string]>([
  ['any', {}, {}, 'run stay'],
  ['its name', { nodeName: 'n1' }, {}, 'run stay'],
  ['another name', { nodeName: 'n2' }, {}, ''],
  ['a selector', { nodeSelector: { size: '5' } }, { labels: { size: '5' } }, 'run stay'],
  ['another label', { nodeSelector: { size: '5' } }, { labels: { size: '6' } }, ''],
  ['one of the terms', terms({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] }, { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }), {}, 'run stay'],
  ['a term of nothing', terms({}), {}, ''],
  ['no terms', terms(), {}, ''],
  ['greater', labelled('Gt', '4'), { labels: { size: '5' } }, 'run stay'],
  ['greater than no number', labelled('Gt', '4'), { labels: { size: '5.5' } }, ''],
  ['less than a label of nothing', labelled('Lt', '4'), { labels: { size: '' } }, ''],
  ['a taint', {}, { taints: [{ key: 'a', effect: 'NoSchedule' }] }, 'stay'],
  ['a taint that evicts', {}, { taints: [{ key: 'a', effect: 'NoExecute' }] }, ''],
  ['a taint that only discourages', {}, { taints: [{ key: 'a', effect: 'PreferNoSchedule' }] }, 'run stay'],
  ['a tolerated taint', { tolerations: [{ key: 'a', operator: 'Exists' }] }, { taints: [{ key: 'a', effect: 'NoExecute' }] }, 'run stay'],
  ['one of two tolerated', { tolerations: [{ key: 'a', operator: 'Exists' }] }, { taints: [{ key: 'a', effect: 'NoExecute' }, { key: 'b', effect: 'NoSchedule' }] }, 'stay'],
  ['every trouble of a node', {}, { taints: [...['not-ready', 'unreachable'].map((key) => ({ key: `node.kubernetes.io/${key}`, effect: 'NoExecute' })), ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((key) => ({ key: `node.kubernetes.io/${key}`, effect: 'NoSchedule' }))] }, 'run stay'],
  ['no network', {}, { taints: [{ key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' }] }, 'stay'],
  ['no network, and none needed', { hostNetwork: true }, { taints: [{ key: 'node.kubernetes.io/network-unavailable', effect: 'NoSchedule' }] }, 'run stay'],
])('a node: %s', (_, podSpec, part, expected) => {
  const { shouldRun, shouldContinue } = eligibility(daemonSet(podSpec), node('n1', part));
  expect([shouldRun && 'run', shouldContinue && 'stay'].filter(Boolean).join(' ')).toBe(expected);
});

test('the Pod of a node is tied to it, and tolerates what it does not say itself', () => {
  const notReady = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' };
  const preferred = { preferredDuringSchedulingIgnoredDuringExecution: [] };
  const of = (podSpec: object) => specFor(daemonSet(podSpec).spec.template, 'n1');
  expect(of({ affinity: { podAffinity: {}, nodeAffinity: { ...preferred, ...terms({}).affinity.nodeAffinity } } }).affinity).toEqual({ podAffinity: {}, nodeAffinity: { ...preferred, ...terms({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }).affinity.nodeAffinity } });
  const count = (podSpec: object) => of(podSpec).tolerations!.length;
  expect([count({}), count({ hostNetwork: true }), count({ tolerations: [notReady] })]).toEqual([6, 7, 6]);
  expect(['key', 'operator', 'effect', 'value', 'tolerationSeconds'].map((field) => count({ tolerations: [{ ...notReady, [field]: field === 'tolerationSeconds' ? 5 : 'x' }] }))).toEqual([7, 7, 7, 7, 7]);
});

test('the node of a Pod: where it is, or the only one it is meant for', () => {
  const field = (part: object) => terms({ matchExpressions: [] }, { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n7'], ...part }] });
  const of = (podSpec: object, on = '') => nodeOf(pod('a', { on, spec: podSpec }));
  expect([of(field({}), 'n1'), of(field({})), of(field({ key: 'x' })), of(field({ operator: 'NotIn' })), of(field({ values: ['a', 'b'] })), of(field({ values: undefined })), of({})]).toEqual(['n1', 'n7', undefined, undefined, undefined, undefined, undefined]);
});

test.each<[object | undefined, number, [number, number]]>([
  [undefined, 10, [1, 0]], [{ maxUnavailable: '25%' }, 10, [3, 0]], [{ maxUnavailable: 0, maxSurge: '10%' }, 11, [0, 2]], [{ maxUnavailable: 0 }, 10, [1, 0]], [{ maxUnavailable: '10%' }, 0, [1, 0]], [{ maxUnavailable: 2, maxSurge: 1 }, 3, [2, 1]],
])('limits of %j on %s nodes: %j', (rolling, desired, [maxUnavailable, maxSurge]) => {
  expect(updateLimits(daemonSet({}, rolling ? { updateStrategy: { rollingUpdate: rolling } } : {}), desired)).toEqual({ maxUnavailable, maxSurge });
});

/** `old`, `new`, with `-` when not up, `!` when leaving, `F` or `S` when over. */
function members(text: string, on: string): Pod[] {
  return text.split(' ').filter(Boolean).map((word, i) => {
    const part: PodPart = { on, labels: { app: 'web', [HASH]: word.startsWith('new') ? 'h2' : 'h1' }, readyS: word.includes('-') ? undefined : 60, leaving: word.includes('!') };
    if (word.includes('F')) part.phase = 'Failed';
    if (word.includes('S')) part.phase = 'Succeeded';
    return pod(`${on}${i}`, part);
  });
}

const places = (texts: readonly string[]): Place[] => texts.map((text, i) => {
  const [pods = '', where = ''] = text.split('@');
  return { node: 'abcd'[i]!, eligibility: { shouldRun: where === '', shouldContinue: where !== 'gone' }, pods: members(pods, 'abcd'[i]!) };
});
const isUp = ({ status }: Pod) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => `-${metadata.name}`);

test.each<[string, boolean, string[], string]>([
  ['where none is', false, ['', 'new'], '+a'],
  ['not where none should be', false, ['@stay', '@gone'], ''],
  ['what may stay stays', false, ['old@stay'], ''],
  ['what may not goes', false, ['old new!@gone'], '-a0'],
  ['of two the younger goes', false, ['old new'], '-a1'],
  ['one that leaves takes no place, but nobody comes before it has left', false, ['old! new', 'new!'], ''],
  ['what is over goes', false, ['newF', 'newS', 'oldF! new'], '?a0 ?b0'],
  ['what is over beside one that runs', false, ['oldF new'], '?a0'],
  ['with a surge an old one that is up and a new one', true, ['old new-'], ''],
  ['with a surge the old one that is down goes', true, ['old- new-'], '-a0'],
  ['with a surge two old ones are one too many', true, ['old old'], '-a1'],
  ['with a surge two new ones are, too', true, ['new- old new-'], '-a2'],
  ['an old one alone stays, up or not', true, ['old-'], ''],
  ['two old ones that are down: the first stays', true, ['old- old-'], '-a1'],
])('placement: %s', (_, surges, texts, expected) => {
  const { create, remove, ended } = placement(places(texts), { hash: 'h2', surges, isUp });
  expect([...create.map((name) => `+${name}`), ...names(remove), ...ended.map((each) => `?${each.pod.metadata.name}`)].join(' ')).toBe(expected);
});

test.each<[string, object, string[], string]>([
  ['one at a time', {}, ['old', 'old'], '-a0'],
  ['two', { maxUnavailable: 2 }, ['old', 'old', 'old'], '-a0 -b0'],
  ['what is down anyway, and no more', {}, ['old', 'old-', 'new-'], '-b0'],
  ['one that is not up counts', { maxUnavailable: 2 }, ['old', 'old', 'new-'], '-a0'],
  ['one that leaves counts', { maxUnavailable: 2 }, ['old', 'old', 'old!'], '-a0'],
  ['two of one kind count', { maxUnavailable: 2 }, ['old', 'old', 'new new'], '-a0'],
  ['an old and a new one count', { maxUnavailable: 2 }, ['old', 'old', 'old new'], '-a0'],
  ['a share counts the nodes that should have one', { maxUnavailable: '50%' }, ['old', 'old', 'old@stay', 'old@stay'], '-a0'],
  ['a node without a Pod counts for nothing', {}, ['', 'old'], '-b0'],
  ['all new', {}, ['new', 'new'], ''],
  ['surge: one more', { maxUnavailable: 0, maxSurge: 1 }, ['old', 'old', 'new'], '+a'],
  ['surge: no more while one surges', { maxUnavailable: 0, maxSurge: 1 }, ['old new-', 'old'], ''],
  ['surge: two while one surges', { maxUnavailable: 0, maxSurge: 2 }, ['old new-', 'old', 'old'], '+b'],
  ['surge: more surge than may', { maxUnavailable: 0, maxSurge: 1 }, ['old new-', 'old new-', 'old'], ''],
  ['surge: the old one goes once the new one is up', { maxUnavailable: 0, maxSurge: 1 }, ['old new', 'old'], '+b -a0'],
  ['surge: beside what is down anyway', { maxUnavailable: 0, maxSurge: 1 }, ['old', 'old-', 'old'], '+b +a'],
  ['surge: two of a kind surge', { maxUnavailable: 0, maxSurge: 1 }, ['new new', 'old'], ''],
])('rolling: %s', (_, rolling, texts, expected) => {
  const { create, remove } = rollingUpdate(daemonSet({}, { updateStrategy: { rollingUpdate: rolling } }), places(texts), 'h2', isUp);
  expect([...create.map((name) => `+${name}`), ...names(remove)].join(' ')).toBe(expected);
});

function synced(set: DaemonSet, nodes: readonly Node[], pods: readonly Pod[], refuse?: OneSync['refuse']) {
  const sync = new OneSync(daemonSetController, NOW);
  for (const [plural, objects] of Object.entries({ daemonsets: [set], nodes, pods, controllerrevisions: [] })) sync.given(plural, objects);
  sync.refuse = refuse;
  const error = sync.sync('default/agent');
  return Object.assign(sync, { error, made: sync.created.filter(({ kind }) => kind === 'Pod') as Pod[], revision: sync.created.find(({ kind }) => kind === 'ControllerRevision'), status: () => sync.statuses.get('agent')?.status as DaemonSet['status'] | undefined });
}

test('new Pods go to the nodes in order of their names, with the revision and the generation of the template', () => {
  const sync = synced(made('DaemonSet', 'agent', spec(), { metadata: { annotations: { 'deprecated.daemonset.template.generation': '7' } } }), [node('b'), node('c', { taints: [{ key: 'x', effect: 'NoSchedule' }] }), node('a')], []);
  expect(sync.made.map(nodeOf)).toEqual(['a', 'b']);
  const hash = sync.revision!.metadata.labels![HASH]!;
  expect(sync.revision!.metadata).toMatchObject({ name: `agent-${hash}`, labels: { app: 'web', [HASH]: hash }, annotations: { 'deprecated.daemonset.template.generation': '7' } });
  expect(sync.made[0]!.metadata).toMatchObject({ generateName: 'agent-', labels: { app: 'web', [HASH]: hash, 'pod-template-generation': '7' } });
  expect(sync.events).toEqual(['Normal SuccessfulCreate: Created pod: agent-1', 'Normal SuccessfulCreate: Created pod: agent-2']);
  expect(sync.status()).toEqual({ currentNumberScheduled: 0, desiredNumberScheduled: 2, numberReady: 0, numberMisscheduled: 0, observedGeneration: 1, numberUnavailable: 2 });
  expect(synced(daemonSet(), [node('a')], []).made[0]!.metadata.labels).toMatchObject({ 'pod-template-generation': '1' });
});

test('the status counts the oldest Pod of each node', () => {
  const hash = synced(daemonSet(), [], []).revision!.metadata.labels![HASH]!;
  const mine = (name: string, on: string, part: PodPart = {}) => pod(name, { on, readyS: 60, ...part, labels: { app: 'web', [HASH]: hash } });
  const set = daemonSet({}, { minReadySeconds: 10, updateStrategy: { type: 'OnDelete' } });
  const taints = [{ key: 'x', effect: 'NoSchedule' }];
  const sync = synced(set, ['a', 'b', 'c', 'd', 'e'].map((name) => node(name, name === 'd' ? { taints } : {})), [mine('a1', 'a'), mine('b1', 'b', { readyS: 4 }), pod('c1', { on: 'c' }), mine('d1', 'd'), mine('b0', 'b', { readyS: undefined, ageS: 10 })]);
  expect(sync.status()).toEqual({ currentNumberScheduled: 3, desiredNumberScheduled: 4, numberReady: 2, numberMisscheduled: 1, observedGeneration: 1, updatedNumberScheduled: 2, numberAvailable: 1, numberUnavailable: 3 });
  expect([sync.waits, sync.deleted, sync.events[1]]).toEqual([[6000], ['b0'], 'Normal SuccessfulDelete: Deleted pod: b0']);
});

test('of Pods of one age the first by name stays', () => {
  expect(synced(daemonSet(), [node('a')], [pod('y', { on: 'a' }), pod('x', { on: 'a' })]).deleted).toEqual(['y']);
});

test('a Pod for a node that is gone goes, unless it is on its way', () => {
  const lost = (name: string, part: PodPart = {}) => pod(name, { on: '', spec: specFor(daemonSet().spec.template, 'gone'), ...part });
  expect(synced(daemonSet(), [node('a')], [lost('x'), lost('y', { leaving: true }), lost('z', { on: 'gone' }), pod('w', { on: '' }), lost('v', { spec: specFor(daemonSet().spec.template, 'a') })]).deleted).toEqual(['x', 'w', 'v']);
});

test('what is over is told of; what has failed comes back after a pause for each node', () => {
  const sync = synced(daemonSet(), [node('a'), node('b')], [pod('x', { on: 'a', phase: 'Succeeded' }), pod('y', { on: 'b', phase: 'Failed' })]);
  expect(sync.events).toEqual([
    'Normal SucceededDaemonPod: Found succeeded daemon pod default/x on node a, will try to delete it', 'Warning FailedDaemonPod: Found failed daemon pod default/y on node b, will try to kill it',
    'Normal SuccessfulDelete: Deleted pod: x', 'Normal SuccessfulDelete: Deleted pod: y',
  ]);
  const again = new OneSync(daemonSetController, NOW);
  for (const name of ['y0', 'y1']) {
    for (const [plural, objects] of Object.entries({ daemonsets: [daemonSet()], nodes: [node('b')], pods: [pod(name, { on: 'b', phase: 'Failed' })] })) again.given(plural, objects);
    again.sync('default/agent');
  }
  expect([again.deleted, again.waits]).toEqual([['y0'], []]); // the deletion has not shown yet
});

test('creations that fail come to an event, growing batches stop at the first', () => {
  const nodes = Array.from({ length: 9 }, (_, i) => node(`n${i}`));
  let left = 3; // the revision, then a Pod, and one of the next two
  const sync = synced(daemonSet(), nodes, [], (verb) => (verb === 'create' && left-- <= 0 ? { message: 'no room' } : undefined));
  expect([sync.made.length, sync.attempts, sync.events.at(-1), sync.error]).toEqual([2, 4, 'Warning FailedCreate: Error creating: no room', expect.objectContaining({ message: 'no room' })]);
  expect(synced(daemonSet(), Array.from({ length: 260 }, (_, i) => node(`n${i}`)), []).made).toHaveLength(250);
});

test('on its way out it does nothing; a status that stays is not written', () => {
  expect(synced(made('DaemonSet', 'agent', spec(), { metadata: { deletionTimestamp: at(0) } }), [node('a')], []).attempts).toBe(0);
  expect(synced(daemonSet({}, {}, { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberReady: 0, numberMisscheduled: 0, observedGeneration: 1 }), [], []).status()).toBeUndefined();
});

/** What was played is proven by playing it again; what was tampered with is named. */
import { beforeAll, expect, test } from 'vitest';
import { BundleError, readBundle, sealed } from '../../../src/engine/attempts/bundle.ts';
import { asCsv, asHtml, asJunit, asTable, asXapi, type Row, stuckOf } from '../../../src/engine/attempts/report.ts';
import { codeOf, isOver, readSession, type Session } from '../../../src/engine/attempts/session.ts';
import { type Verified, verifyAttempt } from '../../../src/engine/attempts/verify.ts';
import { type Attempt, newAttempt } from '../../../src/engine/mission/attempt.ts';
import { Mission } from '../../../src/engine/mission/mission.ts';
import type { Pack } from '../../../src/engine/pack/level.ts';
import { loadPack } from '../../../src/engine/pack/load.ts';
import { filesOf, folderOf, LEVEL } from '../pack/small-pack.ts';

let pack: Pack;
let attempt: Attempt;
let score: number;
const claim = () => ({ score, stars: 3 });

beforeAll(async () => {
  pack = loadPack(folderOf(filesOf()));
  const mission = await Mission.start(pack.levels[0]!, newAttempt('two', pack.digest, 'seed', 'one'), { write: () => undefined });
  await mission.advance(3000);
  await mission.play('kubectl get deploymnets', 10_000);
  mission.takeHint();
  await mission.play('kubectl scale deployment/web --replicas=2', 10_000);
  while (!mission.isOver) await mission.advance(1000);
  ({ attempt } = mission);
  score = mission.score().total;
});

test('an honest attempt is proven, with what happened in it', async () => {
  const result = await verifyAttempt(pack, attempt, claim(), true);
  expect(result).toMatchObject({ verdict: 'ok', commands: 2, hints: 1, score: { won: true, total: score }, failed: { 'kubectl get deploymnets': 1 } });
  expect(result.firstHintMs).toBeGreaterThan(2999);
  expect(result.goals).toEqual([{ id: 'two', text: 'Two are ready', points: 100, isReached: true }]);
});

const TAMPERED: readonly (readonly [what: string, change: () => Promise<Verified>, verdict: Verified['verdict'], reason: RegExp])[] = [
  ['a score that was raised', () => verifyAttempt(pack, attempt, { score: 1000, stars: 3 }, true), 'edited', /^the score was edited: it says 1000 points and 3 stars, the replay gives \d+ and 3$/],
  ['a hint taken out', () => verifyAttempt(pack, { ...attempt, inputs: attempt.inputs.filter((input) => input.do !== 'hint') }, claim(), false), 'edited', /^the score was edited/],
  ['a command put in its place', () => verifyAttempt(pack, { ...attempt, inputs: attempt.inputs.filter((input) => input.do !== 'run') }, claim(), false), 'edited', /the replay gives 0 and 0|the score was edited/],
  ['a time made shorter', () => verifyAttempt(pack, { ...attempt, elapsedMs: 1 }, { score: 0, stars: 0 }, true), 'not reproducible', /it says it took 1 ms|cannot/],
  ['inputs out of order', () => verifyAttempt(pack, { ...attempt, inputs: attempt.inputs.map((input, i) => ({ ...input, atMs: input.atMs - i })) }, claim(), true), 'edited', /^its inputs are not in the order of their times$/],
  ['a pack that has changed', () => verifyAttempt(loadPack(folderOf(filesOf({ 'basics/01-two.yaml': LEVEL.replace('readyReplicas == 2', 'readyReplicas >= 1') }))), attempt, claim(), true), 'another pack', /^was played on another pack or version \([0-9a-f]{12}, this one is [0-9a-f]{12}\)$/],
  ['a level that is not in the pack', () => verifyAttempt(pack, { ...attempt, level: 'three' }, claim(), true), 'another pack', /^the pack has no level "three"$/],
  ['a file that was edited elsewhere', () => verifyAttempt(pack, attempt, claim(), false), 'edited', /^the file was edited after it was written: its digest does not match$/],
];

test.each(TAMPERED)('%s is named', async (_what, change, verdict, reason) => {
  const result = await change();
  expect([result.verdict, result.reason]).toEqual([verdict, expect.stringMatching(reason)]);
});

test('a bundle knows when it was edited, and is not fooled by new spaces', () => {
  const text = JSON.stringify(sealed({ pack, player: 'abc', entries: [{ attempt, claim: claim() }] }));
  expect(readBundle(text).isIntact).toBe(true);
  expect(readBundle(JSON.stringify(JSON.parse(text), null, 4)).isIntact).toBe(true);
  expect(readBundle(text.replace('"player":"abc"', '"player":"abd"')).isIntact).toBe(false);
  expect(text).not.toContain('"name":"Ada"');
});

test.each([['nothing', '', 'is no JSON'], ['another file', '{"a": 1}', 'holds no attempts'], ['a newer one', '{"format": "kube-quest attempts", "version": 2}', 'was written by a newer kube-quest'], ['half of one', '{"format": "kube-quest attempts", "version": 1}', 'is damaged'],
  ['an unknown kind of input', JSON.stringify({ format: 'kube-quest attempts', version: 1, player: 'a', digest: '', pack: { name: 'a', version: '1', digest: 'x' }, entries: [{ claim: { score: 1, stars: 1 }, attempt: { version: 1, id: '', level: '', packDigest: '', seed: '', elapsedMs: 1, inputs: [{ atMs: 1, do: 'win' }] } }] }), 'is damaged'],
] as const)('%s is no bundle', (_what, text, message) => {
  expect(() => readBundle(text)).toThrow(BundleError);
  expect(() => readBundle(text)).toThrow(message);
});

test('a session is the same as a file and as a code, and has an end', () => {
  const session: Session = { format: 'kube-quest session', version: 1, id: 'a', title: 'Monday', pack: { name: 'small', digest: 'x' }, levels: ['two'], deadline: '2027-01-01T00:00:00.000Z' };
  expect(readSession(codeOf(session))).toEqual(session);
  expect(readSession(JSON.stringify(session))).toEqual(session);
  expect([isOver(session, new Date('2026-12-31')), isOver(session, new Date('2027-01-02'))]).toEqual([false, true]);
  expect(() => readSession('kq1-abc')).toThrow('is no session');
});

test('a report tells where a class got stuck, and trusts no name', async () => {
  const won = await verifyAttempt(pack, attempt, claim(), true);
  const row = (player: string, change: Partial<Verified> = {}): Row => ({ ...won, player, file: 'f', pack: 'small', packDigest: pack.digest, attempt: player, ...change });
  const lost = row('=cmd()', { score: { ...won.score!, won: false, total: 0, stars: 0 }, goals: won.goals.map((goal) => ({ ...goal, isReached: false })) });
  const rows = [row('Ada'), lost, row('<b>Eve</b>', { verdict: 'edited', reason: 'the score was edited' })];
  expect(stuckOf(rows)).toMatchObject([{ level: 'two', played: 2, won: 1, firstHintSeconds: 3, missed: [{ text: 'Two are ready', count: 1 }], wrong: [{ command: 'kubectl get deploymnets', count: 2 }] }]);
  expect(asTable(rows)).toMatch(/^player +level +verdict +score +stars +seconds +commands +hints +reason\nAda +two +ok +\d{3} +3 /);
  expect(asCsv(rows)).toContain("\r\n'=cmd(),two,ok,0,0,");
  expect(asHtml(rows, 'Class <1>')).toContain('&lt;b&gt;Eve&lt;/b&gt;');
  expect(asHtml(rows, 'x')).not.toMatch(/<b>|https?:|<script/);
  expect(asJunit(rows)).toContain('<testcase classname="small" name="two" time="');
  expect(asJunit(rows).match(/<failure/g)).toHaveLength(2);
  const statements = asXapi(rows, '2026-01-01T00:00:00Z');
  expect(statements).toMatchObject([{ verb: { id: 'http://adlnet.gov/expapi/verbs/passed' }, result: { success: true } }, { verb: { id: 'http://adlnet.gov/expapi/verbs/failed' } }]);
  expect(asXapi(rows, '2026-01-02T00:00:00Z').map((one) => Reflect.get(one, 'id'))).toEqual(statements.map((one) => Reflect.get(one, 'id')));
});

/** Several shells of one player: side by side, on the same files, replayed alike. */
import { expect, test } from 'vitest';
import { isAttempt } from '../../src/engine/attempts/bundle.ts';
import { MissionSession } from '../../src/engine/mission-session.ts';
import { newAttempt, type Attempt } from '../../src/engine/mission/attempt.ts';
import { Mission } from '../../src/engine/mission/mission.ts';
import { ReplaySession } from '../../src/engine/replay-session.ts';
import { sandboxLevel } from '../../src/engine/sandbox.ts';

const level = sandboxLevel('small')!;

async function session(): Promise<MissionSession> {
  return MissionSession.open({
    level, attempt: newAttempt(level.id, '', '1', 'a'), isSandbox: true,
    host: { changed: () => undefined, keep: () => undefined, finished: () => undefined, nextLevel: () => undefined, left: async () => undefined, editorStyle: () => 'vi' },
  });
}

const shown = (played: MissionSession) => played.view().transcript.lines.map(({ spans }) => spans.map(({ text }) => text).join('')).join('\n');

async function run(played: MissionSession, line: string): Promise<void> {
  played.submit(line);
  await played.tick(500);
}

test('one follows while the other works; files are shared, folders and machines are not', async () => {
  const played = await session();
  await run(played, 'kubectl get pods -w');
  expect(played.view().prompt.state).toBe('running');
  played.chooseTab(1);
  expect(played.view().prompt.state).toBe('ready');
  await run(played, 'cd /tmp; echo shared > note');
  await run(played, 'kubectl run web --image=nginx');
  await run(played, 'ssh worker-1');
  expect(shown(played)).toContain('pod/web created');
  expect(played.view()).toMatchObject({ tab: 1, tabs: [{ tab: 0, machine: 'quest', isRunning: true }, { tab: 1, machine: 'worker-1', isRunning: false }] });
  played.chooseTab(0);
  expect(shown(played)).toMatch(/web +0\/1 +(Pending|ContainerCreating)/);
  played.interrupt();
  await played.tick(100);
  await run(played, 'pwd; cat /tmp/note');
  expect(shown(played)).toMatch(/\/home\/player\nshared$/);
});

test('two editors wait at the same time, each for its own text', async () => {
  const played = await session();
  await run(played, 'kubectl create deployment web --image=nginx --replicas=1');
  await run(played, 'kubectl edit deployment web');
  const first = played.view().editor!;
  played.chooseTab(1);
  expect(played.view().editor).toBeUndefined();
  await run(played, 'kubectl edit service kubernetes');
  expect(played.view().editor!.text).toContain('kind: Service');
  played.closeEditor(undefined);
  await played.tick(100);
  expect(shown(played)).toMatch(/Edit cancelled, no changes made\.$/);
  played.chooseTab(0);
  played.closeEditor(first.text.replace('replicas: 1', 'replicas: 2'));
  await played.tick(500);
  await run(played, 'kubectl get deployment web -o jsonpath={.spec.replicas}');
  expect(shown(played)).toMatch(/edited[\s\S]*\n2$/);
});

test('an attempt in several shells is replayed to the same revision', async () => {
  const played = await session();
  await run(played, 'kubectl get pods -w');
  played.chooseTab(1);
  await run(played, 'export N=3; cd /tmp');
  await run(played, 'kubectl create deployment web --image=nginx --replicas=$N');
  for (let second = 0; second < 10; second++) await played.tick(1000);
  const attempt: Attempt = JSON.parse(JSON.stringify(played.attempt));
  expect(isAttempt(attempt)).toBe(true);
  expect(isAttempt({ ...attempt, inputs: [{ atMs: 0, do: 'run', line: '', tab: 99 }] })).toBe(false);
  const again = await Mission.replay(level, attempt, { write: () => undefined });
  expect(again.terminals.at(1).cwd).toBe('/tmp');
  expect(again.cluster.apiServer!.storage.revision).toBeGreaterThan(10);
  const twice = await Mission.replay(level, JSON.parse(JSON.stringify(attempt)), { write: () => undefined });
  expect(twice.cluster.apiServer!.storage.revision).toBe(again.cluster.apiServer!.storage.revision);
});

test('exit leads off a node, then out of the shell; the others keep their numbers, and the next one is new', async () => {
  const played = await session();
  expect(played.view().prompt.canExit).toBe(false);
  await run(played, 'exit');
  played.chooseTab(1);
  await run(played, '(sleep 3; echo late) &');
  await run(played, 'cd /tmp; ssh worker-1');
  played.chooseTab(2);
  await run(played, 'cd /etc');
  played.chooseTab(1);
  await run(played, 'exit');
  expect(played.view()).toMatchObject({ tab: 1, prompt: { canExit: true } });
  await run(played, 'exit');
  expect(played.view()).toMatchObject({ tab: 0, tabs: [{ tab: 0 }, { tab: 2 }], prompt: { canExit: false } });
  for (let second = 0; second < 5; second++) await played.tick(1000);
  expect(played.view().tabs).toHaveLength(2);
  played.chooseTab(1);
  expect(shown(played)).toBe('');
  await run(played, 'pwd');
  expect(shown(played)).toMatch(/\/home\/player$/);

  const attempt: Attempt = JSON.parse(JSON.stringify(played.attempt));
  const again = await Mission.replay(level, attempt, { write: () => undefined });
  expect([0, 1, 2].map((tab) => again.terminals.at(tab).cwd)).toEqual(['/home/player', '/home/player', '/etc']);
  expect(again.commands).toEqual(played.attempt.inputs.flatMap((input) => (input.do === 'run' ? [input.line] : [])).filter((_, index) => index !== 5));
});

test('an attempt seen again closes its shells as they were closed', async () => {
  const played = await session();
  played.chooseTab(1);
  await run(played, 'pwd');
  await run(played, 'exit');
  expect(played.view().tabs).toBeUndefined();
  const again = new ReplaySession(await session(), JSON.parse(JSON.stringify(played.attempt)), () => undefined);
  await again.tick(200);
  expect(again.view().tabs).toHaveLength(2);
  await again.tick(1000);
  expect(again.view().tabs).toBeUndefined();
});

test('after the end one can look around: what is typed still runs, and the time that counts stands still', async () => {
  const won = { ...level, par: { commands: 1 }, objectives: [{ id: 'note', text: 'A note', points: 1, check: { get: 'configmaps/note' } }] };
  const played = await MissionSession.open({
    level: won, attempt: newAttempt(won.id, '', '1', 'a'), isSandbox: false,
    host: { changed: () => undefined, keep: () => undefined, finished: () => undefined, nextLevel: () => undefined, left: async () => undefined, editorStyle: () => 'vi' },
  });
  await run(played, 'kubectl create configmap note');
  await run(played, '');
  const { elapsedMs, score } = played.view();
  expect(played.view().debrief?.score).toBe(score);
  for (const line of ['sleep 2', 'kubectl get configmap note -o name']) { played.submit(line); for (let i = 0; i < 12; i++) await played.tick(500); }
  expect(shown(played)).toMatch(/configmap\/note$/);
  expect(played.view()).toMatchObject({ elapsedMs, score, debrief: { score }, prompt: { state: 'ready' } });
});

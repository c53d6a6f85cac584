/** Why a request was refused: the chain from the answer to the rule, as it is asked for in a mission. */
import { expect, test } from 'vitest';
import { whyLens } from '../../../src/engine/lens/why-lens.ts';
import { ClusterViewer } from '../../../src/engine/cluster-view.ts';
import { newAttempt } from '../../../src/engine/mission/attempt.ts';
import { Mission } from '../../../src/engine/mission/mission.ts';
import { sandboxLevel } from '../../../src/engine/sandbox.ts';

const level = sandboxLevel('small')!;

async function after(...lines: string[]): Promise<Mission> {
  const mission = await Mission.start(level, newAttempt(level.id, '', '1', 'a'), { write: () => undefined });
  await mission.play(lines.join('\n'), 60_000);
  await mission.advance(3000);
  return mission;
}

async function chainOf(mission: Mission): Promise<string[]> {
  const { troubles, links = [] } = whyLens(mission, undefined);
  expect(troubles[0]!.ref.resource).toBe('request');
  for (const { command } of links.slice(1)) {
    const ended: number[] = [];
    mission.shell.start(command, (exit) => ended.push(exit));
    await mission.advance(2000);
    expect([command, ended]).toEqual([command, [0]]);
  }
  return links.map(({ text }) => text);
}

test.each([
  ['kubectl delete node worker-1 --as=dev', '403 Forbidden', /^dev may not delete nodes: no Role/],
  ['kubectl create quota none --hard=pods=0; sleep 5; kubectl run web --image=nginx', '403 Forbidden', /^ResourceQuota refused: .*exceeded quota: none/],
  ['kubectl create service nodeport x --tcp=80 --node-port=99', '422 Invalid', /nodePort: Invalid value/],
  ['kubectl create namespace default', '409 Conflict', /already exists/],
])('%s', async (line, note, cause) => {
  const mission = await after(line);
  expect(whyLens(mission, undefined).troubles[0]).toMatchObject({ note, ref: { name: line } });
  expect(await chainOf(mission)).toContainEqual(expect.stringMatching(cause));
});

test('what is answered, or merely not there, is no refusal', async () => {
  const mission = await after('kubectl get pod nobody', 'kubectl get nodes');
  expect(whyLens(mission, undefined).troubles.map(({ ref }) => ref.resource)).not.toContain('request');
});

test('a Service without ready Pods is seen as such, and can be asked about', async () => {
  const mission = await after('kubectl create deployment web --image=nginx:none', 'kubectl expose deployment web --port=80');
  const service = new ClusterViewer(mission.cluster).view().services!.find(({ name }) => name === 'web')!;
  expect(service).toMatchObject({ namespace: 'default', type: 'ClusterIP', health: 'bad', ready: 0 });
  const { links = [] } = whyLens(mission, { resource: 'service', namespace: 'default', name: 'web' });
  expect(links[0]!.text).toContain('has no ready endpoints');
});

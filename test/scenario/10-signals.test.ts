/** Signals between the processes of a container: who is who, and what is left of whom. */
import { expect, test } from 'vitest';
import { here, sh } from './one-container.ts';
import { Scene } from './scene.ts';

test('commands beside the first process have ids of their own, and die of signals', async () => {
  const at = await Scene.kubeadm();
  await at.apply(here('app', sh('trap "echo usr" USR1; trap "echo term; exit 143" TERM; while true; do sleep 1; done'), { restartPolicy: 'Never' }));
  await at.wait(5);
  const exec = (script: string) => at.k(`exec app -- sh -c '${script}'`);
  expect(await exec('kill -SEGV $$; echo no')).toBe('command terminated with exit code 139');
  expect(await exec('echo one; kill $$')).toBe('one\ncommand terminated with exit code 143');
  expect(await exec('sleep 30 & ps')).toMatch(/^PID .*\n +1 root .* sh -c trap .*\n +(\d+) root .* sh -c sleep 30 & ps\n +\d+ root .* sleep 30\n +\d+ root +0:00 ps$/);
  expect(await exec('sleep 99 & kill -9 $!; wait $!; echo $?')).toBe('137');
  await exec('kill -USR1 1; kill -SEGV 1');
  await at.wait(2);
  expect(await at.k('logs app')).toBe('usr');
  expect(await at.see('pod app', '.status.phase')).toBe('Running');
  await exec('kill 1');
  await at.wait(2);
  expect(await at.see('pod app', '.status.containerStatuses[0].state.terminated.exitCode')).toBe('143');
});

/** Where the output of functions, groups and loops goes. */
import { expect, test } from 'vitest';
import { Runner } from '../../../../src/engine/run.ts';

const runner = await Runner.start({ seed: 4 });
await runner.run('kubectl create deployment web --image=nginx:1.27; kubectl expose deployment web --port=80; kubectl run box --image=curlimages/curl:8.8.0 -- sleep 1d');
await runner.wait(20_000);

test.each([
  ['f() { curl -s http://web; echo hi; }; f > /dev/null; echo done', 'done\n', ''],
  ['f() { echo out; echo err >&2; }; f 2> /dev/null; f > /dev/null', 'out\n', 'err\n'],
  ['f() { echo out; return 3; }; f > /dev/null 2>&1 || echo failed $?', 'failed 3\n', ''],
  ['f() { echo "$1"; }; f a > /tmp/f; f b >> /tmp/f; cat /tmp/f', 'a\nb\n', ''],
  ['f() { if [ $1 -gt 0 ]; then f $(($1-1)) > /dev/null; echo "n$1"; fi; }; f 3; f 2 > /dev/null', 'n3\n', ''],
  ['f() { echo hi; }; f >&2; { echo g; } >&2; for i in 1 2; do echo $i; done >&2', '', 'hi\ng\n1\n2\n'],
  ['f() { echo out; echo err >&2; }; x=$(f 2>&1 >/dev/null); echo "x=$x"; { echo out; echo err >&2; } 2>&1 >/dev/null | sed s/^/p:/', 'x=err\np:err\n', ''],
  ['f() { read x; echo "got $x"; }; echo in | f > /tmp/r; f < /tmp/r > /tmp/q; cat /tmp/q', 'got got in\n', ''],
])('in a container: %s', async (script, stdout, stderr) => {
  expect(await runner.run(`kubectl exec box -- sh -c '${script}'`)).toMatchObject({ stdout, stderr });
});

test("a function at the player's prompt is silenced, too", async () => {
  await runner.run('f() { kubectl get nodes; }');
  expect((await runner.run('f > /dev/null; f > nodes; wc -l < nodes')).stdout.trim()).toBe('4');
});

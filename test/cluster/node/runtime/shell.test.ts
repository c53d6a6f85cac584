import { expect, test } from 'vitest';
import { ClusterNetwork } from '../../../../src/cluster/network/network.ts';
import { MemoryFileSystem } from '../../../../src/cluster/node/os/memory-file-system.ts';
import type { Process } from '../../../../src/cluster/node/process.ts';
import { shellProcess } from '../../../../src/cluster/node/runtime/shell/process.ts';
import { Simulation } from '../../../../src/time/simulation.ts';

interface Run { world: Simulation; out: { atMs: number; text: string }[]; code: () => number | undefined; endedMs: () => number | undefined; process: Process; files: MemoryFileSystem; cpu: () => number }

function start(argv: string[], options: { env?: Record<string, string>; files?: Record<string, string> } = {}): Run {
  const world = new Simulation({ seed: 7, startMs: 0 });
  const network = new ClusterNetwork(world);
  const files = new MemoryFileSystem({ now: () => world.clock.now(), files: { '/tmp/.keep': '', ...options.files } });
  const out: { atMs: number; text: string }[] = [];
  let code: number | undefined;
  let endedMs: number | undefined;
  let cpu = 0;
  const process = shellProcess({
    world, random: world.random.fork('c'), argv, env: options.env ?? {}, workingDir: '/', files, network: network.nodeStack('n', '10.0.0.2'), hostname: 'web', nodeName: 'n',
    write: (text) => void out.push({ atMs: world.clock.now(), text }),
    useMemory: () => undefined, useCpu: (millis) => { cpu = millis; },
    exit: (status) => { code ??= status; endedMs ??= world.clock.now(); process.cleanUp(); },
  });
  return { world, out, code: () => code, endedMs: () => endedMs, process, files, cpu: () => cpu };
}

const text = ({ out }: Run) => out.map((each) => each.text).join('');

test('a script runs with its environment and gives its exit code', async () => {
  const run = start(['sh', '-c', 'echo $GREETING; exit 3'], { env: { GREETING: 'hello' } });
  await run.world.advance(0);
  expect(text(run)).toBe('hello\n');
  expect(run.code()).toBe(3);
});

test('output of a loop comes while it runs, at the time it was written', async () => {
  const run = start(['sh', '-c', 'while true; do echo hi; sleep 5; done']);
  await run.world.advance(11_000);
  expect(run.out).toEqual([{ atMs: 0, text: 'hi\n' }, { atMs: 5000, text: 'hi\n' }, { atMs: 10_000, text: 'hi\n' }]);
  run.process.cleanUp();
  await run.world.advance(60_000);
  expect(run.out).toHaveLength(3);
});

test.each([
  ['a file of the container', ['cat', '/etc/config/x'], { '/etc/config/x': 'value' }, 'value', 0],
  ['what is missing', ['cat', '/nope'], {}, 'cat: /nope: No such file or directory\n', 1],
  ['arguments of a script', ['sh', '-c', 'echo $1-$2', 'sh', 'a', 'b'], {}, 'a-b\n', 0],
  ['errexit', ['sh', '-ec', 'false; echo no'], {}, '', 1],
  ['a script file', ['sh', '/run.sh', 'x'], { '/run.sh': 'echo got $1' }, 'got x\n', 0],
  ['exec ends the script', ['sh', '-c', 'exec echo hi; echo never'], {}, 'hi\n', 0],
  ['output to the log device', ['sh', '-c', 'echo a > /dev/stdout; echo b > /proc/1/fd/1; echo c'], {}, 'a\nb\nc\n', 0],
  ['a trap at the end', ['sh', '-c', 'trap "echo bye" EXIT; echo hi'], {}, 'hi\nbye\n', 0],
  ['virtual time', ['sh', '-c', 'date +%s; sleep 2; date +%s; echo $SECONDS'], {}, '0\n2\n2\n', 0],
  ['a background job', ['sh', '-c', '(sleep 2; echo job) & echo first; wait; echo done'], {}, 'first\njob\ndone\n', 0],
  ['the status of a job', ['sh', '-c', 'sh -c "exit 4" & wait $!; echo $?'], {}, '4\n', 0],
  ['the status of what signals end', ['sh', '-c', 'for s in TERM KILL SEGV 1; do sleep 99 & kill -$s $!; wait $!; echo $?; done; sh -c \'kill -SEGV $$\'; echo $?'], {}, '143\n137\n139\n129\nSegmentation fault\n139\n', 0],
  ['a job that traps', ['sh', '-c', '(trap "echo bye; exit 3" TERM; sleep 9 & wait) & sleep 1; kill $!; wait $!; echo $?'], {}, 'bye\n3\n', 0],
  ['what ends nobody', ['sh', '-c', 'sleep 2 & kill -0 $! && kill -CONT $! && kill -WINCH $!; wait $!; echo $?; kill -0 $! || echo gone; kill -9 1; kill -l 139; kill -FOO 1'], {}, "0\nsh: can't kill pid 7: No such process\ngone\nSEGV\nsh: bad signal name 'FOO'\n", 1],
  ['a process that kills itself', ['sh', '-c', 'timeout -s KILL 2 sleep 5; echo $?; timeout 2 sh -c "echo x; sleep 5"; echo $?'], {}, '137\nx\n124\n', 0],
  ['several patterns', ['sh', '-c', "printf 'a+b\\nc|d\\ne\\n(f)\\n' > /tmp/x; grep -c -e 'a+' -ie E /tmp/x; grep -F -e 'c|d' -e '(f)' /tmp/x; cat /tmp/x | grep -vx -e e -e '(f)'; egrep -e '^a' -e 'd$' /tmp/x | tail -1"], {}, '2\nc|d\n(f)\na+b\nc|d\nc|d\n', 0],
  ['bytes that are no text', ['sh', '-c', String.raw`printf '\xff\x41\303\251' | od -An -c; printf '\377' > /tmp/y; wc -c < /tmp/y; printf '\303\251 \\xff\n'`], {}, ' 377   A 303 251\n1\né \\xff\n', 0],
  ['substitutions', ['sh', '-c', 'x=$(echo a; echo b); y=`echo c`; echo "[$x] $y $(echo $(echo d)) $(( $(echo 3) + 1 ))"'], {}, '[a\nb] c d 4\n', 0],
  ['the status of a substitution', ['sh', '-c', 'x=$(echo a; exit 3); echo $? $x; f() { echo in; return 2; }; y=$(f); echo $? $y'], {}, '3 a\n2 in\n', 0],
  ['a file read by substitution', ['sh', '-c', 'x=$(cat /etc/a); y=$(</etc/a); echo $x $y'], { '/etc/a': 'v\n' }, 'v v\n', 0],
  ['pipes and loops', ['sh', '-c', 'for i in 1 2 3; do echo $i; done | while read n; do echo "<$n>"; done'], {}, '<1>\n<2>\n<3>\n', 0],
  ['conditions', ['sh', '-c', 'if [ "$(cat /etc/a)" = v ]; then echo yes; fi; until [ -f /tmp/done ]; do touch /tmp/done; done; ls /tmp'], { '/etc/a': 'v' }, 'yes\ndone\n', 0],
  ['timeout', ['sh', '-c', 'timeout 3 sleep 10; echo $?'], {}, '124\n', 0],
  ['timeout of a loop', ['sh', '-c', 'timeout 3 sh -c "while true; do sleep 1; done"; echo $?'], {}, '124\n', 0],
])('%s', async (_, argv, files, expected, code) => {
  const run = start(argv, { files });
  await run.world.advance(20_000);
  expect(text(run)).toBe(expected);
  expect(run.code()).toBe(code);
});

test('chance is the seed\'s', async () => {
  const script = ['sh', '-c', 'echo $RANDOM $((RANDOM % 10)) ${RANDOM}'];
  const [a, b] = [start(script), start(script)];
  await a.world.advance(0);
  await b.world.advance(0);
  expect(text(a)).toBe(text(b));
  expect(text(a)).toMatch(/^\d+ \d \d+\n$/);
});

test('a busy loop takes time and the processor, never the simulation', async () => {
  const run = start(['sh', '-c', 'while true; do :; done']);
  await run.world.advance(30_000);
  expect(run.cpu()).toBe(1000);
  run.process.cleanUp();
});

test('sleep infinity and tail -f stay', async () => {
  const [a, b] = [start(['sleep', 'infinity']), start(['tail', '-f', '/var/log/x'], { files: { '/var/log/x': 'old\n' } })];
  await a.world.advance(1e7);
  await b.world.advance(1000);
  b.files.append('/var/log/x', 'new\n');
  await b.world.advance(1000);
  expect(a.code()).toBeUndefined();
  expect(text(b)).toBe('old\nnew\n');
});

test('process 1 ignores SIGTERM unless it traps it; the trap waits for the command in the foreground', async () => {
  const ignoring = start(['sh', '-c', 'while true; do sleep 1; done']);
  const trapping = start(['sh', '-c', 'trap "echo bye; exit 0" TERM; while true; do sleep 10; done']);
  const waiting = start(['sh', '-c', 'trap "echo bye; exit 0" TERM; sleep 3600 & wait']);
  for (const run of [ignoring, trapping, waiting]) {
    await run.world.advance(5000);
    run.process.terminate();
    await run.world.advance(20_000);
  }
  expect(ignoring.code()).toBeUndefined();
  expect([trapping.code(), trapping.endedMs(), text(trapping)]).toEqual([0, 10_000, 'bye\n']);
  expect([waiting.code(), waiting.endedMs()]).toEqual([0, 5000]);
});

test.each([
  [['nosuchbinary'], 'exec: "nosuchbinary": executable file not found in $PATH'],
  [['/app/run'], 'exec: "/app/run": stat /app/run: no such file or directory'],
  [['/etc/script.sh'], 'exec: "/etc/script.sh": permission denied'],
])('%s cannot be started', (argv, message) => {
  expect(() => start(argv, { files: { '/etc/script.sh': '#!/bin/sh\necho' } })).toThrow(message);
});

test('ls -l and stat tell modes, owners and times of the files', async () => {
  const run = start(['sh', '-c', 'cd /tmp; mkdir -p etc/pki; echo secret > etc/ca.key; chmod 600 etc/ca.key; chmod 1777 etc/pki; ln -s ca.key etc/link; ls -l etc; ls -a etc; ls -R .; stat -c "%a %A %U:%G %s %n" etc/ca.key; ls etc/ca.key nope; echo $?; stat nope; ls -Z'], { files: { '/tmp/etc/old': 'x' } });
  run.files.changeOwner('/tmp/etc/old', 101, 101);
  await run.world.advance(0);
  expect(text(run)).toBe([
    'total 12', '-rw------- 1 root root    7 Jan  1 00:00 ca.key', 'lrwxrwxrwx 1 root root    6 Jan  1 00:00 link -> ca.key', '-rw-r--r-- 1 101  101     1 Jan  1 00:00 old', 'drwxrwxrwt 2 root root 4096 Jan  1 00:00 pki',
    '.', '..', 'ca.key', 'link', 'old', 'pki', '.:', 'etc', '', './etc:', 'ca.key', 'link', 'old', 'pki', '', './etc/pki:',
    '600 -rw------- root:root 7 etc/ca.key', 'etc/ca.key', "ls: cannot access 'nope': No such file or directory", '2', "stat: cannot statx 'nope': No such file or directory", "ls: invalid option -- 'Z'", "Try 'ls --help' for more information.", '',
  ].join('\n'));
});

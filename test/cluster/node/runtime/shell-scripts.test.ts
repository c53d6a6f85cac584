/** What a script prints in a container is what bash prints, although its output is passed on while it runs. */
import { Bash, InMemoryFs } from 'just-bash/browser';
import { expect, test } from 'vitest';
import { ClusterNetwork } from '../../../../src/cluster/network/network.ts';
import type { FileSystem } from '../../../../src/cluster/node/file-system.ts';
import { mountFileSystem } from '../../../../src/cluster/node/os/mounts.ts';
import { MemoryFileSystem } from '../../../../src/cluster/node/os/memory-file-system.ts';
import { Shell } from '../../../../src/cluster/node/runtime/shell/shell.ts';
import { Simulation } from '../../../../src/time/simulation.ts';

const INPUT = { '/tmp/in': 'abc\nxyz\n' };

const scripts = `echo 1 | cat -n
echo a b c | tr ' ' '\\n' | sort -r | head -2
f() { echo in $1; return 3; }; f x | cat; f y; echo $?; x=$(f z); echo "$x $?"
for i in 1 2 3; do echo $i; done | while read n; do echo "<$n>"; done
{ echo a; echo b; } | sort -r
( echo a; exit 4 ); echo $?
{ echo a; echo b; } > /tmp/g; cat /tmp/g
f() { echo in; }; f > /tmp/h; cat /tmp/h
echo err >&2; cat /nope; cat /nope 2>&1 | cat; cat /nope 2>/dev/null || echo failed
x=$(cat /nope 2>&1); echo "[$x]"
while read l; do echo "$l!"; done < /tmp/in
cat /tmp/in | grep a | wc -l
if echo abc | grep -q b; then echo yes; else echo no; fi
! echo a | grep -q z; echo $?
echo a | grep -q z || echo none
false | true; echo $?
set -o pipefail; false | true; echo $?
x=$(echo a | tr a b); echo $x
echo $(echo $(echo deep | tr d D))
cat <<EOF | tr a-z A-Z\nhello $((1+2))\nEOF
cat <<'EOF' > /tmp/here\n$x\nEOF\ncat /tmp/here
eval "echo a; echo b | cat"; echo end
y=5; case $y in 5) echo five | cat;; *) echo other;; esac
n=0; while [ $n -lt 3 ]; do n=$((n+1)); echo $n; done
n=3; until [ $n -eq 0 ]; do n=$((n-1)); [ $n = 1 ] && continue; echo $n; done
for ((i=0;i<3;i++)); do echo $i; done
echo a > /tmp/q; echo b >> /tmp/q; cat /tmp/q; wc -c < /tmp/q
echo one; echo two >&2; echo three
printf '%s-%s\\n' a b c d
seq 5 | xargs echo; seq 3 | xargs -n1 echo item
find /tmp -name in -exec echo found {} ';'
read a b <<< "1 2 3"; echo "$a|$b"
arr=(a b c); echo \${arr[1]} \${#arr[@]}
echo "a:b" | cut -d: -f2; echo hello | sed s/l/L/g; echo '{"a":1}' | jq .a
awk 'BEGIN{print 1+1}'; echo 3 4 | awk '{print $1*$2}'
tee /tmp/t1 <<< hi; cat /tmp/t1; echo x | tee /tmp/t2 /tmp/t3 | cat; cat /tmp/t3
sh -c 'echo inner; echo e >&2; exit 5'; echo $?
sh -c 'echo p | cat'; x=$(sh -c 'echo q | cat'); echo $x
set -e; echo a; false; echo b
exit 7
x=$(exit 3); echo $?
f() { exit 6; }; f; echo no
[ -f /tmp/in ] && echo file; [[ abc == a* ]] && echo glob; test -d /tmp && echo dir
export A=1; sh -c 'echo $A'; B=2 sh -c 'echo $B'
cat /tmp/in - <<< more
diff <(echo a) <(echo b) || echo differ
IFS=,; for x in $(echo a,b); do echo $x; done
while true; do echo x; break; done; echo after
for i in 1 2; do echo $i; done > /tmp/l; echo between; cat /tmp/l; { echo a; echo b >&2; } > /tmp/g 2>&1; cat /tmp/g; (echo s; echo t) >> /tmp/g; cat /tmp/g
for i in 1 2; do echo $i; done 2>/dev/null | cat; if true; then echo yes; fi > /tmp/i; x=$(while read l; do echo "<$l>"; done < /tmp/in > /tmp/o; cat /tmp/o); echo "$x"
timeout 5 echo ok; time echo timed 2>/dev/null
echo a; (echo b; (echo c | cat)); echo d
x="$(cat /tmp/in | head -1)"; echo "v=$x"
{ echo out; echo err >&2; } 2>&1 | sort
ls /tmp/in > /dev/null && echo exists
echo -n no newline; echo
mkdir -p /tmp/d/e && touch /tmp/d/e/f && find /tmp/d | sort && rm -r /tmp/d && cat /tmp/d
g() { local v=$1; if [ $v -gt 0 ]; then echo $v; g $((v-1)); fi; }; g 3 | sort
command -v ls >/dev/null && echo have; type nosuch 2>/dev/null || echo missing; nosuch; echo $?`.split('\n').map((s) => s.replaceAll('\\n', '\n').replaceAll('\n\'', "\\n'"));

async function inBash(script: string) {
  const bash = new Bash({ fs: new InMemoryFs(INPUT), cwd: '/', defenseInDepth: false });
  const { stdout, stderr, exitCode } = await bash.exec(script, { rawScript: true });
  return { stdout, stderr: stderr.replace(/\t\d+m[\d.]+s/g, '\t0m0.000s'), exitCode }; // what `time` measures there is real
}

async function inContainer(script: string, files: FileSystem = new MemoryFileSystem({ now: () => 0, files: INPUT })) {
  const world = new Simulation({ seed: 1, startMs: 0 });
  const result = { stdout: '', stderr: '', exitCode: -1 };
  const shell = new Shell({
    world, random: world.random, argv: [], env: {}, workingDir: '/', files, network: new ClusterNetwork(world).nodeStack('n', '10.0.0.2'), hostname: 'h', nodeName: 'n',
    write: () => undefined, useMemory: () => undefined, useCpu: () => undefined, exit: () => undefined,
  }, { stdout: (text) => { result.stdout += text; }, stderr: (text) => { result.stderr += text; } });
  world.start('script', async () => { result.exitCode = await shell.run(script); });
  await world.advance(10_000);
  return result;
}

test.each(scripts)('%s', async (script) => {
  expect(await inContainer(script)).toEqual(await inBash(script));
});

test.each([
  ['on a full disk only that command fails', 'echo 0123456789 > /a; echo $?; echo short > /b; cat /b', { stdout: '1\nshort\n', stderr: 'sh: write error: No space left on device\n', exitCode: 0 }],
  ['a loop into a full disk fails as a whole', 'for i in 1 2 3; do echo 0123456789; done > /a || echo full; pwd', { stdout: 'full\n/\n', stderr: 'sh: write error: No space left on device\n', exitCode: 0 }],
  ['set -e ends the script there', 'set -e; echo 0123456789 > /a; echo never', { stdout: '', stderr: 'sh: write error: No space left on device\n', exitCode: 1 }],
])('%s', async (_, script, expected) => {
  expect(await inContainer(script, new MemoryFileSystem({ now: () => 0, freeBytes: () => 8 }))).toEqual(expected);
});

test.each([
  ['on a read-only disk only that command fails', 'echo x > /new; echo $?; echo on', { stdout: '1\non\n', exitCode: 0 }],
  ['the command does not even start', 'touch_me() { echo ran >&2; echo x; }; touch_me > /new || echo refused', { stdout: 'refused\n', exitCode: 0 }],
  ['set -e ends the script there', 'set -e; echo x >> /new; echo never', { stdout: '', exitCode: 1 }],
])('%s', async (_, script, expected) => {
  const root = mountFileSystem(new MemoryFileSystem({ now: () => 0 }), [], true);
  expect(await inContainer(script, root)).toEqual({ ...expected, stderr: "sh: can't create /new: Read-only file system\n" });
});

test('time measures the time of the cluster', async () => {
  expect((await inContainer('time sleep 3; time -p sleep 1 | cat')).stderr).toBe('\nreal\t0m3.000s\nuser\t0m0.000s\nsys\t0m0.000s\nreal 1.00\nuser 0.00\nsys 0.00\n');
});

test('what a loop prints is in its file while the loop runs', async () => {
  const files = new MemoryFileSystem({ now: () => 0 });
  expect((await inContainer('while true; do echo tick; sleep 4; done > /log', files)).exitCode).toBe(-1);
  expect(files.read('/log')).toBe('tick\ntick\ntick\n');
});

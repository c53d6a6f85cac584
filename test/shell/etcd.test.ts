import { expect, test } from 'vitest';
import { TerminalScene } from './terminal-scene.ts';

const MANIFEST = '/etc/kubernetes/manifests/etcd.yaml';

test('18.10 a snapshot restored into a new folder brings the old objects back once the manifest points there', async () => {
  const scene = await TerminalScene.booted();
  await scene.run('kubectl create configmap kept --from-literal=a=1');
  expect(await scene.etcdctl('snapshot save /root/backup.db')).toContain('Snapshot saved at /root/backup.db\nServer version 3.6.0\n');
  expect(await scene.on('control-plane', 'etcdutl snapshot status /root/backup.db -w table')).toMatch(/\| +HASH +\| REVISION \| TOTAL KEYS \| TOTAL SIZE \| VERSION \|/);
  await scene.run('kubectl delete configmap kept && kubectl create configmap later --from-literal=b=2');
  expect(await scene.etcdctl('snapshot restore /root/backup.db')).toContain('Error: unknown command "restore" for "etcdctl snapshot"');
  expect(await scene.on('control-plane', 'etcdutl snapshot restore /root/backup.db --data-dir=/var/lib/etcd')).toBe('Error: data-dir "/var/lib/etcd" not empty or could not be read\n');
  expect(await scene.on('control-plane', 'etcdutl snapshot restore /root/backup.db --data-dir=/var/lib/etcd-restored')).toContain('"msg":"restored snapshot"');
  await scene.on('control-plane', `sed -i "s#path: /var/lib/etcd\\$#path: /var/lib/etcd-restored#" ${MANIFEST}`);
  await scene.wait(90);
  expect(await scene.run('kubectl get configmap kept later -o name')).toBe('configmap/kept\nError from server (NotFound): configmaps "later" not found\n');
  expect(await scene.etcdctl('member list')).toBe('8e9e05c52164694d, started, control-plane, http://localhost:2380, https://10.0.0.10:2379, false\n');
  await scene.run('kubectl create deployment web --image=nginx');
  await scene.wait(30);
  expect(await scene.run('kubectl get deployment web --no-headers')).toMatch(/1\/1/);
});

test('18.10 with its revision raised a restored cluster lets no watch go back', async () => {
  const scene = await TerminalScene.booted();
  await scene.etcdctl('snapshot save /root/backup.db');
  await scene.on('control-plane', 'etcdutl snapshot restore /root/backup.db --data-dir=/var/lib/restored --bump-revision 1000000 --mark-compacted');
  await scene.on('control-plane', `sed -i "s#path: /var/lib/etcd\\$#path: /var/lib/restored#" ${MANIFEST}`);
  await scene.wait(90);
  expect(Number(/"resourceVersion":"(\d+)"/.exec(await scene.run('kubectl get --raw /api/v1/nodes'))![1])).toBeGreaterThan(1_000_000);
  expect(await scene.etcdctl('watch x --rev=5')).toContain('etcdserver: mvcc: required revision has been compacted');
});

test('18.3 a full database takes no writes until it is compacted, defragmented and its alarm taken back', async () => {
  const scene = await TerminalScene.booted();
  await scene.on('control-plane', `sed -i "s#    - --name=#    - --quota-backend-bytes=1500000\\n    - --name=#" ${MANIFEST}`);
  await scene.wait(60);
  scene.machine('control-plane').os.files.write('/root/big', 'x'.repeat(60_000));
  let said = '';
  for (let i = 0; i < 30 && !said.includes('space exceeded'); i++) said = await scene.etcdctl(`put fill "$(cat /root/big)"`);
  expect(said).toContain('Error: etcdserver: mvcc: database space exceeded\n');
  expect(await scene.etcdctl('alarm list')).toMatch(/^memberID:\d+ alarm:NOSPACE \n$/);
  expect(await scene.etcdctl('endpoint health')).toContain('Active Alarm(s): NOSPACE');
  expect(await scene.run('kubectl create configmap one --from-literal=a=b')).toContain('etcdserver: mvcc: database space exceeded');
  expect(await scene.run('kubectl get nodes --no-headers | wc -l')).toBe('2\n');
  expect(await scene.etcdctl('del fill')).toBe('1\n');
  const revision = /"revision":(\d+)/.exec(await scene.etcdctl('endpoint status -w json'))![1]!;
  expect(await scene.etcdctl(`compact ${revision}`)).toBe(`compacted revision ${revision}\n`);
  expect(await scene.etcdctl(`compact ${revision}`)).toContain('Error: etcdserver: mvcc: required revision has been compacted');
  expect(await scene.etcdctl('defrag')).toMatch(/^Finished defragmenting etcd member\[127\.0\.0\.1:2379\]\. took /);
  expect(await scene.etcdctl('alarm disarm')).toContain('alarm:NOSPACE');
  expect(await scene.run('kubectl create configmap two --from-literal=a=b')).toBe('configmap/two created\n');
});

test('18.5 keys go with their lease, unless somebody keeps it alive', async () => {
  const scene = await TerminalScene.booted();
  const id = /lease (\w{16}) granted with TTL\(20s\)/.exec(await scene.etcdctl('lease grant 20'))![1]!;
  await scene.etcdctl(`put token abc --lease=${id}`);
  await scene.wait(15);
  expect(await scene.etcdctl(`lease keep-alive --once ${id}`)).toBe(`lease ${id} keepalived with TTL(20)\n`);
  await scene.wait(15);
  expect(await scene.etcdctl(`lease timetolive ${id} --keys`)).toBe(`lease ${id} granted with TTL(20s), remaining(5s), attached keys([token])\n`);
  await scene.wait(10);
  expect(await scene.etcdctl('get token')).toBe('');
  expect(await scene.etcdctl(`lease timetolive ${id}`)).toBe(`lease ${id} already expired\n`);
  expect(await scene.etcdctl(`put token abc --lease=${id}`)).toContain('Error: etcdserver: requested lease not found');
});

test.each([
  ['get', 'Error: get command needs one argument as key and an optional argument as range_end\n'],
  ['put', 'Error: put command needs 1 argument and input from stdin or 2 arguments\n'],
  ['get a --prefixes', 'Error: unknown flag: --prefixes\n'],
  ['frobnicate', 'Error: unknown command "frobnicate" for "etcdctl"\n'],
  ['member remove', 'Error: member ID is not provided\n'],
  ['member remove xyz', 'Error: bad member ID arg (strconv.ParseUint: parsing "xyz": invalid syntax), expecting ID in Hex\n'],
  ['get a -w table', 'Error: table is not supported as output format\n'],
  ['defrag --data-dir=/x', 'Error: unknown flag: --data-dir\n'],
  ['get nothing --rev 99999', 'required revision is a future revision'],
  ['--endpoints=https://127.0.0.1:2380 --command-timeout=2s get a', 'Error: context deadline exceeded\n'],
])('etcdctl %s fails as it should', async (args, said) => {
  const scene = await TerminalScene.booted();
  expect(await scene.etcdctl(args)).toContain(said);
});

test('keys are shown in the forms that were asked for', async () => {
  const scene = await TerminalScene.booted();
  for (const [key, value] of [['a/1', 'one'], ['a/2', 'two'], ['b', 'three']]) await scene.etcdctl(`put ${key} ${value}`);
  await scene.etcdctl('put a/1 uno');
  expect(await scene.etcdctl('get a/ --prefix')).toBe('a/1\nuno\na/2\ntwo\n');
  expect(await scene.etcdctl('get a/ --prefix --order=DESCEND --print-value-only')).toBe('two\nuno\n');
  expect(await scene.etcdctl('get a/ --prefix --keys-only')).toBe('a/1\n\na/2\n\n');
  expect(await scene.etcdctl('get a/ --prefix --count-only')).toBe('2\n');
  expect(await scene.etcdctl('get a/2 --from-key --limit=2 --print-value-only')).toBe('two\nthree\n');
  expect(await scene.etcdctl('get a/1 -w fields')).toMatch(/"ClusterID" : \d+\n"MemberID" : \d+\n"Revision" : \d+\n"RaftTerm" : 2\n"Key" : "a\/1"\n"CreateRevision" : \d+\n"ModRevision" : \d+\n"Version" : 2\n"Value" : "uno"\n"Lease" : 0\n"More" : false\n"Count" : 1\n/);
  const revision = Number(/"mod_revision":(\d+)/.exec(await scene.etcdctl('get a/1 -w json'))![1]);
  expect(await scene.etcdctl(`get a/1 --rev=${revision - 1} --print-value-only`)).toBe('one\n');
  expect(await scene.etcdctl('del a/ --prefix')).toBe('2\n');
});

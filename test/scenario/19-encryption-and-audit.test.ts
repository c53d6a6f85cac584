import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const MANIFEST = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const ETCDCTL = 'ETCDCTL_API=3 etcdctl --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key';
const KEYS = { one: Buffer.alloc(32, 1).toString('base64'), two: Buffer.alloc(32, 2).toString('base64') };

/** Writes a file of the control-plane node. */
const put = (at: Scene, path: string, text: string) => at.run(`ssh cp "mkdir -p ${path.slice(0, path.lastIndexOf('/'))}; echo ${Buffer.from(text).toString('base64')} | base64 -d > ${path}"`);

/** Gives the API server these flags and sees of these folders of the node, and waits for the kubelet to restart it. */
async function restart(at: Scene, flags: readonly string[], folders: readonly string[] = []): Promise<void> {
  const old = (await at.run(`ssh cp 'cat ${MANIFEST}'`)).split('\n').filter((line) => !/--(audit|encryption|anonymous|authentication-)/.test(line)).join('\n');
  const mounts = folders.filter((path) => !old.includes(`path: ${path}\n`));
  const text = old.replace('    - kube-apiserver\n', `    - kube-apiserver\n${flags.map((flag) => `    - ${flag}\n`).join('')}`)
    .replace('    volumeMounts:\n', `    volumeMounts:\n${mounts.map((path, index) => `    - mountPath: ${path}\n      name: more-${index}\n`).join('')}`)
    .replace('  volumes:\n', `  volumes:\n${mounts.map((path, index) => `  - hostPath:\n      path: ${path}\n      type: DirectoryOrCreate\n    name: more-${index}\n`).join('')}`);
  // The same manifest would restart nothing.
  await at.run(`ssh cp 'rm ${MANIFEST}'`);
  await at.wait(20);
  await put(at, MANIFEST, text);
  await at.wait(60);
}

type AuditEvent = { level: string; stage: string; verb: string; user: { username: string }; objectRef?: Record<string, string>; responseStatus?: { code: number; reason?: string }; annotations?: Record<string, string>; requestObject?: { kind: string; metadata: object }; responseObject?: object; requestURI: string; auditID: string };
const LOG = '/var/log/kubernetes/audit/audit.log';
const FLAGS = ['--audit-policy-file=/etc/kubernetes/audit/policy.yaml', `--audit-log-path=${LOG}`];
const FOLDERS = ['/etc/kubernetes/audit', '/var/log/kubernetes/audit'];

/** A cluster that audits by these rules. */
async function audited(rules: object[], more: object = {}): Promise<{ at: Scene; events: () => Promise<AuditEvent[]> }> {
  const at = await Scene.kubeadm();
  await put(at, '/etc/kubernetes/audit/policy.yaml', JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules, ...more }));
  await restart(at, FLAGS, FOLDERS);
  const events = async () => (await at.run(`ssh cp 'cat ${LOG}'`)).split('\n').filter(Boolean).map((line) => JSON.parse(line) as AuditEvent);
  return { at, events };
}

test('19.1 with automatic reload a changed file counts within a minute, and one that nobody can read changes nothing', async () => {
  const at = await Scene.kubeadm();
  const raw = async (name: string) => (await at.run(`ssh cp '${ETCDCTL} get /registry/secrets/default/${name} --print-value-only'`)).slice(0, 30);
  const write = (key: keyof typeof KEYS) => put(at, '/etc/kubernetes/enc/enc.yaml', JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources: [{ resources: ['secrets'], providers: [{ secretbox: { keys: [{ name: key, secret: KEYS[key] }] } }, { identity: {} }] }] }));
  await write('one');
  await restart(at, ['--encryption-provider-config=/etc/kubernetes/enc/enc.yaml', '--encryption-provider-config-automatic-reload=true'], ['/etc/kubernetes/enc']);
  await write('two');
  await at.wait(61);
  await at.k('create secret generic a --from-literal=a=b');
  expect(await raw('a')).toContain('k8s:enc:secretbox:v1:two:');
  await put(at, '/etc/kubernetes/enc/enc.yaml', 'nonsense');
  await at.wait(61);
  await at.k('create secret generic b --from-literal=a=b');
  expect([await raw('b'), await at.see('secret a', '.data.a')]).toEqual([expect.stringContaining('k8s:enc:secretbox:v1:two:'), 'Yg==']);
  expect(await at.k('logs -n kube-system kube-apiserver-cp --tail=50')).toContain('error reloading encryption config');
});

test('19.1 the first provider writes, all are read, and old objects stay as they are until they are rewritten', async () => {
  const at = await Scene.kubeadm();
  const raw = async (name: string) => (await at.run(`ssh cp '${ETCDCTL} get /registry/secrets/default/${name} --print-value-only'`)).slice(0, 30);
  const provider = (type: string, ...names: (keyof typeof KEYS)[]) => ({ [type]: { keys: names.map((name) => ({ name, secret: KEYS[name] })) } });
  const encrypt = async (...providers: object[]) => {
    await put(at, '/etc/kubernetes/enc/enc.yaml', JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources: [{ resources: ['secrets'], providers }] }));
    await restart(at, ['--encryption-provider-config=/etc/kubernetes/enc/enc.yaml'], ['/etc/kubernetes/enc']);
  };
  await at.k('create secret generic old --from-literal=a=b');
  expect(await raw('old')).not.toContain('k8s:enc');
  expect(await at.run(`ssh cp '${ETCDCTL} get /registry/secrets/default/old | hexdump -C | head -2'`)).toBe('00000000  2f 72 65 67 69 73 74 72  79 2f 73 65 63 72 65 74  |/registry/secret|\n00000010  73 2f 64 65 66 61 75 6c  74 2f 6f 6c 64 0a 6b 38  |s/default/old.k8|');
  await encrypt(provider('aescbc', 'one'), { identity: {} });
  await at.k('create secret generic new --from-literal=a=b');
  expect([await raw('new'), await raw('old'), await at.see('secret old', '.data.a')]).toEqual([expect.stringContaining('k8s:enc:aescbc:v1:one:'), expect.not.stringContaining('k8s:enc'), 'Yg==']);
  await at.run('kubectl get secrets -A -o json | kubectl replace -f -');
  expect(await raw('old')).toContain('k8s:enc:aescbc:v1:one:');
  // A new key goes first once all servers know it; what the old one wrote is still read.
  await encrypt(provider('aescbc', 'two', 'one'), { identity: {} });
  await at.k('create secret generic newer --from-literal=a=b');
  expect([await raw('newer'), await raw('old'), await at.see('secret old', '.data.a')]).toEqual([expect.stringContaining('aescbc:v1:two:'), expect.stringContaining('aescbc:v1:one:'), 'Yg==']);
  await encrypt(provider('secretbox', 'two'), { identity: {} });
  expect(await at.k('get secret old')).toContain('Internal error occurred: unable to transform key "/registry/secrets/default/old": no matching prefix found');
});

test('19.1 a configuration that is wrong keeps the server from starting, with the reason in its log', async () => {
  const at = await Scene.kubeadm();
  await put(at, '/etc/kubernetes/enc/enc.yaml', JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources: [{ resources: ['secrets'], providers: [{ aescbc: { keys: [{ name: 'k', secret: 'c2hvcnQ=' }] } }] }] }));
  await restart(at, ['--encryption-provider-config=/etc/kubernetes/enc/enc.yaml'], ['/etc/kubernetes/enc']);
  expect(await at.k('get nodes')).toContain('was refused');
  expect(await at.run("ssh cp 'cat /var/log/pods/kube-system_kube-apiserver*/kube-apiserver/*.log | tail -1'")).toContain('secret is not of the expected length');
});

test('19.2 the first rule that matches decides how much is recorded', async () => {
  const { at, events } = await audited([
    { level: 'None', users: ['system:kube-scheduler'] }, { level: 'Metadata', resources: [{ group: '', resources: ['secrets'] }] },
    { level: 'RequestResponse', resources: [{ group: '', resources: ['configmaps'] }], verbs: ['create'] }, { level: 'Request', namespaces: ['default'], verbs: ['delete', 'create'] },
  ], { omitStages: ['RequestReceived'] });
  await at.k('create secret generic s --from-literal=password=hush');
  await at.k('create cm c --from-literal=a=b');
  await at.k('delete cm c');
  await at.k('get cm -n kube-system');
  const seen = await events();
  const of = (verb: string, resource: string) => seen.filter((event) => event.verb === verb && event.objectRef?.['resource'] === resource && event.user.username === 'kubernetes-admin');
  const [secret, map, deletion] = [of('create', 'secrets'), of('create', 'configmaps'), of('delete', 'configmaps')];
  expect(secret).toEqual([expect.objectContaining({ level: 'Metadata', stage: 'ResponseComplete', objectRef: { resource: 'secrets', namespace: 'default', name: 's', apiVersion: 'v1' }, responseStatus: { metadata: {}, code: 201 } })]);
  expect(JSON.stringify(secret)).not.toContain('requestObject');
  expect(map).toEqual([expect.objectContaining({ level: 'RequestResponse', requestObject: expect.objectContaining({ data: { a: 'b' } }), responseObject: expect.objectContaining({ kind: 'ConfigMap' }) })]);
  expect([deletion[0]?.level, deletion[0]?.responseObject]).toEqual(['Request', undefined]);
  expect(of('list', 'configmaps')).toEqual([]);
  expect(seen.some(({ user }) => user.username === 'system:kube-scheduler')).toBe(false);
});

test('19.2 19.3 stages, decisions and their reasons', async () => {
  const { at, events } = await audited([{ level: 'Metadata', users: ['amy'], omitStages: ['ResponseStarted'] }, { level: 'Metadata', resources: [{ group: '', resources: ['pods', 'pods/exec'] }], userGroups: ['kubeadm:cluster-admins'] }]);
  await at.k('create rolebinding v --clusterrole=view --user=amy');
  await at.k("config set-credentials amy --token=none");
  await at.apply(pod('a', { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '999'] }] }));
  await at.wait(10);
  await at.k('exec a -- true');
  await at.k('get pods --as=amy');
  const byAdmin = await events();
  const exec = byAdmin.filter((event) => event.objectRef?.['subresource'] === 'exec');
  expect(exec.map(({ stage, responseStatus }) => `${stage} ${responseStatus?.code ?? ''}`)).toEqual(['RequestReceived ', 'ResponseStarted 101', 'ResponseComplete 101']);
  expect(new Set(exec.map(({ auditID }) => auditID)).size).toBe(1);
  const asAmy = byAdmin.find((event) => event.stage === 'ResponseComplete' && 'impersonatedUser' in event);
  expect(asAmy).toMatchObject({ user: { username: 'kubernetes-admin' }, impersonatedUser: { username: 'amy' }, annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'RBAC: allowed by RoleBinding "v/default" of ClusterRole "view" to User "amy"' } });
});

test('19.3 what is forbidden is recorded as such', async () => {
  const { at, events } = await audited([{ level: 'Metadata', resources: [{ group: '', resources: ['secrets'] }] }], { omitStages: ['RequestReceived'] });
  await at.k('get secrets --as=eve');
  expect((await events()).at(-1)).toMatchObject({ kind: 'Event', apiVersion: 'audit.k8s.io/v1', verb: 'list', requestURI: '/api/v1/namespaces/default/secrets?limit=500', responseStatus: { code: 403, reason: 'Forbidden', status: 'Failure' }, annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' } });
});

test('19.2 without the mounts for its policy the static Pod crashes; with a policy without rules too', async () => {
  const at = await Scene.kubeadm();
  const last = () => at.run("ssh cp 'cat /var/log/pods/kube-system_kube-apiserver*/kube-apiserver/*.log | tail -1'");
  await put(at, '/etc/kubernetes/audit/policy.yaml', JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [] }));
  await restart(at, FLAGS);
  expect(await at.k('get nodes')).toContain('was refused');
  expect(await last()).toContain('loading audit policy file: failed to read file path \\"/etc/kubernetes/audit/policy.yaml\\": open /etc/kubernetes/audit/policy.yaml: no such file or directory');
  await restart(at, FLAGS, FOLDERS);
  expect(await last()).toContain('loading audit policy file: loaded illegal policy with 0 rules: from file /etc/kubernetes/audit/policy.yaml');
  await put(at, '/etc/kubernetes/audit/policy.yaml', JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Meta' }] }));
  await at.wait(310);
  expect(await last()).toContain('rules[0].level: Unsupported value: \\"Meta\\": supported values: \\"Metadata\\", \\"None\\", \\"Request\\", \\"RequestResponse\\"');
});

test('19.2 Pod Security that only audits stands in the log', async () => {
  const { at, events } = await audited([{ level: 'Metadata', resources: [{ group: '', resources: ['pods'] }], verbs: ['create'] }], { omitStages: ['RequestReceived'] });
  await at.k('label ns default pod-security.kubernetes.io/audit=baseline');
  await at.apply(pod('a', { hostNetwork: true }));
  expect((await events()).at(-1)?.annotations).toMatchObject({ 'pod-security.kubernetes.io/enforce-policy': 'privileged:latest', 'pod-security.kubernetes.io/audit-violations': 'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)' });
});

test("who shows nothing is let in where --authentication-config says so; with --anonymous-auth=false not even the kubelet's probes are", async () => {
  const at = await Scene.kubeadm();
  const codes = async (...paths: string[]) => {
    const all: string[] = [];
    for (const path of paths) all.push(await at.run(`curl -sk -o /dev/null -w '%{http_code}' https://10.0.0.10:6443${path}`));
    return all;
  };
  const config = (anonymous: object) => put(at, '/etc/kubernetes/auth/config.yaml', JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', anonymous }));
  const lastWords = async () => (await at.run("ssh cp 'crictl logs $(crictl ps -a -q --name kube-apiserver | head -1)'")).split('\n').at(-1);
  expect(await codes('/livez', '/version', '/api/v1/pods')).toEqual(['200', '200', '403']);
  await restart(at, ['--anonymous-auth=false']);
  expect(await codes('/livez', '/version', '/api/v1/pods')).toEqual(['401', '401', '401']);
  await at.wait(260);
  expect(Number(await at.run("ssh cp 'crictl ps -a --name kube-apiserver | tail -n +2 | wc -l'"))).toBeGreaterThan(1);
  expect(await at.k('describe pod kube-apiserver-cp -n kube-system')).toContain('HTTP probe failed with statuscode: 401');
  await at.run(`ssh cp 'sed -i "s#httpGet:#tcpSocket:#; /path: .livez/d; /path: .readyz/d; /scheme: HTTPS/d" ${MANIFEST}'`);
  await at.wait(60);
  expect(await at.k('get pod kube-apiserver-cp -n kube-system')).toMatch(/1\/1 +Running/);
  await config({ enabled: true, conditions: ['/livez', '/readyz'].map((path) => ({ path })) });
  await restart(at, ['--authentication-config=/etc/kubernetes/auth/config.yaml'], ['/etc/kubernetes/auth']);
  expect(await codes('/livez', '/readyz?verbose', '/version', '/api/v1/pods')).toEqual(['200', '200', '401', '401']);
  await restart(at, ['--anonymous-auth=false', '--authentication-config=/etc/kubernetes/auth/config.yaml'], ['/etc/kubernetes/auth']);
  expect(await lastWords()).toContain('--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file');
});

test('19.2 a path of - is standard output', async () => {
  const at = await Scene.kubeadm();
  await put(at, '/etc/kubernetes/audit/policy.yaml', JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata', resources: [{ group: '', resources: ['secrets'] }] }] }));
  await restart(at, ['--audit-policy-file=/etc/kubernetes/audit/policy.yaml', '--audit-log-path=-'], ['/etc/kubernetes/audit']);
  await at.k('get secrets');
  expect(await at.k('logs -n kube-system kube-apiserver-cp')).toMatch(/"kind":"Event".*"resource":"secrets"/);
});

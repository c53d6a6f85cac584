import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number; iat: number; 'kubernetes.io': Record<string, { name: string }> };
const whoami = (at: Scene, token: string) => at.k(`auth whoami --kubeconfig=/dev/null --server=${at.cluster.server} --insecure-skip-tls-verify --token=${token} -o jsonpath='{.status.userInfo.username} {.status.userInfo.groups}'`);

test('15.6 a token lets a node join: it asks for a certificate, which is approved and signed by itself', async () => {
  const at = await Scene.kubeadm({ w1: {}, w2: {} });
  await at.k('drain w2 --ignore-daemonsets --force --delete-emptydir-data');
  await at.k('delete node w2');
  const line = await at.run("ssh cp 'kubeadm token create --print-join-command'");
  expect(line).toMatch(/^kubeadm join [\d.]+:6443 --token [a-z0-9]{6}\.[a-z0-9]{16} --discovery-token-ca-cert-hash sha256:[0-9a-f]{64}$/);
  expect(await at.run(`ssh w2 '${line}'`)).toContain('[ERROR FileAvailable--etc-kubernetes-kubelet.conf]: /etc/kubernetes/kubelet.conf already exists');
  expect(await at.run("ssh w2 'kubeadm reset -f'")).toContain('[reset] Stopping the kubelet service');
  expect(await at.run(`ssh w2 '${line.replace(/sha256:\w+/, `sha256:${'0'.repeat(64)}`)}'`)).toContain('cluster CA found in cluster-info ConfigMap is invalid: none of the public keys');
  expect(await at.run(`ssh w2 '${line}'`)).toContain('This node has joined the cluster');
  await at.wait(30);
  expect(await at.see('node w2', '.status.conditions[?(@.type=="Ready")].status')).toBe('True');
  const id = /--token (\w{6})/.exec(line)![1];
  expect(await at.k('get csr')).toMatch(new RegExp(`node-csr-\\w+ +\\d+s +kubernetes.io/kube-apiserver-client-kubelet +system:bootstrap:${id} +<none> +Approved,Issued`));
  expect(await at.run("ssh w2 'kubectl --kubeconfig=/etc/kubernetes/kubelet.conf auth whoami -o jsonpath={.status.userInfo.username}'")).toBe('system:node:w2');
});

test('15.6 bootstrap tokens are listed, authenticate, are signed for, and go when they expire', async () => {
  const at = await Scene.kubeadm();
  expect(await at.run("ssh cp 'kubeadm token create abcdef.0123456789abcdef --ttl 1h --description lab'")).toBe('abcdef.0123456789abcdef');
  expect(await at.run("ssh cp 'kubeadm token list'")).toMatch(/^TOKEN +TTL +EXPIRES +USAGES +DESCRIPTION +EXTRA GROUPS\nabcdef.0123456789abcdef +(59m|1h) +\S+Z +authentication,signing +lab +system:bootstrappers:kubeadm:default-node-token$/);
  await at.wait(2);
  expect(await whoami(at, 'abcdef.0123456789abcdef')).toBe('system:bootstrap:abcdef ["system:bootstrappers","system:bootstrappers:kubeadm:default-node-token","system:authenticated"]');
  expect(await at.see('cm cluster-info -n kube-public', '.data')).toContain('jws-kubeconfig-abcdef');
  expect(at.ask('GET', '/api/v1/namespaces/kube-public/configmaps/cluster-info', undefined, { impersonate: { user: 'system:anonymous', groups: ['system:unauthenticated'] } })).toBe('200');
  await at.wait(3660);
  expect(await whoami(at, 'abcdef.0123456789abcdef')).toContain('Unauthorized');
  expect([await at.k('get secret bootstrap-token-abcdef -n kube-system'), await at.see('cm cluster-info -n kube-public', '.data')]).toEqual([expect.stringContaining('not found'), expect.not.stringContaining('jws-kubeconfig')]);
});

test('15.5 a token can be bound to a Pod or a Secret, and dies with it', async () => {
  const at = await Scene.kubeadm();
  await at.apply(pod('a', { terminationGracePeriodSeconds: 1 }));
  await at.k('create secret generic s');
  await at.wait(5);
  const [ofPod, ofSecret] = [await at.k('create token default --bound-object-kind=Pod --bound-object-name=a'), await at.k('create token default --bound-object-kind=Secret --bound-object-name=s')];
  expect([claimsOf(ofPod)['kubernetes.io']['pod']?.name, claimsOf(ofPod)['kubernetes.io']['node']?.name, claimsOf(ofSecret)['kubernetes.io']['secret']?.name]).toEqual(['a', 'w1', 's']);
  expect([await whoami(at, ofPod), await whoami(at, ofSecret)]).toEqual([expect.stringContaining('system:serviceaccount:default:default'), expect.stringContaining('system:serviceaccount:default:default')]);
  await at.k('delete secret s');
  await at.k('delete pod a');
  await at.wait(5);
  expect([await whoami(at, ofPod), await whoami(at, ofSecret)]).toEqual([expect.stringContaining('Unauthorized'), expect.stringContaining('Unauthorized')]);
  const ofNode = await at.k('create token default --bound-object-kind=Node --bound-object-name=w1');
  expect(claimsOf(ofNode)['kubernetes.io']['node']?.name).toBe('w1');
  expect(await whoami(at, ofNode)).toContain('system:serviceaccount:default:default');
  await at.run("ssh w1 'systemctl stop kubelet'");
  await at.k('delete node w1');
  expect(await whoami(at, ofNode)).toContain('Unauthorized');
});

test('15.5 TokenReview agrees with what the server lets in', async () => {
  const at = await Scene.kubeadm();
  const token = await at.k('create token default --audience=shop');
  const review = async (spec: object) => JSON.parse(await at.run(`kubectl create -o json -f - <<'X'\n${JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec })}\nX`)) as { status: object };
  expect((await review({ token, audiences: ['shop'] })).status).toMatchObject({ authenticated: true, audiences: ['shop'], user: { username: 'system:serviceaccount:default:default' } });
  expect((await review({ token })).status).toMatchObject({ error: expect.stringContaining('invalid bearer token') });
  expect(await whoami(at, token)).toContain('Unauthorized');
});

const MANIFEST = '/etc/kubernetes/manifests/kube-apiserver.yaml';

/** A cluster whose API server has been given further flags, in place of its own of the same name. */
async function flagged(...flags: string[]): Promise<Scene> {
  const at = await Scene.kubeadm();
  await at.run(`ssh cp "printf 'sesame,ann,7,\\"dev,ops\\"\\n' > /etc/kubernetes/pki/tokens.csv"`);
  for (const flag of flags) await at.run(`ssh cp "sed -i '/- ${flag.split('=')[0]}=/d; s#    - kube-apiserver\\$#    - kube-apiserver\\n    - ${flag}#' ${MANIFEST}"`);
  await at.wait(60);
  return at;
}

const lastWords = (at: Scene) => at.run("ssh cp 'cat /var/log/pods/kube-system_kube-apiserver*/kube-apiserver/*.log | tail -1'");

test('the flags that the CIS benchmark looks at are accepted and take effect', async () => {
  const at = await flagged(
    '--token-auth-file=/etc/kubernetes/pki/tokens.csv', '--profiling=false', '--request-timeout=300s', '--service-account-lookup=true', '--tls-cipher-suites=TLS_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
    '--kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt', '--service-account-extend-token-expiration=false', '--enable-admission-plugins=NodeRestriction,DenyServiceExternalIPs,EventRateLimit',
  );
  expect(await whoami(at, 'sesame')).toBe('ann ["dev","ops","system:authenticated"]');
  expect(await at.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { externalIPs: ['1.2.3.4'], ports: [{ port: 80 }] } })).toContain('services "s" is forbidden: Use of external IPs is denied by admission control.');
  await at.apply(pod('a', { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '9999'] }] }));
  await at.wait(10);
  const { exp, iat } = claimsOf(await at.k('exec a -- cat /var/run/secrets/kubernetes.io/serviceaccount/token'));
  expect(exp - iat).toBe(3607);
});

test.each([
  ['--authorization-mode=Node,RBCA', 'authorization-mode \\"RBCA\\" is not a valid mode'],
  ['--authorization-mode=ABAC', "authorization-mode ABAC's authorization policy file not passed"],
  ['--enable-admission-plugins=NodeRestriction,PodSecurityPolicy', 'enable-admission-plugins plugin \\"PodSecurityPolicy\\" is unknown'],
  ['--tls-cipher-suites=TLS_NONE', "Cipher suite TLS_NONE not supported or doesn't exist"],
  ['--request-timeout=60', 'time: missing unit in duration \\"60\\"'.replaceAll('\\', '')],
  ['--audit-log-maxage=-1', "--audit-log-maxage -1 can't be a negative number"],
  ['--token-auth-file=/nowhere.csv', 'open /nowhere.csv: no such file or directory'],
  ['--insecure-port=8080', 'unknown flag: --insecure-port'],
])('%s stops the API server', async (flag, why) => {
  const at = await flagged(flag);
  expect(await lastWords(at)).toContain(why);
  expect(await at.k('get nodes')).toContain('was refused');
});

test('15.5 the use of a token in a Secret is noted by the day; one that is marked invalid is refused', async () => {
  const at = await Scene.kubeadm({});
  expect(await at.see('cm kube-apiserver-legacy-service-account-token-tracking -n kube-system', '.data.since')).toBe('2026-01-05');
  await at.k('create sa robot');
  await at.make({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token', metadata: { name: 'old', annotations: { 'kubernetes.io/service-account.name': 'robot' } } });
  await at.wait(2);
  const use = () => at.run(`curl -sk https://10.0.0.10:6443/api/v1/namespaces/default/pods -H "Authorization: Bearer $(kubectl get secret old -o jsonpath='{.data.token}' | base64 -d)"`);
  expect(await use()).toContain('User \\"system:serviceaccount:default:robot\\" cannot list resource');
  expect(await at.see('secret old', '.metadata.labels')).toBe('{"kubernetes.io/legacy-token-last-used":"2026-01-05"}');
  await at.k('label secret old kubernetes.io/legacy-token-invalid-since=2026-01-05');
  expect(await use()).toContain('Unauthorized');
  await at.k('label secret old kubernetes.io/legacy-token-invalid-since-');
  expect(await use()).toContain('cannot list resource');
});

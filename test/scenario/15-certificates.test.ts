/** Certificates that end: kubelets renew theirs, or do not; kubeadm renews those of the control plane. */
import { expect, test } from 'vitest';
import { issueCertificate, parseCertificate } from '../../src/cluster/pki/certificate.ts';
import { pod, Scene } from './scene.ts';

const PEM = '/var/lib/kubelet/pki/kubelet-client-current.pem';
const ready = (at: Scene) => at.see('node w1', '.status.conditions[?(@.type=="Ready")].status');
const filesOf = (at: Scene, node: string) => at.cluster.machines.get(node)!.os.files;
const config = (at: Scene, script: string) => at.run(`ssh w1 '${script} /var/lib/kubelet/config.yaml && systemctl restart kubelet'`);

/** A certificate of the cluster's authority that ends in so many seconds. */
function ending(at: Scene, seconds: number, commonName: string, more: { organizations?: string[]; altNames?: readonly string[]; usages?: readonly ('client auth' | 'server auth')[] } = {}) {
  return issueCertificate({ ca: at.cluster.pki.ca, commonName, usages: ['client auth'], ...more, notBeforeMs: at.nowMs - 3_600_000, notAfterMs: at.nowMs + seconds * 1000, random: at.cluster.world.random.fork(commonName) });
}

function giveKubelet(at: Scene, seconds: number): void {
  const { certificate, key } = ending(at, seconds, 'system:node:w1', { organizations: ['system:nodes'] });
  filesOf(at, 'w1').write(PEM, certificate + key);
}

test('a kubelet renews its client certificate before it ends, and nobody notices', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  giveKubelet(at, 900);
  const endMs = at.nowMs + 900_000;
  await at.run("ssh w1 'systemctl restart kubelet'");
  await at.wait(500);
  expect(await at.k('get csr --no-headers')).toMatch(/^csr-\w{5} +\S+ +kubernetes.io\/kube-apiserver-client-kubelet +system:node:w1 +<none> +Approved,Issued$/);
  expect(parseCertificate(filesOf(at, 'w1').read(PEM))!.notAfterMs).toBeGreaterThan(endMs);
  await at.wait(450);
  expect([await ready(at), at.nowMs > endMs]).toEqual(['True', true]);
});

test('a kubelet whose certificate has ended is nobody to the API server; a new kubeconfig heals the node', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await config(at, 'sed -i "s/rotateCertificates: true/rotateCertificates: false/"');
  giveKubelet(at, 30);
  await at.run("ssh w1 'systemctl restart kubelet'");
  await at.wait(20);
  expect(await ready(at)).toBe('True');
  await at.wait(90);
  expect(await ready(at)).toBe('Unknown');
  expect(await at.run("ssh w1 'kubectl --kubeconfig=/etc/kubernetes/kubelet.conf get nodes'")).toBe('error: You must be logged in to the server (Unauthorized)');
  await at.run("ssh w1 'systemctl restart kubelet'");
  const journal = await at.run("ssh w1 'journalctl -u kubelet -n 10'");
  expect(journal).toMatch(/part of the existing bootstrap client certificate in \/etc\/kubernetes\/kubelet.conf is expired: 2026-01-05 09:\d\d:\d\d \+0000 UTC/);
  expect(journal).toContain('unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory');
  await at.run("ssh cp 'kubeadm kubeconfig user --org system:nodes --client-name system:node:w1' > /tmp/w1.conf");
  await at.run('ssh w1 "echo $(base64 -w0 /tmp/w1.conf) | base64 -d > /etc/kubernetes/kubelet.conf; systemctl restart kubelet"');
  await at.wait(20);
  expect(await ready(at)).toBe('True');
});

test('an API server whose certificate has ended: kubectl says so, kubeadm renews it', async () => {
  const at = await Scene.kubeadm();
  const restart = async () => {
    await at.run("ssh cp 'mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/'");
    await at.wait(40);
    await at.run("ssh cp 'mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/'");
    await at.wait(60);
  };
  const files = filesOf(at, 'cp');
  const old = parseCertificate(files.read('/etc/kubernetes/pki/apiserver.crt'))!;
  const { certificate, key } = ending(at, 50, 'kube-apiserver', { altNames: old.altNames, usages: old.usages });
  files.write('/etc/kubernetes/pki/apiserver.crt', certificate);
  files.write('/etc/kubernetes/pki/apiserver.key', key);
  expect(await at.run("ssh cp 'kubeadm certs check-expiration'")).toMatch(/\napiserver +Jan 05, 2026 \d\d:\d\d UTC +0m +ca +no\n(.*\n)*etcd-server +Jan 05, 2027 \d\d:\d\d UTC +364d +etcd-ca +no\n(.*\n)*front-proxy-ca +Jan 03, 2036 \d\d:\d\d UTC +9y +no$/);
  await restart();
  expect((await at.k('get nodes')).split('\n').at(-1)).toMatch(/^Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-01-05T\S+Z is after 2026-01-05T\S+Z$/);
  expect(await at.run("ssh cp 'kubeadm certs check-expiration'")).toMatch(/\napiserver +Jan 05, 2026 \d\d:\d\d UTC +<invalid> +ca +no\n/);
  expect(await at.run("ssh cp 'kubeadm certs renew apiserver'")).toContain('certificate for serving the Kubernetes API renewed');
  await restart();
  expect(await at.k('get nodes --no-headers')).toMatch(/cp +Ready/);
});

test('all that kubeadm renews works: a new admin.conf is let in', async () => {
  const at = await Scene.kubeadm();
  const before = filesOf(at, 'cp').read('/etc/kubernetes/admin.conf');
  await at.wait(60);
  const said = await at.run("ssh cp 'kubeadm certs renew all'");
  expect(said.match(/renewed$/gm)).toHaveLength(11);
  expect(said).toMatch(/Done renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.$/);
  expect(filesOf(at, 'cp').read('/etc/kubernetes/admin.conf')).not.toBe(before);
  expect(await at.run("ssh cp 'kubectl --kubeconfig=/etc/kubernetes/admin.conf auth whoami -o jsonpath={.status.userInfo.username}'")).toBe('kubernetes-admin');
});

test('serverTLSBootstrap: no certificate until somebody approves the request', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(pod('a', { nodeName: 'w1' }));
  await config(at, 'echo "serverTLSBootstrap: true" >>');
  await at.wait(10);
  expect(await at.k('logs a')).toBe('Error from server: Get "https://10.0.0.11:10250/containerLogs/default/a/c": remote error: tls: internal error');
  const [, name] = /^(csr-\w+) +\S+ +kubernetes.io\/kubelet-serving +system:node:w1 +<none> +Pending$/m.exec(await at.k('get csr --no-headers'))!;
  expect(await at.k(`certificate approve ${name}`)).toBe(`certificatesigningrequest.certificates.k8s.io/${name} approved`);
  await at.wait(10);
  expect(await at.k('logs a')).not.toContain('Error');
  expect(parseCertificate(filesOf(at, 'w1').read('/var/lib/kubelet/pki/kubelet-server-current.pem'))).toMatchObject({ subject: { commonName: 'system:node:w1' }, altNames: ['w1', '10.0.0.11'], usages: ['server auth'] });
});

test('tlsCertFile and tlsPrivateKeyFile: what the API server sees, and a kubelet that cannot read them does not start', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await config(at, 'printf "tlsCertFile: /root/k.crt\\ntlsPrivateKeyFile: /root/k.key\\n" >>');
  expect(await at.run("ssh w1 'journalctl -u kubelet -n 3'")).toContain('open /root/k.crt: no such file or directory');
  const { certificate, key } = ending(at, 3600, 'mine', { usages: ['server auth'], altNames: ['w1'] });
  filesOf(at, 'w1').write('/root/k.crt', certificate);
  filesOf(at, 'w1').write('/root/k.key', key);
  await at.run("ssh w1 'systemctl restart kubelet'");
  expect(await at.run("ssh w1 'curl -sv https://w1:10250/healthz --cacert /etc/kubernetes/pki/ca.crt 2>&1'")).toContain('Unauthorized');
  expect(await at.run("ssh w1 'curl -sv https://10.0.0.11:10250/healthz --cacert /etc/kubernetes/pki/ca.crt 2>&1'")).not.toContain('Unauthorized');
});

test('openssl req without -new reads a request, from a pipe too', async () => {
  const at = await Scene.hollow();
  await at.run('openssl genrsa -out amy.key 2048; openssl req -new -key amy.key -subj /CN=amy/O=devs -out amy.csr');
  expect([await at.run('cat amy.csr | openssl req -noout -subject'), await at.run('openssl req -in amy.csr -noout -subject')]).toEqual(['subject=O = devs, CN = amy', 'subject=O = devs, CN = amy']);
});

test('15.6 requests are kept an hour once they are decided, longer while they are not; nobody is approved by itself', async () => {
  const at = await Scene.hollow();
  await at.run('openssl genrsa -out k.pem 2048 && openssl req -new -key k.pem -subj /CN=amy -out amy.csr');
  const request = (await at.run('base64 -w0 amy.csr'));
  const csr = (name: string) => ({ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec: { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] } });
  await at.apply(csr('approved'), csr('denied'), csr('pending'));
  await at.wait(30);
  expect(await at.see('csr', '.items[*].status.conditions')).toBe('');
  await at.k('certificate approve approved');
  await at.k('certificate deny denied');
  await at.wait(10);
  await at.run("kubectl get csr approved -o jsonpath='{.status.certificate}' | base64 -d > amy.crt");
  const [from, to] = (await at.run('openssl x509 -in amy.crt -noout -dates')).split('\n').map((line) => Date.parse(line.split('=')[1] ?? ''));
  expect(Math.round((to! - from!) / 86_400_000)).toBe(365);
  await at.wait(3400);
  expect(await at.names('csr')).toEqual(['approved', 'denied', 'pending']);
  await at.wait(3800);
  expect(await at.names('csr')).toEqual(['pending']);
});

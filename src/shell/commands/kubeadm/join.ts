/** `kubeadm join`: discovery by token, TLS bootstrap of the kubelet, and waiting until it has its certificate. */
import { createClient } from '../../../cluster/client/client.ts';
import { configMaps } from '../../../cluster/client/resources.ts';
import { networkTransport } from '../../../cluster/client/transport.ts';
import { ApiError } from '../../../cluster/client/types.ts';
import { NetworkError } from '../../../cluster/network/types.ts';
import { bareKubeconfig, writeKubeletSettings } from '../../../cluster/node/control-plane/kubeadm.ts';
import { publicKeyHash, signature, TOKEN_PATTERN } from '../../../cluster/pki/bootstrap-token.ts';
import { type KubeadmCall, KubeadmError } from './call.ts';

const KUBELET_CONF = '/etc/kubernetes/kubelet.conf';
const BOOTSTRAP_CONF = '/etc/kubernetes/bootstrap-kubelet.conf';
const CA_PATH = '/etc/kubernetes/pki/ca.crt';
const WAIT_MS = 240_000; // kubeadm: TLSBootstrapTimeout and what comes before it
const STEP_MS = 1000;

export async function join(call: KubeadmCall): Promise<string> {
  const { machine: { os }, words: [endpoint = ''], flags, write, signal } = call;
  const text = flags.get('--token') ?? '';
  const [, id = '', secret = ''] = TOKEN_PATTERN.exec(text) ?? [];
  if (!endpoint || !id) throw new KubeadmError(`discovery: Invalid value: "": ${endpoint ? 'token is invalid or missing' : 'bootstrapToken or file must be set'}`);
  write('[preflight] Running pre-flight checks\n');
  preflight(call);
  const info = await discovered(call, `https://${endpoint}`, { id, secret });
  if (!flags.has('--discovery-token-unsafe-skip-ca-verification') && flags.get('--discovery-token-ca-cert-hash') !== publicKeyHash(info.ca)) {
    throw new KubeadmError(`error execution phase preflight: couldn't validate the identity of the API Server: cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "${publicKeyHash(info.ca)}" are pinned`);
  }
  os.files.makeDirectory('/etc/kubernetes/pki');
  os.files.makeDirectory('/etc/kubernetes/manifests');
  os.files.write(CA_PATH, info.ca);
  os.files.write(BOOTSTRAP_CONF, bareKubeconfig({ ca: info.ca, server: info.server, user: 'tls-bootstrap-token-user', credential: [`    token: ${text}`] }), { mode: 0o600 });
  writeKubeletSettings(os.files, /runtime-endpoint: unix:\/\/(\S+)/.exec(os.files.read('/etc/crictl.yaml'))?.[1] ?? '/run/containerd/containerd.sock');
  write('[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"\n[kubelet-start] Writing kubelet environment file with flags to file "/var/lib/kubelet/kubeadm-flags.env"\n[kubelet-start] Starting the kubelet\n');
  os.systemd.setEnabled('kubelet', true);
  os.systemd.restart('kubelet');
  write('[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap\n');
  const untilMs = os.world.clock.now() + WAIT_MS;
  while (!os.files.exists(KUBELET_CONF)) {
    if (signal.aborted) throw new KubeadmError('error execution phase kubelet-start: interrupted');
    if (os.world.clock.now() > untilMs) throw new KubeadmError('error execution phase kubelet-start: timed out waiting for the condition');
    await os.world.sleep(STEP_MS, signal);
  }
  os.files.remove(BOOTSTRAP_CONF);
  return '\nThis node has joined the cluster:\n* Certificate signing request was sent to apiserver and a response was received.\n* The Kubelet was informed of the new secure connection details.\n\nRun \'kubectl get nodes\' on the control-plane to see this node join the cluster.\n\n';
}

/** What would be in the way. Throws KubeadmError. */
function preflight({ machine: { os }, flags }: KubeadmCall): void {
  const ignored = (flags.get('--ignore-preflight-errors') ?? '').toLowerCase().split(',');
  const name = (path: string) => path.replaceAll('/', '-').replace(/^-/, '');
  const errors = [
    ...[KUBELET_CONF, BOOTSTRAP_CONF, CA_PATH].filter((path) => os.files.exists(path)).map((path) => [`FileAvailable--${name(path)}`, `${path} already exists`]),
    ...(['containerd', 'crio'].some((unit) => os.systemd.status(unit)?.state === 'active') ? [] : [['CRI', 'container runtime is not running']]),
  ].filter(([check]) => !ignored.includes('all') && !ignored.includes(check!.toLowerCase()));
  if (errors.length === 0) return;
  throw new KubeadmError(`[preflight] Some fatal errors occurred:\n${errors.map(([check, why]) => `\t[ERROR ${check}]: ${why}\n`).join('')}[preflight] If you know what you are doing, you can make a check non-fatal with \`--ignore-preflight-errors=...\`\nerror: error execution phase preflight: preflight checks failed`);
}

/** cluster-info, read by nobody in particular, and believed for its signature by the token. */
async function discovered({ machine: { os }, signal }: KubeadmCall, server: string, token: { id: string; secret: string }): Promise<{ ca: string; server: string }> {
  const client = createClient({ transport: networkTransport(os.network, server, { insecureSkipVerify: true }), userAgent: 'kubeadm' });
  const untilMs = os.world.clock.now() + WAIT_MS;
  for (let why = ''; ;) {
    try {
      const data = client.get(configMaps, 'cluster-info', 'kube-public')?.data ?? {};
      const config = data['kubeconfig'] ?? '';
      const signed = data[`jws-kubeconfig-${token.id}`];
      if (signed !== undefined && signed !== signature(config, token)) throw new KubeadmError('error execution phase preflight: couldn\'t validate the identity of the API Server: could not find a JWS signature in the cluster-info ConfigMap for token ID: failed to verify JWS signature of received cluster info object');
      if (signed !== undefined) return { ca: Buffer.from(/certificate-authority-data: (\S+)/.exec(config)?.[1] ?? '', 'base64').toString(), server: /server: (\S+)/.exec(config)?.[1] ?? server };
      why = `could not find a JWS signature in the cluster-info ConfigMap for token ID "${token.id}"`;
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof NetworkError)) throw error;
      why = `failed to request the cluster-info ConfigMap: Get "${server}/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s": ${error.message}`;
    }
    if (os.world.clock.now() > untilMs || signal.aborted) throw new KubeadmError(`error execution phase preflight: couldn't validate the identity of the API Server: ${why}`);
    await os.world.sleep(5 * STEP_MS, signal);
  }
}

/** `kubeadm certs check-expiration|renew` and `kubeadm kubeconfig user`: certificates on a control-plane node's disk. */
import { bareKubeconfig } from '../../../cluster/node/control-plane/kubeadm.ts';
import { readKubeconfig } from '../../../cluster/node/control-plane/program.ts';
import { type Certificate, CERTIFICATE_VALIDITY_MS, issueCertificate, type KeyPair, parseCertificate } from '../../../cluster/pki/certificate.ts';
import { columns } from '../result.ts';
import { type KubeadmCall, KubeadmError } from './call.ts';

const FOLDER = '/etc/kubernetes';
const PKI = `${FOLDER}/pki`;
const AUTHORITIES: Readonly<Record<string, string>> = { ca: `${PKI}/ca`, 'etcd-ca': `${PKI}/etcd/ca`, 'front-proxy-ca': `${PKI}/front-proxy-ca` };

/** Name, authority, file without its ending, and what kubeadm calls it. */
const CERTIFICATES: readonly (readonly [name: string, authority: string, path: string, what: string])[] = [
  ['admin.conf', 'ca', `${FOLDER}/admin.conf`, 'embedded in the kubeconfig file for the admin to use and for kubeadm itself'], ['apiserver', 'ca', `${PKI}/apiserver`, 'for serving the Kubernetes API'],
  ['apiserver-etcd-client', 'etcd-ca', `${PKI}/apiserver-etcd-client`, 'the apiserver uses to access etcd'], ['apiserver-kubelet-client', 'ca', `${PKI}/apiserver-kubelet-client`, 'for the API server to connect to kubelet'],
  ['controller-manager.conf', 'ca', `${FOLDER}/controller-manager.conf`, 'embedded in the kubeconfig file for the controller manager to use'], ['etcd-healthcheck-client', 'etcd-ca', `${PKI}/etcd/healthcheck-client`, 'for liveness probes to healthcheck etcd'],
  ['etcd-peer', 'etcd-ca', `${PKI}/etcd/peer`, 'for etcd nodes to communicate with each other'], ['etcd-server', 'etcd-ca', `${PKI}/etcd/server`, 'for serving etcd'], ['front-proxy-client', 'front-proxy-ca', `${PKI}/front-proxy-client`, 'for the front proxy client'],
  ['scheduler.conf', 'ca', `${FOLDER}/scheduler.conf`, 'embedded in the kubeconfig file for the scheduler manager to use'], ['super-admin.conf', 'ca', `${FOLDER}/super-admin.conf`, 'embedded in the kubeconfig file for the super-admin'],
];

export function certs(call: KubeadmCall): string {
  const { words: [verb = '', name = ''] } = call;
  if (verb === 'check-expiration') return expirations(call);
  if (verb !== 'renew') throw new KubeadmError(`unknown subcommand "${verb}" for "kubeadm certs"; there are check-expiration, renew`);
  const chosen = CERTIFICATES.filter(([each]) => name === 'all' || each === name);
  if (chosen.length === 0) throw new KubeadmError(`unknown command "${name}" for "kubeadm certs renew"`);
  const said = chosen.map((each) => renew(call, each));
  return `[renew] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...\n\n${said.join('')}${name === 'all' ? '\nDone renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.\n' : ''}`;
}

function renew(call: KubeadmCall, [, authority, path, what]: typeof CERTIFICATES[number]): string {
  const { os: { files } } = call.machine;
  const old = certificateAt(call, path);
  if (!old) return `MISSING! certificate ${what}\n`;
  const { subject: { commonName, organizations }, altNames, usages } = old;
  const pair = issue(call, { authority, commonName, organizations, altNames, usages });
  if (path.endsWith('.conf')) {
    const encoded = (text: string) => Buffer.from(text).toString('base64');
    files.write(path, files.read(path).replace(/(client-certificate-data: ).*/, `$1${encoded(pair.certificate)}`).replace(/(client-key-data: ).*/, `$1${encoded(pair.key)}`), { mode: 0o600 });
  } else {
    files.write(`${path}.crt`, pair.certificate);
    files.write(`${path}.key`, pair.key, { mode: 0o600 });
  }
  return `certificate ${what} renewed\n`;
}

/** `kubeadm kubeconfig user --client-name NAME --org GROUP`: a kubeconfig with a new client certificate, as for a kubelet whose own has expired. */
export function kubeconfigUser(call: KubeadmCall): string {
  const { words: [verb], flags, machine: { os: { files } } } = call;
  const commonName = flags.get('--client-name') ?? '';
  if (verb !== 'user' || !commonName) throw new KubeadmError('required flag(s) "client-name" not set');
  const { certificate, key } = issue(call, { authority: 'ca', commonName, organizations: (flags.get('--org') ?? '').split(',').filter(Boolean), altNames: [], usages: ['client auth'] });
  const { server, tls } = readKubeconfig({ files }, `${FOLDER}/admin.conf`);
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  return bareKubeconfig({ ca: tls.ca ?? '', server, user: commonName, credential: [`    client-certificate-data: ${encoded(certificate)}`, `    client-key-data: ${encoded(key)}`] });
}

function issue({ machine: { os }, flags }: KubeadmCall, request: Pick<Certificate, 'altNames' | 'usages'> & Certificate['subject'] & { authority: string }): KeyPair {
  const { files, world } = os;
  const path = AUTHORITIES[request.authority]!;
  if (!files.exists(`${path}.crt`) || !files.exists(`${path}.key`)) throw new KubeadmError(`failure loading ${path.split('/').pop()} certificate: couldn't load the certificate authority: open ${path}.key: no such file or directory`);
  const nowMs = world.clock.now();
  const hours = Number(/^(\d+)h/.exec(flags.get('--validity-period') ?? '')?.[1] ?? 0);
  const ca = { certificate: files.read(`${path}.crt`), key: files.read(`${path}.key`) };
  return issueCertificate({ ...request, ca, notBeforeMs: nowMs, notAfterMs: nowMs + (hours * 3_600_000 || CERTIFICATE_VALIDITY_MS), random: world.random.fork(`renew ${request.commonName} ${nowMs}`) });
}

function expirations(call: KubeadmCall): string {
  const nowMs = call.machine.os.world.clock.now();
  const cells = (certificate: Certificate) => [date(certificate.notAfterMs), residual(certificate.notAfterMs - nowMs)];
  const leaves = CERTIFICATES.map(([name, authority, path]): string[] => {
    const certificate = certificateAt(call, path);
    return certificate ? [name, ...cells(certificate), authority, 'no'] : [`!MISSING! ${name}`, '', '', '', ''];
  });
  const authorities = Object.entries(AUTHORITIES).map(([name, path]): string[] => {
    const certificate = certificateAt(call, path);
    return certificate ? [name, ...cells(certificate), 'no'] : [`!MISSING! ${name}`, '', '', ''];
  });
  return `[check-expiration] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...\n[check-expiration] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n\n${columns([['CERTIFICATE', 'EXPIRES', 'RESIDUAL TIME', 'CERTIFICATE AUTHORITY', 'EXTERNALLY MANAGED'], ...leaves])}\n${columns([['CERTIFICATE AUTHORITY', 'EXPIRES', 'RESIDUAL TIME', 'EXTERNALLY MANAGED'], ...authorities])}`;
}

function certificateAt({ machine: { os: { files } } }: KubeadmCall, path: string): Certificate | undefined {
  const file = path.endsWith('.conf') ? path : `${path}.crt`;
  if (!files.exists(file)) return undefined;
  return parseCertificate(file === path ? readKubeconfig({ files }, path).tls.certificate ?? '' : files.read(file));
}

/** `Jan 05, 2027 09:00 UTC` */
function date(ms: number): string {
  const at = new Date(ms);
  const [, month, , time] = /^\w+, \d+ (\w+) (\d+) (\d\d:\d\d)/.exec(at.toUTCString()) ?? [];
  return `${month} ${String(at.getUTCDate()).padStart(2, '0')}, ${at.getUTCFullYear()} ${time} UTC`;
}

/** `9y`, `364d`, `12h`, as far as it is still valid. */
function residual(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (ms < 0) return '<invalid>';
  return hours >= 8760 ? `${Math.floor(hours / 8760)}y` : hours >= 24 ? `${Math.floor(hours / 24)}d` : hours > 0 ? `${hours}h` : `${Math.floor(ms / 60_000)}m`;
}

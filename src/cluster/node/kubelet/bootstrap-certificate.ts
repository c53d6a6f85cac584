/** TLS bootstrapping: a kubelet without a kubeconfig asks for its client certificate with the bootstrap one (kubelet/certificate/bootstrap). */
import type { Random } from '../../../time/random.ts';
import type { Timer } from '../../../time/clock.ts';
import type { World } from '../../../time/simulation.ts';
import { createClient } from '../../client/client.ts';
import { certificateSigningRequests } from '../../client/resources.ts';
import { networkTransport } from '../../client/transport.ts';
import { ApiError } from '../../client/types.ts';
import { NetworkError, type NetworkStack } from '../../network/types.ts';
import { createSigningRequest } from '../../pki/certificate.ts';
import { createKey } from '../../pki/key.ts';
import { bareKubeconfig } from '../control-plane/kubeadm.ts';
import { readKubeconfig } from '../control-plane/program.ts';
import type { FileSystem } from '../file-system.ts';

interface Bootstrap { world: World; random: Random; files: FileSystem; network: NetworkStack; nodeName: string; bootstrapPath: string; kubeconfigPath: string; log: (line: string) => void; /** The certificate and the kubeconfig are on disk. */ onReady: () => void }

const RETRY_MS = 1000;
const PEM_PATH = '/var/lib/kubelet/pki/kubelet-client-current.pem';

/** Makes a request and waits until it is signed. Throws FatalError for a bootstrap kubeconfig that cannot be read. */
export function bootstrapCertificate({ world, random, files, network, nodeName, bootstrapPath, kubeconfigPath, log, onReady }: Bootstrap): { stop(): void } {
  const { server, tls, token } = readKubeconfig({ files }, bootstrapPath);
  const client = createClient({ transport: networkTransport(network, server, tls), credential: { token }, userAgent: 'kubelet' });
  const key = createKey(random);
  const request = Buffer.from(createSigningRequest(key, { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] })).toString('base64');
  let name = '';
  let timer: Timer | undefined;
  log('"Using bootstrap kubeconfig to generate TLS client cert, key and kubeconfig file"');

  const step = () => {
    try {
      name ||= client.create(certificateSigningRequests, {
        apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: `node-csr-${random.hex(22)}` },
        spec: { request, signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['digital signature', 'client auth'] },
      }).metadata.name;
      const certificate = client.get(certificateSigningRequests, name)?.status.certificate;
      if (certificate) return ready(Buffer.from(String(certificate), 'base64').toString());
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof NetworkError)) throw error;
      log(`E kubelet bootstrap.go:246] "Failed to request a certificate" err=${JSON.stringify(error.message)}`);
    }
    timer = world.clock.after(RETRY_MS, `${nodeName}: kubelet waits for its certificate`, step);
  };
  timer = world.clock.after(0, `${nodeName}: kubelet bootstrap`, step);
  return { stop: () => timer?.cancel() };

  function ready(certificate: string): void {
    files.makeDirectory('/var/lib/kubelet/pki');
    files.write(PEM_PATH, certificate + key, { mode: 0o600 });
    files.write(kubeconfigPath, bareKubeconfig({ ca: tls.ca ?? '', server, user: 'default-auth', credential: [`    client-certificate: ${PEM_PATH}`, `    client-key: ${PEM_PATH}`] }), { mode: 0o600 });
    onReady();
  }
}

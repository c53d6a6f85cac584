/**
 * The kubelet's certificate managers: a new client certificate before the old one expires (rotateCertificates), and a serving
 * certificate signed by the cluster (serverTLSBootstrap). A signing request, a file, and what connections show from then on.
 */
import type { Timer } from '../../../time/clock.ts';
import type { Random } from '../../../time/random.ts';
import type { World } from '../../../time/simulation.ts';
import { certificateSigningRequests } from '../../client/resources.ts';
import { type ApiClient, ApiError } from '../../client/types.ts';
import { createSigningRequest, parseCertificate } from '../../pki/certificate.ts';
import { createKey } from '../../pki/key.ts';
import type { FileSystem } from '../file-system.ts';
import { isApiFailure } from '../../client/api-failure.ts';

const POLL_MS = 5000;
const RETRY_MS = 60_000;
const EXPIRED_EXIT_MS = 300_000; // kubelet: a client certificate that has been no good for so long ends it
const PKI_FOLDER = '/var/lib/kubelet/pki';

/** What the two managers ask for. */
export const PURPOSES = {
  client: { signer: 'kubernetes.io/kube-apiserver-client-kubelet', usage: 'client auth', path: `${PKI_FOLDER}/kubelet-client-current.pem` },
  serving: { signer: 'kubernetes.io/kubelet-serving', usage: 'server auth', path: `${PKI_FOLDER}/kubelet-server-current.pem` },
} as const;

export interface RotationOptions {
  purpose: keyof typeof PURPOSES;
  world: World;
  random: Random;
  client: ApiClient;
  files: FileSystem;
  nodeName: string;
  altNames?: readonly string[];
  /** What connections show; replaced. */
  tls: { certificate?: string; key?: string };
  log: (line: string) => void;
  /** The client certificate has expired and the API server says so. */
  expired?: () => void;
}

export class CertificateRotation {
  readonly #options: RotationOptions;
  #timer: Timer | undefined;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  /** Waits until between 70 and 90 % of the certificate's life is over; asks at once where there is none. */
  start(): void {
    const { world: { clock }, tls, random } = this.#options;
    const certificate = parseCertificate(tls.certificate ?? '');
    const dueMs = certificate ? certificate.notBeforeMs + (certificate.notAfterMs - certificate.notBeforeMs) * (0.7 + random.int(200) / 1000) : 0;
    this.#later(Math.max(0, dueMs - clock.now()), () => this.#request());
  }

  stop(): void { this.#timer?.cancel(); }

  #later(ms: number, act: () => void): void {
    const { world: { clock }, tls, log, expired } = this.#options;
    this.#timer = clock.after(ms, 'certificate rotation', () => {
      try {
        act();
      } catch (error) {
        if (!isApiFailure(error)) throw error;
        log(`E certificate_manager.go:562] "Failed while requesting a signed certificate from the control plane" err=${JSON.stringify(`cannot create certificate signing request: ${error.message}`)}`);
        const endMs = parseCertificate(tls.certificate ?? '')?.notAfterMs ?? Infinity;
        if (!expired || !(error instanceof ApiError) || clock.now() < endMs + EXPIRED_EXIT_MS) return this.#later(RETRY_MS, act);
        log('E transport.go:133] "The currently active client certificate has expired and the server is responsive, exiting."');
        expired();
      }
    });
  }

  #request(): void {
    const { client, nodeName, random, purpose, altNames = [], log } = this.#options;
    const { signer, usage } = PURPOSES[purpose];
    log(`"Rotating certificates" logger="${signer}"`);
    const key = createKey(random);
    const request = createSigningRequest(key, { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] }, altNames);
    const { metadata: { name } } = client.create(certificateSigningRequests, { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { generateName: 'csr-' }, spec: { request: Buffer.from(request).toString('base64'), signerName: signer, usages: ['digital signature', usage] } });
    this.#later(POLL_MS, () => this.#collect(name, key));
  }

  #collect(name: string, key: string): void {
    const { client, files, purpose, tls } = this.#options;
    const { certificate: issued, conditions = [] } = client.get(certificateSigningRequests, name)?.status ?? {};
    if (!issued && conditions.some(({ type }) => type === 'Denied' || type === 'Failed')) return this.#later(RETRY_MS, () => this.#request());
    if (!issued) return this.#later(POLL_MS, () => this.#collect(name, key));
    const certificate = Buffer.from(String(issued), 'base64').toString();
    files.makeDirectory(PKI_FOLDER);
    files.write(PURPOSES[purpose].path, certificate + key, { mode: 0o600 });
    Object.assign(tls, { certificate, key });
    this.start();
  }
}

/** The signers that Kubernetes brings along: what is approved is signed with the cluster's authority (certificates/signer). */
import { timestamp } from '../../api/duration.ts';
import type { CertificateSigningRequest } from '../../api/types.ts';
import { certificateSigningRequests } from '../../client/resources.ts';
import { type CertificateUsage, parseSigningRequest, signRequest } from '../../pki/certificate.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import { type Controller, keyOf } from '../controller.ts';

const BACKDATE_MS = 5 * 60_000; // authority: certificates begin a little earlier, for clocks that are slow
const DEFAULT_LIFETIME_MS = 365 * 24 * 3_600_000; // --cluster-signing-duration
const LIFETIME_MIN_SECONDS = 600;

type Subject = NonNullable<ReturnType<typeof parseSigningRequest>>;

const CLIENT = 'client auth';
const SERVER = 'server auth';
const COMMON = ['digital signature', 'key encipherment'];

/** What each signer asks of a request: undefined, or why it will not sign. */
const SIGNERS: Readonly<Record<string, (subject: Subject, usages: readonly string[]) => string | undefined>> = {
  'kubernetes.io/kube-apiserver-client': (_, usages) => onlyUsages(usages, [CLIENT, ...COMMON], CLIENT),
  'kubernetes.io/kube-apiserver-client-kubelet': (subject, usages) => nodeSubject(subject) ?? (subject.altNames.length > 0 ? 'subjectAltNames are not allowed' : onlyUsages(usages, [CLIENT, ...COMMON], CLIENT)),
  'kubernetes.io/kubelet-serving': (subject, usages) => nodeSubject(subject) ?? (subject.altNames.length === 0 ? 'DNS or IP subjectAltName is required' : onlyUsages(usages, [SERVER, ...COMMON], SERVER)),
  'kubernetes.io/legacy-unknown': () => undefined,
};

export const signingController = (authority: KeyPair): Controller => ({ client, world, random, informer, queue: createQueue }) => {
  const all = informer(certificateSigningRequests);
  const queue = createQueue('csr-signing', (key) => {
    const request = all.get(key);
    const check = request && SIGNERS[request.spec.signerName ?? ''];
    if (!request || !check || !isApproved(request) || request.status.certificate || has(request, 'Failed')) return;
    const text = Buffer.from(request.spec.request, 'base64').toString();
    const subject = parseSigningRequest(text);
    const problem = subject ? check(subject, request.spec.usages ?? []) : 'unable to parse the request';
    if (problem !== undefined) return fail(request, problem);
    if (subject?.isGenuine === false) return; // authority: unable to verify certificate request signature
    const nowMs = world.clock.now();
    const wantedMs = request.spec.expirationSeconds === undefined ? DEFAULT_LIFETIME_MS : Math.max(LIFETIME_MIN_SECONDS, request.spec.expirationSeconds) * 1000;
    const usages = (request.spec.usages ?? []).filter((usage): usage is CertificateUsage => usage === CLIENT || usage === SERVER);
    const certificate = signRequest({ ca: authority, request: text, usages, notBeforeMs: nowMs - BACKDATE_MS, notAfterMs: nowMs + Math.min(wantedMs, DEFAULT_LIFETIME_MS), random });
    client.updateStatus(certificateSigningRequests, { ...request, status: { ...request.status, certificate: Buffer.from(certificate).toString('base64') } });
  });
  all.onChange((now) => { if (now) queue.add(keyOf(now)); });

  function fail(request: CertificateSigningRequest, message: string): void {
    const now = timestamp(world.clock.now());
    const condition = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message, lastUpdateTime: now, lastTransitionTime: now };
    client.updateStatus(certificateSigningRequests, { ...request, status: { ...request.status, conditions: [...(request.status.conditions ?? []), condition] } });
  }

  return { stop: () => queue.stop() };
};

function nodeSubject({ commonName, organizations }: Subject): string | undefined {
  if (organizations.join() !== 'system:nodes') return 'subject organization is not system:nodes';
  return commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node: ';
}

function onlyUsages(given: readonly string[], allowed: readonly string[], needed: string): string | undefined {
  if (given.every((usage) => allowed.includes(usage)) && given.includes(needed)) return undefined;
  return `usages did not match [${allowed.join(' ')}]`;
}

function has({ status }: CertificateSigningRequest, type: string): boolean {
  return status.conditions?.some((condition) => condition.type === type) ?? false;
}

function isApproved(request: CertificateSigningRequest): boolean {
  return has(request, 'Approved') && !has(request, 'Denied');
}

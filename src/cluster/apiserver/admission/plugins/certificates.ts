/** CertificateApproval, CertificateSigning and CertificateSubjectRestriction: who may turn which request into a certificate. */
import { parseSigningRequest } from '../../../pki/certificate.ts';
import { MASTERS } from '../../auth/user-info.ts';
import { type AdmissionPlugin, type AdmissionReader, type AdmissionRequest, concerns, refuse } from '../types.ts';

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const GROUP = 'certificates.k8s.io';

/** Approving and denying needs the verb `approve` on the signer. */
export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  validate(request, cluster) {
    if (!isRequest(request, 'approval') || request.operation !== 'UPDATE') return;
    if (!mayUse(request, cluster, 'approve')) throw refuse(request, `user not permitted to approve requests with signerName ${JSON.stringify(signerOf(request))}`);
  },
};

/** Putting a certificate into the status needs the verb `sign`. */
export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  validate(request, cluster) {
    if (!isRequest(request, 'status') || request.operation !== 'UPDATE' || certificateIn(request.object) === certificateIn(request.oldObject)) return;
    if (!mayUse(request, cluster, 'sign')) throw refuse(request, `user not permitted to sign requests with signerName ${JSON.stringify(signerOf(request))}`);
  },
};

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(request) {
    if (request.operation !== 'CREATE' || !concerns(request, 'certificatesigningrequests', GROUP)) return;
    const spec = request.object.spec as { signerName?: string; request?: string } | undefined; // the kind says so
    if (spec?.signerName !== CLIENT_SIGNER) return;
    const wanted = parseSigningRequest(Buffer.from(spec.request ?? '', 'base64').toString('utf8'));
    if (wanted?.organizations.includes(MASTERS)) throw refuse(request, `use of ${CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`);
  },
};

function isRequest({ kind, subresource }: AdmissionRequest, wanted: string): boolean {
  return kind.plural === 'certificatesigningrequests' && kind.group === GROUP && subresource === wanted;
}

function signerOf({ object, oldObject }: AdmissionRequest): string {
  return ((oldObject ?? object).spec as { signerName?: string } | undefined)?.signerName ?? ''; // the kind says so
}

function certificateIn(object: AdmissionRequest['oldObject']): string {
  return (object?.status as { certificate?: string } | undefined)?.certificate ?? ''; // the kind says so
}

/** On the signer itself, or on all of its domain: `kubernetes.io/*`. */
function mayUse(request: AdmissionRequest, cluster: AdmissionReader, verb: string): boolean {
  const signer = signerOf(request);
  const names = [signer, `${signer.slice(0, signer.indexOf('/'))}/*`];
  return names.some((name) => cluster.authorize?.({ user: request.user, verb, group: GROUP, resource: 'signers', name }).allowed ?? true);
}

/** CertificateSubjectRestriction: nobody gets a client certificate of the group that may do everything. */
import { parseSigningRequest } from '../../../pki/certificate.ts';
import { MASTERS } from '../../auth/user-info.ts';
import { type AdmissionPlugin, concerns, refuse } from '../types.ts';

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(request) {
    if (request.operation !== 'CREATE' || !concerns(request, 'certificatesigningrequests', 'certificates.k8s.io')) return;
    const spec = request.object.spec as { signerName?: string; request?: string } | undefined; // the kind says so
    if (spec?.signerName !== CLIENT_SIGNER) return;
    const wanted = parseSigningRequest(Buffer.from(spec.request ?? '', 'base64').toString('utf8'));
    if (wanted?.organizations.includes(MASTERS)) throw refuse(request, `use of ${CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`);
  },
};

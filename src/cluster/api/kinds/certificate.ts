/** CertificateSigningRequests. */
import { humanDuration } from '../duration.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import type { CertificateSigningRequest } from '../types.ts';
import { ageColumn, column, nameColumn } from './columns.ts';

const EXPIRATION_SECONDS_MIN = 600;

export const certificateSigningRequest: Kind<CertificateSigningRequest> = {
  group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest', plural: 'certificatesigningrequests', singular: 'certificatesigningrequest', shortNames: ['csr'], namespaced: false,
  hasStatus: true, hasGeneration: false, etcdPrefix: 'certificatesigningrequests',
  subresources: { approval: { kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] } },
  fields: { 'spec.signerName': ({ spec }) => spec.signerName },
  prepare: (object, old) => (old ? { ...object, spec: old.spec } : { ...object, status: {} }),
  validate: ({ spec }, old) => (old ? [] : requestErrors(spec)),
  columns: [
    nameColumn,
    ageColumn,
    column('SignerName', ({ spec }) => spec.signerName),
    column('Requestor', ({ spec }) => spec.username ?? ''),
    column('RequestedDuration', ({ spec }) => (spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000))),
    column('Condition', condition),
  ],
};

function condition({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status.conditions?.some((each) => each.type === type) ?? false;
  const decided = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return [decided, ...(has('Failed') ? ['Failed'] : []), ...(status.certificate ? ['Issued'] : [])].join(',');
}

function requestErrors({ request, signerName, usages = [], expirationSeconds }: CertificateSigningRequest['spec']): FieldError[] {
  const errors: FieldError[] = [];
  const text = Buffer.from(request ?? '', 'base64').toString();
  if (!text.includes('-----BEGIN CERTIFICATE REQUEST-----')) errors.push(invalid('spec.request', request ?? '', 'PEM block type must be CERTIFICATE REQUEST'));
  if (usages.length === 0) errors.push(required('spec.usages'));
  if (!signerName) errors.push(required('spec.signerName'));
  else if (!/^[^/]+\/.+$/.test(signerName)) errors.push(invalid('spec.signerName', signerName, 'must be a fully qualified domain and path of the form "example.com/signer-name"'));
  if (expirationSeconds !== undefined && expirationSeconds < EXPIRATION_SECONDS_MIN) errors.push(invalid('spec.expirationSeconds', expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)'));
  return errors;
}

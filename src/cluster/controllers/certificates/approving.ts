/** The approver: kubelets that may ask for their own client certificate get it without anybody's help (certificates/approver). */
import { timestamp } from '../../api/duration.ts';
import type { CertificateSigningRequest } from '../../api/types.ts';
import { certificateSigningRequests, subjectAccessReviews } from '../../client/resources.ts';
import { parseSigningRequest } from '../../pki/certificate.ts';
import { type Controller, keyOf } from '../controller.ts';

const SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
const RECOGNIZERS = [
  { subresource: 'selfnodeclient', isOwn: true, message: 'Auto approving self kubelet client certificate after SubjectAccessReview.' },
  { subresource: 'nodeclient', isOwn: false, message: 'Auto approving kubelet client certificate after SubjectAccessReview.' },
] as const;

export const approvingController: Controller = ({ client, world, informer, queue: createQueue }) => {
  const all = informer(certificateSigningRequests);
  const queue = createQueue('csr-approving', (key) => {
    const request = all.get(key);
    if (!request || request.status.certificate || request.status.conditions?.length) return;
    const subject = parseSigningRequest(Buffer.from(request.spec.request, 'base64').toString());
    if (!subject || !isKubeletClient(request, subject)) return;
    for (const { subresource, isOwn, message } of RECOGNIZERS) {
      if (isOwn && request.spec.username !== subject.commonName) continue;
      if (!isAllowed(request, subresource)) continue;
      const now = timestamp(world.clock.now());
      const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message, lastUpdateTime: now, lastTransitionTime: now };
      return void client.updateSubresource(certificateSigningRequests, { ...request, status: { ...request.status, conditions: [condition] } }, 'approval');
    }
  });
  all.onChange((now) => { if (now) queue.add(keyOf(now)); });

  function isAllowed({ spec: { username, uid, groups, extra } }: CertificateSigningRequest, subresource: string): boolean {
    const resourceAttributes = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', subresource, version: '*' };
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {}, spec: { user: username, uid, groups, extra, resourceAttributes } };
    const answer = client.create(subjectAccessReviews, review) as { status?: { allowed?: boolean } };
    return answer.status?.allowed === true;
  }

  return { stop: () => queue.stop() };
};

function isKubeletClient({ spec }: CertificateSigningRequest, { commonName, organizations, altNames }: NonNullable<ReturnType<typeof parseSigningRequest>>): boolean {
  const usages = [...(spec.usages ?? [])].filter((usage) => usage !== 'key encipherment').sort().join();
  return spec.signerName === SIGNER && commonName.startsWith('system:node:') && organizations.join() === 'system:nodes' && altNames.length === 0 && usages === 'client auth,digital signature';
}

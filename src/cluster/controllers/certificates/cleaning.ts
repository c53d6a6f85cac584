/** Old signing requests go: signed and denied ones after an hour, forgotten ones after a day (certificates/cleaner). */
import type { CertificateSigningRequest } from '../../api/types.ts';
import { certificateSigningRequests } from '../../client/resources.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { type Controller, keyOf, unlessGone } from '../controller.ts';

const HOUR_MS = 3_600_000;
const SETTLED_MS = HOUR_MS; // approvedExpiration, deniedExpiration
const PENDING_MS = 24 * HOUR_MS; // pendingExpiration
const POLL_MS = HOUR_MS; // pollingInterval

export const cleaningController: Controller = ({ client, world, informer, queue: createQueue }) => {
  const all = informer(certificateSigningRequests);
  const queue = createQueue('csr-cleaner', (key) => {
    const request = all.get(key);
    if (!request) return;
    if (isStale(request, world.clock.now())) unlessGone(() => client.delete(certificateSigningRequests, request.metadata.name));
    else queue.addAfter(key, POLL_MS);
  });
  all.onChange((now, old) => { if (now && !old) queue.add(keyOf(now)); });
  return { stop: () => queue.stop() };
};

function isStale({ metadata, status }: CertificateSigningRequest, nowMs: number): boolean {
  const settled = status.conditions?.find(({ type }) => type === 'Approved' || type === 'Denied' || type === 'Failed');
  const isPast = (time: unknown, limitMs: number) => nowMs - Date.parse(String(time)) > limitMs;
  if (!settled) return isPast(metadata.creationTimestamp, PENDING_MS);
  if (settled.type === 'Approved' && !status.certificate) return isPast(settled.lastUpdateTime, PENDING_MS);
  const issued = status.certificate ? parseCertificate(Buffer.from(String(status.certificate), 'base64').toString()) : undefined;
  return isPast(settled.lastUpdateTime, SETTLED_MS) || (issued !== undefined && issued.notAfterMs < nowMs);
}

/** The call of a webhook: where it goes, what is sent, and what its answer says (apiserver: admission/plugin/webhook, util/webhook). */
import { CONDITION_SCOPE } from '../../../api/admission-cel.ts';
import type { Service, Status, Webhook } from '../../../api/types.ts';
import { NetworkError } from '../../../network/types.ts';
import { internalError, StatusError } from '../../errors.ts';
import type { AdmissionReader, AdmissionRequest } from '../types.ts';
import { celContext, conditionsMatch, requestFacts, rulesMatch, selectorsMatch } from './match.ts';

/** What a webhook answered. */
export interface Review { uid: string; allowed: boolean; status?: Partial<Status>; patch?: unknown; warnings?: string[]; auditAnnotations?: Record<string, string> }

/** A webhook that could not be asked, in client-go's words. */
class CallError extends Error {}

/** Whether the webhook wants to hear of the request. Throws when its conditions cannot be evaluated and it fails closed. */
export function concernsWebhook(webhook: Webhook, request: AdmissionRequest, cluster: AdmissionReader): boolean {
  if (!rulesMatch(webhook.rules, request) || !selectorsMatch(webhook, request, cluster)) return false;
  if (!webhook.matchConditions?.length) return true;
  const { matches, error } = conditionsMatch(webhook.matchConditions, CONDITION_SCOPE, celContext(request, cluster));
  if (error !== undefined && webhook.failurePolicy !== 'Ignore') throw internalError(`failed to process webhook ${JSON.stringify(webhook.name)}: ${error}`);
  return matches;
}

/**
 * The webhook's answer; undefined when it cannot be had and the webhook fails open.
 * Throws StatusError for a refusal, and for a webhook that fails closed.
 */
export function callWebhook(webhook: Webhook, request: AdmissionRequest, cluster: AdmissionReader): Review | undefined {
  let review: Review;
  try {
    review = ask(webhook, request, cluster);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (webhook.failurePolicy !== 'Ignore') throw internalError(`failed calling webhook ${JSON.stringify(webhook.name)}: ${error.message}`);
    return undefined;
  }
  for (const text of review.warnings ?? []) request.warn?.(text);
  for (const [key, value] of Object.entries(review.auditAnnotations ?? {})) request.annotate?.(`${webhook.name}/${key}`, value);
  if (!review.allowed) throw refused(webhook.name, review.status ?? {});
  return review;
}

function ask(webhook: Webhook, request: AdmissionRequest, cluster: AdmissionReader): Review {
  const uid = cluster.random.uuid();
  const { object, oldObject, operation } = request;
  const isDelete = operation === 'DELETE';
  const apiVersion = `admission.k8s.io/${webhook.admissionReviewVersions.find((version) => version === 'v1' || version === 'v1beta1') ?? 'v1'}`;
  const body = { kind: 'AdmissionReview', apiVersion, request: { ...requestFacts(request, uid), object: isDelete ? null : object, oldObject: (isDelete ? oldObject ?? object : oldObject) ?? null } };
  const answer = post(webhook, JSON.stringify(body), cluster);
  return reviewIn(answer, uid, apiVersion);
}

function post({ clientConfig, timeoutSeconds = 10 }: Webhook, body: string, cluster: AdmissionReader): string {
  const { service, url, caBundle } = clientConfig;
  const path = service?.path ? `/${service.path.replace(/^\//, '')}` : '';
  const whole = `${service ? `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}${path || '/'}` : url}?timeout=${timeoutSeconds}s`;
  const failed = (why: string) => new CallError(`failed to call webhook: Post ${JSON.stringify(whole)}: ${why}`);
  let target: string | undefined;
  if (service) {
    const found = addressOf(cluster.get('services', '', service.namespace, service.name) as Service | undefined, service.name, service.port ?? 443); // the plural says so
    if ('problem' in found) throw failed(found.problem);
    target = found.address;
  }
  try {
    const { status, body: said } = cluster.callWebhook?.({ url: whole, address: target, ca: caBundle && Buffer.from(caBundle, 'base64').toString(), timeoutSeconds, body }) ?? { status: 503, body: '' };
    if (status === 200 || status === 201) return said;
    throw new CallError(`failed to call webhook: ${inClientGo(status, said)}`);
  } catch (error) {
    if (error instanceof NetworkError) throw failed(error.reason === 'timeout' ? 'context deadline exceeded' : error.message);
    throw error;
  }
}

/** A Service's cluster IP, to which the API server connects (aggregator: ResolveCluster). */
function addressOf(service: Service | undefined, name: string, port: number): { address: string } | { problem: string } {
  if (!service) return { problem: `service ${JSON.stringify(name)} not found` };
  const { type, clusterIP, externalName, ports = [] } = service.spec;
  if (type === 'ExternalName') return { address: externalName ?? '' };
  if (clusterIP === 'None') return { problem: 'cannot route to service with ClusterIP "None"' };
  return ports.some((each) => each.port === port) ? { address: clusterIP ?? '' } : { problem: `no service port ${port} found for service ${JSON.stringify(name)}` };
}

/** What client-go makes of an answer that is no Status. */
function inClientGo(status: number, body: string): string {
  const words: Readonly<Record<number, string>> = { 401: 'the server has asked for the client to provide credentials', 403: 'unknown', 404: 'the server could not find the requested resource', 405: 'the server does not allow this method on the requested resource', 503: 'the server is currently unable to handle the request', 504: 'the server was unable to return a response in the time allotted, but may still be processing the request' };
  if (words[status]) return words[status];
  return status >= 500 ? `an error on the server (${JSON.stringify(body.trim() || 'unknown')}) has prevented the request from succeeding` : `the server rejected our request for an unknown reason`;
}

function reviewIn(text: string, uid: string, apiVersion: string): Review {
  let answer: { kind?: string; apiVersion?: string; response?: Partial<Review> & { patch?: string; patchType?: string } };
  try {
    answer = JSON.parse(text) as typeof answer; // checked below
  } catch {
    throw new CallError(`failed to call webhook: couldn't get version/kind; json parse error: ${text.trim() === '' ? 'unexpected end of JSON input' : `invalid character '${text.trim()[0]}' looking for beginning of value`}`);
  }
  const { response } = answer;
  if (answer.kind !== 'AdmissionReview' || answer.apiVersion !== apiVersion) throw new CallError(`received invalid webhook response: expected webhook response of ${apiVersion}, Kind=AdmissionReview, got ${answer.apiVersion ?? ''}, Kind=${answer.kind ?? ''}`);
  if (!response) throw new CallError('received invalid webhook response: webhook response was absent');
  if (response.uid !== uid) throw new CallError(`received invalid webhook response: expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  const patch: unknown = response.patch ? JSON.parse(Buffer.from(response.patch, 'base64').toString()) : undefined;
  return { ...response, uid, allowed: response.allowed === true, patch };
}

/** A refusal with the webhook's reasons (webhook/errors: ToStatusErr). */
function refused(name: string, { code = 0, message, reason, details }: Partial<Status>): StatusError {
  const by = `admission webhook ${JSON.stringify(name)} denied the request`;
  const said = message ? `${by}: ${message}` : reason ? `${by}: ${reason}` : `${by} without explanation`;
  return new StatusError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: said, ...(reason ? { reason } : {}), ...(details ? { details } : {}), code: code < 400 ? 400 : code });
}

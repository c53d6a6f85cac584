/** The audit log of an API server: an event for each stage of a request that its policy wants to know of (apiserver: pkg/audit). */
import type { Clock } from '../../../time/clock.ts';
import type { Random } from '../../../time/random.ts';
import { withManagedFields } from '../../api/managed-fields/ledger.ts';
import type { KubeObject, Status } from '../../api/types.ts';
import type { ApiRequest } from '../request.ts';
import type { RequestInfo } from '../request-info.ts';
import type { UserInfo } from '../security.ts';
import { type AuditPolicy, judge, type Stage, type Verdict } from './policy.ts';

export interface AuditOptions { policy: AuditPolicy; clock: Clock; random: Random; /** Takes one line of the log. */ write: (line: string) => void }

interface Asked { request: ApiRequest; info: RequestInfo; user?: UserInfo; impersonated?: UserInfo }

export class Audit {
  readonly #options: AuditOptions;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  /** The record of a request, already begun; undefined when nobody wants to know. */
  begin(asked: Asked): AuditRecord | undefined {
    const verdict = judge(this.#options.policy, asked.user, asked.info);
    if (verdict.level === 'None') return undefined;
    const record = new AuditRecord(asked, verdict, this.#options);
    record.stage('RequestReceived');
    return record;
  }
}

export class AuditRecord {
  readonly #asked: Asked;
  readonly #verdict: Verdict;
  readonly #options: AuditOptions;
  readonly #annotations: Record<string, string> = {};
  readonly #auditID: string;
  readonly #receivedMs: number;
  #code = 200;

  constructor(asked: Asked, verdict: Verdict, options: AuditOptions) {
    this.#asked = asked;
    this.#verdict = verdict;
    this.#options = options;
    this.#auditID = options.random.uuid();
    this.#receivedMs = options.clock.now();
  }

  annotate(key: string, value: string): void {
    this.#annotations[key] ??= value;
  }

  /** Writes the event of a stage, unless the policy leaves it out. */
  stage(stage: Stage, answer?: { code: number; body?: unknown }): void {
    if (answer) this.#code = answer.code;
    const { level, omitStages, omitManagedFields } = this.#verdict;
    if (omitStages.includes(stage)) return;
    const { request, info, user, impersonated } = this.#asked;
    const hasRequest = level === 'Request' || level === 'RequestResponse';
    const shown = (body: unknown) => (omitManagedFields ? withoutManagedFields(body) : withManaged(body));
    this.#options.write(JSON.stringify({
      kind: 'Event', apiVersion: 'audit.k8s.io/v1', level, auditID: this.#auditID, stage, requestURI: request.path, verb: info.verb,
      user: user ? userFacts(user) : {}, ...(impersonated ? { impersonatedUser: userFacts(impersonated) } : {}), sourceIPs: request.sourceIP ? [request.sourceIP] : [], userAgent: request.userAgent,
      ...(info.isResource ? { objectRef: objectRef(info, request.body) } : {}),
      ...(stage === 'RequestReceived' ? {} : { responseStatus: { metadata: {}, ...statusFacts(answer?.body), code: this.#code } }),
      ...(hasRequest && stage !== 'RequestReceived' && typeof request.body === 'object' ? { requestObject: shown(request.body) } : {}),
      ...(level === 'RequestResponse' && stage === 'ResponseComplete' && typeof answer?.body === 'object' ? { responseObject: shown(answer.body) } : {}),
      requestReceivedTimestamp: microTime(this.#receivedMs), stageTimestamp: microTime(this.#options.clock.now()),
      ...(stage !== 'RequestReceived' && Object.keys(this.#annotations).length > 0 ? { annotations: this.#annotations } : {}),
    }));
  }
}

function userFacts({ username, uid, groups, extra }: UserInfo): object {
  return { username, ...(uid ? { uid } : {}), ...(groups.length > 0 ? { groups } : {}), ...(extra ? { extra } : {}) };
}

/** A create names its object in the body only. */
function objectRef({ group, version, resource, subresource, namespace, name }: RequestInfo, body: unknown): object {
  const { metadata } = (typeof body === 'object' && body !== null ? body : {}) as Partial<KubeObject>;
  const known = { resource, namespace: namespace || metadata?.namespace, name: name || metadata?.name, uid: metadata?.uid, apiGroup: group, apiVersion: version, resourceVersion: metadata?.resourceVersion, subresource };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value));
}

function statusFacts(body: unknown): object {
  const status = (typeof body === 'object' && body !== null ? body : {}) as Partial<Status>;
  if (status.kind !== 'Status') return {};
  return { status: status.status, ...(status.message ? { message: status.message } : {}), ...(status.reason ? { reason: status.reason } : {}), ...(status.details ? { details: status.details } : {}) };
}

function withManaged(body: unknown): unknown {
  const object = body as Partial<KubeObject>;
  return object?.metadata && object.kind !== 'Status' && !object.kind?.endsWith('List') ? withManagedFields(body as KubeObject) : body;
}

function withoutManagedFields(body: unknown): unknown {
  const { metadata, items, ...rest } = body as Partial<KubeObject> & { items?: unknown[] };
  if (items) return { ...rest, metadata, items: items.map(withoutManagedFields) };
  if (!metadata?.managedFields) return body;
  const { managedFields: _dropped, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/** `2026-11-23T17:06:19.000000Z` */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

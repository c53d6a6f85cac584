/**
 * kube-quest/webhook: an admission webhook whose rules stand in a file, usually from a ConfigMap, each time anew:
 * the first rule whose path and CEL condition fit decides; without one a request is allowed.
 */
import { parseDocument } from 'yaml';
import { compileFor, CONDITION_SCOPE } from '../../api/admission-cel.ts';
import { celValue } from '../../api/cel.ts';
import { parseGoDuration } from '../../api/duration.ts';
import type { HttpRequest, HttpResponse } from '../../network/types.ts';
import type { ProcessContext } from '../process.ts';
import { flag, InvalidConfiguration, logged, server } from './server.ts';

interface Rule {
  path?: string; when?: string; allowed?: boolean; message?: string; reason?: string; code?: number; warnings?: string[];
  auditAnnotations?: Record<string, string>; patch?: unknown[]; delay?: string; status?: number;
}

interface Asked { uid?: string; object?: unknown; oldObject?: unknown }

const rulesFile = (context: ProcessContext) => flag(context, '--rules') ?? '/etc/webhook/rules.yaml';
const port = (context: ProcessContext) => Number(flag(context, '--port') ?? 8443);

export const webhookServer = server({
  ports: (context) => [port(context)],
  service: (context) => logged(context, (request) => answer(context, request)),
  tls: (context) => ({ certificate: fileOf(context, '--tls-cert-file', 'tls.crt'), key: fileOf(context, '--tls-private-key-file', 'tls.key') }),
  greeting: (context) => `webhook: serving ${rulesOf(context).length} rules on :${port(context)}`,
});

function fileOf(context: ProcessContext, name: string, usual: string): string {
  const path = flag(context, name) ?? `/etc/webhook/tls/${usual}`;
  if (!context.files.exists(path)) throw new InvalidConfiguration(`webhook: open ${path}: no such file or directory`);
  return context.files.read(path);
}

function rulesOf(context: ProcessContext): Rule[] {
  const path = rulesFile(context);
  if (!context.files.exists(path)) return [];
  const document = parseDocument(context.files.read(path));
  if (document.errors[0]) throw new InvalidConfiguration(`webhook: ${path}: ${document.errors[0].message.split('\n')[0]}`);
  const { rules = [] } = (document.toJS() ?? {}) as { rules?: Rule[] };
  return rules;
}

function answer(context: ProcessContext, { path, body = '' }: HttpRequest): HttpResponse {
  if (path === '/healthz') return { status: 200, body: 'ok' };
  const review = JSON.parse(body || '{}') as { apiVersion?: string; request?: Asked };
  const { request = {} } = review;
  const rule = rulesOf(context).find((each) => fits(each, path.split('?')[0]!, request)) ?? {};
  const { allowed = rule.message === undefined, message, reason, code, warnings, auditAnnotations, patch, delay = '', status = 200 } = rule;
  const response = {
    uid: request.uid, allowed, ...(allowed ? {} : { status: { ...(message ? { message } : {}), ...(reason ? { reason } : {}), ...(code ? { code } : {}) } }), warnings, auditAnnotations,
    ...(patch ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') } : {}),
  };
  return { status, latencyMs: parseGoDuration(delay) ?? 0, body: status === 200 ? JSON.stringify({ kind: 'AdmissionReview', apiVersion: review.apiVersion, response }) : 'the webhook is out of order\n' };
}

function fits({ path: wanted, when }: Rule, path: string, request: Asked): boolean {
  if (wanted !== undefined && wanted !== path) return false;
  if (when === undefined) return true;
  const program = compileFor(when, CONDITION_SCOPE, 'any');
  if ('problem' in program) throw new InvalidConfiguration(`webhook: ${program.problem}`);
  const { object = null, oldObject = null, ...facts } = request;
  return program.run({ object: celValue(object), oldObject: celValue(oldObject), request: celValue(facts) }).value === true;
}

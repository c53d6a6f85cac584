/** A request's way through the API server, stage by stage, as it was noted. */
import type { RequestRecord } from '../../cluster/apiserver/api-server.ts';
import { english } from '../../language/english.ts';
import type { Words } from '../../language/words.ts';
import type { KubeObject } from '../../cluster/api/types.ts';
import type { StageView } from '../lens/lens-view.ts';

/** The stages up to the answer; after a refusal there are no more. */
export function stagesOf(record: RequestRecord, { requests: words }: Words = english): StageView[] {
  const { trace, code, info, revision } = record;
  const message = messageOf(record);
  if (!trace.user) return [stage('authentication', code === 401 ? 'bad' : 'good', code === 401 ? words.nobody(message) : words.server)];
  const who = words.who(trace.user.username, trace.user.groups.join(', '));
  const stages = [stage('authentication', 'good', trace.impersonator ? words.asksToBe(trace.impersonator.username, who) : who)];
  if (!trace.authorization) return code < 400 ? stages : [...stages, stage('authorization', 'bad', message)];
  const { allowed, reason } = trace.authorization;
  stages.push(stage('authorization', allowed ? 'good' : 'bad', allowed ? reason || words.allowed : words.noRule(`${info.verb} ${info.resource || info.path}`, message)));
  if (!allowed || !isWrite(record)) return allowed ? [...stages, readStage(record, message, words)] : stages;
  stages.push(...trace.changed.map(({ plugin, before, after }) => stage('admission', 'busy', words.set(plugin, changedPaths(before, after).map((path) => path || words.everything).join(', ')))), ...trace.warned.map(({ plugin, text }) => stage('admission', 'warning', words.warned(plugin, text))));
  if (code >= 400) return [...stages, stage(trace.plugin ? 'admission' : code === 422 || code === 400 ? 'validation' : 'storage', 'bad', trace.plugin ? words.refused(trace.plugin, message) : message)];
  if (trace.changed.length === 0) stages.push(stage('admission', 'good', words.unchanged));
  stages.push(stage('validation', 'good', words.valid));
  return [...stages, stage('etcd', 'good', revision === undefined ? words.notWritten : words.written(revision)), stage('answer', 'good', String(code))];
}

const stage = (name: string, health: StageView['health'], text: string): StageView => ({ name, health, text });

export const isWrite = ({ request }: Pick<RequestRecord, 'request'>): boolean => request.method !== 'GET';

function readStage({ code, response }: RequestRecord, message: string, words: Words['requests']): StageView {
  if (code >= 400) return stage('answer', 'bad', `${code}: ${message}`);
  const { items, rows, metadata } = (typeof response.body === 'object' && response.body !== null ? response.body : {}) as { items?: unknown[]; rows?: unknown[]; metadata?: { resourceVersion?: string } }; // lists, Tables and objects
  const count = (items ?? rows)?.length;
  return stage('answer', 'good', `${words.cached(code)}${count === undefined ? '' : `, ${words.objects(count)}`}${metadata?.resourceVersion ? ` ${words.atRevision(metadata.resourceVersion)}` : ''}`);
}

function messageOf({ response: { body } }: RequestRecord): string {
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : '';
}

/** The fields that differ, as paths; a field that is new as a whole is one, the whole is an empty path. */
function changedPaths(before: unknown, after: unknown, path = '', found: string[] = []): string[] {
  if (before === after || found.length >= 6) return found;
  if (!isDict(before) || !isDict(after)) {
    if (JSON.stringify(before) !== JSON.stringify(after)) found.push(path);
    return found;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) changedPaths(before[key], after[key], Array.isArray(after) ? `${path}[${key}]` : path ? `${path}.${key}` : key, found);
  return found;
}

const isDict = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The object that a write was answered with; undefined for Statuses and lists. */
export function objectOf({ response: { body } }: RequestRecord): KubeObject | undefined {
  return isDict(body) && body.kind !== 'Status' && isDict(body.metadata) && typeof body.metadata.uid === 'string' ? body as unknown as KubeObject : undefined; // it has a uid
}

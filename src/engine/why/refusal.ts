/** Why a request was refused: who asked, the stage that said no, and what it went by. */
import { english } from '../../language/english.ts';
import type { Words } from '../../language/words.ts';
import type { RequestRecord } from '../../cluster/apiserver/api-server.ts';
import type { RequestLog } from '../xray/request-log.ts';
import { isWrite, stagesOf } from '../xray/stages.ts';
import { inNamespace, type Link, link } from './world.ts';

/** The player's last line, when the API server refused what it asked. */
export interface Refusal { readonly line: string; readonly record: RequestRecord }

/** Undefined when the last line that asked for something was answered. What is not there to be read is no refusal. */
export function lastRefusal(log: RequestLog | undefined): Refusal | undefined {
  const command = log?.commands.at(-1);
  const record = command && log!.requestsOf(command).findLast((each) => each.code >= 400 && each.info.isResource && (isWrite(each) || each.code === 401 || each.code === 403));
  return record && { line: command.line.split('\n')[0]!, record };
}

/** `403 Forbidden`. */
export const refusalNote = ({ record: { code } }: Refusal, { reasons }: Words = english): string => `${code} ${NAMES[code] ?? reasons.refusedNote}`;

const NAMES: Readonly<Record<number, string>> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 409: 'Conflict', 422: 'Invalid', 429: 'Too Many Requests', 500: 'Internal Error', 504: 'Timeout' };

/** From the answer to what decided it. */
export function whyRefused({ line, record }: Refusal, language: Words = english): Link[] {
  const { info, request } = record;
  const stages = stagesOf(record, language);
  const refusing = stages.findLast(({ health }) => health === 'bad');
  const asked = link(language.reasons.requestRefused(`${request.method} ${info.path}`, record.code, refusing?.name ?? ''), line);
  return [asked, ...(refusing ? CAUSES[refusing.name]?.(record, refusing.text, language.reasons) ?? [link(refusing.text, 'kubectl get --raw /readyz')] : [])];
}

const CAUSES: Readonly<Record<string, (record: RequestRecord, text: string, words: Words['reasons']) => Link[]>> = {
  authentication: (_record, _text, words) => [link(words.unknownUser, 'kubectl config view --minify'), link(words.staleUser, 'kubectl auth whoami')],
  authorization: (record, _text, words) => unauthorized(record, words),
  admission: (record, text, words) => [link(words.admission(who(record)), 'kubectl auth whoami'), link(text, admissionCommand(record))],
  validation: ({ info }, text, words) => [link(words.invalid, 'kubectl auth whoami'), link(text, `kubectl explain ${[info.resource, ...fieldOf(text)].join('.')}`)],
  storage: ({ info, code }, text) => [code === 409 ? link(text, `kubectl get ${info.resource}${info.name ? ` ${info.name}` : ''}${inNamespace(info.namespace)}`) : link(text, info.resource === 'namespaces' ? 'kubectl get namespaces' : `kubectl get ${info.resource}${inNamespace(info.namespace)}`)],
};

const who = ({ trace, user }: RequestRecord) => trace.user?.username ?? user;

function unauthorized(record: RequestRecord, words: Words['reasons']): Link[] {
  const { info } = record;
  const as = `--as=${who(record)}`;
  const what = `${info.resource}${info.group ? `.${info.group}` : ''}${info.subresource ? `/${info.subresource}` : ''}`;
  return [
    link(words.mayNot(who(record), info.verb, what, info.namespace ?? ''), `kubectl auth can-i --list${inNamespace(info.namespace)} ${as}`),
    link(words.rights(record.trace.user?.groups.join(', ') ?? ''), `kubectl get rolebindings,clusterrolebindings${info.namespace ? ` -n ${info.namespace}` : ''} -o wide`),
  ];
}

/** What an admission plugin goes by. */
function admissionCommand({ trace, info: { namespace } }: RequestRecord): string {
  const where = inNamespace(namespace);
  const commands: Readonly<Record<string, string>> = {
    ResourceQuota: `kubectl describe resourcequotas${where}`, LimitRanger: `kubectl describe limitranges${where}`, PodSecurity: `kubectl get namespace ${namespace || 'default'} --show-labels`,
    NamespaceLifecycle: 'kubectl get namespaces', ServiceAccount: `kubectl get serviceaccounts${where}`, Priority: 'kubectl get priorityclasses', ValidatingAdmissionPolicy: 'kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings',
    ValidatingAdmissionWebhook: 'kubectl get validatingwebhookconfigurations', MutatingAdmissionWebhook: 'kubectl get mutatingwebhookconfigurations',
  };
  return commands[trace.plugin ?? ''] ?? 'kubectl get --raw /readyz?verbose';
}

/** `spec.containers[0].image: Required value` → spec, containers, image. */
function fieldOf(text: string): string[] {
  const path = /\b((?:spec|metadata|data)(?:\.[A-Za-z]+|\[[^\]]*\])*)\s*:/.exec(text)?.[1];
  return path?.replace(/\[[^\]]*\]/g, '').split('.') ?? [];
}

/** The audit policy (audit.k8s.io/v1): which requests are recorded, how much of them, at which stages. First matching rule wins. */
import { parseDocument } from 'yaml';
import { describeFieldError, type FieldError, invalid } from '../../api/field-error.ts';
import { oneOf } from '../../api/validation/common.ts';
import type { RequestInfo } from '../request-info.ts';
import type { UserInfo } from '../security.ts';

type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse';
export type Stage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

interface GroupResources { group?: string; resources?: string[]; resourceNames?: string[] }
interface Rule { level: Level; users?: string[]; userGroups?: string[]; verbs?: string[]; namespaces?: string[]; resources?: GroupResources[]; nonResourceURLs?: string[]; omitStages?: Stage[]; omitManagedFields?: boolean }
export interface AuditPolicy { rules: Rule[]; omitStages?: Stage[]; omitManagedFields?: boolean }

/** What is recorded of one request. */
export interface Verdict { level: Level; omitStages: readonly Stage[]; omitManagedFields: boolean }

/** A policy that the API server will not start with. */
export class AuditPolicyError extends Error {}

const STAGES: readonly string[] = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

/** Reads a policy file. Throws AuditPolicyError. */
export function parseAuditPolicy(text: string, path: string): AuditPolicy {
  const fail = (why: string) => new AuditPolicyError(`loading audit policy file: ${why}: from file ${path}`);
  const document = parseDocument(text);
  if (document.errors[0]) throw fail(`failed decoding: yaml: ${document.errors[0].message.split('\n')[0]}`);
  const policy = (document.toJS() ?? {}) as Partial<AuditPolicy> & { apiVersion?: string; kind?: string };
  const { apiVersion = '', kind = '', rules = [] } = policy;
  if (!kind) throw fail("failed decoding: Object 'Kind' is missing in '" + text.trim().slice(0, 40) + "'");
  if (apiVersion !== 'audit.k8s.io/v1' || kind !== 'Policy') throw fail(`failed decoding: no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/audit/scheme.go:30"`);
  const errors = [...stageErrors('omitStages', policy.omitStages), ...rules.flatMap((rule, index) => ruleErrors(`rules[${index}]`, rule))].map(describeFieldError);
  if (errors.length > 0) throw fail(errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
  if (rules.length === 0) throw fail('loaded illegal policy with 0 rules');
  return { ...policy, rules };
}

/** What the policy says of a request. */
export function judge({ rules, omitStages = [], omitManagedFields = false }: AuditPolicy, user: UserInfo | undefined, info: RequestInfo): Verdict {
  const rule = rules.find((each) => matches(each, user, info));
  if (!rule) return { level: 'None', omitStages, omitManagedFields };
  return { level: rule.level, omitStages: [...omitStages, ...(rule.omitStages ?? [])], omitManagedFields: rule.omitManagedFields ?? omitManagedFields };
}

function matches({ users = [], userGroups = [], verbs = [], namespaces = [], resources = [], nonResourceURLs = [] }: Rule, user: UserInfo | undefined, info: RequestInfo): boolean {
  if (users.length > 0 && !users.includes(user?.username ?? '')) return false;
  if (userGroups.length > 0 && !userGroups.some((group) => user?.groups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(info.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) return info.isResource && (namespaces.length === 0 || namespaces.includes(info.namespace)) && (resources.length === 0 || resources.some((each) => concerns(each, info)));
  if (nonResourceURLs.length === 0) return true;
  return !info.isResource && nonResourceURLs.some((path) => path === '*' || path === info.path || (path.endsWith('*') && info.path.startsWith(path.slice(0, -1))));
}

function concerns({ group = '', resources = [], resourceNames = [] }: GroupResources, { group: own, resource, subresource, name }: RequestInfo): boolean {
  if (group !== own) return false;
  if (resources.length === 0) return true;
  if (resourceNames.length > 0 && !resourceNames.includes(name)) return false;
  const combined = subresource ? `${resource}/${subresource}` : resource;
  return resources.some((wanted) => wanted === '*' || wanted === combined || (subresource !== '' && wanted === `*/${subresource}`) || wanted === `${resource}/*`);
}

function ruleErrors(field: string, { level, resources = [], namespaces = [], nonResourceURLs = [], omitStages }: Rule): FieldError[] {
  return [
    ...oneOf(`${field}.level`, level, ['Metadata', 'None', 'Request', 'RequestResponse']),
    ...(nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0) ? [invalid(`${field}.nonResourceURLs`, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs')] : []),
    ...nonResourceURLs.flatMap((path, index) => (path === '*' || path.startsWith('/') ? [] : [invalid(`${field}.nonResourceURLs[${index}]`, path, "non-resource URL rules must begin with a '/' character")])),
    ...resources.flatMap(({ resources: names = [], resourceNames = [] }, index) => (resourceNames.length > 0 && names.length === 0 ? [invalid(`${field}.resources[${index}].resourceNames`, resourceNames, 'using resourceNames requires at least one resource')] : [])),
    ...stageErrors(`${field}.omitStages`, omitStages),
  ];
}

function stageErrors(field: string, stages: readonly string[] = []): FieldError[] {
  return stages.flatMap((stage, index) => (STAGES.includes(stage) ? [] : [invalid(`${field}[${index}]`, stage, `allowed stages are ${STAGES.join(',')}`)]));
}

/** kubectl auth: may I do this, what may I do, and who am I to the server. */
import type { Call, Verb } from '../command.ts';
import { type ResourceType } from '../discovery.ts';
import { ExitError, KubectlError } from '../errors.ts';
import { asObject, compareText, isDict, listAt, textAt } from '../objects.ts';
import { printerFor } from '../output.ts';
import { aligned } from '../printers/table.ts';

const AUTHORIZATION = '/apis/authorization.k8s.io/v1';

const canI: Verb = {
  path: 'auth can-i', about: 'Check whether an action is allowed',
  examples: [
    ['# May I list Pods here?', 'kubectl auth can-i list pods'],
    ['# May a ServiceAccount?', 'kubectl auth can-i list pods --as=system:serviceaccount:default:robot'],
    ['# All that I may do', 'kubectl auth can-i --list'],
  ],
  run: (call) => (call.flags.bool('list') ? listRules(call) : checkAccess(call)),
};

async function checkAccess(call: Call): Promise<void> {
  const { flags, args } = call;
  const [verb, what, ...others] = args;
  if (!verb || !what || others.length > 0) throw new KubectlError(`you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.`);
  if (what.startsWith('/')) {
    if (flags.string('subresource')) throw new KubectlError('--subresource can not be used with NonResourceURL');
    if (!KNOWN_PATH_VERBS.includes(verb) && !flags.bool('quiet')) call.warn(`verb '${verb}' is not a known verb\n`);
  }
  if (flags.bool('no-headers')) throw new KubectlError('--no-headers cannot be set without --list specified');
  const spec = what.startsWith('/') ? { nonResourceAttributes: { verb, path: what } } : { resourceAttributes: await resourceAttributes(call, verb, what) };
  const review = (await call.client()).call('POST', `${AUTHORIZATION}/selfsubjectaccessreviews`, {
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: {}, spec },
    subject: { group: 'authorization.k8s.io', plural: 'selfsubjectaccessreviews' },
  });
  const isAllowed = textAt(review, 'status', 'allowed') === 'true';
  const reasons = [textAt(review, 'status', 'reason'), textAt(review, 'status', 'evaluationError')].filter(Boolean);
  if (!flags.bool('quiet')) call.out(isAllowed ? 'yes\n' : `${['no', ...reasons].join(' - ')}\n`);
  if (!isAllowed) throw new ExitError(1);
}

const KNOWN_PATH_VERBS = ['get', 'put', 'post', 'head', 'options', 'delete', 'patch', '*'];
const KNOWN_VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'use', 'bind', 'impersonate', '*', 'approve', 'sign', 'escalate', 'attest'];

async function resourceAttributes(call: Call, verb: string, what: string): Promise<Record<string, string>> {
  const { flags } = call;
  const [word = '', name = ''] = what.split('/');
  const type = word === '*' ? undefined : await (await call.discovery()).find(word.toLowerCase());
  const [resource = '', ...group] = word.toLowerCase().split('.');
  if (word !== '*') warnAbout(call, { resource, group: group.join('.'), name }, type);
  if (type && !flags.bool('all-namespaces') && !flags.bool('quiet') && !KNOWN_VERBS.includes(verb)) call.warn(`verb '${verb}' is not a known verb\n`);
  const asked: Record<string, string> = type ? { group: type.group, version: type.version, resource: type.plural } : { group: group.join('.'), resource };
  return {
    ...withoutEmpty(asked), verb,
    ...withoutEmpty({ namespace: flags.bool('all-namespaces') ? '' : await call.namespace(), subresource: flags.string('subresource'), name }),
  };
}

function withoutEmpty(pairs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(pairs).filter(([, value]) => value !== ''));
}

function warnAbout(call: Call, { resource, group, name }: { resource: string; group: string; name: string }, type: ResourceType | undefined): void {
  const { flags } = call;
  if (flags.bool('quiet')) return;
  if (!type) return call.warn(`the server doesn't have a resource type '${resource}'${group ? ` in group '${group}'` : ''}\n`);
  if (type.namespaced) return;
  const isOwnNamespace = type.group === '' && type.plural === 'namespaces' && name !== '';
  if (!flags.bool('all-namespaces') && !isOwnNamespace) call.warn(`resource '${type.plural}' is not namespace scoped${type.group ? ` in group '${type.group}'` : ''}\n`);
}

/** One line of the list: what a PolicyRule grants on one resource, or on one path. */
interface Grant { group: string; resource: string; resourceName: string; url: string; verbs: string[] }

async function listRules(call: Call): Promise<void> {
  if (call.args.length > 0) throw new KubectlError('list option must be specified with no arguments');
  if (['quiet', 'all-namespaces'].some((flag) => call.flags.bool(flag)) || call.flags.string('subresource')) throw new KubectlError("list option can't be specified with neither quiet, all-namespaces nor subresource options");
  const review = (await call.client()).call('POST', `${AUTHORIZATION}/selfsubjectrulesreviews`, {
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', metadata: {}, spec: { namespace: await call.namespace() } },
    subject: { group: 'authorization.k8s.io', plural: 'selfsubjectrulesreviews' },
  });
  const evaluationError = textAt(review, 'status', 'evaluationError');
  if (textAt(review, 'status', 'incomplete') === 'true') call.err(`warning: the list may be incomplete: ${evaluationError}\n`);
  const rows = grantsOf(review).map(({ group, resource, resourceName, url, verbs }) =>
    [resourceText(resource, group), `[${url}]`, `[${resourceName}]`, `[${verbs.join(' ')}]`]);
  call.out(aligned(call.flags.bool('no-headers') ? rows : [['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'], ...rows]));
}

/** The rules of a review as grants: verbs on the same resource joined, in the order of kubectl's compacted rules. */
export function grantsOf(review: unknown): Grant[] {
  const byResource = new Map<string, Grant>();
  const onPaths: Grant[] = [];
  for (const rule of listAt(review, 'status', 'resourceRules')) {
    const names = listAt(rule, 'resourceNames').map(String);
    for (const group of listAt(rule, 'apiGroups').map(String)) for (const resource of listAt(rule, 'resources').map(String)) for (const resourceName of names.length > 0 ? names : ['']) {
      const key = JSON.stringify([group, resource, resourceName]);
      const grant = byResource.get(key) ?? { group, resource, resourceName, url: '', verbs: [] };
      for (const verb of listAt(rule, 'verbs').map(String)) if (!grant.verbs.includes(verb)) grant.verbs.push(verb);
      byResource.set(key, grant);
    }
  }
  for (const rule of listAt(review, 'status', 'nonResourceRules')) {
    for (const url of listAt(rule, 'nonResourceURLs').map(String)) for (const verb of listAt(rule, 'verbs').map(String)) onPaths.push({ group: '', resource: '', resourceName: '', url, verbs: [verb] });
  }
  return [...byResource.values(), ...onPaths].sort((a, b) => compareText(sortKey(a), sortKey(b)));
}

/** kubectl sorts rules by their Go text. */
function sortKey({ verbs, group, resource, resourceName, url }: Grant): string {
  return `Verbs:[${verbs.join(' ')}],APIGroups:[${group}],Resources:[${resource}],ResourceNames:[${resourceName}],NonResourceURLs:[${url}],`;
}

/** `deployments.apps/scale`. */
function resourceText(resource: string, group: string): string {
  if (resource === '' || group === '') return resource;
  const [plural = '', ...subresource] = resource.split('/');
  return [`${plural}.${group}`, ...subresource].join('/');
}

const whoami: Verb = {
  path: 'auth whoami', about: 'Experimental: Check self subject attributes', examples: [['# Name and groups', 'kubectl auth whoami']],
  async run(call) {
    const print = await printerFor(call);
    const review = (await call.client()).call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} }, subject: { group: 'authentication.k8s.io', plural: 'selfsubjectreviews' },
    });
    if (print) return print(asObject(review));
    call.out(aligned([['ATTRIBUTE', 'VALUE'], ...attributeRows(review)]));
  },
};

function attributeRows(review: unknown): string[][] {
  const user = (...path: string[]) => textAt(review, 'status', 'userInfo', ...path);
  const groups = listAt(review, 'status', 'userInfo', 'groups').map(String);
  const info = isDict(review) && isDict(review.status) && isDict(review.status.userInfo) ? review.status.userInfo : {};
  const extra = isDict(info.extra) ? info.extra : {};
  return [
    ...(user('username') ? [['Username', user('username')]] : []),
    ...(user('uid') ? [['UID', user('uid')]] : []),
    ...(groups.length > 0 ? [['Groups', `[${groups.join(' ')}]`]] : []),
    ...Object.keys(extra).sort().map((key) => [`Extra: ${key}`, `[${listAt(extra, key).map(String).join(' ')}]`]),
  ];
}

export const auth: readonly Verb[] = [{ path: 'auth', about: 'Inspect authorization' }, canI, whoami];

/** kubectl describe role, clusterrole, and their bindings. */
import { type ApiObject, compareText, listAt, textAt } from '../objects.ts';
import type { Description } from './description.ts';
import { annotations, labels, name } from './describer.ts';

interface Rule { verbs: readonly string[]; group: string; resource: string; resourceNames: readonly string[]; urls: readonly string[] }

export function role(object: ApiObject, out: Description): void {
  name(object, out);
  labels(object, out);
  annotations(object, out);
  out.heading('PolicyRule');
  const rules = compact(listAt(object, 'rules').flatMap(simpleRules)).sort((a, b) => compareText(goText(a), goText(b)));
  out.table(['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'], rules.map((rule) => [resourceText(rule), `[${rule.urls.join(' ')}]`, `[${rule.resourceNames.join(' ')}]`, `[${rule.verbs.join(' ')}]`]));
}

/** A rule as many that each speak of one resource, name or URL. */
function simpleRules(rule: unknown): Rule[] {
  const list = (field: string) => listAt(rule, field).map(String);
  const [verbs, names] = [list('verbs'), list('resourceNames')];
  const resources = list('apiGroups').flatMap((group) => list('resources').flatMap((resource) =>
    (names.length > 0 ? names : [undefined]).map((one): Rule => ({ verbs, group, resource, resourceNames: one === undefined ? [] : [one], urls: [] }))));
  return [...resources, ...list('nonResourceURLs').map((url): Rule => ({ verbs, group: '', resource: '', resourceNames: [], urls: [url] }))];
}

/** Rules for the same resource as one. */
function compact(rules: readonly Rule[]): Rule[] {
  const merged = new Map<string, Rule>();
  for (const [i, rule] of rules.entries()) {
    const key = rule.urls.length > 0 ? String(i) : JSON.stringify([rule.group, rule.resource, rule.resourceNames]);
    const known = merged.get(key);
    merged.set(key, known ? { ...known, verbs: [...known.verbs, ...rule.verbs] } : rule);
  }
  return [...merged.values()];
}

/** The order of rules is that of their text in Go. */
function goText({ verbs, group, resource, resourceNames, urls }: Rule): string {
  return `Verbs:[${verbs.join(' ')}],APIGroups:[${group}],Resources:[${resource}],ResourceNames:[${resourceNames.join(' ')}],NonResourceURLs:[${urls.join(' ')}]`;
}

/** `deployments.apps/scale`. */
function resourceText({ group, resource }: Rule): string {
  const [main = '', ...sub] = resource.split('/');
  return [`${main}${group ? `.${group}` : ''}`, ...sub].join('/');
}

export function binding(object: ApiObject, out: Description): void {
  name(object, out);
  labels(object, out);
  annotations(object, out);
  out.heading('Role');
  out.row('Kind', textAt(object, 'roleRef', 'kind'), 1);
  out.row('Name', textAt(object, 'roleRef', 'name'), 1);
  out.heading('Subjects');
  out.table(['Kind', 'Name', 'Namespace'], listAt(object, 'subjects').map((subject) => ['kind', 'name', 'namespace'].map((field) => textAt(subject, field))));
}

/** What one RBAC rule allows, and whether rules cover others. */
import type { PolicyRule } from '../../api/types.ts';
import { type Attributes, combinedResource } from './attributes.ts';

/** Whether a rule allows a request. */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false;
  if (attributes.resource === undefined) return nonResourceUrlMatches(rule, attributes.path ?? '');
  return includes(rule.apiGroups, attributes.group ?? '') && resourceMatches(rule, attributes) && nameMatches(rule, attributes.name);
}

/** The parts of `wanted` that `held` does not cover, each with one verb, one group, one resource. */
export function missingRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((part) => !held.some((rule) => covers(rule, part)));
}

/** Joins rules that differ in their verbs only. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const merged = new Map<string, PolicyRule>();
  rules.forEach((rule, i) => {
    const key = rule.nonResourceURLs?.length ? String(i) : JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const same = merged.get(key);
    merged.set(key, same ? { ...same, verbs: [...same.verbs, ...rule.verbs] } : rule);
  });
  return [...merged.values()];
}

/** A rule in the words of Kubernetes' messages: `{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}`. */
export function describeRule(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups], ['Resources', rule.resources], ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames], ['Verbs', rule.verbs],
  ];
  return `{${parts.filter(([, values]) => values?.length).map(([name, values]) => `${name}:${quoteList(values ?? [])}`).join(', ')}}`;
}

/** Go's %q of a string slice: `["a" "b"]`. */
export function quoteList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

function includes(values: readonly string[] | undefined, wanted: string): boolean {
  return values !== undefined && (values.includes('*') || values.includes(wanted));
}

function resourceMatches(rule: PolicyRule, attributes: Attributes): boolean {
  if (includes(rule.resources, combinedResource(attributes))) return true;
  return attributes.subresource ? rule.resources?.includes(`*/${attributes.subresource}`) === true : false;
}

function nameMatches(rule: PolicyRule, name: string | undefined): boolean {
  return !rule.resourceNames?.length || rule.resourceNames.includes(name ?? '');
}

function nonResourceUrlMatches(rule: PolicyRule, path: string): boolean {
  return rule.nonResourceURLs?.some((url) => urlCovers(url, path)) === true;
}

function urlCovers(url: string, path: string): boolean {
  return url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
}

function breakDown(rule: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (!rule.resourceNames?.length) parts.push(part);
        for (const name of rule.resourceNames ?? []) parts.push({ ...part, resourceNames: [name] });
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs) parts.push({ nonResourceURLs: [url], verbs: [verb] });
  }
  return parts;
}

/** Whether a rule covers a part with one verb, one group, one resource. */
function covers(held: PolicyRule, part: PolicyRule): boolean {
  if (!part.verbs.every((verb) => includes(held.verbs, verb))) return false;
  if (part.nonResourceURLs) return part.nonResourceURLs.every((path) => nonResourceUrlMatches(held, path));
  if (!part.apiGroups?.every((group) => includes(held.apiGroups, group))) return false;
  if (!part.resources?.every((resource) => coversResource(held, resource))) return false;
  if (!held.resourceNames?.length) return true;
  return part.resourceNames?.every((name) => held.resourceNames?.includes(name)) === true;
}

function coversResource(held: PolicyRule, resource: string): boolean {
  if (includes(held.resources, resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && held.resources?.includes(`*${resource.slice(slash)}`) === true;
}

/** What an authorizer is asked: who wants to do what to which resource or path. */
import type { UserInfo } from './user-info.ts';

/** A request as authorizers see it. Either `resource` is set, or `path`. */
export interface Attributes {
  user: UserInfo;
  /** `get`, `list`, `create`, … for resources; the lower-case HTTP method for paths. */
  verb: string;
  /** '' for the core group. */
  group?: string;
  version?: string;
  /** Plural. */
  resource?: string;
  subresource?: string;
  /** Undefined or '' for the cluster scope and for all namespaces. */
  namespace?: string;
  name?: string;
  /** Of lists and watches, as in the query: `spec.nodeName=worker-1`. */
  fieldSelector?: string;
  /** Of requests that name no resource: `/healthz`. */
  path?: string;
}

export interface Decision {
  allowed: boolean;
  /** Why; often empty. */
  reason: string;
}

/** The rules of authorization.k8s.io's SubjectRulesReviewStatus. */
export interface RulesReview {
  resourceRules: ResourceRule[];
  nonResourceRules: NonResourceRule[];
  incomplete: boolean;
  evaluationError?: string;
}

interface ResourceRule {
  verbs: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
}

interface NonResourceRule {
  verbs: readonly string[];
  nonResourceURLs?: readonly string[];
}

export interface Authorizer {
  authorize(attributes: Attributes): Decision;
  rulesFor(user: UserInfo, namespace: string): RulesReview;
}

/** `pods`, or with its subresource `pods/log`. */
export function combinedResource(attributes: Attributes): string {
  return attributes.subresource ? `${attributes.resource}/${attributes.subresource}` : attributes.resource ?? '';
}

/** The value that a field selector demands of a field with `=` or `==`, if it does. */
export function selectedField(fieldSelector: string | undefined, field: string): string | undefined {
  for (const term of fieldSelector?.split(',') ?? []) {
    const match = /^([^=!]+)==?([^=].*|)$/.exec(term.trim());
    if (match?.[1] === field) return match[2];
  }
  return undefined;
}
